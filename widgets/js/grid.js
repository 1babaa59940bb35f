// A grid of which only the tiles near the screen exist. It knows places, not what is in a tile.

import { h } from "./dom.js";
import { columnsFor, layOut, step } from "./geometry.js";

export class Grid {
  // makeTile() -> { element, show(index), close() }
  constructor({ makeTile, tileWidth = 190, gap = 12, label = "Pairs", heightOf, onFocus = () => {} }) {
    Object.assign(this, { makeTile, tileWidth, gap, heightOf, onFocus, count: 0, focus: 0, tiles: new Map(), spare: [] });
    this.spacer = h("div", { class: "cw-spacer", role: "presentation" });
    this.scroller = h("div", { class: "cw-scroller", role: "listbox", "aria-multiselectable": "true", "aria-label": label, tabindex: "0" }, this.spacer);
    this.scroller.addEventListener("scroll", () => this.schedule(), { passive: true });
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(this.scroller);
    this.frame = 0;
  }

  setCount(count, { keepPlace = false } = {}) {
    this.count = count;
    this.focus = keepPlace ? Math.min(this.focus, Math.max(0, count - 1)) : 0;
    if (!keepPlace) this.scroller.scrollTop = 0;
    this.resize();
    this.refresh();
  }

  setTileWidth(width) {
    this.tileWidth = Math.min(460, Math.max(130, width));
    this.resize();
    this.reveal(this.focus);
  }

  resize() {
    const width = this.scroller.clientWidth - 2 * this.gap;
    const viewport = this.scroller.clientHeight;
    if (width <= 0 || !viewport) return;
    const { count: columns, tileWidth } = columnsFor(width, this.tileWidth, this.gap);
    const rowHeight = this.heightOf(tileWidth) + this.gap;
    this.shape = { columns, tileWidth, rowHeight, pageRows: Math.max(1, Math.floor(viewport / rowHeight)) };
    this.layout = layOut({ count: this.count, columns, rowHeight, viewport: viewport - this.gap });
    this.spacer.style.height = `${this.layout.height}px`;
    this.paint();
  }

  schedule() {
    this.frame ||= requestAnimationFrame(() => this.paint());
  }

  paint() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.layout) return;
    const { start, stop } = this.layout.range(this.scroller.scrollTop);
    for (const [index, tile] of this.tiles) if (index < start || index >= stop) this.release(index, tile);
    for (let index = start; index < stop; index++) this.place(index);
    const active = this.tiles.get(this.focus);
    if (active) this.scroller.setAttribute("aria-activedescendant", active.element.id);
    else this.scroller.removeAttribute("aria-activedescendant");
  }

  place(index) {
    let tile = this.tiles.get(index);
    if (!tile) {
      tile = this.spare.pop() ?? this.makeTile();
      this.tiles.set(index, tile);
      tile.show(index);
      this.spacer.append(tile.element);
    }
    const { columns, tileWidth, rowHeight } = this.shape;
    const x = this.gap + (index % columns) * (tileWidth + this.gap);
    const y = this.gap + this.layout.top(index, this.scroller.scrollTop);
    Object.assign(tile.element.style, { width: `${tileWidth}px`, height: `${rowHeight - this.gap}px`, transform: `translate(${x}px, ${y}px)` });
  }

  release(index, tile) {
    this.tiles.delete(index);
    tile.close();
    tile.element.remove();
    if (this.spare.length < 60) this.spare.push(tile);
  }

  // Draw what is shown again, after rows or pictures came in.
  refresh() {
    for (const [index, tile] of this.tiles) if (index < this.count) tile.show(index);
    this.schedule();
  }

  moveFocus(index) {
    if (index === null || index < 0 || index >= this.count) return;
    const before = this.focus;
    this.focus = index;
    this.reveal(index);
    this.tiles.get(before)?.show(before);
    this.tiles.get(index)?.show(index);
    this.paint();
    this.onFocus(index);
  }

  stepFocus(key) {
    const target = step(this.focus, key, { count: this.count, ...this.shape });
    if (target !== null) this.moveFocus(target);
    return target !== null;
  }

  reveal(index) {
    if (!this.layout) return;
    const top = this.layout.reveal(index, this.scroller.scrollTop);
    if (top !== null) this.scroller.scrollTop = top;
    this.paint();
  }

  close() {
    this.watch.disconnect();
    cancelAnimationFrame(this.frame);
    for (const tile of this.tiles.values()) tile.close();
  }
}
