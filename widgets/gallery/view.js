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
import { followTheme } from "../js/theme.js";
import { sayCount, sayMany } from "../js/words.js";
import { Choices } from "./choices.js";
import { makeDetail } from "./detail.js";
import { makeRail } from "./rail.js";
import { makeTile, tileHeight } from "./tile.js";

const KEYS = [
  ["Decide", [["A", "fine"], ["X", "misaligned"], ["S", "skip"], ["Ctrl+Z", "take back"], ["Ctrl+Shift+Z", "make it again"]]],
  ["Move and select", [["← → ↑ ↓", "move"], ["Enter", "open it large"], ["Ctrl+click", "select one more"], ["Shift+arrow", "select on the way"], ["Ctrl+A", "select all that match"], ["Esc", "close, or select none"]]],
  ["Look", [["Space", "play or stop"], ["/", "filter"], ["+ −", "larger or smaller tiles"], ["R", "arrange anew"], ["?", "these keys"]]],
];

class GalleryView {
  constructor(model) {
    this.rpc = connect(model);
    this.state = null;
    this.playing = null;
    this.pictures = new Pictures(this.rpc, { onArrive: () => this.grid.refresh() });
    this.files = new MediaFiles(this.rpc);
    this.outbox = makeOutbox(({ op, ...fields }) => this.rpc.ask(op, fields, { timeout: 6000 }), {
      onChange: (state) => this.footer?.showOutbox(state),
    });
    this.pages = new Pages((start, stop) => this.loadPage(start, stop), { onLoad: () => this.onRows(), onFail: (error) => this.notice.fail(error) });
    this.choices = new Choices(this);
    this.build();
    this.rpc.onEvent(() => this.arrange({}, { keepPlace: true }));
    this.stop = [followTheme(this.root), ownKeys(this.root, (name) => this.press(name))];
    this.heart = setInterval(() => this.beat(), HEARTBEAT_MS);
  }

  build() {
    this.grid = new Grid({ makeTile: () => this.tile(), heightOf: tileHeight, onFocus: (index) => this.onFocus(index) });
    this.filter = makeFilterBox({ onFilter: (text) => this.arrange({ text }), onLeave: () => this.root.focus() });
    this.rail = makeRail({ onScope: (part) => this.arrange(part) });
    this.detail = makeDetail({
      rpc: this.rpc, pictures: this.pictures, files: this.files,
      onStep: (key) => this.grid.stepFocus(key), onClose: () => this.detail.hide(), onDecide: (verdict) => this.choices.decide(verdict),
    });
    this.notice = makeNotice();
    this.help = makeKeyHelp(KEYS);
    this.footer = makeFooter({ onUndo: () => this.choices.turn("undo"), onName: (verdict) => this.showOne(verdict), onKeys: () => this.help.toggle() });
    this.sort = h("select", { class: "cw-btn", "aria-label": "Order", onchange: () => this.arrange({ sort: this.sort.value, seed: Date.now() % 100000 }) });
    this.count = h("span", { class: "meta cw-count", role: "status" });
    this.actions = ["ok", "misaligned"].map((verdict) => {
      const button = h("button", { class: `cw-btn cw-act cw-verdict-${verdict}`, onclick: () => this.choices.decide(verdict) });
      return { verdict, button };
    });
    this.railButton = h("button", { class: "cw-btn cw-rail-button", "aria-expanded": "false", onclick: () => this.toggleRail() }, "Scope");
    const bar = h("div", { class: "cw-bar" }, this.filter.element, this.railButton, this.count, this.sort, this.actions.map(({ button }) => button));
    this.empty = h("div", { class: "cw-empty", hidden: true });
    this.body = h("div", { class: "cw-body" }, this.rail.element, h("div", { class: "cw-main" }, this.grid.scroller, this.empty), this.detail.element);
    this.root = h("div", { class: "cw cw-gallery cw-scoped", tabindex: "0", "aria-label": "Gallery of pairs" }, bar, this.filter.below, this.body, this.notice.element, this.footer.element, this.help.element);
    this.grid.scroller.addEventListener("click", (event) => this.click(event));
    this.grid.scroller.addEventListener("dblclick", () => this.open());
  }

  tile() {
    return makeTile({ rowAt: (index) => this.pages.row(index), pictures: this.pictures, files: this.files, grid: () => this.grid, onPlay: (tile) => this.playOnly(tile) });
  }

  async start() {
    try {
      this.state = await this.rpc.ask("open");
      this.sort.replaceChildren(...Object.entries(this.state.sorts).map(([name, word]) => h("option", { value: name }, word)));
      this.pages.pageRows = this.state.page_rows;
      this.filter.set(this.state.scope.text);
      this.showState();
      this.tables = this.state.status.tables;
    } catch (error) {
      this.showEmpty(statement({ title: error.message, text: error.remedy ?? "" }));
    }
  }

  // Ask the kernel for the grid under changed scope; the old grid stays until the new one is there.
  async arrange(part, { keepPlace = false } = {}) {
    if (!this.state) return;
    const scope = { ...this.state.scope, ...part };
    const asked = (this.asked = {});
    try {
      const state = await this.rpc.ask("view", scope);
      if (asked !== this.asked) return;
      this.state = { ...this.state, ...state };
      this.tables = state.status.tables;
      this.notice.clear();
      this.pictures.retry();
      this.showState({ keepPlace });
    } catch (error) {
      if (asked !== this.asked) return;
      if (error.position !== undefined) this.filter.showError(error);
      else this.notice.fail(error);
    }
  }

