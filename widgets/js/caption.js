// A caption with its suspected words underlined: one line style and hue a type, and the type's key behind them.

import { h } from "./dom.js";
import { TYPE_KEY, sayRank, sayType } from "./words.js";

const DEEPEST = 3; // lines under one word that can still be told apart

// Cut text into runs, each with the spans that cover it. Spans count Unicode code points, as Python does, not
// UTF-16 units.
export function cutBySpans(text, spans) {
  const points = Array.from(text);
  const inside = withLanes(spans.map((span) => ({ ...span, start: Math.max(0, span.start), end: Math.min(points.length, span.end) })).filter((span) => span.start < span.end));
  const cuts = [...new Set([0, points.length, ...inside.flatMap(({ start, end }) => [start, end])])].sort((a, b) => a - b);
  return cuts.slice(0, -1).map((start, place) => ({
    start,
    end: cuts[place + 1],
    text: points.slice(start, cuts[place + 1]).join(""),
    spans: inside.filter((span) => span.start <= start && span.end >= cuts[place + 1]),
  }));
}

// Spans that share words are underlined beneath each other, each in one lane from its first word to its last.
function withLanes(spans) {
  const laid = spans.filter((span) => span.by).map((span) => ({ ...span, lane: -1 })); // a person's: no line
  for (const span of spans.filter((each) => !each.by).sort((a, b) => a.start - b.start || b.end - a.end)) {
    const taken = laid.filter((other) => other.end > span.start && other.start < span.end).map((other) => other.lane);
    laid.push({ ...span, lane: [0, 1, 2, 3, 4, 5, 6, 7].find((lane) => !taken.includes(lane)) ?? 8 });
  }
  return laid;
}

// The words themselves, for a card that names what it suspects.
export const wordsOf = (text, start, end) => Array.from(text).slice(start, end).join("");

export function captionText(text, spans = []) {
  return cutBySpans(text, spans).map((run) => (run.spans.length ? marked(run) : run.text));
}

function marked(run) {
  const shown = run.spans.filter((span) => !span.by && span.lane < DEEPEST);
  const [made, cursor] = ["mark", "cursor"].map((by) => run.spans.some((span) => span.by === by));
  const inner = shown.reduceRight(
    (inner, span) =>
      h(
        "mark",
        {
          class: `cw-suspect${span.isQuiet ? " is-quiet" : ""}${span.lane ? " is-lower" : ""}`, title: tooltip(run.spans), "data-type": span.type,
          "data-key": span.end === run.end ? TYPE_KEY[span.type]?.toUpperCase() : null, style: { textUnderlineOffset: `${3 + 4 * span.lane}px` },
        },
        inner,
      ),
    run.text,
  );
  // What a person has marked, and what the keys would mark next: a ground and a frame, never a line below.
  return made || cursor ? h("mark", { class: `cw-made${made ? " is-marked" : ""}${cursor ? " is-cursor" : ""}` }, inner) : inner;
}

const tooltip = (spans) =>
  spans.filter((span) => !span.by).map(({ type, witness }) => [`${sayType(type)}: ${witness.scorer ?? witness.rule}`, sayRank(witness.percentile)].filter(Boolean).join(", ")).join("\n");

// The caption that is judged. A long one scrolls by itself, and its first suspected words are brought into view.
export function makeCaption() {
  const element = h("div", { class: "caption cw-caption-main", role: "group", "aria-label": "Caption" });
  let shown = null;
  return {
    element,
    show({ caption_id, text }, spans) {
      const isNew = shown !== caption_id;
      shown = caption_id;
      if (isNew) element.scrollTop = 0;
      element.replaceChildren(...captionText(text, spans));
      element.classList.toggle("has-lanes", spans.length > 1);
      const isLong = element.scrollHeight > element.clientHeight + 1;
      element.tabIndex = isLong ? 0 : -1;
      element.classList.toggle("is-long", isLong);
      const mark = isLong && isNew ? element.querySelector("mark.cw-suspect") : null;
      if (mark) element.scrollTop = mark.offsetTop - element.offsetTop - element.clientHeight / 3;
    },
    // Point at the words that a card speaks of; null for all alike.
    light(type) {
      for (const mark of element.querySelectorAll("mark.cw-suspect")) mark.classList.toggle("is-dim", type !== null && mark.dataset.type !== type);
    },
  };
}
