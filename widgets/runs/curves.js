// The curves of a run, and of others beside it: four large ones, four small ones, one cursor over all.

import { h, icon } from "../js/dom.js";
import { DASHES, linesOf, refsOf } from "./lines.js";
import { makePlot } from "./plot.js";
import { sayMemory, sayNumber, sayShare } from "./says.js";
import { lastKnown } from "./scale.js";

const PLOTS = {
  loss: { title: "Loss", tip: "As the method defines it; losses of two methods do not compare." },
  margin: { title: "Margin of chosen over rejected", tip: "Reward of the chosen caption less that of the rejected one, by the model against itself before training.", include: [0] },
  logps: { title: "Log-probability, apart", tip: "Of the whole caption, in nats. The margin grows too when both fall and the rejected one falls faster: then the model forgets what is right." },
  accuracy: { title: "Held-out accuracy", tip: "The share of held-out pairs with the chosen caption ahead, ties a half. It says that the order was learned, not that captions are good.", include: [0.5, 1] },
};
const SMALL = {
  grad_norm: { title: "Gradient norm", say: sayNumber },
  learning_rate: { title: "Learning rate", say: sayNumber },
  tokens_per_s: { title: "Tokens a second", say: sayNumber },
  memory_bytes: { title: "Memory", say: (value) => sayMemory(value) || "–" },
};

// Which line is whose: colours mean chosen and rejected, so runs are told by their dashes.
function legendOf(name, others, onLeave) {
  if (!others.length) return [];
  const entry = (word, dash, leave) => h("span", { class: "cw-row" }, swatch(dash), word, leave ? h("button", { class: "cw-icon", "aria-label": `Take ${word} away`, onclick: () => onLeave(word) }, icon("close", 9)) : null);
  return [entry(name, null, false), ...others.map((other, place) => entry(other, DASHES[place % DASHES.length], true))];
}

function swatch(dash) {
  const line = h("span", { class: "cw-swatch" });
  line.innerHTML = `<svg width="28" height="6" aria-hidden="true"><path d="M0 3h28" stroke="currentColor" stroke-width="2"${dash ? ` stroke-dasharray="${dash}"` : ""}/></svg>`;
  return line;
}

export function makeCurves({ onLeave }) {
  let cursor = null;
  let shown = null;
  const onCursor = (step) => {
    cursor = step;
    Object.values(plots).forEach((plot) => plot.point(step));
  };
  const plots = Object.fromEntries(Object.entries(PLOTS).map(([name, about]) => [name, makePlot({ ...about, onCursor })]));
  const small = Object.fromEntries(Object.entries(SMALL).map(([name, about]) => [name, makePlot({ ...about, onCursor })]));
  Object.assign(plots, small);
  const legend = h("div", { class: "cw-legend meta" });
  const element = h(
    "div",
    { class: "cw-curves" },
    legend,
    h("div", { class: "cw-plots" }, Object.keys(PLOTS).map((name) => plots[name].element)),
    h("div", { class: "cw-plots cw-plots-small" }, Object.keys(SMALL).map((name) => plots[name].element)),
  );

  return {
    element,
    show(view, beside) {
      shown = view;
      legend.replaceChildren(...legendOf(view.name, Object.keys(beside), onLeave));
      const lines = linesOf(view, beside);
      const refs = refsOf(view);
      const { last, looks, steps: curve } = view.curves;
      const longest = Math.max(...Object.values(beside).map(({ steps }) => steps.step.at(-1) ?? 0), 0);
      // All that is planned, unless so little of it is done that the curve would be a sliver.
      const planned = Math.min(view.started.steps ?? 1, Math.max(20, 4 * view.step));
      const steps = Math.max(planned, view.step, longest);
      const marks = view.curves.alarms.filter(([step]) => step !== null).map(([step, name]) => ({ step, word: name.replaceAll("_", " ") }));
      const at = lastKnown(looks.accuracy);
      const none = { accuracy: "Looked at when it ends, and every evaluate_every steps" };
      for (const name of Object.keys(PLOTS)) {
        const figure = name === "accuracy" && at >= 0 ? sayShare(looks.accuracy[at], looks.low[at], looks.high[at]) : null;
        plots[name].show({ lines: lines[name], steps, refs: refs[name], marks, figure, none: none[name] });
      }
      for (const [name, { say }] of Object.entries(SMALL))
        plots[name].show({ lines: [{ xs: curve.step, ys: curve[name], tone: "quiet", word: "" }], steps, figure: say(last[name]), none: "" });
      onCursor(cursor);
    },
    // A step to the left or right by key; it begins at the newest.
    stepCursor(by) {
      if (!shown) return;
      const most = shown.step || 1;
      onCursor(Math.min(most, Math.max(0, (cursor ?? most) + by * Math.max(1, Math.round(most / 60)))));
    },
    leaveCursor: () => (cursor === null ? false : (onCursor(null), true)),
    close: () => Object.values(plots).forEach((plot) => plot.close()),
  };
}
