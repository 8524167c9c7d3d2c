"use strict";

// The frame in which an insight is drawn is as high as what it shows.
window.addEventListener("message", ({ data, source, origin }) => {
  const frame = document.querySelector("iframe.drawing");
  if (origin !== window.location.origin || source !== frame?.contentWindow) return;
  if (data?.event === "posthog:dimensions") frame.height = Math.min(data.height, 2000);
});
