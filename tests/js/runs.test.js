import assert from "node:assert/strict";
import { test } from "node:test";

import { linesOf } from "../../widgets/runs/lines.js";
import { bandOf, extentOf, lastKnown, nearest, pathOf, scaleOf, smooth, spread, ticksOf } from "../../widgets/runs/scale.js";
import { asValue, changesOf, isLive, sayBehind, sayFacts, sayLeft, sayMake, sayMemory, sayNumber, sayOutcomes, saySeconds, sayShare, saySigned } from "../../widgets/runs/says.js";

test("numbers have three digits or so, and a minus that is a minus", () => {
  assert.deepEqual([0.534, 0.0123, 12.34, 123.4, 4321.5, 2e-4, -0.61, 0, 1].map(sayNumber), [".53", ".012", "12.3", "123", "4,322", "2e−4", "−.61", "0", "1.00"]);
  assert.equal(sayNumber(null), "–");
  assert.equal(sayNumber(NaN), "–");
  assert.equal(saySigned(1.42), "+1.42");
  assert.equal(saySigned(-0.5), "−.50");
});

test("a share stands with its interval, and alone where there is none", () => {
  assert.equal(sayShare(0.84, 0.78, 0.89), ".84 (.78–.89)");
  assert.equal(sayShare(0.84, null, null), ".84");
  assert.equal(sayShare(1, 0.98, 1), "1.00 (.98–1.00)");
  assert.equal(sayShare(null), "–");
});

test("times and memory are as fine as it helps", () => {
  assert.deepEqual([4.4, 112, 7500].map(saySeconds), ["4 s", "1 min 52 s", "2 h 05 min"]);
  assert.equal(sayLeft(47.8), "about 50 s left");
  assert.equal(sayLeft(8), "about 8 s left");
  assert.equal(sayLeft(null), "");
  assert.deepEqual([1.3e9, 42e6, null].map(sayMemory), ["1.3 GB", "42 MB", ""]);
});

const view = (fields = {}) => ({
  name: "dpo-1", step: 84, seconds: 112, seconds_left: 46, held_out_pairs: 200, title: "DPO", config: { model: "embedded", trains: "lora", lora_rank: 16, learning_rate: 2e-4 },
  started: { steps: 120, pairs: 214, engine: "fast", device: "cpu", attempt: 1, parameters: 96000 },
  curves: {
    steps: { step: [1, 2, 3], loss: [0.7, 0.6, 0.5], margin: [0, 0.1, 0.2], accuracy: [0.5, 0.6, 0.7], chosen_logp: [-10, -10, -11], rejected_logp: [-11, -12, -13] },
    looks: { step: [2], loss: [0.6], margin: [0.1], accuracy: [0.8], low: [0.7], high: [0.9] },
    last: { memory_bytes: 1.3e9 }, alarms: [],
  },
  ...fields,
});

test("the bar says where the run is; before it has started it says nothing of steps", () => {
  assert.deepEqual(sayFacts(view()), ["step 84 of 120", "1 min 52 s gone", "about 45 s left"]);
  assert.deepEqual(sayFacts(view({ started: {}, seconds_left: null, curves: { last: {} } })), []);
  assert.equal(sayMake(view()), "DPO · 214 pairs · embedded · LoRA rank 16 (96 k) · learning rate 2e−4 · fast engine on cpu · 1.3 GB");
});

test("how it waits and what became of flagged items is said in words", () => {
  assert.equal(sayBehind(2), "2 runs go before it.");
  assert.equal(sayBehind(1), "1 run goes before it.");
  assert.equal(sayBehind(null), "Its place in the queue is not known yet.");
  assert.equal(sayOutcomes({ mended: 61, still: 29, unknown: 3, waiting: 0 }), "61 of 90 mended");
  assert.equal(sayOutcomes({ mended: 0, still: 0, unknown: 2, waiting: 0 }), "2 items without a correction");
  assert.equal(isLive("stopping"), true);
  assert.equal(isLive("dead"), false);
});

