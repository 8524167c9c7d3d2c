"use strict";

// Of the form of a new insight, shows what the chosen starting point is made of. Without this
// script all of it is shown.
const MADE_OF = {
  trend: ["events"],
  number: ["events"],
  bars: ["events", "breakdown"],
  funnel: ["events"],
  sql: ["sql"],
  json: ["query"],
};
const choice = document.getElementById("id_starting_point");
const show = () => {
  for (const name of new Set(Object.values(MADE_OF).flat())) {
    const row = document.querySelector(`.form-row.field-${name}`);
    if (row) row.hidden = !MADE_OF[choice.value].includes(name);
  }
};
choice.addEventListener("change", show);
show();
