// What a timeline reckons: edges that keep clear of their neighbours and snap, the part that is in view, frames.
// Pure, so that it can be tested without a browser.

export const LEAST_S = 0.04; // no segment is shorter: one picture at 25 a second

// Where a dragged edge may go: not past the other edge, not into a neighbour, not out of the media.
export function clampEdge({ start_s, end_s }, edge, time, { before = 0, after, least = LEAST_S }) {
  if (edge === "start") return { start_s: Math.min(Math.max(time, before), end_s - least), end_s };
  return { start_s, end_s: Math.max(Math.min(time, after), start_s + least) };
}

// A segment moved as a whole keeps its length.
export function clampMove({ start_s, end_s }, by, { before = 0, after }) {
  const moved = Math.min(Math.max(by, before - start_s), after - end_s);
  return { start_s: start_s + moved, end_s: end_s + moved };
}

// Between which moments a segment may lie: the neighbours in its own row. One that overlaps it already is no wall.
export function roomOf(segment, others, duration) {
  let [before, after] = [0, duration];
  for (const other of others) {
    if (other.id === segment.id) continue;
    if (other.end_s <= segment.start_s + 1e-6) before = Math.max(before, other.end_s);
    else if (other.start_s >= segment.end_s - 1e-6) after = Math.min(after, other.start_s);
  }
  return { before, after };
}

// The nearest edge within reach, or null. edges: [{ time, kind }], rising.
export function nearestEdge(edges, time, within) {
  let best = null;
  for (const edge of edges) {
    const apart = Math.abs(edge.time - time);
    if (apart <= within && (!best || apart < Math.abs(best.time - time))) best = edge;
  }
  return best;
}

// Segments that overlap come into rows of their own; [[segment, row], …] and how many rows there are.
export function packRows(segments) {
  const ends = [];
  const placed = [...segments]
    .sort((a, b) => a.start_s - b.start_s || a.end_s - b.end_s)
    .map((segment) => {
      let row = ends.findIndex((end) => end <= segment.start_s + 1e-6);
      if (row < 0) row = ends.length;
      ends[row] = segment.end_s;
      return [segment, row];
    });
  return { placed, rows: Math.max(1, ends.length) };
}

// -- the part in view: { from, to } of a media of some duration

export const wholeOf = (duration) => ({ from: 0, to: duration });

export function zoomView({ from, to }, factor, at, duration, least = 0.2) {
  const length = Math.min(duration, Math.max(least, (to - from) / factor));
  const share = to > from ? (at - from) / (to - from) : 0.5;
  return slideView({ from: at - share * length, to: at + (1 - share) * length }, 0, duration);
}

export function slideView({ from, to }, by, duration) {
  const length = Math.min(to - from, duration);
  const start = Math.min(Math.max(0, from + by), duration - length);
  return { from: start, to: start + length };
}

// While it plays out of view the view turns a page; a jump is brought in with some room before it.
export function followView(view, time, duration) {
  if (time >= view.from && time <= view.to) return view;
  const length = view.to - view.from;
  return slideView({ from: time - length * 0.1, to: time + length * 0.9 }, 0, duration);
}

const STEPS_S = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];

export function ticksIn({ from, to }, most = 8) {
  const step = STEPS_S.find((seconds) => (to - from) / seconds <= most) ?? to - from;
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.max(0, Math.floor(to / step + 1e-9) - first + 1);
  return Array.from({ length: count }, (_, n) => Math.round((first + n) * step * 1000) / 1000);
}

// -- pictures by their own times

// The picture on screen at a time: the last that starts at or before it. A seek lands a little off.
export function frameAt(frames, time, slack = 0.001) {
  let [low, high] = [0, frames.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (frames[middle] <= time + slack) low = middle;
    else high = middle - 1;
  }
  return low;
}

// Where to seek to be on the next picture or the one before: a little into it, so that rounding cannot miss it.
export function stepFrame(frames, time, direction) {
  const place = Math.min(frames.length - 1, Math.max(0, frameAt(frames, time) + direction));
  return intoFrame(frames, place);
}

export function intoFrame(frames, place) {
  const gap = place + 1 < frames.length ? frames[place + 1] - frames[place] : 0.02;
  return frames[place] + Math.min(gap / 4, 0.005);
}

// The moment that the picture on screen stands for: its start. Without pictures the time itself.
export const momentOf = (frames, time) => (frames?.length ? Math.max(0, frames[frameAt(frames, time)]) : time);

export function sayRate(frames) {
  if (!frames || frames.length < 3) return "";
  const gaps = Array.from({ length: frames.length - 1 }, (_, n) => frames[n + 1] - frames[n]).sort((a, b) => a - b);
  const [low, middle, high] = [0.05, 0.5, 0.95].map((share) => gaps[Math.floor(share * (gaps.length - 1))]);
  const rate = 1 / middle;
  const said = `${Number(rate.toFixed(rate < 100 ? 2 : 0))} fps`;
  return high - low > 0.2 * middle ? `${said}, variable` : said;
}