test("only what was changed is sent, as numbers and lists where they belong", () => {
  const fields = [
    { name: "epochs", value: 1, kind: "number", text: "2" },
    { name: "learning_rate", value: 2e-4, kind: "number", text: "0.0002" },
    { name: "beta", value: null, kind: "number", text: "" },
    { name: "sft_weight", value: 1, kind: "number", text: " " },
    { name: "lora_targets", value: ["all-linear"], kind: "list", text: "q_proj, v_proj" },
    { name: "engine", value: "auto", kind: "text", text: "trl" },
  ];
  assert.deepEqual(changesOf(fields), { epochs: 2, sft_weight: null, lora_targets: ["q_proj", "v_proj"], engine: "trl" });
  assert.equal(asValue("two", "number"), "two"); // the kernel says what is wrong with it
});

test("an extent holds what must be in sight and is never without width", () => {
  assert.deepEqual(extentOf([[1, null, 3], [2, NaN]], { include: [0] }), [0, 3]);
  assert.deepEqual(extentOf([[4, 4]]), [3.6, 4.4]);
  assert.equal(extentOf([[null], []]), null);
});

test("ticks are round numbers within the extent", () => {
  assert.deepEqual(ticksOf([0.13, 0.7]), [0.2, 0.4, 0.6]);
  assert.deepEqual(ticksOf([-1.2, 1.1]), [-1, 0, 1]);
  assert.deepEqual(ticksOf([0, 1]), [0, 0.5, 1]);
});

test("a line is broken where a number is missing, and a lone point is a dot", () => {
  const to = (value) => value * 10;
  assert.equal(pathOf([0, 1, 2, 3], [1, 2, null, 3], to, to), "M0.0 10.0L10.0 20.0M30.0 30.0h.01");
  assert.equal(bandOf([0, 1], [1, 1], [2, 3], to, to), "M0.0 20.0L10.0 30.0L10.0 10.0L0.0 10.0Z");
  assert.equal(bandOf([0], [1], [2], to, to), "");
  assert.equal(scaleOf([0, 4], 0, 100)(1), 25);
});

test("labels at the ends of lines do not lie on each other and stay inside", () => {
  assert.deepEqual(spread([50, 52, 10], 13, 12, 100), [50, 63, 12]);
  assert.deepEqual(spread([98, 99], 13, 12, 100), [87, 100]);
});

test("a curve is smoothed by its neighbours, missing numbers stay missing", () => {
  assert.deepEqual(smooth([1, 3, 5], 1), [2, 3, 4]);
  assert.deepEqual(smooth([1, null, 5], 1), [1, null, 5]);
  const few = [1, 2];
  assert.equal(smooth(few), few);
  assert.equal(nearest([1, 4, 9], 6), 1);
  assert.equal(lastKnown([1, 2, null]), 1);
  assert.equal(lastKnown([]), -1);
});

test("the plots show training and held out, chosen and rejected, each by its name", () => {
  const lines = linesOf(view(), {});
  const labels = (name) => lines[name].map(({ label }) => label).filter(Boolean);
  assert.deepEqual(labels("loss"), ["held out", "training"]);
  assert.deepEqual(labels("margin"), ["held out", "+.20"]);
  assert.deepEqual(labels("logps"), ["chosen", "rejected"]);
  assert.deepEqual(labels("accuracy"), ["training", "200 pairs"]);
  assert.deepEqual(lines.accuracy.at(-1).lows, [0.7]);
});

test("beside others every line is read by the name of its run and has a dash of its own", () => {
  const { curves } = view();
  const lines = linesOf(view(), { "ipo-1": curves, "ipo-2": curves });
  assert.deepEqual(lines.loss.map(({ word }) => word), ["ipo-1", "ipo-2", "dpo-1"]);
  assert.equal(new Set(lines.loss.map(({ dash }) => dash)).size, 3);
  assert.deepEqual(lines.logps.map(({ label }) => label).filter(Boolean), ["chosen", "rejected"]);
});
