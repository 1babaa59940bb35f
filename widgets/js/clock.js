// The clock under a video or a sound: when its caption speaks, when a scorer thinks it should, and the playhead.

import { h, icon, kbd } from "./dom.js";
import { sayDuration, sayShift, sayStretch, sayTime } from "./words.js";

const STEPS_S = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
const MOST_TICKS = 7;
const MOST_SUGGESTED = 2;

export function ticksOf(duration) {
  const step = STEPS_S.find((seconds) => duration / seconds <= MOST_TICKS) ?? duration;
  return Array.from({ length: Math.floor(duration / step + 1e-9) + 1 }, (_, place) => place * step);
}

export const sayTick = (seconds) => (seconds < 60 ? `${seconds} s` : sayDuration(seconds));

// Where a stretch lies on the track, in per cent; what runs out of the media is cut off at its edge.
export function placeOf({ start_s, end_s }, duration) {
  const share = (seconds) => Math.min(100, Math.max(0, (seconds / duration) * 100));
  const [left, right] = [share(start_s), share(end_s)];
  return { left, width: Math.max(0, right - left) };
}

// Where a key takes the playhead when the track has the focus; null for a key that means nothing here.
export function seekBy(key, now, duration) {
  const stride = Math.max(0.1, Math.round(duration / 10) / 10);
  const moves = { ArrowLeft: -stride, ArrowDown: -stride, ArrowRight: stride, ArrowUp: stride, PageDown: -5 * stride, PageUp: 5 * stride, Home: -now, End: duration - now };
  return key in moves ? Math.min(duration, Math.max(0, now + moves[key])) : null;
}

// Where an edge of a stretch may be dragged to: inside the media, and never past the other edge.
export function dragEdge([start, end], edge, time, duration, least_s = 0.05) {
  if (edge === "start") return [Math.min(Math.max(0, time), end - least_s), end];
  return [start, Math.max(Math.min(duration, time), start + least_s)];
}

