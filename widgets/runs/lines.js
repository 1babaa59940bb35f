// Which lines each plot shows, of a run and of others beside it. Pure, so that it can be tested without a browser.

import { sayMany } from "../js/words.js";
import { saySigned } from "./says.js";
import { lastKnown, smooth } from "./scale.js";

export const DASHES = ["6 3", "2 3", "9 3 2 3", "1 4"];

// A noisy curve faint, and one through the noise over it.
function noisy(xs, values, { tone, label, word, dash }) {
  const calm = smooth(values);
  const line = { xs, ys: calm, tone, label, word, dash };
  return calm === values ? [line] : [{ xs, ys: values, tone, isFaint: true }, line];
}

// What each plot shows of a run; `beside` are the curves of others by name.
export function linesOf(view, beside) {
  const { steps, looks } = view.curves;
  const others = Object.entries(beside).map(([name, curves], place) => ({ name, curves, dash: DASHES[place % DASHES.length] }));
  const other = (part, column, isSmooth) =>
    others.map(({ name, curves, dash }) => ({ xs: curves[part].step, ys: isSmooth ? smooth(curves[part][column]) : curves[part][column], tone: "quiet", dash, word: name }));
  const isBeside = others.length > 0;
  const own = (word) => (isBeside ? view.name : word);
  const heldOut = (column) => (isBeside ? [] : [{ xs: looks.step, ys: looks[column], tone: "quiet", dash: "4 3", label: looks.step.length ? "held out" : null, word: "held out" }]);
  const last = (column) => steps[column][lastKnown(steps[column])];
  return {
    loss: [...heldOut("loss"), ...other("steps", "loss", true), ...noisy(steps.step, steps.loss, { tone: "accent", label: isBeside ? null : "training", word: own("training") })],
    margin: [...heldOut("margin"), ...other("steps", "margin", true), ...noisy(steps.step, steps.margin, { tone: "ok", label: saySigned(last("margin")), word: own("training") })],
    logps: [
      ...others.flatMap(({ name, curves, dash }) => ["chosen_logp", "rejected_logp"].map((column) => ({ xs: curves.steps.step, ys: smooth(curves.steps[column]), tone: "quiet", dash, word: `${name} ${column.replace("_logp", "")}` }))),
      ...noisy(steps.step, steps.chosen_logp, { tone: "ok", label: "chosen", word: "chosen" }),
      ...noisy(steps.step, steps.rejected_logp, { tone: "bad", label: "rejected", word: "rejected" }),
    ],
    accuracy: [
      ...(isBeside ? [] : [{ xs: steps.step, ys: smooth(steps.accuracy, Math.max(2, Math.floor(steps.step.length / 12))), tone: "quiet", dash: "4 3", label: "training", word: "training" }]),
      ...other("looks", "accuracy", false),
      { xs: looks.step, ys: looks.accuracy, lows: isBeside ? null : looks.low, highs: isBeside ? null : looks.high, tone: "accent", label: isBeside || !view.held_out_pairs ? null : sayMany(view.held_out_pairs, "pair"), word: own("held out") },
    ],
  };
}

// Lines to hold the curves against: what a coin would do, and where the chosen captions began.
export function refsOf(view) {
  const { chosen_logp: chosen } = view.curves.steps;
  const first = chosen.find((value) => value !== null);
  return { accuracy: [{ y: 0.5, label: "a coin" }], margin: [{ y: 0, label: "before training" }], logps: first === undefined ? [] : [{ y: first, label: "chosen at first" }] };
}
