// The two captions, and all that can be said of them. Knows nothing of who proposed which.

import { cutBySpans } from "../js/caption.js";
import { h, icon, kbd } from "../js/dom.js";
import { REASON_KEYS, STRENGTHS } from "./draft.js";

const OTHERS = [["tie", "Tie", "↓"], ["both_bad", "Both bad", "↑"]];

export function makeCards({ onPick, onSay, onWeigh, onReason, onNote, onEnter, onLeave }) {
  const cards = ["left", "right"].map((side, place) => {
    const letter = place ? "B" : "A";
    const tag = h("span", { class: "cw-picked" });
    const text = h("div", { class: "caption cw-card-text" });
    // No button: after a click on one, Enter would press it again instead of saving.
    const element = h(
      "div",
      { class: "cw-card cw-side-card", role: "radio", "aria-checked": "false", "aria-label": `Caption ${letter}`, onclick: () => getSelection().isCollapsed && onPick(side) },
      h("div", { class: "cw-between" }, h("span", { class: "cw-row" }, h("b", {}, letter), tag), kbd(place ? "→" : "←")),
      text,
    );
    return { side, element, tag, text };
  });
  const others = OTHERS.map(([answer, word, key]) => ({ answer, element: h("button", { class: "cw-btn", "aria-pressed": "false", onclick: () => onSay(answer) }, word, kbd(key)) }));
  const strengths = STRENGTHS.map(([strength, word]) => ({ strength, element: h("button", { class: "cw-chip", "aria-pressed": "false", onclick: () => onWeigh(strength) }, word, kbd(strength)) }));
  const how = h("span", { class: "meta" });
  const why = h("h4", {});
  const chips = h("div", { class: "cw-chips", role: "group", "aria-label": "Why" });
  const note = h("input", { class: "cw-note", type: "text", "aria-label": "Why, in your own words", oninput: () => onNote(note.value) });
  note.addEventListener("keydown", (event) => {
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    (event.key === "Enter" ? onEnter : onLeave)();
  });
  const pairOf = h("div", { class: "cw-two", role: "radiogroup", "aria-label": "Captions" }, cards.map(({ element }) => element));
  const element = h(
    "div",
    { class: "cw-answer" },
    pairOf,
    h("div", { class: "cw-how" }, h("div", { class: "cw-row" }, others.map((one) => one.element)), h("div", { class: "cw-chips cw-strengths", role: "group", "aria-label": "How clearly" }, how, strengths.map((one) => one.element))),
    h("div", { class: "cw-why" }, why, chips, h("div", { class: "cw-note-box" }, note, kbd("N"))),
  );
  let rubric = { reasons: [], requires: [] };
  let reasons = [];

  return {
    element,
    note,
    setRubric(made) {
      rubric = made;
      how.textContent = rubric.requires.includes("strength") ? "how clearly? required" : "how clearly?";
      const asked = ["reason", "note"].filter((part) => rubric.requires.includes(part));
      why.replaceChildren("Why ", h("span", { class: "cw-light" }, asked.length ? `this rubric requires a ${asked.join(" and a ")}` : "optional here, your rubric can require it"));
      reasons = rubric.reasons.map((reason, place) => ({ reason, element: h("button", { class: "cw-chip cw-reason", "aria-pressed": "false", onclick: () => onReason(reason) }, reason, REASON_KEYS[place] ? kbd(REASON_KEYS[place]) : null) }));
      chips.replaceChildren(...reasons.map((one) => one.element));
      note.placeholder = rubric.requires.includes("note") ? "in your own words, required" : "in your own words";
    },
    setLayout: (layout) => pairOf.classList.toggle("is-stacked", layout === "stacked"),
    // isMarked: whether the words that differ may be seen yet.
    showItem(item, isMarked) {
      for (const card of cards) {
        const { text, spans } = item[card.side];
        const runs = cutBySpans(text, isMarked ? spans.map(([start, end]) => ({ start, end })) : []);
        card.text.replaceChildren(...runs.map((run) => (run.spans.length ? h("mark", { class: "cw-differs" }, run.text) : run.text)));
        card.element.setAttribute("aria-label", `Caption ${card.side === "left" ? "A" : "B"}: ${text}`);
      }
    },
    showDraft(item, draft) {
      for (const card of cards) {
        const isPicked = draft.answer === "prefer" && draft.picked === item[card.side].caption_id;
        card.element.setAttribute("aria-checked", String(isPicked));
        card.element.classList.toggle("is-worse", isPicked && item.ask === "worse");
        card.tag.replaceChildren(...(isPicked ? [icon(item.ask === "worse" ? "misaligned" : "ok", 11), item.ask] : []));
      }
      for (const one of others) one.element.setAttribute("aria-pressed", String(draft.answer === one.answer));
      for (const one of strengths) {
        one.element.setAttribute("aria-pressed", String(draft.strength === one.strength));
        one.element.disabled = draft.answer !== null && draft.answer !== "prefer";
      }
      for (const one of reasons) one.element.setAttribute("aria-pressed", String(draft.reasons.includes(one.reason)));
      if (note.value !== draft.note) note.value = draft.note;
    },
    reasonOf: (key) => rubric.reasons[REASON_KEYS.indexOf(key)] ?? null,
    scroll(direction) {
      for (const card of cards) card.text.scrollTop += direction * card.text.clientHeight * 0.8;
    },
    top() {
      for (const card of cards) card.text.scrollTop = 0;
    },
  };
}
