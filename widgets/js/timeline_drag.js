// Edges that are dragged or stepped: the pointer and the arrow keys, snapping, and taking it back by Escape.

import { clampEdge, clampMove, nearestEdge } from "./timeline_math.js";

const SNAP_PX = 8;
const START_PX = 4; // a press that moves less is a click
const SETTLE_MS = 700; // steps by keys that follow each other are one decision

// timeAt(clientX), pxToSeconds(px), edges(): what may be snapped to; roomOf(id); step_s(): one picture.
// onPreview(id, stretch, edge, snapped) while it goes on, onMove(id, stretch) once at its end, onCancel(id).
export function makeDrag({ timeAt, pxToSeconds, edges, roomOf, step_s, onPreview, onMove, onCancel, onSelect }) {
  let held = null;
  let stepping = null;

  const reach = (event, time) => (event.altKey ? null : nearestEdge(edges(), time, pxToSeconds(SNAP_PX)));

  function moved(event) {
    const time = timeAt(event.clientX);
    const room = roomOf(held.id);
    if (held.edge !== "both") {
      const snapped = reach(event, time);
      return { stretch: clampEdge(held.before, held.edge, snapped?.time ?? time, room), snapped };
    }
    const by = time - held.time;
    const snapped = reach(event, held.before.start_s + by) ?? null;
    return { stretch: clampMove(held.before, snapped ? snapped.time - held.before.start_s : by, room), snapped };
  }

  function press(event, id, edge, stretch) {
    if (event.button !== 0) return;
    settle();
    // Not prevented: the edge takes the focus by it, and with that the keys, Escape among them.
    event.stopPropagation();
    held = { id, edge, before: { start_s: stretch.start_s, end_s: stretch.end_s }, x: event.clientX, time: timeAt(event.clientX), isMoving: false };
    event.currentTarget.setPointerCapture(event.pointerId);
  }

  function drag(event) {
    if (!held) return;
    if (!held.isMoving && Math.abs(event.clientX - held.x) < START_PX) return;
    held.isMoving = true;
    const { stretch, snapped } = moved(event);
    held.stretch = stretch;
    // Clamped away from what it snapped to, it has not snapped.
    const at = held.edge === "end" ? stretch.end_s : stretch.start_s;
    onPreview(held.id, stretch, held.edge, snapped && Math.abs(snapped.time - at) < 1e-6 ? snapped : null);
  }

  function release(event) {
    if (!held) return;
    const { id, before, stretch, isMoving, edge } = held;
    held = null;
    event.stopPropagation();
    if (!isMoving) return onSelect(id, edge);
    if (isSame(before, stretch)) return onCancel(id);
    return onMove(id, stretch, before);
  }

  function cancel() {
    const id = held?.id ?? stepping?.id;
    held = null;
    clearTimeout(stepping?.timer);
    stepping = null;
    if (id) onCancel(id);
    return Boolean(id);
  }

  // An arrow key on an edge that has the focus: one picture, or ten with Shift.
  function step(event, id, edge, stretch) {
    const direction = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!direction || event.ctrlKey || event.metaKey || event.altKey) return false;
    event.preventDefault();
    event.stopPropagation();
    const from = stepping?.id === id ? stepping.stretch : stretch;
    const by = direction * step_s() * (event.shiftKey ? 10 : 1);
    const next = clampEdge(from, edge, from[`${edge}_s`] + by, roomOf(id));
    clearTimeout(stepping?.timer);
    const before = stepping?.id === id ? stepping.before : { start_s: stretch.start_s, end_s: stretch.end_s };
    stepping = { id, stretch: next, before, timer: setTimeout(settle, SETTLE_MS) };
    onPreview(id, next, edge, null);
    return true;
  }

  function settle() {
    if (!stepping) return;
    const { id, stretch, before, timer } = stepping;
    clearTimeout(timer);
    stepping = null;
    if (isSame(before, stretch)) onCancel(id);
    else onMove(id, stretch, before);
  }

  return {
    press, drag, release, cancel, step, settle,
    get isHeld() {
      return Boolean(held?.isMoving || stepping);
    },
  };
}

const isSame = (one, other) => Math.abs(one.start_s - other.start_s) < 1e-6 && Math.abs(one.end_s - other.end_s) < 1e-6;
