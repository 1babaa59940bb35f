import assert from "node:assert/strict";
import { test } from "node:test";

import { placeOf, sayTick, seekBy, ticksOf } from "../../widgets/js/clock.js";
import { sayAlso, sayOthers, splitEntries } from "../../widgets/js/evidence.js";
import { intervalsOf, spansOf, suspicionsOf } from "../../widgets/js/suspicions.js";
import { choiceOf, valueOf } from "../../widgets/review/order.js";

const none = { start_char: null, end_char: null, start_s: null, end_s: null };
const score = (scorer, error_type, percentile, rest = {}) => ({ scorer, error_type, percentile, value: percentile, reason: null, evidence: "e", ...none, ...rest });
const flag = (scorer, error_type, rest = {}) => ({ scorer, error_type, rule: "r", percentile: 0.4, evidence: "flagged", ...none, ...rest });
const types = (entries) => entries.map((entry) => entry.type).join(" ");

test("what is under review comes first, then what is suspected, then by rank, undefined last", () => {
  const scores = [
    score("similarity", "wrong_pair", 0.02), score("claims", "count", null, { value: null, reason: "no number" }),
    score("claims", "object", 0.6), score("claims", "attribute", 0.5), score("phrases", "action", 0.3),
  ];
  const flags = [flag("claims", "object")];
  assert.equal(types(suspicionsOf({ scores, flags })), "wrong_pair object action attribute count");
  assert.equal(types(suspicionsOf({ scores, flags }, "attribute")), "attribute wrong_pair object action count");
  assert.equal(suspicionsOf({ scores }).at(-1).isDefined, false);
  assert.deepEqual(suspicionsOf({}), []);
});

test("a flag and the score it was made from are one witness, and the score speaks where the flag is silent", () => {
  const scores = [score("claims", "attribute", 0.4, { start_char: 2, end_char: 5, evidence: "by score" })];
  const [entry] = suspicionsOf({ scores, flags: [flag("claims", "attribute", { evidence: "by flag" })] });
  assert.equal(entry.witnesses.length, 1);
  assert.equal(entry.isSuspected, true);
  assert.equal(entry.lead.evidence, "by flag");
  assert.deepEqual([entry.lead.start_char, entry.lead.end_char], [2, 5]);
});

test("the witness that is most against a caption speaks for its type", () => {
  const [entry] = suspicionsOf({ scores: [score("phrases", "object", 0.3), score("claims", "object", 0.05), score("questions", "object", null)] });
  assert.deepEqual(entry.witnesses.map((witness) => witness.scorer), ["claims", "phrases", "questions"]);
});

test("only suspected words are underlined, and quietly those of the type under review", () => {
  const words = { start_char: 2, end_char: 5 };
  const scores = [score("claims", "attribute", 0.5, words), score("claims", "object", 0.05, words), score("phrases", "object", 0.04, words), score("claims", "count", 0.9, words), score("x", "action", 0.01, { start_char: 5, end_char: 5 })];
  const marks = (underReview) => spansOf(suspicionsOf({ scores }, underReview)).map(({ type, isQuiet }) => `${type}${isQuiet ? "?" : ""}`);
  assert.deepEqual(marks(null), ["object"]);
  assert.deepEqual(marks("attribute"), ["attribute?", "object"]);
});

test("a stretch that fits better is shown once, and not where it is the caption's own", () => {
  const at = (start_s, end_s) => ({ start_s, end_s });
  const scores = [score("intervals", "interval", 0.02, at(2, 4)), score("transcripts", "transcript", 0.03, at(2.02, 4.01)), score("views", "cross_view", 0.9, at(7, 8)), score("x", "order", 0.01, at(0, 1))];
  const found = intervalsOf(suspicionsOf({ scores }), at(0, 1));
  assert.deepEqual(found.map(({ start_s, scorer }) => [start_s, scorer]), [[2, "intervals"]]);
  assert.equal(intervalsOf(suspicionsOf({ scores: [] })).length, 0);
});

test("three cards at most stand open; the line for the rest says whether more is low", () => {
  const entries = suspicionsOf({ scores: [score("a", "object", 0.01), score("a", "count", 0.02), score("a", "action", 0.03), score("a", "relation", 0.04), score("a", "other", 0.9)] });
  const { front, rest } = splitEntries(entries);
  assert.equal(types(front), "object count action");
  assert.equal(sayOthers(rest, 3), "2 more error types, 1 of them low");
  assert.equal(sayOthers(rest.slice(1), 0), "1 error type scored, none low");
  const calm = splitEntries(suspicionsOf({ scores: [score("a", "object", 0.4), score("a", "count", null, { value: null }), score("b", "action", 0.2)] }));
  assert.equal(types(calm.front), "action", "where nothing is low, what ranks lowest says why it came up");
});

test("agreement of other scorers is said, of how many that could tell", () => {
  const also = (...percentiles) => sayAlso(suspicionsOf({ scores: percentiles.map((percentile, place) => score(`s${place}`, "wrong_pair", percentile)) })[0]);
  assert.equal(also(0.01), "");
  assert.equal(also(0.01, null), "");
  assert.equal(also(0.01, 0.02, 0.5, 0.03), "Low as well by s1, s3 (2 of 3 other scorers)");
  assert.equal(also(0.01, 0.2), "Low by no other of 2 scorers");
});

test("the clock has few ticks, at round times", () => {
  assert.deepEqual(ticksOf(4.65), [0, 1, 2, 3, 4]);
  assert.deepEqual(ticksOf(24), [0, 5, 10, 15, 20]);
  assert.ok(ticksOf(7200).length <= 8);
  assert.equal(sayTick(5), "5 s");
  assert.equal(sayTick(90), "1:30");
});

test("a stretch is cut off at the edges of its media", () => {
  assert.deepEqual(placeOf({ start_s: 1, end_s: 3 }, 4), { left: 25, width: 50 });
  assert.deepEqual(placeOf({ start_s: -1, end_s: 9 }, 4), { left: 0, width: 100 });
  assert.deepEqual(placeOf({ start_s: 5, end_s: 9 }, 4), { left: 100, width: 0 });
});

test("keys move the playhead and stay inside", () => {
  assert.equal(seekBy("ArrowRight", 1, 10), 1.1);
  assert.equal(seekBy("ArrowLeft", 0.05, 10), 0);
  assert.equal(seekBy("End", 3, 10), 10);
  assert.equal(seekBy("Home", 3, 10), 0);
  assert.equal(seekBy("a", 3, 10), null);
});

test("a choice of order and its value in the list are one thing", () => {
  for (const choice of [{ order: "worst", error_type: null }, { order: "random", error_type: null }, { order: "worst", error_type: "av_sync" }])
    assert.deepEqual(choiceOf(valueOf(choice)), choice);
});
