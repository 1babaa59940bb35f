// What lies over the view: the list of keys, and a line that says what went wrong.

import { h, icon, kbd } from "./dom.js";

export function makeKeyHelp(groups) {
  const close = h("button", { class: "cw-icon", "aria-label": "Close", onclick: () => hide() }, icon("close"));
  const element = h(
    "div",
    { class: "cw-sheet", role: "dialog", "aria-label": "Keys", hidden: true, onclick: (event) => event.target === element && hide() },
    h(
      "div",
      { class: "cw-sheet-body" },
      h("div", { class: "cw-between" }, h("b", {}, "Keys"), close),
      h(
        "div",
        { class: "cw-key-groups" },
        groups.map(([title, keys]) =>
          h("dl", {}, h("h4", {}, title), keys.map(([names, what]) => h("div", {}, h("dt", {}, names.split(" ").map((name) => kbd(name.length > 1 ? name.replaceAll("+", " ") : name))), h("dd", {}, what)))),
        ),
      ),
      h("p", { class: "meta" }, "Click into the view or reach it by Tab; its keys work while it has the focus ring."),
    ),
  );
  const hide = () => (element.hidden = true);
  return {
    element,
    get isOpen() {
      return !element.hidden;
    },
    toggle: () => (element.hidden = !element.hidden),
    hide,
  };
}

// One line at the bottom that says what failed and what to do; it goes when the next thing succeeds.
export function makeNotice() {
  const element = h("div", { class: "cw-notice", role: "alert", hidden: true });
  const close = h("button", { class: "cw-icon", "aria-label": "Close", onclick: () => (element.hidden = true) }, icon("close", 10));
  let timer = 0;
  const show = (kind, lead, tail, actions = []) => {
    clearTimeout(timer);
    element.dataset.kind = kind;
    element.replaceChildren(icon(kind === "bad" ? "warn" : "ok", 13), h("span", {}, h("b", {}, lead), tail ? ` ${tail}` : ""), ...actions, close);
    element.hidden = false;
  };
  return {
    element,
    fail: (error) => show("bad", error.message, error.remedy),
    tell(text, { forMs = 3000, actions = [] } = {}) {
      show("ok", text, "", actions);
      timer = setTimeout(() => (element.hidden = true), forMs);
    },
    clear() {
      if (element.dataset.kind === "bad") element.hidden = true;
    },
  };
}

// The whole view replaced by one plain statement: what is missing, why, and the line that mends it.
export function statement({ title, text, code, action }) {
  return h("div", { class: "cw-statement" }, h("b", {}, title), h("p", {}, text), code ? h("code", {}, code) : null, action);
}
