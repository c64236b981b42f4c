// Drawers: a part of the page that slides in from the side. Without this file its address opens and closes it (:target).
(() => {
  "use strict";

  const OPEN = "is-open";
  const NARROW = matchMedia("(max-width: 991.98px)");
  const STOPS = "a[href], button:not([disabled]), input:not([type=hidden]):not([disabled]), select:not([disabled]), textarea:not([disabled]), summary";
  // The open drawer, what opened it, and what was made inert behind it.
  let open = null;

  const stopsIn = (drawer) => [...drawer.querySelectorAll(STOPS)].filter((stop) => stop.checkVisibility());

  // Nothing but the drawer can be reached: every neighbour of it and of what holds it is inert.
  function putAside(drawer) {
    const aside = [];
    for (let part = drawer; part !== document.body; part = part.parentElement) {
      for (const other of part.parentElement.children) {
        if (other === part || other.inert || other.id === "toasts") continue;
        other.inert = true;
        aside.push(other);
      }
    }
    return aside;
  }

  function show(drawer, opener) {
    hide();
    drawer.classList.add(OPEN);
    drawer.setAttribute("role", "dialog");
    drawer.setAttribute("aria-modal", "true");
    drawer.setAttribute("aria-label", drawer.dataset.label);
    open = { drawer, opener, aside: putAside(drawer) };
    const [close, first] = stopsIn(drawer);
    (first || close)?.focus();
  }

  function hide() {
    if (!open) return;
    const { drawer, opener, aside } = open;
    open = null;
    for (const other of aside) other.inert = false;
    drawer.classList.remove(OPEN);
    for (const name of ["role", "aria-modal", "aria-label"]) drawer.removeAttribute(name);
    if (opener.isConnected) opener.focus();
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-drawer-opens]");
    const drawer = opener && document.getElementById(opener.dataset.drawerOpens);
    if (drawer) {
      event.preventDefault();
      return show(drawer, opener);
    }
    if (!open) return;
    if (event.target.closest?.("[data-drawer-close]")) {
      event.preventDefault();
      return hide();
    }
    if (!open.drawer.contains(event.target)) hide();
  });

  document.addEventListener("keydown", (event) => {
    if (!open) return;
    if (event.key === "Escape") return hide();
    if (event.key !== "Tab") return;
    const stops = stopsIn(open.drawer);
    const [first, last] = [stops[0], stops[stops.length - 1]];
    const here = document.activeElement;
    if (event.shiftKey ? here === first : here === last || !open.drawer.contains(here)) {
      event.preventDefault();
      (event.shiftKey ? last : first).focus();
    }
  });

  // What was asked for in a drawer is shown behind it.
  document.addEventListener("submit", (event) => open?.drawer.closest("form") === event.target && hide());
  document.addEventListener("htmx:afterSwap", () => open && !open.drawer.isConnected && hide());
  NARROW.addEventListener("change", () => open?.drawer.classList.contains("tg-drawer-narrow") && hide());
})();
