// A grid of which only the tiles near the screen exist. It knows places, not what is in a tile.

import { h } from "./dom.js";
import { columnsFor, layOut, step, wheelPx } from "./geometry.js";

export class Grid {
  // makeTile() -> { element, show(index), close() }; onPaint(start, stop) tells what is on screen.
  constructor({ makeTile, tileWidth = 190, gap = 12, label = "Pairs", heightOf, onFocus = () => {}, onPaint = () => {} }) {
    Object.assign(this, { makeTile, tileWidth, gap, heightOf, onFocus, onPaint, count: 0, focus: 0, tiles: new Map(), spare: [] });
    // Where the grid is, in real pixels: one pixel of a capped scrollbar stands for many.
    Object.assign(this, { offset: 0, setTo: 0 });
    this.spacer = h("div", { class: "cw-spacer", role: "presentation" });
    this.scroller = h("div", { class: "cw-scroller", role: "listbox", "aria-multiselectable": "true", "aria-label": label, tabindex: "0" }, this.spacer);
    this.scroller.addEventListener("scroll", () => this.schedule(), { passive: true });
    this.scroller.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(this.scroller);
    this.frame = 0;
  }

  setCount(count, { keepPlace = false } = {}) {
    this.count = count;
    this.focus = keepPlace ? Math.min(this.focus, Math.max(0, count - 1)) : 0;
    if (!keepPlace) this.scrollTo(0);
    this.resize();
    this.refresh();
  }

  setTileWidth(width, { least = 130, most = 460 } = {}) {
    this.tileWidth = Math.min(most, Math.max(least, width));
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
    this.scrollTo(this.offset);
    this.paint();
  }

  scrollTo(offset) {
    this.scroller.scrollTop = this.layout ? this.layout.scrollTopOf(offset) : 0;
    // What the browser made of it: only another value means that somebody else has scrolled.
    this.setTo = this.scroller.scrollTop;
    const isCapped = this.layout?.factor > 1;
    this.offset = isCapped ? this.layout.offsetOf(offset / this.layout.factor) : this.setTo;
  }

  // Where one scrolled pixel stands for many, the wheel would leap over rows; it moves by real ones instead.
  wheel(event) {
    if (!this.layout || this.layout.factor === 1 || event.ctrlKey || !event.deltaY || event.defaultPrevented) return;
    const last = this.layout.offsetOf(Infinity);
    const to = Math.min(last, Math.max(0, this.offset + wheelPx(event, this.scroller.clientHeight)));
    if (to === this.offset) return;
    event.preventDefault();
    this.scrollTo(to);
    this.schedule();
  }

  schedule() {
    this.frame ||= requestAnimationFrame(() => this.paint());
  }

  paint() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.layout) return;
    const { scrollTop } = this.scroller;
    if (Math.abs(scrollTop - this.setTo) > 0.5) this.offset = this.layout.offsetOf((this.setTo = scrollTop));
    const { start, stop } = this.layout.range(this.offset);
    for (const [index, tile] of this.tiles) if (index < start || index >= stop) this.release(index, tile);
    for (let index = start; index < stop; index++) this.place(index);
    const active = this.tiles.get(this.focus);
    if (active) this.scroller.setAttribute("aria-activedescendant", active.element.id);
    else this.scroller.removeAttribute("aria-activedescendant");
    const seen = this.layout.range(this.offset, 0);
    this.onPaint(seen.start, seen.stop);
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
    if (tile.width !== tileWidth) tile.resized?.((tile.width = tileWidth));
    const x = this.gap + (index % columns) * (tileWidth + this.gap);
    const y = this.gap + this.layout.top(index, this.offset, this.setTo);
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
    const offset = this.layout.reveal(index, this.offset);
    if (offset !== null) this.scrollTo(offset);
    this.paint();
  }

  close() {
    this.watch.disconnect();
    cancelAnimationFrame(this.frame);
    for (const tile of this.tiles.values()) tile.close();
  }
}
