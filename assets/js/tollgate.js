// Behaviour of every page: theme, shortcuts, menus, dialogs, toasts, and what HTMX needs. Nothing here is required to work.
(() => {
  "use strict";

  const root = document.documentElement;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const find = (selector, from = document) => from.querySelector(selector);

  // ---- theme -------------------------------------------------------------------------------------------------
  const system = () => (prefersDark.matches ? "dark" : "light");
  const announceTheme = () => document.dispatchEvent(new CustomEvent("tollgate:theme"));

  function switchTheme() {
    const next = (root.dataset.bsTheme || system()) === "dark" ? "light" : "dark";
    const secure = location.protocol === "https:" ? "; secure" : "";
    // Choosing what the system has anyway means to follow the system again.
    const follows = next === system();
    if (follows) delete root.dataset.bsTheme;
    else root.dataset.bsTheme = next;
    document.cookie = `theme=${follows ? "" : next}; path=/; max-age=${follows ? 0 : 31536000}; samesite=lax${secure}`;
    announceTheme();
  }
  prefersDark.addEventListener("change", announceTheme);

  // ---- menus (details elements that close by themselves) -------------------------------------------------------
  const openMenus = () => document.querySelectorAll("details[data-menu][open]");

  function closeMenus(except) {
    for (const menu of openMenus()) if (menu !== except) menu.open = false;
  }

  function closeMenuByKey() {
    for (const menu of openMenus()) {
      menu.open = false;
      find("summary", menu).focus();
    }
  }

  // ---- dialogs -------------------------------------------------------------------------------------------------
  function showDialog(dialog) {
    if (!dialog || dialog.open) return;
    dialog.showModal();
  }

  // Shows the part of another page marked data-dialog-content; without it, or when it cannot be had, goes there.
  async function openPageInDialog(link) {
    const leave = () => location.assign(link.href);
    let page;
    try {
      const answer = await fetch(link.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (!answer.ok || answer.redirected) return leave();
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      return leave();
    }
    const content = find("[data-dialog-content]", page);
    if (!content) return leave();
    for (const form of content.querySelectorAll("form")) {
      if (!form.hasAttribute("action")) form.setAttribute("action", link.href);
    }
    const dialog = find("#dialog");
    const heading = find("h1, h2", content);
    dialog.setAttribute("aria-label", heading ? heading.textContent.trim() : link.textContent.trim());
    dialog.replaceChildren(document.importNode(content, true));
    localTimes(dialog);
    if (window.htmx) window.htmx.process(dialog);
    showDialog(dialog);
  }

  // ---- toasts --------------------------------------------------------------------------------------------------
  // `action` {label, url, values, target} posts once more, such as to take something back.
  function toastButton(note, action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn tg-btn btn-sm";
    button.textContent = action.label;
    button.addEventListener("click", () => {
      note.remove();
      window.htmx.ajax("POST", action.url, { target: action.target, swap: "outerHTML", values: action.values });
    });
    return button;
  }

  function toast(text, tone = "blue", action = null) {
    const box = find("#toasts");
    if (!box || !text) return;
    const note = document.createElement("div");
    note.className = `tg-toast tg-tone-${/^[a-z]+$/.test(tone) ? tone : "blue"}`;
    const words = document.createElement("p");
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "tg-iconbutton";
    close.textContent = "×";
    close.setAttribute("aria-label", document.body.dataset.textClose);
    close.addEventListener("click", () => note.remove());
    note.append(words, ...(action && window.htmx ? [toastButton(note, action)] : []), close);
    box.append(note);
    // Errors stay until they are closed: a refusal must not vanish unread.
    if (tone !== "red") setTimeout(() => note.remove(), action ? 12000 : 6000);
  }

  function errorText(request) {
    const type = request.getResponseHeader("Content-Type") || "";
    if (type.includes("json")) {
      try {
        const problem = JSON.parse(request.responseText);
        return problem.detail || problem.title;
      } catch {
        return "";
      }
    }
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    return find("[data-error-message]", page)?.textContent.trim();
  }

  // ---- HTMX ----------------------------------------------------------------------------------------------------
  function formToken() {
    const field = find("input[name=csrfmiddlewaretoken]");
    if (field) return field.value;
    return document.cookie.match(/(?:^|;\s*)csrftoken=([^;]+)/)?.[1] || "";
  }

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = formToken();
  });
  document.addEventListener("htmx:responseError", (event) => {
    toast(errorText(event.detail.xhr) || document.body.dataset.textError, "red");
  });
  document.addEventListener("htmx:sendError", () => toast(document.body.dataset.textOffline, "red"));
  document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.tone, event.detail.action));

  // ---- times: the server writes its own zone, the reader sees theirs ---------------------------------------------
  function localTimes(from = document) {
    const german = root.lang.startsWith("de");
    const day = new Intl.DateTimeFormat(german ? "de" : "en-GB", german ? { day: "2-digit", month: "2-digit", year: "numeric" } : { day: "numeric", month: "short", year: "numeric" });
    const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
    for (const mark of from.querySelectorAll("time[data-moment]")) {
      const at = new Date(mark.dateTime);
      if (!Number.isNaN(at.getTime())) mark.textContent = `${day.format(at)}, ${clock.format(at)}`;
    }
  }
  localTimes();
  document.addEventListener("htmx:load", (event) => localTimes(event.target));

  // ---- clicks and keys -----------------------------------------------------------------------------------------
  const isPlainClick = (event) => event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);

  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest?.(selector);
    closeMenus(on("details[data-menu]"));
    if (on("[data-theme-switch]")) return switchTheme();
    const opener = on("[data-opens]");
    if (opener) return showDialog(document.getElementById(opener.dataset.opens));
    const closer = on("[data-dialog-close]");
    if (closer && closer.closest("dialog")) {
      event.preventDefault();
      return closer.closest("dialog").close();
    }
    if (event.target.matches?.("dialog[open]")) return closeOnBackdrop(event);
    const link = on("a[data-dialog]");
    if (link && isPlainClick(event)) {
      event.preventDefault();
      openPageInDialog(link);
    }
  });

  function closeOnBackdrop(event) {
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) event.target.close();
  }

  const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable]");

  function focusSearch() {
    const box = find("[data-search]");
    if (!box) return;
    box.focus();
    box.select();
  }

  // Arrow keys lead from the box through what it found and back; Escape puts the list away.
  function walkHits(event) {
    const hits = find("[data-search-hits]");
    const form = event.target.closest?.(".tg-search");
    if (!hits || !form || !["ArrowDown", "ArrowUp", "Escape"].includes(event.key)) return;
    const stops = [find("[data-search]"), ...hits.querySelectorAll("a")];
    if (event.key === "Escape") {
      hits.replaceChildren();
      stops[0].focus();
      return;
    }
    const at = stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    if (at < 0 || at >= stops.length) return;
    event.preventDefault();
    stops[at].focus();
  }
  document.addEventListener("keydown", walkHits);

  const KEYS = {
    "/": focusSearch,
    "?": () => showDialog(find("#shortcuts")),
    t: switchTheme,
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return closeMenuByKey();
    if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
    if (!Object.hasOwn(KEYS, event.key) || find("dialog[open]")) return;
    event.preventDefault();
    KEYS[event.key]();
  });

  document.addEventListener("focusin", (event) => closeMenus(event.target.closest?.("details[data-menu]")));
})();
