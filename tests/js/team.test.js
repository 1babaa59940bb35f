import assert from "node:assert/strict";
import { test } from "node:test";

import { sayAct } from "../../widgets/team/acts.js";
import { matrixOf, sayAgo, sayAgreement, sayCouple, sayPerson, sayShare } from "../../widgets/team/figures.js";

test("agreement comes with its interval, or with why there is none", () => {
  assert.deepEqual(sayAgreement({ value: 0.721, low: 0.6, high: 0.83, units: 40 }), {
    figure: "alpha .72 (.60–.83)", tail: " over 40 captions that two or more decided; 1 is perfect, 0 is chance",
  });
  assert.equal(sayAgreement({ value: null, reason: "nothing was answered by two people" }).tail, ": nothing was answered by two people");
});

test("a person who shares no caption has a reason and no number", () => {
  assert.equal(sayPerson({ equal: null, reason: "nobody else decided the same captions" }), "nobody else decided the same captions");
  assert.match(sayPerson({ equal: 0.9, equal_low: 0.8, equal_high: 0.96, shared: 1, alpha_without: null }), /90 % \(80 %–96 %\) of the time, over 1 shared caption$/);
});

test("nearly all is not all", () => {
  assert.equal(sayShare(0.9999), ">99 %");
  assert.equal(sayShare(1), "100 %");
});

test("a couple without a kappa says why", () => {
  const couple = { one: "ana", other: "ben", kappa: null, reason: "everybody gave the same answer", equal: 1, equal_low: 0.4, equal_high: 1, shared: 4 };
  assert.equal(sayCouple(couple), "ana and ben: no kappa: everybody gave the same answer; the same 100 % (40 %–100 %) of 4");
});

test("the matrix is symmetric, empty where two share nothing", () => {
  const couple = { one: "a", other: "b" };
  assert.deepEqual(matrixOf(["a", "b", "c"], [couple]), [[null, couple, undefined], [couple, null, undefined], [undefined, undefined, null]]);
});

test("an act is told as what was done", () => {
  assert.equal(sayAct({ act: "verdict", said: "misaligned", error_types: ["count"], edited_text: "two" }), "misaligned, count, corrected");
  assert.equal(sayAct({ act: "undo", said: "ok", error_types: [] }), "took back: fine");
  assert.equal(sayAct({ act: "judgement", said: "tie", error_types: [] }), "judged tie");
});

test("times of today are told as how long ago", () => {
  const now = Date.parse("2026-01-02T12:00:00Z");
  assert.equal(sayAgo("2026-01-02T11:59:30Z", now), "now");
  assert.equal(sayAgo("2026-01-02T11:00:00Z", now), "1 h ago");
  assert.equal(sayAgo("2025-12-31T11:00:00Z", now), "2025-12-31");
});
