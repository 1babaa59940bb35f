// The monitor: a run while it goes. It only looks; the run is a process that knows nothing of this page.

import "./view.css";
import { h, icon, kbd } from "../js/dom.js";
import { ownKeys } from "../js/keys.js";
import { HEARTBEAT_MS, mounted } from "../js/mounted.js";
import { makeKeyHelp, makeNotice, statement } from "../js/overlay.js";
import { Pictures } from "../js/pictures.js";
import { asJson, connect } from "../js/rpc.js";
import { followTheme } from "../js/theme.js";
import { sayClock, sayCount, sayMany } from "../js/words.js";
import { makeBanners } from "./banners.js";
import { makeClone, makeNote } from "./clone.js";
import { makeCurves } from "./curves.js";
import { makeEvaluation } from "./evaluation.js";
import { makeHead } from "./head.js";
import { makeItems } from "./items.js";
import { isLive } from "./says.js";
import { makeTable } from "./table.js";

const LOOK_MS = 500;
const LOST_MS = 5000;
const KEYS = [
  ["Do", [["S", "stop and keep"], ["R", "resume"], ["E", "before and after"], ["C", "clone with changes"], ["N", "write a note"], ["V", "send what is left to Review"], ["J", "judge before and after, blind"]]],
  ["Look", [["↑ ↓", "the run above, below"], ["M", "compare with the run before"], ["← →", "read the curves step by step"], ["F", "the flagged items"], ["?", "these keys"], ["Esc", "close, leave the curves"]]],
];

class RunView {
  constructor(model) {
    this.rpc = connect(model);
    this.state = null;
    this.pictures = new Pictures(this.rpc, { sizePx: 240, onArrive: () => this.items.paint() });
    this.build();
    this.rpc.onEvent(() => this.look({ isDue: true }));
    this.stop = [followTheme(this.root), ownKeys(this.root, (name) => this.press(name))];
  }

  build() {
    const focus = () => this.root.focus({ preventScroll: true });
    this.head = makeHead({
      onStop: () => this.act("stop"), onResume: () => this.act("resume"), onEvaluate: () => this.act("evaluate"), onClone: () => this.openClone(), onCompare: () => this.toggleCompare(),
      onItems: () => this.toggleItems(), onAlarm: () => this.banners.element.scrollIntoView({ block: "nearest" }),
    });
    this.curves = makeCurves({ onLeave: (name) => this.toggleBeside(name) });
    this.banners = makeBanners({ onResume: () => this.act("resume") });
    this.evaluation = makeEvaluation();
    this.table = makeTable({ onShow: (name) => this.show(name), onBeside: (name) => this.toggleBeside(name) });
    this.items = makeItems({ pictures: this.pictures, onReview: () => this.review(), onJudge: () => this.judge(), onClose: () => this.toggleItems(false) });
    this.clone = makeClone({ onClone: (changes) => this.startClone(changes), onLeave: focus });
    this.note = makeNote({ onNote: (text) => this.act("note", { text }), onLeave: focus });
    this.notice = makeNotice();
    this.help = makeKeyHelp(KEYS);
    this.kept = h("span", { class: "cw-saved", role: "status" });
    this.contact = h("span", { class: "cw-contact" });
    this.counts = h("span", { class: "cw-counts" });
    const keys = h("button", { class: "cw-link cw-quiet", onclick: () => this.help.toggle(), "aria-label": "Show the keys" }, kbd("?"), " keys");
    this.noting = h("button", { class: "cw-link cw-quiet", onclick: () => this.note.open(), "aria-label": "Write a note on this run" }, kbd("N"), " note");
    const foot = h("div", { class: "cw-foot meta" }, this.kept, this.contact, h("span", { class: "cw-grow" }), this.counts, this.noting, keys);
    this.main = h("div", { class: "cw-run-main" }, this.head.make, this.curves.element, this.banners.element, this.table.element, this.evaluation.element);
    this.body = h("div", { class: "cw-run-body" }, this.main, this.items.element);
    this.empty = h("div", { class: "cw-empty", hidden: true });
    this.root = h("div", { class: "cw cw-runs", tabindex: "0", "aria-label": "Run monitor" }, this.head.element, this.body, this.empty, this.notice.element, foot, this.clone.element, this.note.element, this.help.element);
  }

