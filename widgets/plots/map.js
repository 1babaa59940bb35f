// The map: every sample a point, a lasso by hand or a frame by keys, a picture of the point under the pointer.

import { h } from "../js/dom.js";
import { hueOf, paletteOf, quietOf, scaleCss } from "./palette.js";
import { DENSE, indexOf, moved, nearestTo, paint, thinned, toMap, toShare, whole, zoomed } from "./paint.js";

const REACH_PX = 9;
const CLICK_PX = 4;
const STEP = 0.04;

export class PointMap {
  constructor({ onPick, onHover }) {
    Object.assign(this, { onPick, onHover, view: whole(), points: null, isShown: null, index: null, drag: null, frame: null, shape: [] });
    this.canvas = h("canvas", { class: "cw-map-points" });
    this.over = h("canvas", { class: "cw-map-over", tabindex: "0", role: "application", "aria-roledescription": "map of points", "aria-label": "Map of the media: drag a lasso; or move a frame with the arrow keys, size it with Shift and arrows, Enter picks what is in it" });
    this.message = h("div", { class: "cw-map-message", hidden: true });
    this.box = h("div", { class: "cw-map-box" }, this.canvas, this.over, this.message);
    this.legend = h("div", { class: "cw-map-legend meta" });
    this.told = h("div", { class: "cw-map-told meta" });
    this.element = h("figure", { class: "cw-map" }, this.box, this.legend, this.told);
    this.over.addEventListener("pointerdown", (event) => this.down(event));
    this.over.addEventListener("pointermove", (event) => this.move(event));
    this.over.addEventListener("pointerup", (event) => this.up(event));
    this.over.addEventListener("pointercancel", () => this.stopDrag());
    this.over.addEventListener("pointerleave", () => this.onHover(null));
    this.over.addEventListener("dblclick", () => this.zoomTo(whole()));
    this.over.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.over.addEventListener("blur", () => this.showFrame(null));
    this.watch = new ResizeObserver(() => this.paint());
    this.watch.observe(this.box);
  }

  get theme() {
    return this.element.closest("[data-theme]")?.dataset.theme ?? "light";
  }

  show(points) {
    this.points = points;
    this.index = points ? indexOf(points.x, points.y) : null;
    this.showLegend();
    this.paint();
  }

  // Which points are let through (a byte each), and the shape that was drawn, in places of the map.
  showPicked(isShown, shape) {
    this.isShown = isShown;
    this.shape = shape;
    this.paint();
  }

  say(node) {
    this.message.hidden = !node;
    this.message.replaceChildren(...(node ? [node] : []));
    this.canvas.hidden = this.over.hidden = this.legend.hidden = Boolean(node);
  }

  paint() {
    const { width, height } = this.box.getBoundingClientRect();
    if (!width || !height || !this.points) return;
    // A density has no edges to be sharp: four times fewer pixels are painted.
    const ratio = this.points.x.length > DENSE ? 1 : Math.min(2, devicePixelRatio || 1);
    const [w, t] = [Math.round(width * ratio), Math.round(height * ratio)];
    for (const canvas of [this.canvas, this.over])
      if (canvas.width !== w || canvas.height !== t) Object.assign(canvas, { width: w, height: t });
    const started = performance.now();
    const { theme } = this;
    const pixels = paint({ ...this.points, isShown: this.isShown, palette: paletteOf(theme, this.points.legend), quiet: quietOf(theme), width: w, height: t, ratio, view: this.view });
    this.canvas.getContext("2d").putImageData(new ImageData(pixels, w, t), 0, 0);
    this.paintedMs = performance.now() - started;
    this.drawOver();
  }

  drawOver(lasso = null) {
    const pen = this.over.getContext("2d");
    const { width, height } = this.over;
    pen.clearRect(0, 0, width, height);
    const accent = getComputedStyle(this.over).getPropertyValue("--cw-accent") || "#4453c8";
    const outline = (corners, dash) => {
      if (corners.length < 2) return;
      pen.beginPath();
      corners.forEach(([left, top]) => pen.lineTo(left * width, top * height));
      pen.closePath();
      pen.setLineDash(dash);
      pen.lineWidth = 1.5 * (width / this.box.clientWidth);
      pen.strokeStyle = accent;
      pen.stroke();
      pen.globalAlpha = 0.1;
      pen.fillStyle = accent;
      pen.fill();
      pen.globalAlpha = 1;
    };
    outline(lasso ?? pairs(this.shape).map((corner) => toShare(this.view, corner)), lasso ? [] : [4, 3]);
    if (this.frame) outline(cornersOf(this.frame), []);
  }

