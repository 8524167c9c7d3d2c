"use strict";

// Buttons that copy the field they name. Where the browser keeps pages from the clipboard (plain
// HTTP on another machine), the text is selected instead, for Ctrl-C.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copies);
  field.select();
  navigator.clipboard?.writeText(field.value).then(() => {
    button.textContent = "Copied";
  }, () => {});
});