  async start() {
    try {
      this.take(await this.rpc.ask("open"));
    } catch (error) {
      this.showEmpty(statement({ title: error.message, text: error.remedy ?? "", action: h("button", { class: "cw-btn", onclick: () => this.start() }, "Try again") }));
    }
    this.lookSoon();
  }

  // -- looking

  lookSoon() {
    clearTimeout(this.timer);
    const isQuick = this.state?.evaluating?.is_running || this.state?.rows.some(({ state }) => isLive(state));
    this.timer = setTimeout(() => this.look(), isQuick ? LOOK_MS : HEARTBEAT_MS / 5);
  }

  // Ask what is new. Everything is in the run's folder, so nothing is lost while nobody asks.
  async look({ isDue = false } = {}) {
    if (this.isClosed || this.isLooking) return;
    if (!isDue && (document.hidden || this.rpc.pending || !this.state)) return this.lookSoon();
    this.isLooking = true;
    try {
      const answer = await this.rpc.ask("look", { stamp: this.state?.stamp }, { timeout: LOST_MS });
      if (answer.clock) this.showClock(answer.clock);
      else this.take(answer);
      if (this.isLost) this.notice.clear();
      this.isLost = false;
    } catch (error) {
      if (!this.isLost) this.notice.fail(error);
      this.isLost = true;
    }
    this.isLooking = false;
    this.showContact();
    this.lookSoon();
  }

  take(answer) {
    if (!answer.buffers?.length) return;
    const { view, rows, beside, pairs, evaluating } = asJson(answer.buffers[0]);
    this.state = { stamp: answer.stamp, view, rows, beside, pairs, evaluating };
    this.heardAt = new Date();
    if (!view) return this.showEmpty(emptyStatement(pairs));
    this.showEmpty(null);
    this.head.show(view, { beside: Object.keys(beside), runs: rows.length, evaluating });
    this.curves.show(view, beside);
    this.banners.show(view, evaluating);
    this.evaluation.show(view.evaluation);
    this.table.show(rows, view.name, Object.keys(beside));
    this.items.show(view);
    this.head.items.replaceChildren(`Flagged ${sayCount(view.item_count)}`, kbd("F"));
    this.showFoot();
  }

  showClock(clock) {
    this.heardAt = new Date();
    Object.assign(this.state.view, clock);
    this.head.showClock(this.state.view);
  }

  showFoot() {
    const { checkpoint, state, notes } = this.state.view;
    this.kept.dataset.state = checkpoint || state === "finished" ? "saved" : "idle";
    const said = state === "finished" ? "tuned weights saved" : checkpoint ? `saved step ${sayCount(checkpoint.step)} at ${sayClock(new Date(checkpoint.at))}` : "no checkpoint yet";
    this.kept.replaceChildren(icon("dot", 10), said);
    this.counts.textContent = [notes.length ? sayMany(notes.length, "note") : "", isLive(state) ? "the run goes on if you close this page" : ""].filter(Boolean).join(" · ");
    this.showContact();
  }

  showContact() {
    this.contact.classList.toggle("cw-warn", Boolean(this.isLost));
    this.contact.replaceChildren(...(this.isLost && this.heardAt ? [icon("warn", 10), ` no contact: this is how it stood at ${sayClock(this.heardAt)}`] : []));
    this.root.classList.toggle("is-lost", Boolean(this.isLost));
  }

  showEmpty(node) {
    this.empty.hidden = !node;
    this.body.hidden = this.head.element.hidden = this.noting.hidden = Boolean(node);
    this.empty.replaceChildren(...(node ? [node] : []));
  }

  // -- doing

  async attempt(act) {
    try {
      await act();
      this.notice.clear();
    } catch (error) {
      this.notice.fail(error);
    }
    this.lookSoon();
  }

  act(op, fields = {}) {
    if (!this.state?.view) return undefined;
    return this.attempt(async () => {
      this.take(await this.rpc.ask(op, { name: this.state.view.name, ...fields }, { timeout: 60000 }));
      if (op === "stop") this.notice.tell("It ends after the step it is at, and keeps a checkpoint.");
      if (op === "note") this.notice.tell("Kept with the run.");
    });
  }

