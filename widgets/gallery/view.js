// The gallery: every pair in one grid, scoped by filter, brush and chips, decided by one key.

import "./view.css";
import { h, icon, kbd } from "../js/dom.js";
import { makeFilterBox } from "../js/filterbox.js";
import { makeFooter } from "../js/footer.js";
import { Grid } from "../js/grid.js";
import { ownKeys } from "../js/keys.js";
import { MediaFiles } from "../js/media.js";
import { askStatus, HEARTBEAT_MS, mounted } from "../js/mounted.js";
import { makeOutbox } from "../js/outbox.js";
import { makeKeyHelp, makeNotice, statement } from "../js/overlay.js";
import { Pages } from "../js/pages.js";
import { Pictures } from "../js/pictures.js";
import { asJson, connect } from "../js/rpc.js";
import { followTheme, prefersStill } from "../js/theme.js";
import { sayCount, sayMany } from "../js/words.js";
import { Choices } from "./choices.js";
import { makeDetail } from "./detail.js";
import { Hands, KEYS } from "./hands.js";
import { Differences } from "./lines.js";
import { makeLooks, makeOrder } from "./looks.js";
import { makeRail } from "./rail.js";
import { partsOf, pictureSize, SIZES, tileHeight, tileWidth } from "./shape.js";
import { isSilentlyShown, makeTile } from "./tile.js";

const PREVIEW_MS = 700;
const OPENING_MS = 150;
const FOLLOW_MS = 150;
const FOLLOW_ROWS = 200_000;
const SIZE_PLACE = "caption-workbench-tile-size";

const actionOf = (verdict, selected = 0) => [verdict === "ok" ? "Fine" : "Misaligned", selected ? ` ${sayCount(selected)}` : "", kbd(verdict === "ok" ? "A" : "X")];

class GalleryView {
  constructor(model) {
    this.rpc = connect(model);
    this.state = null;
    this.playing = null;
    this.look = { kind: "caption", size: rememberedSize(), place: 0, openIndex: -1, differences: new Differences() };
    this.seen = { start: 0, stop: 0 };
    this.arranging = 0;
    this.pictures = new Pictures(this.rpc, { onArrive: () => this.grid.refresh() });
    this.files = new MediaFiles(this.rpc);
    this.outbox = makeOutbox(({ op, ...fields }) => this.rpc.ask(op, fields, { timeout: 6000 }), {
      onChange: (state) => this.footer?.showOutbox(state),
    });
    this.pages = new Pages((start, stop) => this.loadPage(start, stop), { ahead: 1, onLoad: () => this.onRows(), onFail: (error) => this.notice.fail(error) });
    this.choices = new Choices(this);
    this.hands = new Hands(this);
    this.build();
    this.late = null;
    this.rpc.onEvent((told) => this.onEvent(told));
    this.stop = [followTheme(this.root), ownKeys(this.root, (name) => this.hands.press(name))];
    this.heart = setInterval(() => this.beat(), HEARTBEAT_MS);
  }

