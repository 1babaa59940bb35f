import assert from "node:assert/strict";
import { test } from "node:test";

import { cutAtLimit } from "../../widgets/js/differences.js";
import { sayVerdictFull } from "../../widgets/js/words.js";
import { sayLength } from "../../widgets/review/editor.js";

test("the count of tokens names the limit and says when it is passed", () => {
  assert.deepEqual(sayLength({ tokens: 1302, limit: 77, over: 320 }).text, "1,302 tokens of 77");
  assert.equal(sayLength({ tokens: 1302, limit: 77, over: 320 }).isOver, true);
  assert.equal(sayLength({ tokens: 13, limit: 256, over: null }).isOver, false);
  assert.deepEqual(sayLength({ reason: "no tokenizer here" }), { text: "tokens not counted", title: "no tokenizer here", isOver: false });
  assert.equal(sayLength(undefined).text, "");
});

test("the limit falls on the word of the new text that passes it", () => {
  const runs = [["same", "a 🏞 "], ["gone", "red"], ["same", " "], ["new", "blue"], ["same", " ball here"]];
  const text = "a 🏞  blue ball here"; // two blanks, where the runs have one
  const over = Array.from(text).join("").indexOf("ball") - 1; // in code points: the picture is one, not two
  const { within, beyond } = cutAtLimit(runs, text, over);
  assert.equal(within.map(([, words]) => words).join(""), "a 🏞 red blue ");
  assert.equal(beyond.map(([, words]) => words).join(""), "ball here");
  assert.deepEqual(cutAtLimit(runs, text, null), { within: runs, beyond: [] });
});

test("a limit between two runs cuts none of them", () => {
  const { within, beyond } = cutAtLimit([["same", "a b"], ["new", " c"]], "a b c", 4);
  assert.deepEqual([within, beyond], [[["same", "a b"], ["new", " "]], [["new", "c"]]]);
});

test("a verdict with a correction says so", () => {
  assert.equal(sayVerdictFull("misaligned", ["interval"], "a cat"), "misaligned, time, corrected");
  assert.equal(sayVerdictFull("misaligned", ["interval"], ""), "misaligned, time");
});
