// The order of the queue: most suspicious first, or by one error type that has scores.

import { h, kbd } from "../js/dom.js";
import { sayCount, sayType } from "../js/words.js";

const WORDS = { worst: "Most suspicious first", random: "Random order" };

export const valueOf = ({ order, error_type }) => (error_type ? `type:${error_type}` : order);

export function choiceOf(value) {
  return value.startsWith("type:") ? { order: "worst", error_type: value.slice(5) } : { order: value, error_type: null };
}

export function makeOrder({ onChoose, onLeave }) {
  const select = h("select", { class: "cw-btn cw-order", "aria-label": "Order of the queue", title: "Order of the queue" });
  const element = h("label", { class: "cw-order-box" }, select, kbd("Q"));
  let isByKey = false;
  select.addEventListener("pointerdown", () => (isByKey = false));
  select.addEventListener("keydown", (event) => {
    isByKey = true;
    if (event.key === "Escape" || event.key === "Enter") onLeave();
  });
  select.addEventListener("change", () => {
    onChoose(choiceOf(select.value));
    // A choice by mouse is made; by arrow keys the next one may be wanted.
    if (!isByKey) onLeave();
  });

  return {
    element,
    focus: () => select.focus(),
    show(state) {
      const now = valueOf(state);
      const plain = Object.entries(WORDS).map(([value, words]) => option(value, words, now));
      const types = state.scored_types.map(({ error_type, count }) => option(`type:${error_type}`, `${sayType(error_type)} first`, now, sayCount(count)));
      if (state.error_type && !state.scored_types.some(({ error_type }) => error_type === state.error_type))
        types.push(option(now, `${sayType(state.error_type)} first`, now, "no score"));
      select.replaceChildren(...plain, ...(types.length ? [h("optgroup", { label: "By one error type" }, types)] : []));
    },
  };
}

const option = (value, words, now, count = "") => h("option", { value, selected: value === now }, count ? `${words} (${count})` : words);
