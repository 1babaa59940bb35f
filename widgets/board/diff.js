// The two texts of a pair, with what each says that the other does not: underlined here, struck there.

import { cutBySpans } from "../js/caption.js";
import { h, icon } from "../js/dom.js";
import { cutFrom, startOf } from "./says.js";

const SIDES = {
  chosen: { tag: "ins", mark: "cw-new", icon: "ok", word: "Chosen" },
  rejected: { tag: "del", mark: "cw-gone", icon: "misaligned", word: "Rejected" },
};

export function markedText(text, spans, side) {
  const { tag, mark } = SIDES[side];
  return cutBySpans(text, spans.map(([start, end]) => ({ start, end }))).map((run) => (run.spans.length ? h(tag, { class: mark }, run.text) : run.text));
}

// One side of a pair; `isShort` begins a little before the first difference.
export function sideText(row, side, { isShort = false } = {}) {
  const whole = row[`${side}_text`] ?? "";
  const all = row[`${side}_spans`] ?? [];
  const { text, spans } = cutFrom(whole, all, isShort ? startOf(row) : 0);
  const node = h("p", { class: `cw-side-text cw-side-${side}` });
  node.append(h("span", { class: "cw-side-mark", title: SIDES[side].word }, icon(SIDES[side].icon, 10)));
  if (!whole.trim()) node.append(h("em", { class: "cw-none" }, side === "chosen" && row.origin === "rejected_only" ? "no better caption yet" : "empty"));
  else node.append(h("span", { class: "cw-side-words" }, markedText(text, spans, side)));
  return node;
}
