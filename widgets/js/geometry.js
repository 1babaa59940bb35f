// Where tiles lie in a grid that is scrolled but mostly not there. Pure arithmetic.

// Chromium caps an element at 33.5 million pixels. Past this height one scrolled pixel stands for several.
export const HEIGHT_CAP_PX = 8e6;

export function columnsFor(width, tileWidth, gap) {
  const count = Math.max(1, Math.floor((width + gap) / (tileWidth + gap)));
  return { count, tileWidth: Math.floor((width - gap * (count - 1)) / count) };
}

// What has been scrolled past is counted in real pixels (`offset`), as if nothing were capped; `scrollTop` is what
// the element says, and below the cap both are the same.
export function layOut({ count, columns, rowHeight, viewport, cap = HEIGHT_CAP_PX }) {
  const rows = Math.ceil(count / columns);
  const real = rows * rowHeight;
  const height = Math.min(real, cap);
  const factor = height > viewport && real > cap ? (real - viewport) / (height - viewport) : 1;
  const most = Math.max(0, real - viewport);
  return {
    rows,
    height,
    factor,
    offsetOf: (scrollTop) => Math.min(most, Math.max(0, scrollTop * factor)),
    scrollTopOf: (offset) => Math.min(most, Math.max(0, offset)) / factor,
    // The indices to draw: what is on screen and half a screen on both sides.
    range(offset, spare = viewport / 2) {
      const first = Math.max(0, Math.floor((offset - spare) / rowHeight));
      const last = Math.min(rows, Math.ceil((offset + viewport + spare) / rowHeight));
      return { start: first * columns, stop: Math.min(count, last * columns) };
    },
    top: (index, offset, scrollTop) => Math.floor(index / columns) * rowHeight - offset + scrollTop,
    // The offset that brings a tile on screen, or null where it is there already.
    reveal(index, offset) {
      const top = Math.floor(index / columns) * rowHeight;
      if (top < offset) return top;
      if (top + rowHeight > offset + viewport) return Math.min(most, top + rowHeight - viewport);
      return null;
    },
  };
}

// How far one turn of the wheel goes, in pixels, whatever unit it is told in.
export const wheelPx = ({ deltaY, deltaMode }, viewport) => deltaY * [1, 40, viewport][deltaMode ?? 0];

// Where the focus goes from a tile, by key.
export function step(index, key, { count, columns, pageRows }) {
  const moves = {
    ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns,
    PageUp: -columns * pageRows, PageDown: columns * pageRows, Home: -index, End: count - 1 - index,
  };
  if (!(key in moves) || !count) return null;
  const target = index + moves[key];
  if (target < 0) return key === "ArrowUp" ? index : 0;
  if (target >= count) return key === "ArrowDown" && Math.floor(index / columns) === Math.floor((count - 1) / columns) ? index : count - 1;
  return target;
}
