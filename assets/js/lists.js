// Lists of measures: ticking all rows of a page. Nothing here is required to work.
(() => {
  "use strict";

  const picks = () => [...document.querySelectorAll("input[name=code][form=bulk]")];

  function showPickAll() {
    for (const label of document.querySelectorAll("[data-pick-all]")) label.hidden = false;
  }

  function noteAll() {
    const all = document.querySelector("[data-pick-all] input");
    if (!all) return;
    const ticked = picks().filter((one) => one.checked).length;
    all.checked = ticked > 0 && ticked === picks().length;
    all.indeterminate = ticked > 0 && ticked < picks().length;
  }

  document.addEventListener("change", (event) => {
    if (event.target.closest("[data-pick-all]")) for (const one of picks()) one.checked = event.target.checked;
    if (event.target.matches("input[name=code][form=bulk]")) noteAll();
  });
  document.addEventListener("htmx:load", showPickAll);
  showPickAll();
})();
