// One plot: lines by step with their names at their ends, a band, a line to hold them against, a cursor.

import { h } from "../js/dom.js";
import { sayCount } from "../js/words.js";
import { sayNumber } from "./says.js";
import { bandOf, extentOf, lastKnown, nearest, pathOf, scaleOf, spread, ticksOf } from "./scale.js";

const SVG = "http://www.w3.org/2000/svg";
const LABEL_PX = 84;
const LINE_PX = 13;

function draw(tag, props, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props)) if (value !== null && value !== undefined) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

// Args: `title`, `tip` (what it is and what it cannot say), `include` (numbers that must be in sight), `say`.
export function makePlot({ title, tip, include = [], say = sayNumber, onCursor }) {
  const head = h("h4", {}, title);
  const readout = h("span", { class: "meta cw-readout" });
  const svg = draw("svg", { class: "cw-plot-box", role: "img", "aria-label": title });
  const element = h("figure", { class: "cw-plot" }, h("figcaption", { class: "cw-between", title: tip }, head, readout), svg);
  let shown = null;
  let cursor = null;
  let toX = null;

  svg.addEventListener("pointermove", (event) => shown && toX && onCursor(stepAt(event)));
  svg.addEventListener("pointerleave", () => onCursor(null));
  const stepAt = (event) => {
    const box = svg.getBoundingClientRect();
    const share = (event.clientX - box.left) / Math.max(1, box.width - LABEL_PX);
    return Math.min(1, Math.max(0, share)) * shown.steps;
  };

  function paint() {
    const { width, height } = svg.getBoundingClientRect();
    if (!shown || width < 40) return;
    const { lines, steps, refs = [], marks = [] } = shown;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const [right, bottom] = [width - LABEL_PX, height - 6];
    const extent = extentOf(lines.flatMap(({ ys, lows, highs }) => [ys, lows ?? [], highs ?? []]), { include });
    const [parts, words] = [[], []];
    toX = scaleOf([0, Math.max(1, steps)], 0, right);
    if (!extent) {
      parts.push(draw("text", { x: 10, y: height / 2 + 4, class: "cw-plot-none" }, shown.none ?? "Nothing yet"));
      svg.replaceChildren(...parts);
      return;
    }
    const toY = scaleOf(extent, bottom, 16);
    for (const tick of ticksOf(extent)) {
      parts.push(draw("line", { x1: 0, x2: width, y1: toY(tick), y2: toY(tick), class: "cw-plot-grid" }));
      if (toY(tick) > 22) words.push(draw("text", { x: 4, y: toY(tick) - 3, class: "cw-plot-tick" }, say(tick)));
    }
    for (const { y, label } of refs) {
      if (y < extent[0] || y > extent[1]) continue;
      parts.push(draw("line", { x1: 0, x2: right, y1: toY(y), y2: toY(y), class: "cw-plot-ref" }));
      words.push(draw("text", { x: right - 4, y: toY(y) - 3, class: "cw-plot-tick", "text-anchor": "end" }, label));
    }
    for (const { step, word } of marks) {
      const mark = draw("path", { d: `M${toX(step) - 4} ${height}h8l-4 -7z`, class: "cw-plot-mark" });
      mark.append(draw("title", {}, `${word} at step ${sayCount(step)}`));
      parts.push(mark);
    }
    for (const line of lines) {
      if (line.lows) parts.push(draw("path", { d: bandOf(line.xs, line.lows, line.highs, toX, toY), class: `cw-plot-band cw-tone-${line.tone}` }));
      parts.push(draw("path", { d: pathOf(line.xs, line.ys, toX, toY), class: `cw-plot-line cw-tone-${line.tone}${line.isFaint ? " is-faint" : ""}`, "stroke-dasharray": line.dash }));
    }
    const named = lines.filter((line) => line.label && lastKnown(line.ys) >= 0);
    const ends = named.map(({ xs, ys }) => [toX(xs[lastKnown(ys)]), toY(ys[lastKnown(ys)])]);
    const places = spread(ends.map(([, y]) => y + 4), LINE_PX, 12, height - 4);
    named.forEach((line, place) => words.push(draw("text", { x: Math.min(ends[place][0] + 8, right + 6), y: places[place], class: `cw-plot-label cw-tone-${line.tone}` }, line.label)));
    if (cursor !== null) parts.push(draw("line", { x1: toX(cursor), x2: toX(cursor), y1: 0, y2: height, class: "cw-plot-cursor" }));
    svg.replaceChildren(...parts, ...words);
    svg.setAttribute("aria-label", `${title}: ${sayEnds()}`);
  }

  const sayEnds = () => shown.lines.filter(({ label }) => label).map(({ label, ys }) => `${label} ${lastKnown(ys) < 0 ? "none yet" : say(ys[lastKnown(ys)])}`).join(", ");

  function sayAt(step) {
    const found = shown.lines.filter(({ word }) => word).reverse().map((line) => {
      const place = nearest(line.xs, step);
      return place < 0 || !Number.isFinite(line.ys[place] ?? NaN) ? null : [line.word, say(line.ys[place])];
    });
    return found.filter(Boolean).map(([word, value]) => `${word} ${value}`).join(" · ");
  }

  const watch = new ResizeObserver(() => paint());
  watch.observe(svg);
  return {
    element,
    show(next) {
      shown = next;
      head.replaceChildren(title, next.figure ? h("span", { class: "cw-figure" }, ` ${next.figure}`) : "");
      paint();
    },
    point(step) {
      cursor = step;
      readout.textContent = step === null || !shown ? "" : `step ${sayCount(Math.round(step))}: ${sayAt(step) || "–"}`;
      paint();
    },
    close: () => watch.disconnect(),
  };
}
