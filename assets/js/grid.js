// The value grid: moving by keys, pasting a block, filling right, taking back, and a look at the changes before they are saved.
// Nothing here is required: without it the same form checks and saves.
(() => {
  "use strict";

  const form = document.querySelector("form[data-grid]");
  if (!form) return;
  const { point, group } = form.dataset;
  const say = (text) => { form.querySelector("[data-grid-status]").textContent = text; };
  const inputsOf = (row) => [...row.querySelectorAll("input[data-cell]")];
  const rows = () => [...form.querySelectorAll("tr[data-grid-row]")];
  const columnOf = (input) => input.closest("td").cellIndex;
  const cellAt = (row, column) => row?.cells[column]?.querySelector("input[data-cell]") || null;
  const isCell = (target) => target.matches?.("tr[data-grid-row] input[data-cell]");

  // ---- numbers as spreadsheets write them ------------------------------------------------------------------------
  const other = point === "," ? "." : ",";
  const BLANKS = /[\s\u00a0\u2009\u202f'\u2019]/g;
  const grouped = (text, mark) => new RegExp(`^\\d{1,3}(\\${mark}\\d{3})+$`).test(text);

  // Digits and a point as this page spells them; three decimals get a fourth, for 1.234 reads two ways.
  function spelled(sign, whole, decimals) {
    if (!decimals) return sign + whole;
    const safe = decimals.length === 3 && /^[1-9]\d{0,2}$/.test(whole) ? `${decimals}0` : decimals;
    return `${sign}${whole || "0"}${point}${safe}`;
  }

  function bothMarks(text, sign) {
    const mark = text.lastIndexOf(",") > text.lastIndexOf(".") ? "," : ".";
    const [whole, decimals, ...more] = text.split(mark);
    const thousands = mark === "," ? "." : ",";
    if (more.length || !/^\d*$/.test(decimals) || !grouped(whole, thousands)) return null;
    return { text: spelled(sign, whole.replaceAll(thousands, ""), decimals) };
  }

  function oneMark(text, sign, mark) {
    const parts = text.split(mark);
    if (parts.length > 2) return grouped(text, mark) ? { text: sign + parts.join("") } : null;
    const [whole, decimals] = parts;
    if (!/^\d*$/.test(whole) || !/^\d*$/.test(decimals) || !(whole + decimals)) return null;
    const ambiguous = decimals.length === 3 && /^[1-9]\d{0,2}$/.test(whole);
    if (ambiguous && mark === group) return { text: sign + whole + decimals, ambiguous };
    return { text: spelled(sign, whole, decimals), ambiguous };
  }

  // `1.234,56`, `1,234.56`, `(5)`, `5-` and the like in the spelling of this page; null for what is no number.
  function readNumber(raw) {
    let text = raw.replace(BLANKS, "").replace(/[\u2212\u2013]/g, "-");
    let sign = "";
    if (/^\(.*\)$/.test(text)) { sign = "-"; text = text.slice(1, -1); }
    if (/^[+-]/.test(text)) { sign = text[0] === "-" ? "-" : sign; text = text.slice(1); }
    if (/-$/.test(text)) { sign = "-"; text = text.slice(0, -1); }
    if (!/^[\d.,]+$/.test(text)) return null;
    const marks = [".", ","].filter((mark) => text.includes(mark));
    if (marks.length === 2) return bothMarks(text, sign);
    return marks.length ? oneMark(text, sign, marks[0]) : { text: sign + text };
  }

  // ---- changes, and taking them back -------------------------------------------------------------------------------
  const steps = [];
  const settled = new Map();
  const seen = (input) => form.elements[`seen-${input.name}`]?.value ?? "";
  for (const input of form.querySelectorAll("input[data-cell]")) settle(input);

  function settle(input) {
    settled.set(input, input.value);
    input.toggleAttribute("data-changed", input.value.trim() !== seen(input).trim());
  }

  // One step of several cells: [input, text] pairs.
  function write(changes) {
    const step = changes.filter(([input, text]) => input.value !== text).map(([input, text]) => {
      const before = input.value;
      input.value = text;
      settle(input);
      return [input, before];
    });
    if (step.length) steps.push(step);
  }

  function takeBack() {
    const step = steps.pop();
    if (!step) return false;
    for (const [input, before] of step) {
      input.value = before;
      unmark(input);
      settle(input);
    }
    say(form.dataset.textUndone);
    return true;
  }

  function mark(input) {
    input.classList.add("is-invalid");
    input.setAttribute("aria-invalid", "true");
  }

  function unmark(input) {
    input.classList.remove("is-invalid");
    input.removeAttribute("aria-invalid");
  }

  form.addEventListener("change", (event) => {
    const input = event.target;
    if (!isCell(input) || settled.get(input) === input.value) return;
    steps.push([[input, settled.get(input)]]);
    unmark(input);
    settle(input);
  });

  // ---- pasting -----------------------------------------------------------------------------------------------------
  function paste(start, text) {
    const lines = text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
    const all = rows();
    const top = all.indexOf(start.closest("tr"));
    const changes = [];
    const unread = [];
    const ambiguous = [];
    const outside = [];
    lines.forEach((line, down) => line.forEach((raw, right) => {
      const input = cellAt(all[top + down], columnOf(start) + right);
      const typed = raw.trim();
      if (!input) { if (typed) outside.push(typed); return; }
      const found = typed ? readNumber(typed) : { text: "" };
      if (!found) unread.push(input);
      if (found?.ambiguous) ambiguous.push(`${typed} → ${found.text}`);
      changes.push([input, found ? found.text : typed]);
    }));
    write(changes);
    for (const [input] of changes) unmark(input);
    for (const input of unread) mark(input);
    const told = [form.dataset.textPasted];
    if (unread.length) told.push(form.dataset.textUnread);
    if (ambiguous.length) told.push(`${form.dataset.textAmbiguous} ${ambiguous.join("; ")}`);
    if (outside.length) told.push(`${form.dataset.textOutside} ${outside.join("; ")}`);
    say(told.join(" "));
  }

  form.addEventListener("paste", (event) => {
    if (!isCell(event.target)) return;
    const text = event.clipboardData.getData("text/plain");
    event.preventDefault();
    paste(event.target, text);
  });

  // ---- keys --------------------------------------------------------------------------------------------------------
  function go(input) {
    if (!input) return false;
    input.focus();
    input.select();
    return true;
  }

  function goDown(input, by) {
    const all = rows();
    const column = columnOf(input);
    for (let at = all.indexOf(input.closest("tr")) + by; at >= 0 && at < all.length; at += by) {
      if (go(cellAt(all[at], column))) return true;
    }
    return false;
  }

  function goSideways(input, by) {
    const line = inputsOf(input.closest("tr"));
    return go(line[line.indexOf(input) + by]);
  }

  const isWhole = (input) => input.selectionStart === 0 && input.selectionEnd === input.value.length;
  const atStart = (input) => isWhole(input) || (input.selectionStart === 0 && input.selectionEnd === 0);
  const atEnd = (input) => isWhole(input) || input.selectionStart === input.value.length;

  function fillRight(input) {
    const line = inputsOf(input.closest("tr"));
    const rest = line.slice(line.indexOf(input) + 1);
    if (settled.get(input) !== input.value) {
      steps.push([[input, settled.get(input)]]);
      settle(input);
    }
    write(rest.map((next) => [next, input.value]));
    rest.forEach(unmark);
    say(form.dataset.textFilled);
  }

  const MOVES = {
    ArrowUp: (input) => goDown(input, -1),
    ArrowDown: (input) => goDown(input, 1),
    ArrowLeft: (input) => atStart(input) && goSideways(input, -1),
    ArrowRight: (input) => atEnd(input) && goSideways(input, 1),
  };

  function onControl(event) {
    const key = event.key.toLowerCase();
    const input = event.target;
    if (key === "r" && !event.shiftKey) {
      event.preventDefault();
      fillRight(input);
    }
    // What is being typed is taken back by the browser itself; whole steps by the grid.
    if (key === "z" && !event.shiftKey && settled.get(input) === input.value && takeBack()) event.preventDefault();
  }

  form.addEventListener("keydown", (event) => {
    if (!isCell(event.target) || event.altKey) return;
    if (event.ctrlKey || event.metaKey) return onControl(event);
    if (event.key === "Enter") {
      event.preventDefault();
      goDown(event.target, event.shiftKey ? -1 : 1);
      event.target.dispatchEvent(new Event("change", { bubbles: true }));
      return;
    }
    if (!event.shiftKey && MOVES[event.key]?.(event.target)) event.preventDefault();
  });

  form.addEventListener("focusin", (event) => { if (isCell(event.target)) event.target.select(); });

  // ---- a look at the changes before they are saved -----------------------------------------------------------------
  let confirmed = false;
  const button = (value) => form.querySelector(`button[name=action][value=${value}]`);

  function press(value) {
    confirmed = true;
    form.requestSubmit(button(value));
  }

  async function changesOf() {
    const data = new FormData(form);
    data.set("action", "check");
    const answer = await fetch(location.href, { method: "POST", body: data, credentials: "same-origin", headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return null;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const part = page.querySelector("[data-grid-diff]");
    return part && !part.hasAttribute("data-grid-owes") ? document.importNode(part, true) : null;
  }

  function action(text, classes, onPress) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = classes;
    made.textContent = text;
    made.addEventListener("click", onPress);
    return made;
  }

  function show(part) {
    const dialog = document.querySelector("#dialog");
    const buttons = document.createElement("div");
    buttons.className = "tg-form-actions";
    const save = action(form.dataset.textConfirm, "btn tg-btn tg-btn-primary", () => press("save"));
    buttons.append(action(form.dataset.textBack, "btn tg-btn", () => dialog.close()), save);
    part.querySelector(".tg-panel-body").append(buttons);
    dialog.setAttribute("aria-label", part.querySelector("h2").textContent.trim());
    dialog.replaceChildren(part);
    dialog.showModal();
    save.focus();
  }

  form.addEventListener("submit", async (event) => {
    if (confirmed || event.submitter?.value !== "save") return;
    event.preventDefault();
    // Without changes to look at, or where something is wrong, the page itself tells.
    const part = await changesOf().catch(() => null);
    if (part) show(part);
    else press("check");
  });
  window.addEventListener("pageshow", () => { confirmed = false; });
})();
