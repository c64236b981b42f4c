// Lines of a form by keyboard: one of them takes part in the Tab order, keys move on from there and act on it; one save; and a
// warning before what is typed is lost. What each key does beside moving is said by the page's own script.
(() => {
  "use strict";

  const isField = (target) => target.matches?.("textarea, select, input:not([type=checkbox], [type=radio])");
  const hasModifier = (event) => event.ctrlKey || event.metaKey || event.altKey;

  // `keys` maps a key to what it does with a line; `submit` is the button of Ctrl+Enter where there are several; `onEnter(line, field)`
  // says whether it took the key; `tell` shows what is filled in; `isDirty` whether leaving would lose something; `wrong` is where
  // to begin. Answers `stand` and `move`.
  window.tollgateLines = ({ form, lines, keys, submit = null, onEnter = () => false, tell, isDirty, wrong }) => {
    const lineOf = (target) => lines.find((line) => line.contains(target));
    const current = () => lines.find((line) => line.tabIndex === 0);

    function mark(line) {
      for (const other of lines) other.tabIndex = other === line ? 0 : -1;
    }

    function stand(line) {
      if (!line) return;
      mark(line);
      line.focus();
      line.scrollIntoView({ block: "nearest" });
    }

    const move = (line, by) => stand(lines[lines.indexOf(line) + by]);
    const down = (line) => move(line, 1);
    const up = (line) => move(line, -1);
    const all = { j: down, k: up, ArrowDown: down, ArrowUp: up, ...keys };

    form.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        form.requestSubmit(submit);
        return;
      }
      const line = lineOf(event.target);
      if (!line || hasModifier(event)) return;
      if (event.target === line) {
        if (!Object.hasOwn(all, event.key)) return;
        event.preventDefault();
        all[event.key](line);
      } else if (event.key === "Escape") {
        stand(line);
      } else if (event.key === "Enter" && onEnter(line, event.target)) {
        event.preventDefault();
      }
    });

    // From anywhere else on the page `j` and `k` lead to the lines.
    document.addEventListener("keydown", (event) => {
      if (hasModifier(event) || !["j", "k"].includes(event.key)) return;
      if (lineOf(event.target) || isField(event.target) || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      stand(current());
    });

    let isSaving = false;
    form.addEventListener("submit", () => { isSaving = true; });
    window.addEventListener("pageshow", () => { isSaving = false; tell(); });
    window.addEventListener("beforeunload", (event) => {
      if (!isSaving && isDirty()) event.preventDefault();
    });

    mark(wrong || lines[0]);
    stand(wrong);
    tell();
    return { stand, move };
  };
})();
