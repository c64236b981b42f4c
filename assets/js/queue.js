// The validation queue by keyboard: moving between lines, a key for each verdict, one save; and a warning before what is typed is lost.
// Nothing here is required: without it the same form takes the same verdicts.
(() => {
  "use strict";

  const form = document.querySelector("form[data-queue]");
  if (!form) return;
  const lines = [...form.querySelectorAll("tr[data-line]")];
  const status = form.querySelector("[data-queue-status]");
  const verdictOf = (line) => line.querySelector("select[data-verdict]");
  const amountOf = (line) => line.querySelector("input[data-amount]");
  const reasonOf = (line) => line.querySelector("input[data-reason]");
  const tickOf = (line) => line.querySelector("input[name=tick]");
  const lineOf = (target) => target.closest?.("tr[data-line]");

  // One line at a time takes part in the Tab order; the keys move on from there.
  function stand(line) {
    if (!line) return;
    for (const other of lines) other.tabIndex = other === line ? 0 : -1;
    line.focus();
    line.scrollIntoView({ block: "nearest" });
  }

  function move(line, by) {
    stand(lines[lines.indexOf(line) + by]);
  }

  // ---- what is chosen and not saved ------------------------------------------------------------------------------
  let isSaving = false;
  const controls = [...form.querySelectorAll("tr[data-line] select, tr[data-line] input:not([type=hidden])")];
  const isMarked = (control) => (control.type === "checkbox" ? control.checked : control.value.trim() !== "");

  function tell() {
    for (const line of lines) line.toggleAttribute("data-verdict", Boolean(verdictOf(line).value));
    const chosen = lines.filter((line) => verdictOf(line).value).length;
    status.textContent = chosen ? `${form.dataset.textTyped} ${chosen}` : "";
  }

  function choose(line, outcome) {
    verdictOf(line).value = outcome;
    if (!outcome) {
      amountOf(line).value = "";
      reasonOf(line).value = "";
    }
    tell();
  }

  function write(line, outcome, input) {
    choose(line, outcome);
    input.focus();
    input.select();
  }

  const KEYS = {
    j: (line) => move(line, 1),
    k: (line) => move(line, -1),
    ArrowDown: (line) => move(line, 1),
    ArrowUp: (line) => move(line, -1),
    v: (line) => { choose(line, "validated"); move(line, 1); },
    a: (line) => write(line, "adjusted", amountOf(line)),
    r: (line) => write(line, "rejected", reasonOf(line)),
    u: (line) => choose(line, ""),
    x: (line) => { tickOf(line).checked = !tickOf(line).checked; },
  };

  // Enter goes from the amount to the reason, and from the reason to the next line.
  function onEnter(line, target) {
    if (target === amountOf(line)) reasonOf(line).focus();
    else move(line, 1);
  }

  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("button[name=action][value=judge]"));
      return;
    }
    const line = lineOf(event.target);
    if (!line || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === line) {
      if (!Object.hasOwn(KEYS, event.key)) return;
      event.preventDefault();
      KEYS[event.key](line);
    } else if (event.key === "Escape") {
      stand(line);
    } else if (event.key === "Enter" && event.target.matches("input:not([type=checkbox]), select")) {
      event.preventDefault();
      onEnter(line, event.target);
    }
  });

  // From anywhere else on the page `j` and `k` lead into the queue.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !["j", "k"].includes(event.key)) return;
    if (lineOf(event.target) || event.target.matches?.("input, select, textarea") || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    stand(lines.find((line) => line.tabIndex === 0));
  });

  form.addEventListener("change", tell);
  form.addEventListener("submit", () => { isSaving = true; });
  window.addEventListener("pageshow", () => { isSaving = false; tell(); });
  window.addEventListener("beforeunload", (event) => {
    if (!isSaving && controls.some(isMarked)) event.preventDefault();
  });

  const wrong = form.querySelector("tr.tg-queue-wrong");
  for (const line of lines) line.tabIndex = line === (wrong || lines[0]) ? 0 : -1;
  stand(wrong);
  tell();
})();
