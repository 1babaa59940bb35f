// What keys and clicks mean in the gallery.

import { nextSize, partsOf } from "./shape.js";

export const KEYS = [
  ["Decide", [["A", "fine"], ["X", "misaligned"], ["S", "skip"], ["Ctrl+Z", "take back"], ["Ctrl+Shift+Z", "make it again"]]],
  ["Move and select", [["← → ↑ ↓", "move"], ["J K", "next caption, previous"], ["Enter", "open it large"], ["Ctrl+click", "select one more"], ["Shift+arrow", "select on the way"], ["Ctrl+A", "select all that match"], ["Esc", "close, or select none"]]],
  ["Look", [["Space", "play or stop"], ["M", "all captions of a tile"], ["/", "filter"], ["Q", "order"], ["+ −", "larger or smaller tiles"], ["R", "arrange anew"], ["?", "these keys"]]],
];

export class Hands {
  constructor(view) {
    this.view = view;
    this.anchor = null;
  }

  press(name) {
    if (this.view.help.isOpen && (name === "Escape" || name === "?")) return this.view.help.hide() ?? true;
    if (this.view.detail.isOpen && this.pressInDetail(name)) return true;
    const acts = {
      a: () => this.view.choices.decide("ok"), x: () => this.view.choices.decide("misaligned"), s: () => this.view.choices.decide("skip"),
      "Ctrl+Z": () => this.view.choices.turn("undo"), "Ctrl+Shift+Z": () => this.view.choices.turn("redo"), "Ctrl+Y": () => this.view.choices.turn("redo"),
      Space: () => this.view.play(), Enter: () => this.view.open(), "/": () => this.view.filter.focus(), "?": () => this.view.help.toggle(), q: () => this.view.order.focus(),
      j: () => this.stepCaption(1), k: () => this.stepCaption(-1), m: () => this.view.openCaptions(this.view.grid.focus),
      Escape: () => this.leave(), "Ctrl+A": () => this.view.choices.select({ how: "all" }), r: () => this.view.arrange({}, { keepPlace: true }),
      "+": () => this.view.setSize(nextSize(this.view.look.size, 1)), "=": () => this.view.setSize(nextSize(this.view.look.size, 1)), "-": () => this.view.setSize(nextSize(this.view.look.size, -1)),
    };
    if (!this.view.state && name !== "?") return false;
    if (acts[name]) acts[name]();
    else return this.move(name);
    return true;
  }

  pressInDetail(name) {
    if (name === "Escape" || name === "Enter") this.view.detail.hide();
    else if (name === "Space") this.view.detail.play();
    else if (name === "ArrowUp" || name === "ArrowDown") this.view.grid.stepFocus(name === "ArrowUp" ? "ArrowLeft" : "ArrowRight");
    else return false;
    return true;
  }

  leave() {
    if (this.view.looks.isOpen) this.view.looks.close();
    else if (this.view.look.openIndex >= 0) this.view.openCaptions(this.view.look.openIndex);
    else if (this.view.state.selected) this.view.choices.select({ how: "none" });
  }

  move(name) {
    const extend = name.startsWith("Shift+");
    const from = this.view.grid.focus;
    this.view.look.place = 0;
    if (!this.view.grid.stepFocus(name.replace("Shift+", ""))) return false;
    if (extend) {
      this.anchor ??= from;
      this.view.choices.selectRange(this.anchor, this.view.grid.focus);
    } else {
      this.anchor = null;
      this.view.previewSoon();
      // One tile picked by a click is where the focus was; the focus has gone on, and keys must follow it.
      if (this.view.choices.isSingle || this.view.state.selected === 1) this.view.choices.select({ how: "none" });
    }
    return true;
  }

  // From caption to caption, over the edges of tiles.
  stepCaption(direction) {
    const { captions } = partsOf(this.view.pages.row(this.view.grid.focus));
    const place = Math.min(this.view.look.place, Math.max(0, captions.length - 1)) + direction;
    if (place >= 0 && place < captions.length) {
      this.view.look.place = place;
      this.view.grid.refresh();
      this.view.showActions();
      this.view.hear(captions[place].text);
      if (this.view.detail.isOpen) this.view.showDetail();
      return;
    }
    const next = this.view.grid.focus + direction;
    if (next < 0 || next >= this.view.grid.count) return;
    this.view.look.place = direction > 0 ? 0 : Infinity;
    this.view.grid.moveFocus(next);
  }

  click(event) {
    const tile = event.target.closest(".cw-tile");
    if (!tile) return;
    const index = Number(tile.dataset.index);
    const row = this.view.pages.row(index);
    if (event.shiftKey) {
      this.view.choices.selectRange(this.anchor ?? this.view.grid.focus, index);
      this.view.grid.moveFocus(index);
      return;
    }
    this.anchor = index;
    const line = event.target.closest(".cw-line");
    this.view.look.place = line ? partsOf(row).captions.findIndex((caption) => caption.caption_id === line.dataset.caption) : 0;
    this.view.grid.moveFocus(index);
    if (event.target.closest(".cw-tile-play, .cw-length, .cw-tile-wave")) return this.view.play();
    if (event.target.closest(".cw-more")) return this.view.openCaptions(index);
    const isMore = event.ctrlKey || event.metaKey || event.target.closest(".cw-check");
    if (line && !isMore) return;
    this.view.choices.selectTile(row, isMore ? "toggle" : "only");
  }
}