  showState({ keepPlace = false } = {}) {
    const { scope, count, total, samples, code } = this.state;
    this.filter.showCode(code);
    this.sort.value = scope.sort;
    this.rail.show(this.state);
    this.showStatus(this.state.status);
    this.pages.clear();
    this.count.replaceChildren(h("strong", {}, sayCount(count)), ` of ${sayCount(total)}`);
    this.rail.element.hidden = !samples;
    if (!samples) this.showEmpty(statement({ title: "No samples yet", text: "This workspace holds no media. Add a folder of media with captions:", code: 'ws.ingest("path/to/folder")' }));
    else if (!count) this.showEmpty(statement({ title: "Nothing matches", text: "No pair passes the filter and the chips together. Esc in the filter leaves it; the × empties it." }));
    else this.showEmpty(null);
    this.grid.setCount(count, { keepPlace });
    this.showActions();
  }

  onRows() {
    this.grid.refresh();
    this.showActions();
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
    const { selected, count, total } = this.state;
    const row = this.pages.row(this.grid.focus);
    for (const { verdict, button } of this.actions) {
      button.replaceChildren(verdict === "ok" ? "Fine" : "Misaligned", selected ? ` ${sayCount(selected)}` : "", kbd(verdict === "ok" ? "A" : "X"));
      button.title = selected ? `Decide the ${sayMany(selected, "selected pair")}` : "Decide the pair with the focus ring";
      button.disabled = !selected && !row?.caption_id;
    }
    this.footer.showCounts(`All ${sayCount(total)} · Filtered ${sayCount(count)} · `, h(selected ? "strong" : "span", {}, `Selected ${sayCount(selected)}`));
  }

  async loadPage(start, stop) {
    const answer = await this.rpc.ask("page", { start, stop, version: this.state.version });
    if (answer.is_outdated) return this.arrange({}, { keepPlace: true });
    return asJson(answer.buffers[0]);
  }

  // -- keys and clicks

  press(name) {
    if (this.help.isOpen && (name === "Escape" || name === "?")) return this.help.hide() ?? true;
    if (this.detail.isOpen && this.pressInDetail(name)) return true;
    const acts = {
      a: () => this.choices.decide("ok"), x: () => this.choices.decide("misaligned"), s: () => this.choices.decide("skip"),
      "Ctrl+Z": () => this.choices.turn("undo"), "Ctrl+Shift+Z": () => this.choices.turn("redo"), "Ctrl+Y": () => this.choices.turn("redo"),
      Space: () => this.play(), Enter: () => this.open(), "/": () => this.filter.focus(), "?": () => this.help.toggle(),
      Escape: () => this.choices.select({ how: "none" }), "Ctrl+A": () => this.choices.select({ how: "all" }), r: () => this.arrange({}, { keepPlace: true }),
      "+": () => this.grid.setTileWidth(this.grid.tileWidth + 40), "=": () => this.grid.setTileWidth(this.grid.tileWidth + 40), "-": () => this.grid.setTileWidth(this.grid.tileWidth - 40),
    };
    if (acts[name]) acts[name]();
    else return this.move(name);
    return true;
  }

  pressInDetail(name) {
    if (name === "Escape" || name === "Enter") this.detail.hide();
    else if (name === "Space") this.detail.play();
    else if (name === "ArrowUp" || name === "ArrowDown") this.grid.stepFocus(name === "ArrowUp" ? "ArrowLeft" : "ArrowRight");
    else return false;
    return true;
  }

  move(name) {
    const extend = name.startsWith("Shift+");
    const from = this.grid.focus;
    if (!this.grid.stepFocus(name.replace("Shift+", ""))) return false;
    if (extend) {
      this.anchor ??= from;
      this.choices.selectRange(this.anchor, this.grid.focus);
    } else {
      this.anchor = null;
      // One tile picked by a click is where the focus was; the focus has gone on, and keys must follow it.
      if (this.state.selected === 1) this.choices.select({ how: "none" });
    }
    return true;
  }

  onFocus(index) {
    this.showActions();
    if (this.detail.isOpen) this.pages.rowSoon(index).then((row) => row && this.grid.focus === index && this.detail.show(row)).catch((error) => this.notice.fail(error));
  }

  click(event) {
    const tile = event.target.closest(".cw-tile");
    if (!tile) return;
    const index = Number(tile.dataset.index);
    const row = this.pages.row(index);
    if (event.shiftKey) {
      this.choices.selectRange(this.anchor ?? this.grid.focus, index);
      this.grid.moveFocus(index);
      return;
    }
    this.anchor = index;
    this.grid.moveFocus(index);
    if (event.target.closest(".cw-tile-play, .cw-length, .cw-tile-wave")) return this.play();
    if (row?.caption_id) this.choices.select(event.ctrlKey || event.metaKey ? { how: "toggle", caption_id: row.caption_id } : { how: "only", caption_id: row.caption_id });
  }

  // -- doing and looking

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
    if (row) this.detail.show(row).catch((error) => this.notice.fail(error));
  }

  async play() {
    await this.pages.rowSoon(this.grid.focus).catch(() => null);
    await this.grid.tiles.get(this.grid.focus)?.play();
  }

  playOnly(tile) {
    if (this.playing !== tile) this.playing?.stop();
    this.playing = tile;
  }

  showOne({ name }) {
    this.filter.set(`path:*${name}`);
    this.arrange({ text: `path:*${name}`, low: null, high: null, errors: [], media: [] });
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
    this.choices.close();
    this.outbox.close();
    this.stop.forEach((stop) => stop());
    [this.grid, this.detail, this.rpc].forEach((part) => part.close());
    this.pictures.clear();
    this.files.clear();
  }
}

export default mounted(GalleryView);
