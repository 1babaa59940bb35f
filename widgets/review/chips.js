// What is wrong, on number keys: several may be. The suspected type is dashed until a person takes it.

import { h, kbd } from "../js/dom.js";
import { keepFocus } from "../js/focus.js";
import { TYPE_KEYS, sayType } from "../js/words.js";

const TIMELINE_ONLY = new Set(["order", "transcript", "speaker", "av_sync"]);

export function typesFor(sample) {
  return Object.entries(TYPE_KEYS).filter(([, type]) => {
    if (type === "cross_view") return Boolean(sample.group && sample.view);
    return sample.media !== "image" || !TIMELINE_ONLY.has(type);
  });
}

export function makeChips({ onChange }) {
  const row = h("div", { class: "cw-chips", role: "group", "aria-label": "What is wrong" });
  const element = h("div", { class: "cw-types" }, h("h4", {}, "What is wrong? ", h("span", { class: "cw-light" }, "several may be")), row);
  let chosen = new Set();
  let keys = {};
  let suspected = new Set();

  const paint = () => keepFocus(row, draw);
  const draw = () =>
    row.replaceChildren(
      ...Object.entries(keys).map(([key, type]) =>
        h(
          "button",
          { class: `cw-chip${suspected.has(type) ? " is-suspected" : ""}`, "aria-pressed": String(chosen.has(type)), title: suspected.has(type) ? "Suspected, not decided" : null, onclick: () => toggle(type) },
          kbd(key.toUpperCase()), sayType(type),
        ),
      ),
    );
  const toggle = (type) => {
    chosen = new Set(chosen);
    if (!chosen.delete(type)) chosen.add(type);
    paint();
    onChange([...chosen]);
  };

  return {
    element,
    show(sample, types, suspectedTypes) {
      keys = Object.fromEntries(typesFor(sample));
      chosen = new Set(types);
      suspected = new Set(suspectedTypes);
      paint();
    },
    choose(types) {
      chosen = new Set(types);
      paint();
    },
    press(name) {
      if (!keys[name]) return false;
      toggle(keys[name]);
      return true;
    },
    get chosen() {
      // In the order of the keys, whatever the order of pressing.
      return Object.values(TYPE_KEYS).filter((type) => chosen.has(type));
    },
  };
}