  show(name) {
    if (!name || name === this.state?.view?.name) return undefined;
    return this.attempt(async () => this.take(await this.rpc.ask("show", { name })));
  }

  compare(names) {
    return this.attempt(async () => this.take(await this.rpc.ask("compare", { names })));
  }

  toggleCompare() {
    const previous = this.table.previous();
    if (Object.keys(this.state.beside).length) return this.compare([]);
    return previous ? this.compare([previous]) : undefined;
  }

  toggleBeside(name) {
    const names = Object.keys(this.state.beside);
    return this.compare(names.includes(name) ? names.filter((one) => one !== name) : [...names, name]);
  }

  openClone() {
    const { name } = this.state.view;
    return this.attempt(async () => {
      const answer = await this.rpc.ask("settings", { name });
      this.clone.open(name, asJson(answer.buffers[0]));
    });
  }

  // What fails here is said in the form, beside what was typed.
  async startClone(changes) {
    this.take(await this.rpc.ask("clone", { name: this.state.view.name, changes }, { timeout: 120000 }));
    this.lookSoon();
  }

  review() {
    return this.attempt(async () => {
      const { name } = this.state.view;
      const { caption_ids: left, is_taken: isTaken } = await this.rpc.ask("review", { name });
      if (isTaken) this.notice.tell(`${sayMany(left.length, "item")} in the review that is open in this notebook.`, { forMs: 8000 });
      else this.notice.fail({ message: "No review is open in this notebook.", remedy: `Open one on these ${left.length} in a cell: widgets.Review(ws, only=monitor.left)` });
    });
  }

  judge() {
    if (!this.state.view.evaluation?.blind) return undefined;
    return this.attempt(async () => {
      const { told } = await this.rpc.ask("judge", { name: this.state.view.name }, { timeout: 120000 });
      this.notice.tell(told, { forMs: 15000 });
    });
  }

  toggleItems(isOpen = !this.root.classList.contains("has-items")) {
    this.root.classList.toggle("has-items", isOpen);
    this.head.items.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.items.element.scrollIntoView({ block: "nearest" });
  }

  press(name) {
    if (this.help.isOpen && (name === "Escape" || name === "?")) return this.help.hide() ?? true;
    for (const sheet of [this.clone, this.note]) if (sheet.isOpen) return name === "Escape" ? (sheet.hide(), true) : false;
    if (name === "?") return this.help.toggle() ?? true;
    const view = this.state?.view;
    if (!view) return false;
    const acts = {
      s: () => isLive(view.state) && this.act("stop"), r: () => ["stopped", "failed", "dead"].includes(view.state) && this.act("resume"),
      e: () => view.state === "finished" && !view.evaluation && this.act("evaluate"), c: () => this.openClone(), n: () => this.note.open(), m: () => this.toggleCompare(), v: () => view.outcomes.still && this.review(), j: () => this.judge(), f: () => this.toggleItems(),
      ArrowUp: () => this.show(this.table.neighbour(-1)), ArrowDown: () => this.show(this.table.neighbour(1)),
      ArrowLeft: () => this.curves.stepCursor(-1), ArrowRight: () => this.curves.stepCursor(1),
      Escape: () => this.curves.leaveCursor() || this.toggleItems(false),
    };
    if (!acts[name]) return false;
    acts[name]();
    return true;
  }

  close() {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.stop.forEach((stop) => stop());
    [this.curves, this.rpc].forEach((part) => part.close());
    this.pictures.clear();
  }
}

function emptyStatement(pairs) {
  if (!pairs) return statement({ title: "No runs yet, and no pairs to learn from", text: "A correction in Review is a pair at once, and builders make false captions of right ones:", code: "ws.build_pairs()" });
  return statement({ title: "No runs yet", text: `${sayMany(pairs, "pair")} to learn from. A run is a process of its own; the cell returns at once, and this view follows it.`, code: 'ws.finetune(RunConfig(method="dpo"))' });
}

export default mounted(RunView);
