// The validation queue by keyboard: a key for each verdict (see lines.js).
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

  // Enter goes from the amount to the reason, and from the reason to the next line.
  function onEnter(line, target) {
    if (!target.matches("input:not([type=checkbox]), select")) return false;
    if (target === amountOf(line)) reasonOf(line).focus();
    else move(line, 1);
    return true;
  }

  form.addEventListener("change", tell);
  const { move } = window.tollgateLines({
    form,
    lines,
    keys: {
      v: (line) => { choose(line, "validated"); move(line, 1); },
      a: (line) => write(line, "adjusted", amountOf(line)),
      r: (line) => write(line, "rejected", reasonOf(line)),
      u: (line) => choose(line, ""),
      x: (line) => { tickOf(line).checked = !tickOf(line).checked; },
    },
    submit: form.querySelector("button[name=action][value=judge]"),
    onEnter,
    tell,
    isDirty: () => controls.some(isMarked),
    wrong: form.querySelector("tr.tg-queue-wrong"),
  });
})();
