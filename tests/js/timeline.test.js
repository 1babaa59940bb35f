import assert from "node:assert/strict";
import { test } from "node:test";
import { clampEdge, clampMove, followView, frameAt, momentOf, nearestEdge, packRows, roomOf, sayRate, slideView, stepFrame, ticksIn, zoomView } from "../../widgets/js/timeline_math.js";

const middle = { id: "b", start_s: 3, end_s: 5 };
const others = [{ id: "a", start_s: 0, end_s: 2.5 }, middle, { id: "c", start_s: 6, end_s: 9 }];

test("an edge keeps clear of its neighbours and of the other edge", () => {
  const room = roomOf(middle, others, 10);
  assert.deepEqual(room, { before: 2.5, after: 6 });
  assert.equal(clampEdge(middle, "start", 1, room).start_s, 2.5);
  assert.equal(clampEdge(middle, "end", 8, room).end_s, 6);
  assert.equal(clampEdge(middle, "start", 7, room).start_s, 4.96);
  assert.equal(clampEdge(middle, "end", 0, { ...room, least: 0.5 }).end_s, 3.5);
});

test("a neighbour that overlaps already is no wall, and the media's ends are", () => {
  assert.deepEqual(roomOf(middle, [{ id: "x", start_s: 4, end_s: 7 }], 8), { before: 0, after: 8 });
  assert.deepEqual(roomOf(middle, [{ id: "x", start_s: 2, end_s: 4 }], 8), { before: 0, after: 8 });
});

test("a segment moved as a whole keeps its length", () => {
  assert.deepEqual(clampMove(middle, 5, { before: 2.5, after: 6 }), { start_s: 4, end_s: 6 });
  assert.deepEqual(clampMove(middle, -5, { before: 2.5, after: 6 }), { start_s: 2.5, end_s: 4.5 });
});

test("the nearest edge within reach is snapped to, one out of reach is not", () => {
  const edges = [{ time: 1, kind: "shot" }, { time: 1.5, kind: "onset" }];
  assert.equal(nearestEdge(edges, 1.4, 0.2).kind, "onset");
  assert.equal(nearestEdge(edges, 1.2, 0.1), null);
});

test("segments that overlap come into rows of their own", () => {
  const { placed, rows } = packRows([{ id: 1, start_s: 0, end_s: 4 }, { id: 2, start_s: 2, end_s: 3 }, { id: 3, start_s: 4, end_s: 5 }]);
  assert.equal(rows, 2);
  assert.deepEqual(placed.map(([segment, row]) => [segment.id, row]), [[1, 0], [2, 1], [3, 0]]);
  assert.equal(packRows([]).rows, 1);
});

test("a view zooms about a moment and stays inside the media", () => {
  const zoomed = zoomView({ from: 0, to: 10 }, 2, 4, 10);
  assert.deepEqual(zoomed, { from: 2, to: 7 });
  assert.deepEqual(zoomView(zoomed, 0.1, 4, 10), { from: 0, to: 10 });
  assert.equal(zoomView({ from: 0, to: 10 }, 1e9, 4, 10).to - zoomView({ from: 0, to: 10 }, 1e9, 4, 10).from > 0.19, true);
  assert.deepEqual(slideView(zoomed, 99, 10), { from: 5, to: 10 });
  assert.deepEqual(followView(zoomed, 3, 10), zoomed);
  assert.deepEqual(followView(zoomed, 8, 20), { from: 7.5, to: 12.5 });
});

test("ticks lie in the view on round numbers", () => {
  assert.deepEqual(ticksIn({ from: 2.3, to: 7.7 }, 8), [3, 4, 5, 6, 7]);
  assert.deepEqual(ticksIn({ from: 0.25, to: 0.7 }, 5), [0.3, 0.4, 0.5, 0.6, 0.7]);
  assert.deepEqual(ticksIn({ from: 0, to: 24 }, 8), [0, 5, 10, 15, 20]);
});

test("steps go by the pictures' own times, whatever their rate", () => {
  const frames = [0, 0.04, 0.08, 0.3, 0.34];
  assert.equal(frameAt(frames, 0.2), 2);
  assert.equal(frameAt(frames, 0.0395), 1, "a seek that lands a hair early is on that picture");
  const next = stepFrame(frames, 0.1, 1);
  assert.ok(next > 0.3 && next < 0.31);
  assert.equal(frameAt(frames, next), 3);
  assert.equal(frameAt(frames, stepFrame(frames, next, -1)), 2);
  assert.ok(stepFrame(frames, 0.35, 1) < 0.35, "there is nothing after the last");
  assert.equal(momentOf(frames, 0.29), 0.08);
  assert.equal(momentOf([], 0.29), 0.29);
});

test("a variable rate is said to be one", () => {
  assert.equal(sayRate(Array.from({ length: 50 }, (_, n) => n / 25)), "25 fps");
  assert.equal(sayRate(Array.from({ length: 50 }, (_, n) => (n * 1001) / 30000)), "29.97 fps");
  assert.match(sayRate([0, 0.04, 0.08, 0.3, 0.34, 0.6, 0.9]), /variable$/);
  assert.equal(sayRate([0]), "");
});
