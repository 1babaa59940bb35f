// Two lanes of a timeline that are drawn: the waveform, with more peaks the nearer one looks, and the curve of
// how well each instant fits a caption, with the interval as it is and the one that fits best behind it.

import { h } from "./dom.js";
import { drawWaveform } from "./waveform.js";

const SPACING_PX = 3;
const PAUSE_MS = 90;

export function makeWave({ askPeaks }) {
  const canvas = h("canvas", { class: "cw-tl-wave" });
  const note = h("span", { class: "meta cw-tl-note" });
  const element = h("div", { class: "cw-tl-lane cw-tl-wave-lane", "aria-hidden": "true" }, canvas, note);
  let drawn = null; // { from, to, peaks }
  let wanted = null;
  let timer = 0;
  let isAsking = false;

  // What is there is drawn at once, stretched, until the peaks of this part have come.
  function draw(view) {
    if (!drawn) return;
    const length = drawn.peaks.length / 2;
    const at = (time) => Math.round(((time - drawn.from) / (drawn.to - drawn.from)) * length);
    const [first, last] = [at(view.from), Math.max(at(view.to), at(view.from) + 1)];
    const part = new Int8Array((last - first) * 2);
    for (let n = Math.max(0, first); n < Math.min(last, length); n++) part.set(drawn.peaks.subarray(2 * n, 2 * n + 2), 2 * (n - first));
    drawWaveform(canvas, part, { spacing: SPACING_PX, colour: "--cw-ink-3" });
  }

  async function fetch() {
    if (isAsking || !wanted || !canvas.clientWidth) return;
    isAsking = true;
    const { from, to } = wanted;
    wanted = null;
    const peaks = await askPeaks(from, to, Math.max(16, Math.floor(canvas.clientWidth / SPACING_PX))).catch(() => null);
    isAsking = false;
    note.textContent = peaks ? "" : "reading…";
    if (peaks) drawn = { from, to, peaks };
    if (wanted) return fetch();
    return peaks && draw({ from, to });
  }

  return {
    element,
    place(view) {
      draw(view);
      if (drawn && drawn.from === view.from && drawn.to === view.to && drawn.peaks.length / 2 >= Math.floor(canvas.clientWidth / SPACING_PX)) return;
      wanted = { ...view };
      clearTimeout(timer);
      timer = setTimeout(fetch, drawn ? PAUSE_MS : 0);
    },
    clear() {
      drawn = null;
      const { width, height } = canvas;
      canvas.getContext("2d").clearRect(0, 0, width, height);
    },
    get bars() {
      return drawn ? drawn.peaks.length / 2 : 0;
    },
  };
}

const HEIGHT = 46;

export function makeFit({ onFit }) {
  const path = svg("path", { fill: "none", stroke: "currentColor", "stroke-width": "1.6", "vector-effect": "non-scaling-stroke", "stroke-linejoin": "round" });
  const paper = svg("svg", { class: "cw-tl-curve", viewBox: `0 0 1000 ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  paper.append(path);
  const [nowBand, bestBand] = ["now", "best"].map((name) => h("span", { class: `cw-tl-band cw-tl-band-${name} meta`, hidden: true }));
  const ask = h("button", { class: "cw-tl-ask", hidden: true, onclick: () => onFit() });
  const element = h("div", { class: "cw-tl-lane cw-tl-fit-lane" }, nowBand, bestBand, paper, ask);
  let told = {};

  const band = (node, stretch, words, shareOf) => {
    node.hidden = !stretch;
    if (!stretch) return;
    const [left, right] = [shareOf(stretch.start_s), shareOf(stretch.end_s)].map((share) => Math.min(100, Math.max(0, share)));
    node.hidden = right <= left;
    Object.assign(node.style, { left: `${left}%`, width: `${right - left}%` });
    node.textContent = words;
  };

  return {
    element,
    // curve: { times, values } or null; now, best: stretches or null, with their words; say: what stands there
    // as long as there is no curve.
    show(given) {
      told = given;
      ask.hidden = Boolean(given.curve) || !given.say;
      ask.textContent = given.say ?? "";
      ask.disabled = Boolean(given.isWaiting);
    },
    place(view, shareOf) {
      band(nowBand, told.now, told.nowWords ?? "", shareOf);
      nowBand.classList.toggle("is-best", Boolean(told.curve && !told.best));
      band(bestBand, told.best, told.bestWords ?? "fits best", shareOf);
      const { curve } = told;
      path.setAttribute("d", curve ? lineOf(curve, view) : "");
    },
  };
}

// The part of a curve that is in view, 1000 wide, high where it fits. Its own range is the scale: what counts is
// where it is high, not how high.
export function lineOf({ times, values }, { from, to }) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const scale = high > low ? (HEIGHT - 8) / (high - low) : 0;
  const points = [];
  for (let n = 0; n < times.length; n++) {
    const isNear = (times[n + 1] ?? times[n]) >= from && (times[n - 1] ?? times[n]) <= to;
    if (isNear) points.push(`${(((times[n] - from) / (to - from)) * 1000).toFixed(1)} ${(HEIGHT - 4 - (values[n] - low) * scale).toFixed(1)}`);
  }
  return points.length ? `M${points.join("L")}` : "";
}

function svg(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
