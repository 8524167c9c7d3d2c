// Tells the page that embeds this one how large it is, so that the frame can grow with it.
"use strict";

const tellSize = () => {
  window.parent.postMessage(
    {
      event: "posthog:dimensions",
      name: window.name,
      height: document.documentElement.scrollHeight,
      width: document.documentElement.scrollWidth,
    },
    "*",
  );
};

new ResizeObserver(tellSize).observe(document.body);
window.addEventListener("load", tellSize);
