// The segments of a timeline: one bar a caption, in rows so that none covers another; two edges each.

import { h } from "./dom.js";
import { makeDrag } from "./timeline_drag.js";
import { packRows, roomOf } from "./timeline_math.js";
import { sayStretch, sayTime } from "./words.js";

const LANE_PX = 28;

export function makeSegments({ lanes, row, timeAt, pxToSeconds, edges, durationOf, shareOf, step_s, onMove, onSelect, onScrub }) {
  const nodes = new Map();
  let shown = []; // [{ name, segments, box }]
  let selected = null;
  let built = "";
  let preview = null; // { id, stretch }: where an edge is being moved

  const stretchOf = (segment) => (preview?.id === segment.id ? preview.stretch : segment);
  const segmentOf = (id) => shown.flatMap(({ segments }) => segments).find((segment) => segment.id === id);

  const drag = makeDrag({
    timeAt, pxToSeconds, step_s,
    edges: () => [...edges(), ...shown.flatMap(({ segments }) => segments).filter(({ id }) => id !== preview?.id).flatMap(({ start_s, end_s }) => [{ time: start_s, kind: "caption" }, { time: end_s, kind: "caption" }])],
    roomOf(id) {
      const segment = segmentOf(id);
      const among = shown.find(({ segments }) => segments.includes(segment))?.segments ?? [];
      return roomOf(segment, among, durationOf());
    },
    onPreview(id, stretch, edge, snapped) {
      preview = { id, stretch };
      place();
      onScrub(edge === "end" ? stretch.end_s : stretch.start_s, snapped);
    },
    onMove(id, stretch, before) {
      onScrub(null);
      // It stays where it was put until the view shows it anew: the word of the kernel comes later.
      onMove(id, stretch, before);
    },
    onCancel() {
      preview = null;
      onScrub(null);
      place();
    },
    onSelect(id, edge) {
      preview = null;
      onScrub(null);
      onSelect(id, edge);
    },
  });

  function make(id) {
    const words = h("span", { class: "cw-tl-words" });
    const body = h("button", { class: "cw-tl-body", tabindex: "-1" }, words);
    const edgeOf = (edge) => {
      const node = h("span", { class: `cw-tl-edge cw-tl-edge-${edge}`, role: "slider", tabindex: "-1", "data-edge": edge });
      node.addEventListener("keydown", (event) => drag.step(event, id, edge, stretchOf(segmentOf(id))));
      node.addEventListener("focus", () => id !== selected && onSelect(id, edge));
      node.addEventListener("blur", () => drag.settle());
      return node;
    };
    const [start, end] = [edgeOf("start"), edgeOf("end")];
    const node = h("div", { class: "cw-tl-seg", "data-id": id }, body, start, end);
    for (const [part, edge] of [[body, "both"], [start, "start"], [end, "end"]]) {
      part.addEventListener("pointerdown", (event) => drag.press(event, id, edge, segmentOf(id)));
      part.addEventListener("pointermove", drag.drag);
      part.addEventListener("pointerup", drag.release);
      part.addEventListener("pointercancel", () => drag.cancel());
    }
    // Enter and Space on it: the pointer has been answered by then.
    body.addEventListener("click", (event) => event.detail === 0 && onSelect(id, "both"));
    return Object.assign(node, { words, body, edges: { start, end } });
  }

  function dress(node, segment) {
    node.className = `cw-tl-seg cw-tl-${segment.kind}${segment.id === selected ? " is-selected" : ""}${segment.isMoved ? " is-moved" : ""}${segment.isProposed ? " is-proposed" : ""}`;
    if (segment.verdict) node.dataset.verdict = segment.verdict;
    else delete node.dataset.verdict;
    node.words.textContent = segment.text;
    node.body.title = `${segment.text}\n${sayStretch(segment.start_s, segment.end_s)}${segment.isMoved ? `, was ${sayStretch(segment.was.start_s, segment.was.end_s)}` : ""}`;
    node.body.setAttribute("aria-label", `${segment.label}: ${segment.text}`);
    node.body.setAttribute("aria-pressed", String(segment.id === selected));
    node.body.tabIndex = segment.id === selected ? 0 : -1;
    for (const [edge, part] of Object.entries(node.edges)) {
      part.tabIndex = segment.id === selected ? 0 : -1;
      part.setAttribute("aria-label", `${edge === "start" ? "Start" : "End"} of ${segment.label}`);
    }
  }

  function place() {
    for (const segment of shown.flatMap(({ segments }) => segments)) {
      const node = nodes.get(segment.id);
      const stretch = stretchOf(segment);
      const [left, right] = [shareOf(stretch.start_s), shareOf(stretch.end_s)];
      node.hidden = right < 0 || left > 100;
      Object.assign(node.style, { left: `${left}%`, width: `${Math.max(0, right - left)}%` });
      for (const [edge, part] of Object.entries(node.edges)) {
        const time = stretch[`${edge}_s`];
        part.setAttribute("aria-valuemin", "0");
        part.setAttribute("aria-valuemax", durationOf().toFixed(2));
        part.setAttribute("aria-valuenow", time.toFixed(3));
        part.setAttribute("aria-valuetext", sayTime(time));
      }
    }
  }

  return {
    place,
    cancel: drag.cancel,
    settle: drag.settle,
    get isHeld() {
      return drag.isHeld;
    },
    show(rows, chosen) {
      if (!drag.isHeld) preview = null;
      selected = chosen;
      const focused = lanes.contains(document.activeElement) ? document.activeElement : null;
      const kept = new Set(rows.flatMap(({ segments }) => segments.map(({ id }) => id)));
      for (const id of [...nodes.keys()]) if (!kept.has(id)) nodes.delete(id);
      shown = rows;
      const packed = rows.map(({ name, segments }) => ({ name, ...packRows(segments) }));
      for (const { placed } of packed)
        for (const [segment, at] of placed) {
          if (!nodes.has(segment.id)) nodes.set(segment.id, make(segment.id));
          dress(nodes.get(segment.id), segment);
          nodes.get(segment.id).style.top = `${at * LANE_PX + 1}px`;
        }
      // Only where the rows themselves are others: an edge that is taken out of the page is let go of.
      const structure = JSON.stringify(packed.map(({ name, placed, rows: count }) => [name, count, placed.map(([{ id }]) => id).sort()]));
      if (structure === built) return;
      built = structure;
      lanes.replaceChildren(
        ...packed.map(({ name, placed, rows: count }) =>
          row(name, h("div", { class: "cw-tl-lane cw-tl-segments", style: { height: `${count * LANE_PX}px` } }, placed.map(([{ id }]) => nodes.get(id)))),
        ),
      );
      if (focused?.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
    },
  };
}
