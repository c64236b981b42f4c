// Lists of measures: ticking all rows of a page, cells that are edited in place. Nothing here is required to work.
(() => {
  "use strict";

  const picks = () => [...document.querySelectorAll("input[name=code][form=bulk]")];

  function showPickAll() {
    for (const label of document.querySelectorAll("[data-pick-all]")) label.hidden = picks().length === 0;
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
  // A form that opened in a cell takes the focus; Esc closes it, and the pencil has the focus back.
  let lastCell = "";

  function openCell(event) {
    const form = event.target.querySelector?.("[data-cell-form]");
    const field = form?.querySelector("input:not([type=hidden]), select, textarea");
    field?.focus();
    field?.select?.();
    if (form) lastCell = form.closest("[id]").id;
    else if (lastCell) giveFocusBack(event.target);
  }

  function giveFocusBack(row) {
    const pencil = row.querySelector?.(`[id="${lastCell}"] .tg-cell-edit`);
    if (!pencil) return;
    if (document.activeElement === document.body) pencil.focus();
    lastCell = "";
  }

  document.addEventListener("keydown", (event) => {
    const form = event.key === "Escape" && event.target.closest?.("[data-cell-form]");
    if (form) form.querySelector("[data-cell-cancel]").click();
  });
  // The line of a group opens and closes its measures once they are there; the first click fetches them.
  function toggleGroup(event) {
    const link = event.target.closest?.("[data-group-toggle]");
    const rows = link && document.getElementById(link.dataset.groupToggle);
    if (!rows?.hasAttribute("data-loaded") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    rows.hidden = !rows.hidden;
    link.setAttribute("aria-expanded", String(!rows.hidden));
  }

  function noteGroup(event) {
    const rows = event.target.closest?.(".tg-group-rows[data-loaded]");
    if (rows) document.querySelector(`[data-group-toggle="${rows.id}"]`)?.setAttribute("aria-expanded", "true");
  }

  document.addEventListener("click", toggleGroup, true);
  document.addEventListener("htmx:load", noteGroup);
  document.addEventListener("htmx:load", showPickAll);
  document.addEventListener("htmx:load", openCell);
  showPickAll();
})();
