// All updates by keyboard: moving between measures, a key for each light, one save; and a warning before what is typed is lost.
// Nothing here is required: without it the same form takes the same updates.
(() => {
  "use strict";

  const form = document.querySelector("form[data-updates]");
  if (!form) return;
  const lines = [...form.querySelectorAll("[data-update]")];
  const status = form.querySelector("[data-updates-status]");
  const keys = form.querySelector("[data-updates-keys]");
  const lineOf = (target) => target.closest?.("[data-update]");
  const isField = (target) => target.matches?.("textarea, select, input:not([type=checkbox], [type=radio])");
  const tickOf = (line) => line.querySelector("input[type=checkbox]");
  const controlsOf = (line) => [...line.querySelectorAll("input:not([type=hidden]), textarea")];
  const isChanged = (control) =>
    ["checkbox", "radio"].includes(control.type) ? control.checked !== control.defaultChecked : control.value !== control.defaultValue;
  const isFilled = (line) => controlsOf(line).some(isChanged);

  // One measure at a time takes part in the Tab order; the keys move on from there.
  function stand(line) {
    if (!line) return;
    for (const other of lines) other.tabIndex = other === line ? 0 : -1;
    line.focus();
    line.scrollIntoView({ block: "nearest" });
  }

  const move = (line, by) => stand(lines[lines.indexOf(line) + by]);

  function tell() {
    for (const line of lines) line.toggleAttribute("data-filled", isFilled(line));
    const filled = lines.filter(isFilled).length;
    status.textContent = filled ? `${form.dataset.textFilled} ${filled} / ${lines.length}` : "";
  }

  function write(line) {
    line.querySelector("textarea").focus();
  }

  function light(line, lamp) {
    line.querySelector(`input[type=radio][value=${lamp}]`).checked = true;
    tell();
    write(line);
  }

  const KEYS = {
    j: (line) => move(line, 1),
    k: (line) => move(line, -1),
    ArrowDown: (line) => move(line, 1),
    ArrowUp: (line) => move(line, -1),
    n: (line) => { tickOf(line).checked = !tickOf(line).checked; tell(); move(line, 1); },
    g: (line) => light(line, "green"),
    a: (line) => light(line, "amber"),
    r: (line) => light(line, "red"),
    e: write,
  };

  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
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
    }
  });

  // What `?` opens tells the keys of this page first.
  document.querySelector("#shortcuts dl")?.before(keys.querySelector("dl").cloneNode(true));

  // From anywhere else on the page `j` and `k` lead to the measures.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target) || document.querySelector("dialog[open]")) return;
    if (!["j", "k"].includes(event.key) || lineOf(event.target)) return;
    event.preventDefault();
    stand(lines.find((line) => line.tabIndex === 0));
  });

  let isSaving = false;
  form.addEventListener("input", tell);
  form.addEventListener("submit", () => { isSaving = true; });
  window.addEventListener("pageshow", () => { isSaving = false; tell(); });
  window.addEventListener("beforeunload", (event) => {
    if (!isSaving && lines.some(isFilled)) event.preventDefault();
  });

  const wrong = form.querySelector(".tg-update-wrong");
  for (const line of lines) line.tabIndex = line === (wrong || lines[0]) ? 0 : -1;
  stand(wrong);
  tell();
})();