  showLegend() {
    const { legend } = this.points ?? {};
    const { theme } = this;
    if (!legend) return this.legend.replaceChildren();
    if (legend.kind === "scale") return this.legend.replaceChildren(legend.low, h("i", { class: "cw-map-scale", style: { background: scaleCss(theme) } }), legend.high);
    this.legend.replaceChildren(...legend.names.map((name, number) => h("span", { class: "cw-row" }, h("i", { class: "cw-map-key", style: { background: hueOf(theme, number) } }), name)));
  }

  // -- by hand

  share(event) {
    const box = this.over.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  down(event) {
    if (!this.points || event.button) return;
    this.over.setPointerCapture(event.pointerId);
    this.drag = { corners: [this.share(event)], isPan: event.shiftKey, last: this.share(event) };
    this.onHover(null);
  }

  move(event) {
    if (!this.points) return;
    const at = this.share(event);
    if (!this.drag) return this.onHover(this.pointAt(at), at);
    if (this.drag.isPan) {
      this.zoomTo(moved(this.view, this.drag.last[0] - at[0], at[1] - this.drag.last[1]));
      this.drag.last = at;
      return;
    }
    this.drag.corners.push(at);
    this.drawOver(this.drag.corners);
  }

  up(event) {
    const { drag } = this;
    this.stopDrag();
    if (!drag || drag.isPan) return;
    const { width, height } = this.box.getBoundingClientRect();
    const px = drag.corners.map(([left, top]) => [left * width, top * height]);
    const reach = Math.max(...px.map(([left, top]) => Math.hypot(left - px[0][0], top - px[0][1])));
    if (reach < CLICK_PX) return this.pickDot(this.pointAt(this.share(event)));
    this.pickShape(thinned(px, 2).map(([left, top]) => [left / width, top / height]));
  }

  stopDrag() {
    this.drag = null;
    this.drawOver();
  }

  wheel(event) {
    if (!this.points || document.activeElement !== this.over) return;
    event.preventDefault();
    const [left, top] = this.share(event);
    this.zoomTo(zoomed(this.view, 1.0015 ** event.deltaY, { x: left, y: 1 - top }));
  }

  pointAt(share) {
    const { x, y } = this.points;
    const reach = (REACH_PX / this.box.clientWidth) * this.view.span;
    return nearestTo(this.index, x, y, toMap(this.view, share).map(Math.round), reach);
  }

  pickDot(number) {
    this.onPick(number === null ? { lasso: [] } : { dot: number });
  }

  pickShape(corners) {
    if (corners.length < 3) return;
    this.onPick({ lasso: corners.flatMap((corner) => toMap(this.view, corner).map(Math.round)) });
  }

  zoomTo(view) {
    this.view = view;
    this.paint();
  }

  // -- by keys

  press(name) {
    if (!this.points) return false;
    const zooms = { "+": 0.8, "=": 0.8, "-": 1.25 };
    if (zooms[name]) this.zoomTo(zoomed(this.view, zooms[name], { x: 0.5, y: 0.5 }));
    else if (name === "0") this.zoomTo(whole());
    else if (name === "Escape" && this.frame) this.showFrame(null);
    else if (name === "Enter" && this.frame) this.pickShape(cornersOf(this.frame));
    else return this.moveFrame(name);
    return true;
  }

  moveFrame(name) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[name.replace("Shift+", "")];
    if (!way) return false;
    const now = this.frame ?? { left: 0.4, top: 0.4, width: 0.2, height: 0.2 };
    const within = (value, low, high) => Math.min(high, Math.max(low, value));
    if (!this.frame) this.showFrame(now);
    else if (name.startsWith("Shift+")) this.showFrame({ ...now, width: within(now.width + way[0] * STEP, STEP, 1 - now.left), height: within(now.height + way[1] * STEP, STEP, 1 - now.top) });
    else this.showFrame({ ...now, left: within(now.left + way[0] * STEP, 0, 1 - now.width), top: within(now.top + way[1] * STEP, 0, 1 - now.height) });
    return true;
  }

  showFrame(frame) {
    this.frame = frame;
    this.drawOver();
  }

  close() {
    this.watch.disconnect();
  }
}

const cornersOf = ({ left, top, width, height }) => [[left, top], [left + width, top], [left + width, top + height], [left, top + height]];

const pairs = (numbers) => Array.from({ length: numbers.length / 2 }, (_, at) => [numbers[2 * at], numbers[2 * at + 1]]);
