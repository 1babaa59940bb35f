import assert from "node:assert/strict";
import { test } from "node:test";

import { discOf, FULL, indexOf, moved, nearestTo, paint, thinned, toMap, toShare, unpackBits, whole, zoomed } from "../../widgets/plots/paint.js";
import { paletteOf } from "../../widgets/plots/palette.js";
import { sayBounds, sayShare } from "../../widgets/plots/slices.js";

const points = (...places) => ({ x: Uint16Array.from(places.map(([x]) => x)), y: Uint16Array.from(places.map(([, y]) => y)), codes: new Uint8Array(places.length) });
const picture = (fields) => paint({ palette: new Uint8Array(768).fill(200), quiet: [10, 10, 10], width: 100, height: 100, ratio: 1, view: whole(), isShown: null, ...fields });
const opacityAt = (pixels, left, top) => pixels[(top * 100 + left) * 4 + 3];

test("a point is painted where it lies, upwards", () => {
  const pixels = picture(points([FULL / 2, FULL * 0.9]));
  assert.ok(opacityAt(pixels, 50, 10) > 150);
  assert.equal(opacityAt(pixels, 50, 90), 0);
});

test("what is not picked lies beneath, in the quiet colour", () => {
  const pixels = picture({ ...points([1000, 1000], [60000, 60000]), isShown: Uint8Array.from([0, 1]) });
  const [hidden, shown] = [(98 * 100 + 1) * 4, (8 * 100 + 91) * 4];
  assert.equal(pixels[hidden], 10);
  assert.equal(pixels[shown], 200);
  assert.ok(pixels[shown + 3] > pixels[hidden + 3]);
});

test("many points in one place are more opaque than one, in any order", () => {
  const lone = opacityAt(picture(points([30000, 30000])), 45, 54);
  const many = opacityAt(picture(points(...Array(5).fill([30000, 30000]))), 45, 54);
  assert.ok(many > lone && many <= 255);
});

test("a million points are painted in seconds at most", () => {
  const [x, y, codes] = [new Uint16Array(1e6), new Uint16Array(1e6), new Uint8Array(1e6)];
  for (let at = 0; at < 1e6; at++) [x[at], y[at], codes[at]] = [(at * 7919) % 65536, (at * 104729) % 65536, at % 256];
  const start = performance.now();
  const pixels = picture({ x, y, codes, width: 600, height: 500 });
  assert.ok(performance.now() - start < 6000); // a machine may be shared
  assert.ok(pixels.filter((value, place) => place % 4 === 3 && value > 0).length > 10_000);
});

test("the nearest point within reach is found, and none beyond it", () => {
  const { x, y } = points([100, 100], [40000, 40000], [40500, 40000]);
  const index = indexOf(x, y);
  assert.equal(nearestTo(index, x, y, [40400, 40050], 800), 2);
  assert.equal(nearestTo(index, x, y, [40100, 40050], 800), 1);
  assert.equal(nearestTo(index, x, y, [20000, 20000], 800), null);
});

test("zooming keeps the place under the pointer and never leaves the map", () => {
  const near = zoomed(whole(), 0.5, { x: 0.25, y: 0.75 });
  assert.equal(near.x + 0.25 * near.span, FULL * 0.25);
  assert.deepEqual(zoomed(near, 100, { x: 0, y: 0 }), { span: FULL, x: 0, y: 0 });
  assert.deepEqual(moved(whole(), 0.5, 0.5), { span: FULL, x: 0, y: 0 });
});

test("a place on the map and its share of the plot are each other's way back", () => {
  const view = zoomed(whole(), 0.3, { x: 0.6, y: 0.2 });
  const [left, top] = toShare(view, toMap(view, [0.3, 0.8]));
  assert.ok(Math.abs(left - 0.3) < 1e-9 && Math.abs(top - 0.8) < 1e-9);
});

test("a lasso drops the corners a hand makes too many of", () => {
  assert.deepEqual(thinned([[0, 0], [0.5, 0], [1, 0], [3, 0], [3.5, 0.1]], 2), [[0, 0], [3, 0]]);
});

test("bits become a byte a point, the first bit highest", () => {
  assert.deepEqual([...unpackBits(Uint8Array.from([0b10100000, 0b10000000]), 9)], [1, 0, 1, 0, 0, 0, 0, 0, 1]);
});

test("a disc has a smooth edge", () => {
  const parts = discOf(2.6).map(({ part }) => part);
  assert.equal(Math.max(...parts), 1);
  assert.ok(parts.some((part) => part < 0.7));
});

test("the scale runs from what is to be looked at to what is calm, and 255 is none", () => {
  const palette = paletteOf("light", { kind: "scale" });
  assert.deepEqual([...palette.slice(0, 3)], [0xb9, 0x3a, 0x1d]);
  assert.deepEqual([...palette.slice(765)], [0xa9, 0xae, 0xb8]);
  const named = paletteOf("light", { kind: "names" });
  assert.notDeepEqual([...named.slice(0, 3)], [...named.slice(3, 6)]);
});

test("a share that is not nothing never reads as nothing", () => {
  assert.deepEqual([0, 0.001, 0.121, 0.999, 1].map(sayShare), ["0 %", "< 1 %", "12 %", "> 99 %", "100 %"]);
  assert.equal(sayBounds({ low: 0.104, high: 0.27 }), "10–27");
});
