// A histogram that is a brush: drag over it to narrow the grid to those scores.

import { h } from "./dom.js";
import { sayScore } from "./words.js";

// Which scores a drag from one place to another (both 0..1 across the plot) means; null for a mere click.
export function brushOf(from, to, { low, high, bins }) {
  if (Math.abs(to - from) * bins < 0.5) return null;
  const [left, right] = [Math.min(from, to), Math.max(from, to)].map((part) => Math.min(1, Math.max(0, part)));
  const first = Math.floor(left * bins);
  const last = Math.ceil(right * bins);
  const at = (edge) => low + ((high - low) * edge) / bins;
  // The outermost edges stay open, so that rounding never loses the lowest or highest pair.
  return { low: first <= 0 ? null : at(first), high: last >= bins ? null : at(last) };
}

export function sayBrush({ low, high }, say = sayScore) {
  if (low === null && high === null) return "";
  if (low === null) return `≤ ${say(high)}`;
  if (high === null) return `≥ ${say(low)}`;
  return `${say(low)} to ${say(high)}`;
}

const LIVE_MS = 40;

// onLive: what the drag means so far, told whenever it means something else.
export function makeHistogram(onBrush, { onLive = null, label = "Scores", say = sayScore } = {}) {
  const bars = h("div", { class: "cw-bars", role: "slider", tabindex: "0", "aria-valuenow": "0", "aria-label": `${label}: drag to narrow, arrow keys move the upper edge` });
  const cover = h("div", { class: "cw-brush", hidden: true });
  const plot = h("div", { class: "cw-histogram" }, bars, cover);
  const legend = [h("span"), h("button", { class: "cw-link", hidden: true, title: "Show all" }), h("span")];
  const element = h("div", {}, plot, h("div", { class: "cw-between meta" }, legend));
  let shape = null;
  let now = { low: null, high: null };
  let drag = null;
  let told = null;
  let later = 0;

  const place = (event) => {
    const box = plot.getBoundingClientRect();
    return (event.clientX - box.left) / box.width;
  };
  const share = (value) => (value - shape.low) / (shape.high - shape.low || 1);
  const showCover = (from, to) => {
    cover.hidden = from === null;
    if (from === null) return;
    cover.style.left = `${Math.min(from, to) * 100}%`;
    cover.style.width = `${Math.abs(to - from) * 100}%`;
  };
  const set = (brush) => onBrush(brush ?? { low: null, high: null });

  plot.addEventListener("pointerdown", (event) => {
    if (!shape) return;
    drag = place(event);
    plot.setPointerCapture(event.pointerId);
  });
  plot.addEventListener("pointermove", (event) => {
    if (drag === null) return;
    showCover(drag, Math.min(1, Math.max(0, place(event))));
    const brush = onLive && brushOf(drag, place(event), { ...shape, bins: shape.all.length });
    if (!brush || (brush.low === told?.low && brush.high === told?.high)) return;
    told = brush;
    clearTimeout(later);
    later = setTimeout(onLive, LIVE_MS, brush);
  });
  plot.addEventListener("pointerup", (event) => {
    if (drag === null) return;
    const brush = brushOf(drag, place(event), { ...shape, bins: shape.all.length });
    drag = told = null;
    clearTimeout(later); // what the release means must not wait for what the way there meant
    set(brush);
  });
  bars.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!shape || (!move && event.key !== "Escape")) return;
    event.preventDefault();
    event.stopPropagation();
    if (!move) return set(null);
    const bins = shape.all.length;
    const edge = Math.round(share(now.high ?? shape.high) * bins) + move;
    set(edge >= bins ? { low: now.low, high: null } : { low: now.low, high: shape.low + ((shape.high - shape.low) * Math.max(1, edge)) / bins });
  });
  legend[1].addEventListener("click", () => set(null));

  return {
    element,
    show(histogram, brush) {
      shape = histogram;
      now = brush;
      const most = Math.max(1, ...histogram.all);
      bars.replaceChildren(
        ...histogram.all.map((all, bin) =>
          h("i", { style: { height: `${(all / most) * 100}%` } }, h("b", { style: { height: `${all ? (histogram.shown[bin] / all) * 100 : 0}%` }, class: isInside(bin, histogram, brush) ? "on" : null })),
        ),
      );
      const isOpen = brush.low === null && brush.high === null;
      if (drag === null) showCover(isOpen ? null : brush.low === null ? 0 : share(brush.low), brush.high === null ? 1 : share(brush.high));
      legend[0].textContent = say(histogram.low);
      legend[2].textContent = say(histogram.high);
      legend[1].hidden = isOpen;
      legend[1].textContent = `brushed: ${sayBrush(brush, say)} ×`;
      for (const [name, value] of [["min", histogram.low], ["max", histogram.high], ["now", brush.high ?? histogram.high]]) bars.setAttribute(`aria-value${name}`, value);
      bars.setAttribute("aria-valuetext", isOpen ? "all" : sayBrush(brush, say));
    },
  };
}

function isInside(bin, { low, high, all }, brush) {
  const middle = low + ((high - low) * (bin + 0.5)) / all.length;
  return (brush.low === null || middle >= brush.low) && (brush.high === null || middle <= brush.high);
}
