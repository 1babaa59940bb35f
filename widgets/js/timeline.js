// A timeline: ruler, waveform, the curve of a caption, segments whose edges are dragged, and what they snap to.

import { seekBy } from "./clock.js";
import { h } from "./dom.js";
import { makeSegments } from "./timeline_segments.js";
import { followView, slideView, ticksIn, wholeOf, zoomView } from "./timeline_math.js";
import { makeFit, makeWave } from "./timeline_wave.js";
import { sayDuration, sayStretch, sayTime } from "./words.js";

const sayFine = (seconds) => (seconds < 60 ? `${seconds.toFixed(2)} s` : `${sayDuration(Math.floor(seconds))}.${String(Math.floor((seconds % 1) * 100)).padStart(2, "0")}`);
const sayTick = (seconds) => (seconds < 60 ? `${Number(seconds.toFixed(2))} s` : sayDuration(seconds));

// askPeaks(from, to, bins): int8 pairs, or null while they are read. onSeek(time); onLoop(stretch or null);
// onMove(id, stretch, before) once an edge has been moved; onScrub(time) while it goes on; onSelect(id, edge).
export function makeTimeline({ askPeaks, onSeek, onLoop, onMove, onScrub = onSeek, onSelect, onFit, step_s }) {
  let state = { duration: 1, edges: [], rows: [], loop: null };
  let view = wholeOf(1);
  let now = 0;
  let rested = 0; // where the playhead was before an edge was taken: it follows the edge then

  const ruler = h("div", { class: "cw-tl-lane cw-tl-ruler", role: "slider", tabindex: "0", "aria-label": "Time", "aria-valuemin": "0" });
  const head = h("i", { class: "cw-tl-head" });
  const guide = h("i", { class: "cw-tl-guide", hidden: true });
  const guideWords = h("span", { class: "cw-tl-guide-words meta" });
  guide.append(guideWords);
  const loop = h("i", { class: "cw-tl-loop", hidden: true });
  const grid = h("div", { class: "cw-tl-grid", "aria-hidden": "true" });
  const wave = makeWave({ askPeaks });
  const fit = makeFit({ onFit, onPlace: () => place() });
  const events = h("div", { class: "cw-tl-lane cw-tl-events", "aria-hidden": "true" });
  const row = (name, lane, options = {}) => h("div", { class: `cw-tl-row ${options.class ?? ""}` }, h("span", { class: "cw-tl-name meta" }, name), lane);
  const waveRow = row("waveform", wave.element);
  const fitRow = row("fit", fit.element);
  const eventRow = row("events", events, { class: "cw-tl-event-row" });
  const lanes = h("div", { class: "cw-tl-lanes" });
  const over = h("div", { class: "cw-tl-over", "aria-hidden": "true" }, loop, guide, head);
  const element = h("div", { class: "cw-tl" }, grid, row("", ruler), waveRow, fitRow, lanes, eventRow, over);

  const shareOf = (time) => ((time - view.from) / (view.to - view.from)) * 100;
  const secondsPerPx = () => (view.to - view.from) / Math.max(1, ruler.clientWidth);
  const timeAt = (clientX) => {
    const box = ruler.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (clientX - box.left) / Math.max(1, box.width)));
    return view.from + share * (view.to - view.from);
  };

  const segments = makeSegments({
    lanes, row, timeAt, step_s, onMove, onSelect,
    pxToSeconds: (px) => px * secondsPerPx(),
    edges: () => [...state.edges, { time: rested, kind: "playhead" }],
    durationOf: () => state.duration,
    shareOf,
    onScrub(time, snapped) {
      guide.hidden = time === null;
      if (time === null) return;
      guide.style.left = `${shareOf(time)}%`;
      guide.classList.toggle("is-snapped", Boolean(snapped));
      guideWords.textContent = `${sayFine(time)}${snapped ? ` ${snapped.kind}` : ""}`;
      onScrub(time);
    },
  });

  // -- where everything lies, for the part in view

  function place() {
    const ticks = ticksIn(view, Math.max(2, Math.floor(ruler.clientWidth / 90)));
    ruler.replaceChildren(...ticks.map((time) => h("span", { class: "meta", style: { left: `${shareOf(time)}%` } }, sayTick(time))));
    grid.replaceChildren(...ticks.map((time) => h("i", { style: { left: `${shareOf(time)}%` } })));
    events.replaceChildren(...state.edges.filter(({ time }) => time >= view.from && time <= view.to).map(({ time, kind }) => h("i", { title: `${kind}, ${sayTime(time)}`, "data-kind": kind, style: { left: `${shareOf(time)}%` } })));
    segments.place();
    wave.place(view);
    fit.place(view, shareOf);
    loop.hidden = !state.loop;
    if (state.loop) Object.assign(loop.style, { left: `${shareOf(state.loop.start_s)}%`, width: `${shareOf(state.loop.end_s) - shareOf(state.loop.start_s)}%` });
    element.classList.toggle("is-zoomed", view.to - view.from < state.duration - 1e-6);
    placeHead();
  }

  function placeHead() {
    head.hidden = now < view.from - 1e-6 || now > view.to + 1e-6;
    head.style.left = `${shareOf(now)}%`;
    ruler.setAttribute("aria-valuenow", now.toFixed(2));
    ruler.setAttribute("aria-valuetext", sayTime(now));
  }

  // -- the ruler and the waveform: a press goes there, a drag scrubs, with Shift it marks what is looped

  let pressed = null;
  const press = (event) => {
    if (event.button !== 0 || event.target.closest("button")) return;
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    pressed = { from: timeAt(event.clientX), isLoop: event.shiftKey };
    if (!pressed.isLoop) onSeek(pressed.from);
  };
  const drag = (event) => {
    if (!pressed) return;
    const time = timeAt(event.clientX);
    if (!pressed.isLoop) return onSeek(time);
    const stretch = { start_s: Math.min(pressed.from, time), end_s: Math.max(pressed.from, time) };
    if (stretch.end_s - stretch.start_s > 0.05) onLoop(stretch);
  };
  for (const lane of [ruler, wave.element, fit.element, events]) {
    lane.addEventListener("pointerdown", press);
    lane.addEventListener("pointermove", drag);
    lane.addEventListener("pointerup", () => (pressed = null));
    lane.addEventListener("pointercancel", () => (pressed = null));
  }
  ruler.addEventListener("keydown", (event) => {
    const time = event.ctrlKey || event.metaKey || event.altKey ? null : seekBy(event.key, now, state.duration);
    if (time === null) return;
    event.preventDefault();
    event.stopPropagation();
    onSeek(time);
  });
  // A plain wheel is the notebook's.
  element.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey && !event.shiftKey) return;
      event.preventDefault();
      if (event.shiftKey) setView(slideView(view, (event.deltaY || event.deltaX) * secondsPerPx(), state.duration));
      else setView(zoomView(view, Math.exp(-event.deltaY / 300), timeAt(event.clientX), state.duration));
    },
    { passive: false },
  );
  const watch = new ResizeObserver(() => element.isConnected && place());
  watch.observe(ruler);

  function setView(next) {
    view = next;
    place();
  }

  return {
    element,
    // duration; rows: [{ name, segments }]; edges: [{ time, kind }]; selected: an id. What is left out stays.
    show(given) {
      const isOther = given.duration !== undefined && given.key !== state.key;
      state = { ...state, ...given };
      if (isOther) {
        view = wholeOf(state.duration);
        now = 0;
        wave.clear();
      }
      ruler.setAttribute("aria-valuemax", state.duration.toFixed(2));
      waveRow.hidden = state.hasSound === false;
      eventRow.hidden = !state.edges.length;
      segments.show(state.rows, state.selected);
      place();
    },
    showFit(told) {
      fitRow.hidden = told === null;
      fitRow.firstChild.textContent = told?.name ?? "fit";
      if (told) fit.show(told);
      place();
    },
    at(time, { isFollowed = true } = {}) {
      now = time;
      if (!segments.isHeld) rested = now;
      const followed = isFollowed && !segments.isHeld && !pressed ? followView(view, time, state.duration) : view;
      if (followed !== view) setView(followed);
      else placeHead();
    },
    wave,
    zoom(factor) {
      setView(factor === 0 ? wholeOf(state.duration) : zoomView(view, factor, Math.min(view.to, Math.max(view.from, now)), state.duration));
    },
    cancel: segments.cancel,
    settle: segments.settle,
    get view() {
      return view;
    },
    describe: () => `${sayStretch(view.from, view.to)} of ${sayTime(state.duration)}`,
    close: () => watch.disconnect(),
  };
}