  build() {
    const leave = () => this.root.focus({ preventScroll: true });
    this.grid = new Grid({
      makeTile: () => this.tile(), heightOf: (width) => tileHeight(this.look.kind, this.look.size, width),
      tileWidth: tileWidth(this.look.kind, this.look.size), onFocus: (index) => this.onFocus(index), onPaint: (start, stop) => this.onPaint(start, stop),
    });
    this.filter = makeFilterBox({ onFilter: (text) => this.arrange({ text }), onLeave: leave });
    this.rail = makeRail({ onScope: (part) => this.arrange(part), onLive: (part) => this.follow(part), onLift: () => this.arrange({ lift: true }) });
    this.detail = makeDetail({
      rpc: this.rpc, pictures: this.pictures, files: this.files,
      onStep: (key) => this.grid.stepFocus(key), onClose: () => this.detail.hide(), onDecide: (verdict) => this.choices.decide(verdict),
    });
    this.notice = makeNotice();
    this.help = makeKeyHelp(KEYS);
    this.footer = makeFooter({ onUndo: () => this.choices.turn("undo"), onName: (verdict) => this.showOne(verdict), onKeys: () => this.help.toggle() });
    this.order = makeOrder({ onChoose: (part) => this.arrange(part), onLeave: leave });
    this.looks = makeLooks({
      onKind: (tile) => this.arrange({ tile }), onSize: (size) => this.setSize(size), onLeave: leave,
      onSave: (name) => this.views("save_view", { name }), onOpen: (view) => this.arrange({ view: view.name }), onDrop: (view) => this.dropView(view),
    });
    this.count = h("span", { class: "meta cw-count", role: "status" });
    this.heard = h("span", { class: "cw-heard", role: "status", "aria-live": "polite" });
    this.actions = ["ok", "misaligned"].map((verdict) => {
      const button = h("button", { class: `cw-btn cw-act cw-verdict-${verdict}`, disabled: true, onclick: () => this.choices.decide(verdict) }, ...actionOf(verdict));
      return { verdict, button };
    });
    this.railButton = h("button", { class: "cw-btn cw-rail-button", "aria-expanded": "false", onclick: () => this.toggleRail() }, "Scope");
    const bar = h("div", { class: "cw-bar" }, this.filter.element, this.railButton, this.count, this.order.element, this.looks.element, this.actions.map(({ button }) => button));
    this.empty = h("div", { class: "cw-empty", hidden: true });
    this.body = h("div", { class: "cw-body" }, this.rail.element, h("div", { class: "cw-main" }, this.grid.scroller, this.empty), this.detail.element);
    this.root = h("div", { class: "cw cw-gallery cw-scoped", tabindex: "0", role: "region", "aria-label": "Gallery of pairs" }, bar, this.filter.below, this.body, this.notice.element, this.footer.element, this.heard, this.help.element);
    this.grid.scroller.addEventListener("click", (event) => this.hands.click(event));
    this.grid.scroller.addEventListener("dblclick", (event) => event.target.closest(".cw-tile") && this.open());
  }

  tile() {
    return makeTile({ rowAt: (index) => this.pages.row(index), pictures: this.pictures, files: this.files, grid: () => this.grid, look: this.look, onPlay: (tile) => this.playOnly(tile) });
  }

  async start() {
    this.rail.element.hidden = true;
    const opening = setTimeout(() => this.showEmpty(h("div", { class: "cw-waiting meta", role: "status" }, "Opening the workspace…")), OPENING_MS);
    try {
      const state = await this.rpc.ask("open").finally(() => clearTimeout(opening));
      this.order.offer(state.sorts);
      this.pages.pageRows = state.page_rows;
      this.filter.set(state.scope.text);
      this.filter.know(state.words);
      this.looks.showViews(state.views ?? []);
      this.take(state);
    } catch (error) {
      this.showEmpty(statement({ title: error.message, text: error.remedy ?? "" }));
    }
  }

  // Ask the kernel for the grid under changed scope; the old grid stays until the new one is there.
  async arrange(part, { keepPlace = false } = {}) {
    if (!this.state) return;
    const { pageRows } = this.pages;
    const start = keepPlace ? Math.floor(this.seen.start / pageRows) * pageRows : 0;
    const asked = (this.asked = {});
    const since = performance.now();
    this.arranging += 1;
    try {
      // A view by name brings its own scope; anything else is a change to that of now.
      const scope = part.view === undefined ? { ...this.state.scope, ...part } : part;
      const state = await this.rpc.ask("view", { ...scope, start });
      if (asked !== this.asked) return;
      this.notice.clear();
      this.pictures.retry();
      if (part.view !== undefined) this.filter.set(state.scope.text);
      this.take(state, { keepPlace });
      this.hear(`${sayCount(state.count)} of ${sayMany(state.total, "pair")}`);
    } catch (error) {
      if (asked !== this.asked) return;
      if (error.position !== undefined) this.filter.showError(error);
      else this.notice.fail(error);
    } finally {
      this.arranging -= 1;
      this.took_ms = performance.now() - since;
    }
  }

  // While a brush is dragged the grid goes with it, where that is quick; never two questions at once.
  async follow(part) {
    if (this.arranging || this.state.total > FOLLOW_ROWS || this.took_ms > FOLLOW_MS) return;
    await this.arrange(part);
  }

  onEvent(told) {
    if (told.event === "status") this.beat({ isDue: true });
    else if (told.event === "facets") this.takeFacets(told);
    else this.arrange({}, { keepPlace: true });
  }

  // Counts over millions come after the rows; those of an older arrangement are of no use.
  takeFacets(told) {
    this.late = told;
    if (told.version !== this.state?.version) return;
    this.state.facets = told.facets;
    this.rail.show(this.state);
  }

