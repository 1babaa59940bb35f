import assert from "node:assert/strict";
import { test } from "node:test";

import { countSeverities, cutFrom, sayChecks, sayMaker, sayMeasure, saySplitState, sayStatus, sayValue, sayVoices, sayVoicesShort, startOf } from "../../widgets/board/says.js";
import { Selection } from "../../widgets/board/selection.js";

test("names are said in words", () => {
  assert.equal(sayStatus("both_bad"), "both bad");
  assert.equal(sayValue("split", "held_out"), "held out");
  assert.equal(sayValue("origin", "rejected_only"), "rejected only");
  assert.equal(sayMaker({ origin: "built", builder: "swap_attributes", annotator: "" }), "built: swap attributes");
  assert.equal(sayMaker({ origin: "edit", builder: "", annotator: "ana" }), "edit by ana");
});

test("a measure is short: whole numbers whole, shares without their zero", () => {
  assert.equal(sayMeasure(0.873), ".87");
  assert.equal(sayMeasure(1), "1");
  assert.equal(sayMeasure(-4), "−4");
  assert.equal(sayMeasure(-0.048), "−.05");
  assert.equal(sayMeasure(12.345), "12.3");
  assert.equal(sayMeasure(null), "");
});

test("voices name those against", () => {
  const voices = { voices_chosen: 2, voices_rejected: 1, voices_tie: 0, voices_both_bad: 0 };
  assert.equal(sayVoices(voices), "2 of 3 voices, 1 against");
  assert.equal(sayVoices({ ...voices, voices_chosen: 0, voices_rejected: 0, voices_tie: 1 }), "0 of 1 voice, 1 tie");
  assert.equal(sayVoices({ voices_chosen: 0, voices_rejected: 0, voices_tie: 0, voices_both_bad: 0 }), "nobody judged it");
});

test("the state of the checks is one line", () => {
  const findings = [{ severity: "error" }, { severity: "note" }, { severity: "note" }];
  assert.deepEqual(countSeverities(findings), { error: 1, warning: 0, note: 2 });
  assert.equal(sayChecks({ is_running: true }), "checking…");
  assert.equal(sayChecks({ failure: { message: "no" } }), "the checks failed");
  assert.equal(sayChecks({ last: null }), "not checked");
  assert.equal(sayChecks({ last: { findings, is_old: false } }), "1 error, 2 notes");
  assert.equal(sayChecks({ last: { findings: [], is_old: true } }), "nothing found, before the last change");
});

test("the split says its seed, and that there is none", () => {
  assert.equal(saySplitState({ lock: null, counts: {} }), "not split");
  const state = { lock: { seed: 3, held_out_share: 0.2 }, counts: { train: 80, held_out: 20 } };
  assert.equal(saySplitState(state), "80 to train on, 20 held out (20 % asked), locked with seed 3");
});

test("a narrow column names the voices in a word or two", () => {
  const voices = (voices_chosen, voices_rejected, voices_tie, voices_both_bad) => sayVoicesShort({ voices_chosen, voices_rejected, voices_tie, voices_both_bad });
  assert.equal(voices(3, 0, 0, 0), "3 voices");
  assert.equal(voices(2, 1, 0, 0), "2 of 3 voices");
  assert.equal(voices(0, 0, 2, 0), "2 × tie");
});

test("long texts begin a little before the first difference, at a word, the same in both, and spans still fit", () => {
  const before = "one two three ".repeat(12);
  const row = { chosen_text: `${before}🐕 a red ball lies there`, rejected_text: `${before}🐕 a ball lies there` };
  const start = Array.from(row.chosen_text).indexOf("🐕") + 4;
  Object.assign(row, { chosen_spans: [[start, start + 3]], rejected_spans: [] });
  const place = startOf(row);
  const [chosen, rejected] = [cutFrom(row.chosen_text, row.chosen_spans, place), cutFrom(row.rejected_text, [], place)];
  assert.equal(Array.from(chosen.text).slice(...chosen.spans[0]).join(""), "red");
  assert.match(chosen.text, /^…(one|two|three) /);
  assert.equal(rejected.text.slice(0, 12), chosen.text.slice(0, 12));
  assert.ok(Array.from(chosen.text).length < 80);
});

test("what differs at the beginning, or nowhere, is not cut", () => {
  const long = "word ".repeat(60);
  assert.equal(startOf({ chosen_text: long, chosen_spans: [[0, 4]], rejected_text: long, rejected_spans: [[100, 104]] }), 0);
  assert.equal(startOf({ chosen_text: long, chosen_spans: [], rejected_text: long, rejected_spans: [] }), 0);
  assert.equal(startOf({ chosen_text: null, chosen_spans: null, rejected_text: long, rejected_spans: [] }), 0);
  assert.equal(startOf({ chosen_text: `${"x".repeat(200)} y`, chosen_spans: [[201, 202]], rejected_text: "x", rejected_spans: [] }), 201);
  assert.deepEqual(cutFrom(long, [[0, 4]], 0), { text: long, spans: [[0, 4]] });
});

test("a selection grows from where it began, and the rows show it before the kernel answers", async () => {
  const rows = ["p0", "p1", "p2", "p3"].map((pair_id) => ({ pair_id, is_selected: false }));
  const asked = [];
  const counts = [];
  const selection = new Selection({
    rpc: { ask: async (_op, change) => (asked.push(change), { selected: 7 }) },
    pages: { each: (act) => rows.forEach(act) }, grid: { refresh() {} }, attempt: (act) => act(), onCount: (count) => counts.push(count),
  });
  const shown = () => rows.filter((row) => row.is_selected).map(({ pair_id }) => pair_id);
  selection.extend(1, 2);
  assert.deepEqual(shown(), ["p1", "p2"]);
  await selection.extend(2, 3);
  assert.deepEqual(asked.at(-1), { how: "range", start: 1, stop: 4 });
  await selection.pick(0, rows[0]);
  assert.deepEqual(shown(), ["p0"]);
  await selection.pick(2, rows[2], { isMore: true });
  assert.deepEqual(shown(), ["p0", "p2"]);
  await selection.change({ how: "none" });
  assert.deepEqual(shown(), []);
  assert.deepEqual(counts, [7, 7, 7, 7, 7]);
});
