// Where tiles lie in a grid that is scrolled but mostly not there. Pure arithmetic.

// Chromium caps an element at 33.5 million pixels. Past this height one scrolled pixel stands for several.
export const HEIGHT_CAP_PX = 8e6;

export function columnsFor(width, tileWidth, gap) {
  const count = Math.max(1, Math.floor((width + gap) / (tileWidth + gap)));
  return { count, tileWidth: Math.floor((width - gap * (count - 1)) / count) };
}

export function layOut({ count, columns, rowHeight, viewport, cap = HEIGHT_CAP_PX }) {
  const rows = Math.ceil(count / columns);
  const real = rows * rowHeight;
  const height = Math.min(real, cap);
  const factor = height > viewport && real > cap ? (real - viewport) / (height - viewport) : 1;
  return {
    rows,
    height,
    factor,
    // The indices to draw: what is on screen and half a screen on both sides.
    range(scrollTop) {
      const offset = scrollTop * factor;
      const spare = viewport / 2;
      const first = Math.max(0, Math.floor((offset - spare) / rowHeight));
      const last = Math.min(rows, Math.ceil((offset + viewport + spare) / rowHeight));
      return { start: first * columns, stop: Math.min(count, last * columns) };
    },
    top: (index, scrollTop) => Math.floor(index / columns) * rowHeight - scrollTop * (factor - 1),
    // The scroll position that brings a tile on screen, or null where it is there already.
    reveal(index, scrollTop) {
      const top = Math.floor(index / columns) * rowHeight;
      const offset = scrollTop * factor;
      if (top < offset) return top / factor;
      if (top + rowHeight > offset + viewport) return (top + rowHeight - viewport) / factor;
      return null;
    },
  };
}

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
