// A caption with its suspected words underlined, and the flags that suspect them.

import { h, icon } from "./dom.js";
import { sayRank, sayType } from "./words.js";

// Cut text into runs by spans; spans count Unicode code points, as Python does, not UTF-16 units.
export function cutBySpans(text, spans) {
  const points = Array.from(text);
  const marked = new Array(points.length).fill(false);
  for (const [start, end] of spans) marked.fill(true, Math.max(0, start), Math.max(0, end));
  const runs = [];
  points.forEach((point, place) => {
    const last = runs.at(-1);
    if (last && last.isMarked === marked[place]) last.text += point;
    else runs.push({ text: point, isMarked: marked[place] });
  });
  return runs;
}

export function captionText(text, flags = []) {
  const spans = flags.filter((flag) => flag.start_char !== null && flag.end_char !== null).map((flag) => [flag.start_char, flag.end_char]);
  return cutBySpans(text, spans).map((run) => (run.isMarked ? h("mark", { class: "cw-suspect" }, run.text) : run.text));
}

// The rank stands at the head of the card; a sentence that begins with it need not say it again.
export function plainEvidence(evidence) {
  const rest = (evidence ?? "").replace(/^(Lowest|Better than) [\d.]+ % of the set[:,]\s*/, "");
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

export function flagCard(flag) {
  return h(
    "div",
    { class: "cw-card cw-flag" },
    h("div", { class: "cw-between" }, h("span", { class: "cw-flag-type" }, icon("flag", 11), h("b", {}, sayType(flag.error_type))), h("span", { class: "meta" }, sayRank(flag.percentile))),
    h("div", { class: "meta" }, plainEvidence(flag.evidence)),
  );
}

export function scoreCard(score) {
  const rank = score.value === null ? "no score" : sayRank(score.percentile);
  return h(
    "div",
    { class: "cw-card" },
    h("div", { class: "cw-between" }, h("b", {}, score.scorer), h("span", { class: "meta" }, rank)),
    h("div", { class: "meta" }, score.reason ?? plainEvidence(score.evidence)),
  );
}
