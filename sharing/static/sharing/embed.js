// Tells the page that embeds this one how large its content is, so that the frame can follow it.
"use strict";

const tellSize = () => {
  window.parent.postMessage(
    {
      event: "posthog:dimensions",
      name: window.name,
      // Not that of the document, which is never less than the frame's own.
      height: Math.ceil(document.body.getBoundingClientRect().height),
      width: document.documentElement.scrollWidth,
    },
    "*",
  );
};

new ResizeObserver(tellSize).observe(document.body);
window.addEventListener("load", tellSize);
