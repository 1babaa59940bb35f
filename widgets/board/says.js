// How pairs are said on screen. Pure, so that it can be tested without a browser.

import { sayCount, sayMany } from "../js/words.js";

const STATUS_WORDS = { both_bad: "both bad" };
const SPLIT_WORDS = { held_out: "held out", unsplit: "not split" };
const STRENGTHS = { 1: "slightly", 2: "clearly", 3: "by far" };
export const SEVERITIES = ["error", "warning", "note"];

export const sayName = (name) => name.replaceAll("_", " ");
export const sayStatus = (status) => STATUS_WORDS[status] ?? status;
export const saySplit = (split) => SPLIT_WORDS[split] ?? split;
export const sayStrength = (strength) => STRENGTHS[strength] ?? "";
export const sayValue = (facet, value) => ({ status: sayStatus, split: saySplit }[facet] ?? sayName)(value);

// A measure: whole numbers as they are, shares without their leading zero; a minus that is a minus.
export function sayMeasure(value) {
  if (value === null || value === undefined) return "";
  const said = Number.isInteger(value) ? sayCount(value) : value.toFixed(Math.abs(value) >= 10 ? 1 : 2).replace(/^(-?)0\./, "$1.");
  return said.replace("-", "−");
}

// Who made the pair: a builder by its name, a person by theirs.
export function sayMaker({ origin, builder, annotator }) {
  if (builder) return `${sayName(origin)}: ${sayName(builder)}`;
  return annotator ? `${sayName(origin)} by ${annotator}` : sayName(origin);
}

// What people answered: the voices for the order shown, and the others by name.
export function sayVoices({ voices_chosen, voices_rejected, voices_tie, voices_both_bad }) {
  const heard = voices_chosen + voices_rejected + voices_tie + voices_both_bad;
  if (!heard) return "nobody judged it";
  const others = [[voices_rejected, "against"], [voices_tie, "tie"], [voices_both_bad, "both bad"]].filter(([count]) => count);
  return [`${voices_chosen} of ${sayMany(heard, "voice")}`, ...others.map(([count, word]) => `${count} ${word}`)].join(", ");
}

// The same in a word or two, for a narrow column.
export function sayVoicesShort(row) {
  const { voices_chosen: agreed, voices_rejected: against, voices_tie: tie, voices_both_bad: bad } = row;
  const heard = agreed + against + tie + bad;
  if (agreed === heard) return sayMany(heard, "voice");
  const alone = [[against, "against"], [tie, "tie"], [bad, "both bad"]].find(([count]) => count === heard);
  return alone ? `${sayCount(heard)} × ${alone[1]}` : `${agreed} of ${sayMany(heard, "voice")}`;
}

// How the checks stand, in one line.
export function sayChecks({ is_running, failure, last }) {
  if (is_running) return "checking…";
  if (failure) return "the checks failed";
  if (!last) return "not checked";
  const counts = countSeverities(last.findings);
  const found = SEVERITIES.filter((severity) => counts[severity]).map((severity) => sayMany(counts[severity], severity));
  return (found.length ? found.join(", ") : "nothing found") + (last.is_old ? ", before the last change" : "");
}

export function countSeverities(findings) {
  const counts = { error: 0, warning: 0, note: 0 };
  for (const { severity } of findings) counts[severity] += 1;
  return counts;
}

export function saySplitState({ lock, counts }) {
  if (!lock) return "not split";
  const share = Math.round(lock.held_out_share * 100);
  return `${sayCount(counts.train ?? 0)} to train on, ${sayCount(counts.held_out ?? 0)} held out (${share} % asked), locked with seed ${lock.seed}`;
}

// Where to begin both texts of a pair so that the first difference is in sight: 0 where it is anyhow. What comes
// before it is the same in both, so one place fits both. Counts code points.
export function startOf(row, { length = 80, lead = 28 } = {}) {
  const sides = ["chosen", "rejected"].map((side) => ({ text: row[`${side}_text`] ?? "", span: row[`${side}_spans`]?.[0] }));
  const marked = sides.filter(({ span }) => span).sort((a, b) => a.span[0] - b.span[0]);
  if (!marked.length || marked[0].span[1] <= length) return 0;
  const points = Array.from(marked[0].text);
  let start = Math.max(0, marked[0].span[0] - lead);
  while (start < marked[0].span[0] && !/\s/u.test(points[start - 1] ?? " ")) start += 1;
  return start > 1 ? start : 0;
}

// A text from a place on; its spans move along.
export function cutFrom(text, spans, start) {
  if (!start) return { text, spans };
  const moved = spans.map(([from, to]) => [Math.max(0, from - start) + 1, Math.max(0, to - start) + 1]);
  return { text: `…${Array.from(text).slice(start).join("")}`, spans: moved.filter(([from, to]) => to > from) };
}
