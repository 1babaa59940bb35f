import assert from "node:assert/strict";
import { test } from "node:test";

import { cutBySpans, wordsOf } from "../../widgets/js/caption.js";
import { plainEvidence } from "../../widgets/js/evidence.js";
import { colourParts } from "../../widgets/js/filterbox.js";
import { brushOf, sayBrush } from "../../widgets/js/histogram.js";
import { isTyping, keyName } from "../../widgets/js/keys.js";
import { chunksOf } from "../../widgets/js/media.js";
import { themeOf } from "../../widgets/js/theme.js";
import { barsOf } from "../../widgets/js/waveform.js";
import { TYPE_KEYS, sayDuration, sayEstimate, sayRank, sayReason, sayScore, sayShift, sayStretch, sayTime, sayType } from "../../widgets/js/words.js";
import { typesFor } from "../../widgets/review/chips.js";

test("a rank says from which end, and never 0 %", () => {
  assert.equal(sayRank(0), "lowest 1 %");
  assert.equal(sayRank(0.02), "lowest 2 %");
  assert.equal(sayRank(0.021), "lowest 3 %");
  assert.equal(sayRank(0.5), "lowest 50 %");
  assert.equal(sayRank(0.88), "highest 12 %");
  assert.equal(sayRank(1), "highest 1 %");
  assert.equal(sayRank(null), "");
});

test("numbers are short and readable", () => {
  assert.equal(sayScore(0.1734), ".173");
  assert.equal(sayScore(-0.05), "−.050");
  assert.equal(sayScore(1.2), "1.200");
  assert.equal(sayDuration(12), "0:12");
  assert.equal(sayDuration(3725), "1:02:05");
  assert.equal(sayType("wrong_pair"), "wrong pair");
});

test("moments and stretches are said to a tenth of a second, and shifts only of what keeps its length", () => {
  assert.equal(sayTime(3.24), "3.2 s");
  assert.equal(sayTime(59.96), "1:00.0");
  assert.equal(sayTime(63.2), "1:03.2");
  assert.equal(sayStretch(1, 3.04), "1.0–3.0 s");
  assert.equal(sayStretch(58, 61), "58.0 s–1:01.0");
  assert.equal(sayShift({ start_s: 1, end_s: 3 }, { start_s: 2.2, end_s: 4.2 }), "1.2 s later");
  assert.equal(sayShift({ start_s: 1, end_s: 3 }, { start_s: 0.5, end_s: 2.5 }), "0.5 s earlier");
  assert.equal(sayShift({ start_s: 1, end_s: 3 }, { start_s: 2, end_s: 7 }), "");
});

test("a score that is undefined says why in a sentence", () => {
  assert.equal(sayReason({ reason: "the caption is empty" }), "No score: the caption is empty.");
  assert.equal(sayReason({ reason: "the file is gone. " }), "No score: the file is gone.");
  assert.match(sayReason({ reason: null }), /gave no reason/);
});

test("an estimate carries its interval, or says why there is none", () => {
  const { lead, figure, tail } = sayEstimate({ left: 37.6, low: 24, high: 55, drawn: 180, found: 9 });
  assert.equal(lead + figure + tail, "about 38 bad pairs left (24–55, from 180 looked at at random)");
  assert.equal(Object.values(sayEstimate({})).join(""), "");
  assert.match(Object.values(sayEstimate({ left: null, found: 0, reason: "1 of the 5" })).join(""), /not known yet: 1 of the 5/);
});

const cut = (text, spans) => cutBySpans(text, spans.map(([start, end, type]) => ({ start, end, type }))).map((run) => [run.text, run.spans.map((span) => span.type).join("+")]);

test("spans count code points, so that an emoji before them moves nothing", () => {
  assert.deepEqual(cut("🐕 a red ball", [[4, 12, "object"]]), [["🐕 a ", ""], ["red ball", "object"]]);
  assert.deepEqual(cut("👩‍🚀 é 𝒳 dog", [[8, 11, "object"]]), [["👩‍🚀 é 𝒳 ".slice(0, -1) + " ", ""], ["dog", "object"]]);
  assert.equal(wordsOf("🐕 a red ball", 4, 7), "red");
  assert.deepEqual(cut("abc", []), [["abc", ""]]);
  assert.deepEqual(cut("", []), []);
});