export function makeClock({ onSeek, onPlay, onToggle, onMark = () => {} }) {
  const ticks = h("div", { class: "cw-clock-ticks", "aria-hidden": "true" });
  const lanes = h("div", { class: "cw-clock-lanes" });
  const marked = h("div", { class: "cw-lane cw-lane-marked", hidden: true });
  const head = h("i", { class: "cw-clock-head" });
  const track = h("div", { class: "cw-clock-track", role: "slider", tabindex: "0", "aria-label": "Time", "aria-valuemin": "0" }, h("div", { class: "cw-clock-lanes" }, lanes, marked), head);
  const now = h("span", { class: "meta cw-clock-now" });
  const toggle = h("button", { class: "cw-play cw-play-all", onclick: onToggle }, "Play");
  const plays = h("div", { class: "cw-clock-plays" });
  const element = h("div", { class: "cw-clock", hidden: true }, ticks, track, plays);
  let state = { duration: 1, time: 0 };

  const at = (time, isPlaying = false) => {
    state.time = time;
    toggle.replaceChildren(icon(isPlaying ? "pause" : "play", 10), kbd("Space"));
    toggle.setAttribute("aria-label", isPlaying ? "Pause" : "Play");
    head.style.left = `${placeOf({ start_s: 0, end_s: time }, state.duration).width}%`;
    now.textContent = `${sayTime(time)} of ${sayTime(state.duration)}`;
    track.setAttribute("aria-valuenow", time.toFixed(2));
    track.setAttribute("aria-valuetext", `${sayTime(time)}${where(time, state)}`);
  };
  const timeAt = (event) => {
    const box = track.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * state.duration;
  };
  // A click keeps the focus where it is, or the arrows would no longer go from pair to pair.
  track.addEventListener("mousedown", (event) => event.preventDefault());
  track.addEventListener("pointerdown", (event) => {
    track.setPointerCapture(event.pointerId);
    onSeek(timeAt(event));
  });
  track.addEventListener("pointermove", (event) => track.hasPointerCapture(event.pointerId) && onSeek(timeAt(event)));
  track.addEventListener("keydown", (event) => {
    const time = event.ctrlKey || event.metaKey || event.altKey ? null : seekBy(event.key, state.time, state.duration);
    if (time === null) return;
    event.preventDefault();
    event.stopPropagation();
    onSeek(time);
  });

  const segment = (stretch, name, words, title) => {
    const { left, width } = placeOf(stretch, state.duration);
    return h("span", { class: `cw-segment cw-segment-${name}`, title, style: { left: `${left}%`, width: `${width}%` } }, h("span", {}, words));
  };
  // What a person has marked: its edges can be dragged; the keys set them at the playhead.
  const showMarked = () => {
    marked.hidden = !state.marked;
    if (!state.marked) return marked.replaceChildren();
    const [start_s, end_s] = state.marked;
    const node = segment({ start_s, end_s }, "marked", state.markedWords, `${state.markedWords}: ${sayStretch(start_s, end_s)}`);
    node.append(...["start", "end"].map((edge) => h("i", { class: `cw-edge cw-edge-${edge}`, onpointerdown: (event) => grab(event, edge) })));
    return marked.replaceChildren(node);
  };
  const grab = (event, edge) => {
    event.stopPropagation();
    event.preventDefault();
    const move = (moved) => {
      state.marked = dragEdge(state.marked, edge, Math.round(timeAt(moved) * 1000) / 1000, state.duration);
      showMarked();
      onSeek(state.marked[edge === "start" ? 0 : 1]);
    };
    const drop = () => {
      window.removeEventListener("pointermove", move);
      window.removeEventListener("pointerup", drop);
      onMark(state.marked);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", drop);
  };
  const play = (stretch, name, words, key) =>
    h("button", { class: `cw-play cw-play-${name}`, title: "Play this stretch", onclick: () => onPlay(stretch) }, icon("play", 9), h("span", {}, `${words} ${sayStretch(stretch.start_s, stretch.end_s)}`), key ? kbd(key) : null);

  return {
    element,
    at,
    get time() {
      return state.time;
    },
    get duration() {
      return state.duration;
    },
    // The stretch that a person has marked, as [start_s, end_s] or null, and what it says.
    mark(stretch, words, kind = "") {
      if (element.hidden) return;
      marked.className = `cw-lane cw-lane-marked ${kind}`;
      Object.assign(state, { marked: stretch, markedWords: words });
      showMarked();
    },
    get caption() {
      return state.caption;
    },
    get suggested() {
      return state.suggested?.[0] ?? null;
    },
    // caption: its stretch or null; suggested: stretches by scorers; best_s: the moment that fits best.
    // isAlways: also where no stretch is known, so that every video and sound plays by the same controls.
    show({ duration, caption, suggested = [], others = [], best_s = null, isAlways = false }) {
      element.hidden = !duration || (!caption && !suggested.length && !isAlways);
      if (element.hidden) return;
      state = { duration, caption, suggested: suggested.slice(0, MOST_SUGGESTED), time: 0, marked: null, markedWords: "" };
      showMarked();
      track.setAttribute("aria-valuemax", duration.toFixed(2));
      ticks.replaceChildren(...ticksOf(duration).map((time) => h("span", { style: { left: `${(time / duration) * 100}%` } }, sayTick(time))));
      lanes.replaceChildren(
        h(
          "div",
          { class: "cw-lane" },
          others.map((other) => segment(other, "other", "", `Another caption: ${other.text}`)),
          caption ? segment(caption, "caption", "caption", `The caption speaks of ${sayStretch(caption.start_s, caption.end_s)}`) : null,
          best_s !== null && !suggested.length ? h("i", { class: "cw-clock-best", title: `Fits best at ${sayTime(best_s)}`, style: { left: `${(best_s / duration) * 100}%` } }) : null,
        ),
        ...state.suggested.map((stretch) => h("div", { class: "cw-lane" }, segment(stretch, "suggested", "fits better", `${stretch.scorer}: ${sayStretch(stretch.start_s, stretch.end_s)} fits better`))),
      );
      const [first] = state.suggested;
      const shift = caption && first ? sayShift(caption, first) : "";
      plays.replaceChildren(
        ...[
          toggle, now,
          caption && play(caption, "caption", "caption", "I"),
          first && play(first, "suggested", "fits better", "F"),
          shift && h("span", { class: "meta cw-shift" }, shift),
        ].filter(Boolean),
      );
      at(0);
    },
  };
}

function where(time, { caption, suggested }) {
  const isIn = (stretch) => stretch && time >= stretch.start_s && time < stretch.end_s;
  const parts = [isIn(caption) && "in the caption's interval", isIn(suggested?.[0]) && "in the interval that fits better"].filter(Boolean);
  return parts.length ? `, ${parts.join(" and ")}` : "";
}