  // What the kernel has arranged, its first rows with it: nothing on screen waits for a second answer.
  take({ buffers, start = 0, ...state }, { keepPlace = false } = {}) {
    if (state.facets.is_late && this.late?.version === state.version) state.facets = this.late.facets;
    this.state = { ...this.state, ...state };
    this.tables = state.status.tables;
    this.pages.clear();
    const rows = buffers?.[0] ? asJson(buffers[0]) : null;
    if (rows) this.pages.put(Math.floor(start / this.pages.pageRows), rows);
    rows?.forEach((row) => this.look.differences.see(partsOf(row).captions));
    this.showState({ keepPlace });
  }

  showState({ keepPlace = false } = {}) {
    const { scope, count, total, samples, code } = this.state;
    const kind = scope.tile ?? "caption";
    const isOther = kind !== this.look.kind;
    Object.assign(this.look, { kind, openIndex: -1 }, keepPlace ? {} : { place: 0 });
    this.root.dataset.tile = kind;
    this.root.dataset.size = this.look.size;
    this.pictures.sizePx = pictureSize(kind, this.look.size);
    this.filter.showCode(code);
    this.order.show(scope);
    this.looks.show({ kind, size: this.look.size, counts: { group: this.state.grouped } });
    this.rail.show(this.state);
    this.showStatus(this.state.status);
    this.count.replaceChildren(h("strong", {}, sayCount(count)), ` of ${sayCount(total)}`, this.state.is_ranking ? " · ranking…" : "");
    this.rail.element.hidden = !samples;
    if (!samples) this.showEmpty(statement({ title: "No samples yet", text: "This workspace holds no media. Add a folder of media with captions:", code: 'ws.ingest("path/to/folder")' }));
    else if (!count) this.showEmpty(statement({ title: "Nothing matches", text: "No pair passes the filter and the chips together. Esc in the filter leaves it; the × empties it." }));
    else this.showEmpty(null);
    if (isOther) this.grid.setTileWidth(tileWidth(kind, this.look.size), { least: 100, most: 900 });
    this.grid.setCount(this.state.tiles ?? count, { keepPlace });
    this.showActions();
  }

  onRows() {
    this.pages.each((row) => this.look.differences.see(partsOf(row).captions));
    this.grid.refresh();
    this.showActions();
  }

  onPaint(start, stop) {
    this.seen = { start, stop };
    this.pages.look(start, stop, this.grid.count);
    const next = Array.from({ length: stop - start }, (_, place) => this.pages.pages.get(Math.floor((stop + place) / this.pages.pageRows))?.[(stop + place) % this.pages.pageRows]);
    this.pictures.prefetch(next.flatMap((row) => partsOf(row).views.map(({ sample_id }) => sample_id)));
  }

  showEmpty(node) {
    this.empty.hidden = !node;
    this.empty.replaceChildren(...(node ? [node] : []));
    this.grid.scroller.hidden = Boolean(node);
  }

  showStatus(status) {
    this.state.status = status;
    this.rail.showStatus(status);
    this.footer.showStatus(status);
    if (status.last?.at) this.outbox.noteSaved(new Date(status.last.at));
  }

  showActions() {
    const { selected } = this.state;
    for (const { verdict, button } of this.actions) {
      button.replaceChildren(...actionOf(verdict, selected));
      button.title = selected ? `Decide the ${sayMany(selected, "selected pair")}` : "Decide the pair with the focus ring";
      button.disabled = !selected && !this.captionHere();
    }
    this.footer.showCounts(...this.choices.countsOf(this.state, h));
  }

  // Say it to those who do not see it.
  hear(text) {
    this.heard.textContent = text;
  }

  async loadPage(start, stop) {
    const answer = await this.rpc.ask("page", { start, stop, version: this.state.version });
    if (answer.is_outdated) return this.arranging ? null : this.arrange({}, { keepPlace: true });
    return asJson(answer.buffers[0]);
  }

  // -- doing and looking

  // The caption that the keys decide.
  captionHere() {
    const { captions } = partsOf(this.pages.row(this.grid.focus));
    return captions[Math.min(this.look.place, captions.length - 1)] ?? null;
  }

