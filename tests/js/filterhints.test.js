import assert from "node:assert/strict";
import { test } from "node:test";

import { applyHint, hintsFor } from "../../widgets/js/filterhints.js";

const WORDS = { fields: ["error", "duration", "text"], numbers: ["duration"], values: { error: ["object", "omission", "relation"] }, examples: [["is:flagged", "suspected"]] };
const labels = (text, caret = text.length, history = []) => hintsFor(text, caret, WORDS, history).map(({ label }) => label);

test("an empty line offers the filters used last, then examples", () => {
  assert.deepEqual(labels("", 0, ["dog", "cat"]), ["dog", "cat", "is:flagged"]);
});

test("a word that begins like a field is completed, with what follows it", () => {
  const [hint] = hintsFor("dog AND du", 10, WORDS);
  assert.deepEqual(applyHint("dog AND du", hint), { text: "dog AND duration<", caret: 17 });
  const [other] = hintsFor("er", 2, WORDS);
  assert.equal(applyHint("er", other).text, "error:");
});

test("after a field come its values", () => {
  assert.deepEqual(labels("error:o"), ["object", "omission"]);
  assert.deepEqual(labels("error:"), ["object", "omission", "relation"]);
  const [hint] = hintsFor("error:o dog", 7, WORDS);
  assert.deepEqual(applyHint("error:o dog", hint), { text: "error:object dog", caret: 12 });
});

test("what is written out, quoted or unknown brings no hint", () => {
  for (const text of ["error:object", "text", '"er', "zebra", "similarity<0.2"]) assert.deepEqual(labels(text), [], text);
});