test("spans that share words are cut apart, and each keeps one lane from its first word to its last", () => {
  const spans = [{ start: 0, end: 13, type: "relation" }, { start: 2, end: 5, type: "attribute" }, { start: 4, end: 20, type: "object" }];
  const runs = cutBySpans("a red ball on a mat", spans);
  assert.equal(runs.map((run) => run.text).join(""), "a red ball on a mat");
  assert.deepEqual(runs.map((run) => run.spans.map(({ type, lane }) => type[0] + lane).join(" ")), ["r0", "r0 a1", "r0 a1 o2", "r0 o2", "o2"]);
});

test("a span that lies outside its caption marks what there is of it", () => {
  assert.deepEqual(cut("abc", [[1, 99, "object"], [-5, 1, "count"], [7, 9, "other"], [2, 2, "action"]]), [["a", "count"], ["bc", "object"]]);
});

test("evidence does not say the rank a second time", () => {
  assert.equal(plainEvidence("Lowest 1.2 % of the set: of 40 captions it ranks 14."), "Of 40 captions it ranks 14.");
  assert.equal(plainEvidence("fits badly"), "Fits badly");
  assert.equal(plainEvidence(null), "");
});

test("coloured parts are the filter itself, whatever is typed", () => {
  for (const text of ['similarity<0.21 AND reviewed:no AND ("ball" OR dog)', '"never closed', "a:/x y", "", "((", "x<", "é 🐕"])
    assert.equal(colourParts(text).map((part) => part.text).join(""), text);
  assert.deepEqual(colourParts("similarity<0.2").map((part) => part.kind), ["field", "joint", "number"]);
});

test("a brush snaps to bins and stays open at both ends", () => {
  const shape = { low: 0, high: 1, bins: 10 };
  assert.deepEqual(brushOf(0.0, 0.31, shape), { low: null, high: 0.4 });
  assert.deepEqual(brushOf(0.95, 0.52, shape), { low: 0.5, high: null });
  assert.equal(brushOf(0.5, 0.51, shape), null, "a click is no brush");
  assert.equal(sayBrush({ low: null, high: 0.21 }), "≤ .210");
});

test("a key has one name", () => {
  const press = (key, rest = {}) => keyName({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...rest });
  assert.equal(press("a"), "a");
  assert.equal(press("A", { shiftKey: true }), "a");
  assert.equal(press("?", { shiftKey: true }), "?");
  assert.equal(press(" "), "Space");
  assert.equal(press("z", { metaKey: true }), "Ctrl+Z");
  assert.equal(press("Z", { ctrlKey: true, shiftKey: true }), "Ctrl+Shift+Z");
  assert.equal(press("ArrowLeft", { shiftKey: true }), "Shift+ArrowLeft");
});

test("typing is told from pressing", () => {
  const target = (matches) => ({ closest: (selector) => (selector.includes(matches) ? {} : null) });
  assert.equal(isTyping(target("textarea")), true);
  assert.equal(isTyping({ closest: () => null }), false);
  assert.equal(isTyping(null), false);
});

test("the theme is the host's, then the system's", () => {
  assert.equal(themeOf({ dataset: { jpThemeLight: "false" } }, false), "dark");
  assert.equal(themeOf({ dataset: { jpThemeLight: "true" } }, true), "light");
  assert.equal(themeOf({ dataset: { vscodeThemeKind: "vscode-dark" } }, false), "dark");
  assert.equal(themeOf({ dataset: {} }, true), "dark");
  assert.equal(themeOf(undefined, false), "light");
});

test("a file is cut into chunks that cover it once", () => {
  assert.deepEqual(chunksOf(0), []);
  assert.deepEqual(chunksOf(10, 4), [{ start: 0, size: 4 }, { start: 4, size: 4 }, { start: 8, size: 2 }]);
});

test("bars keep the peaks of what they cover", () => {
  const peaks = Int8Array.from([-10, 20, -127, 5, 0, 127, -1, 1]);
  const bars = barsOf(peaks, 2);
  assert.deepEqual(bars[0], { low: -1, high: 20 / 127 });
  assert.deepEqual(bars[1], { low: -1 / 127, high: 1 });
  assert.equal(barsOf(peaks, 100).length, 100);
  assert.deepEqual(barsOf(new Int8Array(), 5), []);
});

test("every key of a type is one nobody else uses, and photos show no time line types", () => {
  const taken = new Set(["a", "x", "s", "u", "j", "k", "q", "w", "i", "f", ",", ".", "?", "e", "l", "[", "]"]);
  assert.ok(Object.keys(TYPE_KEYS).every((key) => !taken.has(key)));
  const shown = typesFor({ media: "image" }).map(([, type]) => type);
  assert.ok(shown.includes("wrong_pair") && !shown.includes("av_sync"));
  assert.ok(typesFor({ media: "video" }).some(([, type]) => type === "av_sync"));
});
