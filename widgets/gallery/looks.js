// The menu of how the grid looks: what a tile stands for, how large it is, and views kept by name.

import { h, icon, kbd } from "../js/dom.js";
import { saySize, SIZES } from "./shape.js";

const KINDS = [["caption", "Captions", "one tile a caption"], ["sample", "Samples", "one tile a sample, its captions listed"], ["group", "Events", "the views of an event side by side"]];

export function makeLooks({ onKind, onSize, onSave, onOpen, onDrop, onLeave }) {
  const button = h("button", { class: "cw-btn cw-looks-button", "aria-expanded": "false", "aria-haspopup": "dialog", onclick: () => toggle() }, "View", icon("more", 9));
  const kinds = choice("Tiles", KINDS.map(([name, word, title]) => ({ name, word, title })), onKind);
  const sizes = choice("Size", SIZES.map((name) => ({ name, word: name, title: saySize(name) })), onSize);
  const list = h("ul", { class: "cw-saved-views" });
  const name = h("input", { class: "cw-field", type: "text", maxlength: "60", placeholder: "Name of this view", "aria-label": "Name of this view", autocomplete: "off" });
  const save = h("button", { class: "cw-btn", disabled: true, onclick: () => keep() }, "Save");
  const failed = h("p", { class: "meta cw-bad", role: "alert", hidden: true });
  const sheet = h(
    "div",
    { class: "cw-looks", role: "dialog", "aria-label": "View", hidden: true },
    h("div", { class: "cw-looks-row" }, h("h4", {}, "Tiles"), kinds.element),
    h("div", { class: "cw-looks-row" }, h("h4", {}, "Size ", kbd("+"), " ", kbd("−")), sizes.element),
    h("h4", {}, "Saved views"),
    list,
    h("form", { class: "cw-looks-row", onsubmit: (event) => (event.preventDefault(), keep()) }, name, save),
    failed,
  );
  const element = h("div", { class: "cw-looks-place" }, button, sheet);
  let kept = [];

  const toggle = (isOpen = sheet.hidden) => {
    sheet.hidden = !isOpen;
    button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) sheet.querySelector("button")?.focus();
  };
  const leave = (event) => !element.contains(event.relatedTarget) && event.relatedTarget && toggle(false);
  element.addEventListener("focusout", leave);
  sheet.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      event.preventDefault();
      toggle(false);
      onLeave();
    }
  });
  name.addEventListener("input", () => {
    save.disabled = !name.value.trim();
    save.textContent = kept.some((view) => view.name === name.value.trim()) ? "Replace" : "Save";
  });

  const attempt = async (act) => {
    failed.hidden = true;
    try {
      show(await act());
    } catch (error) {
      failed.hidden = false;
      failed.textContent = `${error.message} ${error.remedy ?? ""}`;
    }
  };
  const keep = () => name.value.trim() && attempt(async () => {
    const views = await onSave(name.value.trim());
    name.value = "";
    save.disabled = true;
    return views;
  });
  const drop = (view) => attempt(() => onDrop(view));

  const show = (views) => {
    kept = views;
    list.replaceChildren(
      ...(views.length
        ? views.map((view) =>
            h(
              "li",
              {},
              h("button", { class: "cw-saved-view", onclick: () => (toggle(false), onOpen(view), onLeave()) }, h("b", {}, view.name), h("code", { class: "meta" }, view.told)),
              h("button", { class: "cw-icon", "aria-label": `Drop the view ${view.name}`, title: "Drop it", onclick: () => drop(view) }, icon("close", 9)),
            ),
          )
        : [h("li", { class: "meta" }, "None yet. A name keeps filter, brush, order and tiles of now.")]),
    );
  };

  return {
    element,
    get isOpen() {
      return !sheet.hidden;
    },
    close: () => toggle(false),
    showViews: show,
    show({ kind, size, counts }) {
      kinds.show(kind, counts);
      sizes.show(size);
    },
  };
}

// Buttons of which one is pressed.
function choice(label, options, onChoose) {
  const buttons = options.map(({ name, word, title }) => h("button", { class: "cw-option", title, "aria-pressed": "false", onclick: () => onChoose(name), "data-name": name }, word));
  return {
    element: h("div", { class: "cw-options", role: "group", "aria-label": label }, buttons),
    show(chosen, hidden = {}) {
      for (const button of buttons) {
        button.setAttribute("aria-pressed", String(button.dataset.name === chosen));
        button.hidden = hidden[button.dataset.name] === 0;
      }
    },
  };
}

// The order of the grid; a shuffle shows its seed, so that another can have the same.
export function makeOrder({ onChoose, onLeave }) {
  const sort = h("select", { class: "cw-btn", "aria-label": "Order", title: "Order (Q)", onchange: () => onChoose({ sort: sort.value, seed: newSeed() }) });
  const seed = h("input", { class: "cw-field cw-seed-number", type: "text", inputmode: "numeric", "aria-label": "Seed of the shuffle", title: "The same seed gives the same order" });
  const again = h("button", { class: "cw-btn cw-square", "aria-label": "Shuffle anew", title: "Shuffle anew", onclick: () => onChoose({ sort: "random", seed: newSeed() }) }, icon("shuffle", 12));
  const shuffle = h("span", { class: "cw-seed", hidden: true }, h("label", { class: "meta" }, "seed ", seed), again);
  const apply = () => /^\d{1,9}$/.test(seed.value.trim()) && onChoose({ sort: "random", seed: Number(seed.value) });
  seed.addEventListener("keydown", (event) => {
    if (event.key === "Enter") apply();
    if (event.key === "Enter" || event.key === "Escape") onLeave();
  });
  seed.addEventListener("change", apply);
  return {
    element: h("span", { class: "cw-order" }, sort, shuffle),
    focus: () => sort.focus(),
    offer: (sorts) => sort.replaceChildren(...Object.entries(sorts).map(([name, word]) => h("option", { value: name }, word))),
    show(scope) {
      sort.value = scope.sort;
      shuffle.hidden = scope.sort !== "random";
      if (document.activeElement !== seed) seed.value = scope.seed;
    },
  };
}

const newSeed = () => Math.floor(Math.random() * 1e5);