  onFocus(index) {
    if (this.look.openIndex >= 0 && this.look.openIndex !== index) this.openCaptions(-1);
    this.showActions();
    if (this.detail.isOpen) this.pages.rowSoon(index).then((row) => row && this.grid.focus === index && this.showDetail()).catch((error) => this.notice.fail(error));
  }

  openCaptions(index) {
    this.look.openIndex = this.look.openIndex === index ? -1 : index;
    this.grid.refresh();
    this.grid.tiles.get(index)?.fit(this.grid.scroller.getBoundingClientRect().bottom - 4);
  }

  async attempt(act, onFail = () => {}) {
    try {
      await act();
      this.notice.clear();
    } catch (error) {
      onFail();
      this.grid.refresh();
      this.notice.fail(error);
    }
  }

  async open() {
    const row = await this.pages.rowSoon(this.grid.focus);
    this.playing?.stop();
    if (row) this.showDetail();
  }

  showDetail() {
    const { views } = partsOf(this.pages.row(this.grid.focus));
    const caption = this.captionHere();
    const sample = views.find(({ sample_id }) => sample_id === caption?.sample_id) ?? views[0];
    if (sample) this.detail.show({ ...sample, caption_id: caption?.caption_id ?? null }).catch((error) => this.notice.fail(error));
  }

  async play() {
    clearTimeout(this.preview);
    await this.pages.rowSoon(this.grid.focus).catch(() => null);
    await this.grid.tiles.get(this.grid.focus)?.play();
  }

  playOnly(tile) {
    if (this.playing !== tile) this.playing?.stop();
    this.playing = tile;
  }

  // A video that the keys have come to moves a little later, without sound; not where no motion is asked for.
  previewSoon() {
    clearTimeout(this.preview);
    this.playing?.stopPreview();
    if (prefersStill()) return;
    const index = this.grid.focus;
    this.preview = setTimeout(() => {
      const tile = this.grid.focus === index && !this.detail.isOpen ? this.grid.tiles.get(index) : null;
      if (tile && isSilentlyShown(tile)) tile.play({ muted: true });
    }, PREVIEW_MS);
  }

  setSize(size) {
    this.look.size = size;
    rememberSize(size);
    this.root.dataset.size = size;
    this.pictures.sizePx = pictureSize(this.look.kind, size);
    this.looks.show({ kind: this.look.kind, size, counts: { group: this.state?.grouped } });
    this.grid.setTileWidth(tileWidth(this.look.kind, size), { least: 100, most: 900 });
    this.grid.refresh();
    this.hear(`Tiles ${size}`);
  }

  showOne({ name }) {
    this.filter.set(`path:*${name}`);
    this.arrange({ text: `path:*${name}`, low: null, high: null, errors: [], media: [] });
  }

  // -- views kept by name

  async views(op, fields = {}) {
    const { views } = await this.rpc.ask(op, fields);
    this.looks.showViews(views);
    return views;
  }

  async dropView({ name }) {
    const { views, dropped } = await this.rpc.ask("drop_view", { name });
    const back = h("button", { class: "cw-link", onclick: () => this.attempt(() => this.views("save_view", { name, kept: dropped })) }, "Have it back");
    this.notice.tell(`Dropped the view “${name}”.`, { forMs: 8000, actions: [back] });
    return views;
  }

  toggleRail() {
    const isOpen = this.root.classList.toggle("has-rail");
    this.railButton.setAttribute("aria-expanded", String(isOpen));
  }

  // A light question now and then: it shows what other cells did, and says when the kernel is gone.
  beat({ isDue = false } = {}) {
    return askStatus(this, isDue, (status) => (status.tables !== this.tables ? this.arrange({}, { keepPlace: true }) : this.showStatus(status)));
  }

  close() {
    clearInterval(this.heart);
    clearTimeout(this.preview);
    this.choices.close();
    this.outbox.close();
    this.stop.forEach((stop) => stop());
    [this.grid, this.detail, this.rpc].forEach((part) => part.close());
    this.pictures.clear();
    this.files.clear();
  }
}

function rememberedSize() {
  try {
    const size = localStorage.getItem(SIZE_PLACE);
    return SIZES.includes(size) ? size : "M";
  } catch {
    return "M";
  }
}

function rememberSize(size) {
  try {
    localStorage.setItem(SIZE_PLACE, size);
  } catch {
    // Without storage the next page begins with medium tiles.
  }
}

export default mounted(GalleryView);
