// The sheet that starts another run with some settings changed, and the one that keeps a note.

import { h, icon, kbd } from "../js/dom.js";
import { asTyped, changesOf } from "./says.js";

const saySetting = (name) => name.replaceAll("_", " ");

function makeSheet(label, title, onLeave, ...content) {
  const hide = () => {
    element.hidden = true;
    onLeave();
  };
  const close = h("button", { class: "cw-icon", "aria-label": "Close", onclick: hide }, icon("close"));
  const element = h("div", { class: "cw-sheet", role: "dialog", "aria-label": label, hidden: true, onclick: (event) => event.target === element && hide() }, h("div", { class: "cw-sheet-body cw-form" }, h("div", { class: "cw-between" }, title, close), ...content));
  element.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  return { element, hide };
}

export function makeClone({ onClone, onLeave }) {
  const title = h("b", {}, "Clone");
  const grid = h("div", { class: "cw-settings" });
  const caution = h("p", { class: "cw-row cw-warn", hidden: true });
  const failure = h("p", { class: "cw-wrong", role: "alert", hidden: true });
  const changed = h("p", { class: "meta", role: "status" });
  const act = h("button", { class: "cw-btn cw-primary", onclick: () => send() });
  const sheet = makeSheet(
    "Clone with changes", title, onLeave,
    h("p", { class: "meta" }, "Another run on the same pairs, with what you change here. The run that is cloned stays as it is."),
    grid, caution, failure, changed,
    h("div", { class: "cw-row" }, act, h("button", { class: "cw-btn", onclick: () => sheet.hide() }, "Leave it", kbd("Esc"))),
  );
  let fields = [];
  let known = null;

  const nameField = { name: "name", value: "", kind: "text" };
  const methodOf = () => fields.find(({ name }) => name === "method")?.input.value;

  function field({ name, value, kind }) {
    const isMethod = name === "method";
    const typed = asTyped(value);
    const input = isMethod
      ? h("select", { class: "cw-btn" }, Object.entries(known.methods).map(([key, { title: word }]) => h("option", { value: key, selected: key === value }, word)))
      : h("input", { class: "cw-field", type: "text", inputmode: kind === "number" ? "decimal" : null, value: typed, placeholder: name === "name" ? "made by itself" : "the method’s own", spellcheck: "false" });
    input.addEventListener("input", () => (isMethod ? showOwn() : refresh()));
    input.addEventListener("keydown", (event) => event.key === "Enter" && send());
    const element = h("label", {}, h("span", {}, saySetting(name)), input);
    return { name, value, kind, input, element };
  }

  // The settings that only some methods know: those of the method chosen, and no other.
  function showOwn() {
    const typed = new Map(fields.map(({ name, input }) => [name, input.value]));
    const { settings, caution: said } = known.methods[methodOf() ?? known.settings[0].value];
    const own = Object.entries(settings).map(([name, standard]) => ({ name, value: known.own[name] ?? null, kind: "number", standard }));
    const [method, ...rest] = known.settings;
    fields = [nameField, method, ...own, ...rest].map(field);
    for (const one of fields) {
      if (typed.has(one.name)) one.input.value = typed.get(one.name);
      const { standard } = own.find(({ name }) => name === one.name) ?? {};
      if (standard !== undefined) one.input.placeholder = standard === null ? "found from the pairs" : String(standard);
    }
    grid.replaceChildren(...fields.map(({ element }) => element));
    caution.hidden = !said;
    caution.replaceChildren(icon("warn", 12), h("span", {}, said));
    refresh();
  }

  // A setting of the method before that the chosen one does not know is let go, or the start would be refused.
  function changes() {
    const { settings } = known.methods[methodOf()];
    const idle = Object.keys(known.own).filter((name) => known.own[name] !== null && !(name in settings));
    return { ...Object.fromEntries(idle.map((name) => [name, null])), ...changesOf(fields.map(({ name, value, kind, input }) => ({ name, value, kind, text: input.value }))) };
  }

  function refresh() {
    const made = Object.keys(changes()).filter((name) => name !== "name");
    for (const { name, element, value, input } of fields) element.classList.toggle("is-changed", name !== "name" && input.value.trim() !== asTyped(value));
    changed.textContent = made.length ? `Changed: ${made.map(saySetting).join(", ")}.` : "Nothing is changed yet: it would be the same run again.";
    act.replaceChildren("Start it", kbd("Enter"));
  }

  async function send() {
    if (act.disabled) return;
    act.disabled = true;
    failure.hidden = true;
    try {
      await onClone(changes());
      sheet.hide();
    } catch (error) {
      failure.hidden = false;
      failure.replaceChildren(icon("warn", 12), h("b", {}, error.message), ` ${error.remedy ?? ""}`);
    } finally {
      act.disabled = false;
    }
  }

  return {
    element: sheet.element,
    hide: sheet.hide,
    get isOpen() {
      return !sheet.element.hidden;
    },
    open(name, settings) {
      known = settings;
      fields = [];
      title.textContent = `Clone ${name} with changes`;
      failure.hidden = true;
      sheet.element.hidden = false;
      showOwn();
      fields[0].input.focus();
    },
  };
}

export function makeNote({ onNote, onLeave }) {
  const text = h("textarea", { class: "cw-field", rows: "3", "aria-label": "Note", placeholder: "What you saw, what to try next" });
  const act = h("button", { class: "cw-btn cw-primary", onclick: () => send() }, "Keep it", kbd("Enter"));
  const sheet = makeSheet("Note", h("b", {}, "A note on this run"), onLeave, text, h("div", { class: "cw-row" }, act, h("button", { class: "cw-btn", onclick: () => sheet.hide() }, "Leave it", kbd("Esc"))));
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    send();
  });
  function send() {
    if (text.value.trim()) onNote(text.value);
    sheet.hide();
  }
  return {
    element: sheet.element,
    hide: sheet.hide,
    get isOpen() {
      return !sheet.element.hidden;
    },
    open() {
      text.value = "";
      sheet.element.hidden = false;
      text.focus();
    },
  };
}
