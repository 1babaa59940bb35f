// The evidence on one caption: a card for what is suspected, one line for every other error type on demand.

import { wordsOf } from "./caption.js";
import { h, icon, kbd } from "./dom.js";
import { isLow } from "./suspicions.js";
import { sayMany, sayRank, sayReason, sayStretch, sayType } from "./words.js";

const OPEN_CARDS = 3;
const QUOTED_POINTS = 44;

// The rank stands at the head of the card; a sentence that begins with it need not say it again.
export function plainEvidence(evidence) {
  const rest = (evidence ?? "").replace(/^(Lowest|Better than) [\d.]+ % of the set[:,]\s*/, "");
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

// What stands in cards, and what behind the disclosure: what is under review or suspected is in front, and
// where nothing is, what ranks lowest.
export function splitEntries(entries) {
  const found = entries.filter((entry) => entry.isUnderReview || entry.isSuspected).slice(0, OPEN_CARDS);
  const front = found.length ? found : entries.filter((entry) => entry.isDefined).slice(0, 1);
  return { front, rest: entries.filter((entry) => !front.includes(entry)) };
}

export function makeEvidence({ key = null, onLight = () => {} } = {}) {
  const front = h("div", { class: "cw-cards" });
  const summary = h("summary", { class: "meta" }, "Other error types");
  const list = h("ul", { class: "cw-others" });
  const others = h("details", {}, summary, list);
  const element = h("section", { class: "cw-evidence", "aria-label": "Evidence" }, front, others);
  const lit = (entry) => ({ onpointerenter: () => onLight(entry.type), onpointerleave: () => onLight(null), "data-type": entry.type });

  return {
    element,
    show(entries, text) {
      const { front: cards, rest } = splitEntries(entries);
      front.replaceChildren(...cards.map((entry) => card(entry, text, lit(entry))));
      list.replaceChildren(...rest.map((entry) => line(entry, text, lit(entry))));
      others.hidden = !rest.length;
      summary.replaceChildren(sayOthers(rest, cards.length), key ? kbd(key) : "");
      element.hidden = !entries.length;
    },
    toggle() {
      if (!others.hidden) others.open = !others.open;
    },
  };
}

export function sayOthers(rest, shown) {
  const suspected = rest.filter((entry) => entry.isSuspected).length;
  const lead = shown ? sayMany(rest.length, "more error type") : `${sayMany(rest.length, "error type")} scored`;
  return suspected ? `${lead}, ${suspected} of them low` : `${lead}, none low`;
}

function card(entry, text, props) {
  const { lead } = entry;
  return h(
    "div",
    { class: `cw-card${entry.isSuspected ? " cw-flag" : ""}`, ...props },
    h(
      "div",
      { class: "cw-between" },
      h("span", { class: "cw-flag-type" }, entry.isSuspected ? icon("flag", 11) : null, h("b", {}, sayType(entry.type)), quoted(entry, text)),
      h("span", { class: "meta cw-rank" }, sayWitness(lead)),
    ),
    h("div", { class: "meta cw-said-why", title: saidOf(entry) }, saidOf(entry)),
    sayAlso(entry) ? h("div", { class: "meta", title: entry.witnesses.map(sayWitness).join("\n") }, sayAlso(entry)) : null,
  );
}

// Who else ranks it low, of how many that could tell: agreement is worth more than one low rank.
export function sayAlso({ witnesses }) {
  const [, ...others] = witnesses.filter((witness) => known(witness.percentile));
  if (!others.length) return "";
  const low = others.filter(isLow).map((witness) => witness.scorer);
  const tail = `${low.length} of ${sayMany(others.length, "other scorer")}`;
  return low.length ? `Low as well by ${low.join(", ")} (${tail})` : `Low by no other of ${others.length + 1} scorers`;
}

function line(entry, text, props) {
  return h(
    "li",
    { class: `meta${entry.isDefined ? "" : " is-undefined"}`, ...props },
    h("div", { class: "cw-between" }, h("span", { class: "cw-flag-type" }, h("b", {}, sayType(entry.type)), quoted(entry, text)), h("span", { class: "cw-rank" }, sayWitness(entry.lead))),
    h("div", {}, saidOf(entry)),
  );
}

// The suspected words as they are underlined in the caption, so that the card is its legend.
function quoted({ type, lead, isSuspected }, text) {
  const { start_char, end_char, start_s, end_s } = lead;
  if (known(start_char) && known(end_char) && end_char > start_char)
    return h("span", { class: "cw-quoted" }, "“", h("span", { class: `cw-suspect${isSuspected ? "" : " is-quiet"}`, "data-type": type }, shortened(wordsOf(text, start_char, end_char))), "”");
  return known(start_s) && known(end_s) ? h("span", { class: "cw-quoted" }, sayStretch(start_s, end_s)) : null;
}

function shortened(words) {
  const points = Array.from(words);
  return points.length > QUOTED_POINTS ? `${points.slice(0, QUOTED_POINTS - 12).join("")} … ${points.slice(-10).join("")}` : words;
}

const known = (value) => value !== null && value !== undefined;

const sayWitness = (witness) =>
  [witness.scorer ?? witness.rule, sayRank(witness.percentile) || (known(witness.value) || witness.isFlagged ? "" : "no score")].filter(Boolean).join(" · ");

const saidOf = ({ lead, isDefined }) => (isDefined ? plainEvidence(lead.evidence) : sayReason(lead));
