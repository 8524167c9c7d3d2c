"use strict";

// Gives names to fields that Django's admin leaves without one, for those who hear the page: boxes
// that look rows up, and fields in the rows of a table, which are named by their column.
(() => {
  const columnOf = (element) => {
    const cell = element.closest("td");
    const heads = cell?.closest("table")?.tHead?.rows[0]?.cells;
    return heads?.[cell.cellIndex]?.innerText.trim();
  };
  const labelOf = (element) =>
    document.querySelector(`label[for="${element.id}"]`)?.innerText.replace(/:$/, "") ||
    element.getAttribute("aria-label") || columnOf(element);

  const nameFields = () => {
    for (const select of document.querySelectorAll("select.admin-autocomplete")) {
      const name = labelOf(select);
      const box = select.nextElementSibling;
      if (!name || !box?.classList.contains("select2")) continue;
      for (const part of box.querySelectorAll(".select2-selection__rendered, .select2-search__field")) {
        if (!part.matches("ul")) part.setAttribute("aria-label", name);
      }
    }
    for (const field of document.querySelectorAll("td :is(input, select, textarea):not([type=hidden])")) {
      if (field.labels?.length || field.hasAttribute("aria-label") || field.closest(".select2")) continue;
      const name = columnOf(field);
      if (name) field.setAttribute("aria-label", name);
    }
    for (const hint of document.querySelectorAll(".help-tooltip[aria-label]:not([role])")) {
      hint.setAttribute("role", "img");
    }
    document.getElementById("searchbar")?.setAttribute("aria-label", "Search");
  };
  // After the handlers that make the boxes, which jQuery calls in their order.
  const whenMade = window.django?.jQuery ?? ((call) => window.addEventListener("load", call));
  whenMade(nameFields);
  // Boxes to choose several from are made when the page has loaded.
  window.addEventListener("load", () => setTimeout(nameFields));
  document.addEventListener("formset:added", () => setTimeout(nameFields));
})();
