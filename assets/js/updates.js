// All updates by keyboard: a key for each light, for "no change" and for the words (see lines.js).
// Nothing here is required: without it the same form takes the same updates.
(() => {
  "use strict";

  const form = document.querySelector("form[data-updates]");
  if (!form) return;
  const lines = [...form.querySelectorAll("[data-update]")];
  const status = form.querySelector("[data-updates-status]");
  const tickOf = (line) => line.querySelector("input[type=checkbox]");
  const controlsOf = (line) => [...line.querySelectorAll("input:not([type=hidden]), textarea")];
  const isChanged = (control) =>
    ["checkbox", "radio"].includes(control.type) ? control.checked !== control.defaultChecked : control.value !== control.defaultValue;
  const isFilled = (line) => controlsOf(line).some(isChanged);

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

  function unchanged(line) {
    tickOf(line).checked = !tickOf(line).checked;
    tell();
    move(line, 1);
  }

  form.addEventListener("input", tell);
  const { move } = window.tollgateLines({
    form,
    lines,
    keys: {
      n: unchanged,
      g: (line) => light(line, "green"),
      a: (line) => light(line, "amber"),
      r: (line) => light(line, "red"),
      e: write,
    },
    tell,
    isDirty: () => lines.some(isFilled),
    wrong: form.querySelector(".tg-update-wrong"),
  });

  // What `?` opens tells the keys of this page first.
  const keys = form.querySelector("[data-updates-keys]");
  document.querySelector("#shortcuts dl")?.before(keys.querySelector("dl").cloneNode(true));
})();
