import assert from "node:assert/strict";
import { test } from "node:test";

import { cutBySpans } from "../../widgets/js/caption.js";
import { dragEdge } from "../../widgets/js/clock.js";
import { BLANK, fieldsOf, isSaid, marksOf, setEnd, stretchField } from "../../widgets/review/draft.js";
import { moveCursor, snapToWords, spanOf, toggleSpan, trimSpans, wordsIn } from "../../widgets/review/spans.js";

const said = (text, spans) => spans.map(([start, end]) => Array.from(text).slice(start, end).join(""));

test("words are counted in code points, and a script without blanks has words too", () => {
  assert.deepEqual(said("🏞 a red kite.", wordsIn("🏞 a red kite.")), ["a", "red", "kite"]);
  assert.deepEqual(wordsIn("🏞 a red kite.")[0], [2, 3]);
  assert.ok(wordsIn("一只狗在沙发上").length > 1);
});

test("a selection is of the whole words that it touches", () => {
  const words = wordsIn("a red ball rolls");
  assert.deepEqual(snapToWords(words, 3, 8), [2, 10]);
  assert.deepEqual(snapToWords(words, 2, 5), [2, 5]);
  assert.equal(snapToWords(words, 5, 6), null);
});

test("marking what is marked takes it away, and spans that meet become one", () => {
  assert.deepEqual(toggleSpan([[2, 5]], [2, 5]), []);
  assert.deepEqual(toggleSpan([[2, 10]], [6, 10]), [[2, 6]]);
  assert.deepEqual(trimSpans(toggleSpan([[2, 10]], [6, 10]), "a red ball"), [[2, 5]]);
  assert.deepEqual(toggleSpan([[2, 5]], [4, 10]), [[2, 10]]);
  assert.deepEqual(toggleSpan([[6, 10]], [0, 1]), [[0, 1], [6, 10]]);
});

test("arrows move from word to word and stop at the ends; Shift holds one end", () => {
  assert.deepEqual(moveCursor({ anchor: 0, head: 0 }, "ArrowLeft", 3), { anchor: 0, head: 0 });
  assert.deepEqual(moveCursor({ anchor: 1, head: 1 }, "Shift+ArrowLeft", 3), { anchor: 1, head: 0 });
  assert.deepEqual(moveCursor({ anchor: 1, head: 1 }, "End", 3), { anchor: 2, head: 2 });
  assert.equal(moveCursor({ anchor: 1, head: 1 }, "x", 3), null);
  assert.deepEqual(spanOf([[0, 1], [2, 5], [6, 10]], { anchor: 2, head: 1 }), [2, 10]);
});

test("a person's marks take no line from what is suspected", () => {
  const runs = cutBySpans("a red ball", [{ start: 2, end: 5, by: "mark" }, { start: 2, end: 10, type: "object" }]);
  assert.deepEqual(runs.map(({ text }) => text), ["a ", "red", " ball"]);
  assert.deepEqual(runs[1].spans.map(({ by, lane }) => by ?? lane), ["mark", 0]);
  assert.deepEqual(runs[2].spans.map(({ lane }) => lane), [0]);
});

test("only what differs from what this person said before is sent", () => {
  const before = { verdict: "misaligned", annotator: "ana", spans: [[0, 3]], severity: 2, note: "why", interval: null };
  assert.deepEqual(fieldsOf("misaligned", { ...marksOf(before), severity: 3 }, before, "ana"), { severity: 3 });
  assert.deepEqual(fieldsOf("misaligned", { ...marksOf(before), spans: [] }, before, "ana"), { spans: [] });
  assert.deepEqual(fieldsOf("misaligned", marksOf(before), before, "ben"), { spans: [[0, 3]], severity: 2, note: "why" });
  assert.deepEqual(fieldsOf("ok", { ...BLANK, spans: [[0, 3]], note: "fine" }, null, "ana"), { note: "fine" });
});

test("the same verdict with other marks is another decision", () => {
  const one = { verdict: "misaligned", annotator: "ana", error_types: ["object"], edited_text: "", is_complete: null, ...BLANK };
  assert.ok(isSaid(one, { ...one }));
  assert.ok(!isSaid({ ...one, spans: [[0, 1]] }, one));
  assert.ok(!isSaid(one, null));
});

test("a stretch says when the caption should be only where the caption has an interval", () => {
  assert.equal(stretchField({ start_s: 1, end_s: 2 }), "edited_interval");
  assert.equal(stretchField({ start_s: null, end_s: null }), "interval");
  assert.deepEqual(setEnd(null, "start", 2, 10, { start_s: 1, end_s: 5 }), [2, 5]);
});

test("an end set past the other one takes the media's own end instead", () => {
  assert.deepEqual(setEnd(null, "start", 2, 10), [2, 10]);
  assert.deepEqual(setEnd([2, 10], "end", 5, 10), [2, 5]);
  assert.deepEqual(setEnd([2, 5], "start", 7, 10), [7, 10]);
  assert.deepEqual(setEnd([6, 8], "end", 3, 10), [0, 3]);
});

test("an edge is dragged within the media and never past the other edge", () => {
  assert.deepEqual(dragEdge([2, 5], "start", -1, 10), [0, 5]);
  assert.deepEqual(dragEdge([2, 5], "end", 99, 10), [2, 10]);
  assert.deepEqual(dragEdge([2, 5], "end", 1, 10, 0.5), [2, 2.5]);
});
