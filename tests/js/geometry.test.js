import assert from "node:assert/strict";
import { test } from "node:test";

import { columnsFor, HEIGHT_CAP_PX, layOut, step, wheelPx } from "../../widgets/js/geometry.js";

test("columns fill the width and leave no gap at the end", () => {
  assert.deepEqual(columnsFor(836, 190, 12), { count: 4, tileWidth: 200 });
  assert.deepEqual(columnsFor(100, 190, 12), { count: 1, tileWidth: 100 });
});

test("only what is near the screen is drawn", () => {
  const { range } = layOut({ count: 10_000, columns: 4, rowHeight: 200, viewport: 600 });
  assert.deepEqual(range(0), { start: 0, stop: 20 });
  const { start, stop } = range(100_000);
  assert.ok(start <= 2000 && stop > 2012 && stop - start <= 32);
});

for (const count of [100_000, 1_000_000, 10_000_000]) {
  test(`the first, the middle and the last of ${count} pairs can be reached`, () => {
    const [columns, rowHeight, viewport] = [6, 210, 640];
    const layout = layOut({ count, columns, rowHeight, viewport });
    assert.ok(layout.height <= HEIGHT_CAP_PX);
    for (const index of [0, Math.floor(count / 2), count - 1]) {
      const offset = layout.reveal(index, index ? 0 : 1e6);
      const scrollTop = layout.scrollTopOf(offset);
      assert.ok(scrollTop >= 0 && scrollTop <= layout.height - viewport + 1e-6);
      assert.ok(Math.abs(layout.offsetOf(scrollTop) - offset) < 1e-3);
      const { start, stop } = layout.range(offset);
      assert.ok(start <= index && index < stop);
      const onScreen = layout.top(index, offset, scrollTop) - scrollTop;
      assert.ok(onScreen >= -1 && onScreen + rowHeight <= viewport + 1, `at ${onScreen} px`);
    }
  });
}

test("what is on screen is not scrolled to", () => {
  const layout = layOut({ count: 100, columns: 4, rowHeight: 200, viewport: 600 });
  assert.equal(layout.reveal(5, 0), null);
  assert.equal(layout.reveal(20, 0), 600);
});

test("arrows stay inside the grid", () => {
  const grid = { count: 10, columns: 4, pageRows: 2 };
  assert.equal(step(0, "ArrowLeft", grid), 0);
  assert.equal(step(1, "ArrowUp", grid), 1);
  assert.equal(step(1, "ArrowDown", grid), 5);
  assert.equal(step(6, "ArrowDown", grid), 9, "the last row is shorter");
  assert.equal(step(9, "ArrowDown", grid), 9);
  assert.equal(step(3, "End", grid), 9);
  assert.equal(step(3, "Home", grid), 0);
  assert.equal(step(3, "q", grid), null);
});

test("a turn of the wheel is told in pixels, lines or pages", () => {
  assert.equal(wheelPx({ deltaY: 3, deltaMode: 0 }, 600), 3);
  assert.equal(wheelPx({ deltaY: 3, deltaMode: 1 }, 600), 120);
  assert.equal(wheelPx({ deltaY: 1, deltaMode: 2 }, 600), 600);
});
