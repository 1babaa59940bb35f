// The filter line: typed text with its parts coloured, the expression it stands for, errors at their character.

import { h, icon } from "./dom.js";
import { applyHint, hintsFor, history } from "./filterhints.js";

const TOKEN = /("(?:[^"\\]|\\.)*"?)|(\/(?:[^/\\\s]|\\.)+\/)|\b(AND|OR|NOT)\b|([A-Za-z_]\w*)(\s*)(<=|>=|!=|<|>|=|:)(\s*)("[^"]*"?|[^\s()"]*)|([()])|([^\s()"]+)|(\s+)/gy;

// Cut a filter into parts for colouring; joined again they are the text itself.
export function colourParts(text) {
  const parts = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; ) {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text);
    if (!found) {
      parts.push({ kind: "plain", text: text.slice(at) });
      break;
    }
    const [whole, quoted, regex, joint, field, before, op, after, value] = found;
    if (field) parts.push({ kind: "field", text: field }, { kind: "joint", text: before + op + after }, { kind: /^[-.\d]+$/.test(value) ? "number" : "value", text: value });
    else parts.push({ kind: quoted || regex ? "value" : joint ? "joint" : "plain", text: whole });
    at += whole.length;
  }
  return parts.filter((part) => part.text);
}

const PLACEHOLDER = "Filter: words, similarity<0.2, error:relation, is:flagged, reviewed:no";

let lastNumber = 0;

// words: what can be hinted at while typing; see filterhints.js. Without them nothing is.
export function makeFilterBox({ onFilter, onLeave, placeholder = PLACEHOLDER }) {
  const input = h("input", {
    class: "cw-filter-input", type: "text", spellcheck: "false", autocomplete: "off", autocapitalize: "off",
    "aria-label": "Filter", placeholder,
  });
  const colours = h("div", { class: "cw-filter-colours", "aria-hidden": "true" });
  const clear = h("button", { class: "cw-icon", "aria-label": "Clear the filter", hidden: true }, icon("close", 10));
  const element = h("div", { class: "cw-filter", role: "search" }, h("span", { class: "cw-filter-icon" }, icon("search", 13)), h("div", { class: "cw-filter-text" }, colours, input), clear);
  const code = h("code", { class: "cw-code" });
  const copy = h("button", { class: "cw-icon", title: "Copy the expression", "aria-label": "Copy the expression" }, icon("copy", 12));
  const below = h("div", { class: "cw-below meta", hidden: true });
  const hints = makeHints(input, (text) => {
    input.value = text;
    later();
  });
  element.append(hints.element);
  let timer = 0;
  let sent = "";
  let good = "";
  let kept = "";

  const paint = () => {
    colours.replaceChildren(...colourParts(input.value).map((part) => h("span", { class: `cw-part-${part.kind}` }, part.text)));
    colours.style.transform = `translateX(${-input.scrollLeft}px)`;
    clear.hidden = !input.value;
  };
  const apply = () => {
    clearTimeout(timer);
    if (input.value.trim() === sent) return;
    sent = input.value.trim();
    onFilter(sent);
  };
  // What was typed on the way is not worth keeping: a filter is, once it is left and could be read.
  const keep = () => {
    kept = input.value.trim();
    if (kept && kept === good) history.add(kept);
  };
  const later = () => {
    paint();
    clearTimeout(timer);
    timer = setTimeout(apply, 350);
  };
  input.addEventListener("input", () => {
    later();
    hints.show();
  });
  input.addEventListener("focus", () => input.value || hints.show());
  input.addEventListener("blur", () => {
    keep();
    hints.hide();
  });
  input.addEventListener("scroll", paint);
  input.addEventListener("keydown", (event) => {
    if (hints.press(event)) return void event.preventDefault();
    if (event.key === "Enter") {
      apply();
      onLeave();
    }
    if (event.key === "Escape") onLeave();
  });
  clear.addEventListener("click", () => {
    input.value = "";
    paint();
    apply();
  });
  copy.addEventListener("click", () => navigator.clipboard?.writeText(code.textContent));

  return {
    element,
    below,
    focus: () => {
      input.focus();
      input.select();
    },
    set(text) {
      sent = text;
      if (document.activeElement !== input) input.value = text;
      paint();
    },
    know: (words) => hints.know(words),
    showCode(text) {
      good = text ? input.value.trim() : "";
      if (good && good === kept) history.add(good);
      element.classList.remove("is-wrong");
      input.removeAttribute("aria-invalid");
      code.textContent = text;
      below.hidden = !text;
      below.replaceChildren(code, copy);
    },
    showError(error) {
      element.classList.add("is-wrong");
      input.setAttribute("aria-invalid", "true");
      sent = null;
      const at = error.position ?? null;
      const points = Array.from(input.value);
      const pointer = at === null ? null : h("code", { class: "cw-wrong-at" }, points.slice(0, at).join(""), h("mark", {}, points[at] ?? "␣"), points.slice(at + 1).join(""));
      below.hidden = false;
      below.replaceChildren(h("span", { class: "cw-wrong", role: "alert" }, icon("warn", 12), pointer, h("b", {}, error.message), error.remedy ? ` ${error.remedy}` : ""));
    },
  };
}

// The list under the line: arrows go through it, Enter or Tab takes what is marked, Esc closes it.
function makeHints(input, onTake) {
  const id = `cw-hints-${++lastNumber}`;
  const element = h("div", { class: "cw-hints", role: "listbox", id, "aria-label": "Filter hints", hidden: true });
  let words = null;
  let shown = [];
  let place = -1;
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id })) input.setAttribute(name, value);

  const paint = () => {
    element.hidden = !shown.length;
    input.setAttribute("aria-expanded", String(!element.hidden));
    element.replaceChildren(
      ...shown.map((hint, number) =>
        h("div", { class: "cw-hint", role: "option", id: `${id}-${number}`, "aria-selected": String(number === place) }, icon(hint.kind === "past" ? "past" : "search", 10), h("code", {}, hint.label), hint.meaning ? h("span", { class: "meta" }, hint.meaning) : null),
      ),
    );
    if (place >= 0) input.setAttribute("aria-activedescendant", `${id}-${place}`);
    else input.removeAttribute("aria-activedescendant");
  };
  const set = (hints, at = -1) => {
    shown = hints;
    place = at;
    paint();
  };
  const take = (hint) => {
    const { text, caret } = applyHint(input.value, hint);
    onTake(text);
    input.setSelectionRange(caret, caret);
    set([]);
  };
  // Before the line loses the focus, which would close the list under the pointer.
  element.addEventListener("mousedown", (event) => {
    const row = event.target.closest(".cw-hint");
    event.preventDefault();
    if (row) take(shown[[...element.children].indexOf(row)]);
  });
  const show = () => set(words ? hintsFor(input.value, input.selectionStart ?? 0, words, history.read()) : []);
  return {
    element,
    show,
    hide: () => set([]),
    know: (said) => (words = said),
    press({ key }) {
      if (key === "ArrowDown" && element.hidden) return (show(), shown.length > 0);
      if (element.hidden) return false;
      if (key === "ArrowDown" || key === "ArrowUp") set(shown, (place + (key === "ArrowDown" ? 1 : shown.length)) % shown.length);
      else if ((key === "Enter" || key === "Tab") && place >= 0) take(shown[place]);
      else if (key === "Escape") set([]);
      else return false;
      return true;
    },
  };
}
