// Review: one pair at a time, one key a decision, on to the next.

import "./view.css";
import { makeClock } from "../js/clock.js";
import { h, kbd } from "../js/dom.js";
import { makeFooter } from "../js/footer.js";
import { ownKeys } from "../js/keys.js";
import { MediaFiles } from "../js/media.js";
import { askStatus, HEARTBEAT_MS, mounted } from "../js/mounted.js";
import { makeOutbox } from "../js/outbox.js";
import { makeKeyHelp, makeNotice, statement } from "../js/overlay.js";
import { Pictures } from "../js/pictures.js";
import { connect } from "../js/rpc.js";
import { Stage } from "../js/stage.js";
import { intervalsOf, suspicionsOf } from "../js/suspicions.js";
import { followTheme, prefersStill } from "../js/theme.js";
import { sayCount, sayVerdictFull } from "../js/words.js";
import { makeBar } from "./bar.js";
import { fieldsOf, isSaid, keptCorrection, marksOf } from "./draft.js";
import { makeHistory } from "./history.js";
import { Queue } from "./queue.js";
import { makeSide } from "./side.js";
import { makeStrip } from "./strip.js";
import { emptyStatement, KEYS, lackStatement, VERDICTS } from "./words.js";

const PAUSE_MS = 250;
// So many pairs stand ready: quick keys, and a line that is cut for a while, find the next one there.
const AHEAD = 8;
const ESTIMATE_MS = 600;

class ReviewView {
  constructor(model) {
    this.rpc = connect(model);
    this.queue = new Queue(this.rpc);
    this.place = null;
    this.timer = 0;
    this.pictures = new Pictures(this.rpc, { sizePx: 160, onArrive: () => this.onPictures() });
    this.files = new MediaFiles(this.rpc);
    this.outbox = makeOutbox(({ op, ...fields }) => this.rpc.ask(op, fields, { timeout: 6000 }), { onChange: (state) => this.footer?.showOutbox(state) });
    this.build();
    this.rpc.onEvent(({ event }) => (event === "status" ? this.beat({ isDue: true }) : this.reload()));
    this.stop = [followTheme(this.root), ownKeys(this.root, (name) => this.press(name))];
    this.heart = setInterval(() => this.beat(), HEARTBEAT_MS);
  }

  build() {
    const leave = () => this.root.focus({ preventScroll: true });
    this.clock = makeClock({
      onSeek: (time) => this.stage.seek(time),
      onPlay: ({ start_s, end_s }) => this.stage.playBetween(start_s, end_s),
      onToggle: () => this.stage.toggle(),
      onMark: (stretch) => this.side.mark(stretch),
    });
    this.stage = new Stage({ rpc: this.rpc, pictures: this.pictures, files: this.files, onTime: (time, isPlaying) => this.clock.at(time, isPlaying) });
    this.strip = makeStrip({ rpc: this.rpc, pictures: this.pictures, onGo: (place) => this.go(place) });
    this.stage.element.append(this.clock.element, this.strip.element);
    this.buildSide(leave);
    this.notice = makeNotice();
    this.help = makeKeyHelp(KEYS);
    this.footer = makeFooter({ onUndo: () => this.turn("undo"), onName: (verdict) => this.goTo(verdict.caption_id), onKeys: () => this.help.toggle() });
    this.bar = makeBar({ onOrder: (choice) => this.reorder(choice), onWhole: () => this.takeWhole(), onUnreviewed: () => this.goUnreviewed(), onLeave: leave });
    this.history = makeHistory({
      fetch: () => this.rpc.ask("history").then(({ history }) => history).catch((error) => this.notice.fail(error) ?? []),
      onGo: (entry) => this.goTo(entry.caption_id),
      onBackTo: (entry) => this.turn("undo_to", { seq: entry.seq }),
      onRedo: () => this.turn("redo"),
      onLeave: leave,
    });
    this.footer.element.insertBefore(h("button", { class: "cw-link cw-quiet cw-history-open", onclick: () => this.history.toggle() }, kbd("H"), " history"), this.footer.element.lastChild);
    this.empty = h("div", { class: "cw-empty", hidden: true });
    this.live = h("span", { class: "cw-heard", role: "status", "aria-live": "polite" });
    this.root = h(
      "div",
      { class: "cw cw-review", tabindex: "0", role: "region", "aria-label": "Review" },
      this.bar.element, this.split, this.empty, this.notice.element, this.history.element, this.footer.element, this.live, this.help.element,
    );
  }

  buildSide(leave) {
    this.buttons = Object.fromEntries(VERDICTS.map(([verdict, word, key]) => [verdict, h("button", { class: `cw-btn cw-verdict cw-verdict-${verdict}`, onclick: () => this.say(verdict) }, word, kbd(key.toUpperCase()))]));
    const verdicts = h("div", { class: "cw-verdicts" }, Object.values(this.buttons));
    this.side = makeSide({
      clock: this.clock,
      verdicts,
      compare: (fields) => this.rpc.ask("draft", fields),
      onSave: (correction, onFail) => this.decide("misaligned", correction, onFail),
      onLeave: leave,
      onAsk: (isAsking) => (verdicts.hidden = isAsking),
      onNote: (said) => (typeof said === "string" ? this.notice.tell(said, { forMs: 5000 }) : this.notice.fail(said)),
      onSay: (words) => (this.live.textContent = words),
    });
    this.split = h("div", { class: "cw-split" }, this.stage.element, this.side.element);
  }

  async start(ask = () => this.rpc.ask("open")) {
    try {
      this.state = await ask();
    } catch (error) {
      if (this.item) return this.notice.fail(error);
      return this.showEmpty(statement({ title: error.message, text: error.remedy ?? "" }));
    }
    const { length, scored, place, status, lack } = this.state;
    this.queue = new Queue(this.rpc, length);
    this.strip.clear(length);
    this.tables = status.tables;
    this.bar.show(this.state);
    this.showStatus(status);
    if (!length) return this.showEmpty(emptyStatement(this.state, () => this.takeWhole()));
    if (lack) return this.showEmpty(lackStatement(lack, this.state.error_type, () => this.reorder({ order: "worst", error_type: null })));
    this.showEmpty(null);
    if (!scored) this.notice.tell('No scores yet, so the order says nothing. Run ws.score("similarity") in a cell.', { forMs: 12000 });
    return this.go(place ?? 0, { isDone: place === null });
  }

  // Another order of the same pairs: what is decided stays decided, and it goes on at the first that is not.
  reorder(choice) {
    return this.start(() => this.rpc.ask("reorder", choice));
  }

  takeWhole() {
    return this.start(() => this.rpc.ask("whole"));
  }

  // The tables or the decisions have changed elsewhere: the order may be another, the pair on stage stays.
  async reload() {
    const { status } = await this.rpc.ask("status").catch(() => ({}));
    if (!status) return;
    this.queue.clear();
    this.strip.clear();
    if (status.tables !== this.tables) return this.start();
    this.showStatus(status);
    this.history.refresh();
    if (this.place !== null) await this.go(this.place);
  }

  showEmpty(node) {
    this.empty.hidden = !node;
    this.split.hidden = Boolean(node);
    this.empty.replaceChildren(...(node ? [node] : []));
  }

  showStatus(status) {
    this.state.status = status;
    this.bar.showStatus(status);
    this.footer.showStatus(status);
    if (status.last?.at) this.outbox.noteSaved(new Date(status.last.at));
  }

  // -- going from pair to pair

  async go(place, { isDone = false } = {}) {
    clearTimeout(this.timer);
    this.timer = 0;
    if (place < 0 || place >= this.queue.length) return;
    this.place = place;
    const { queue } = this;
    await this.attempt(async () => {
      const item = await queue.item(place);
      if (this.queue !== queue || this.place !== place || !item) return;
      this.item = item;
      this.showItem(item);
      const strip = this.strip.show(place);
      this.readAhead(place);
      await strip;
    });
    if (isDone) this.notice.tell("Every pair is decided. The arrow keys go back through them.", { forMs: 8000 });
  }

  // Several at once and not one a step: an answer costs more than what is in it.
  async readAhead(place) {
    const { queue } = this;
    if (queue.ahead(place) > AHEAD / 2) return;
    queue.want(place + 1, AHEAD);
    const items = await Promise.all(Array.from({ length: AHEAD }, (_, step) => queue.item(place + 1 + step).catch(() => null)));
    this.stage.fetchAhead(items.filter((item) => item?.sample.media === "image").map((item) => item.sample.sample_id));
  }

  async goUnreviewed(from = (this.place ?? -1) + 1) {
    await this.attempt(async () => {
      const { place } = await this.rpc.ask("unreviewed", { place: from });
      if (place === null) this.notice.tell("Every pair is decided.");
      else await this.go(place);
    });
  }

  async goTo(captionId) {
    await this.attempt(async () => {
      const { place } = await this.rpc.ask("find", { caption_id: captionId });
      if (place !== null) await this.go(place);
      else this.notice.tell("That caption is not among those gone through here.", { forMs: 5000 });
    });
  }

  showItem(item) {
    const verdict = item.verdicts[item.caption_id];
    for (const [name, button] of Object.entries(this.buttons)) {
      button.classList.toggle("is-said", verdict?.verdict === name);
      button.setAttribute("aria-pressed", String(verdict?.verdict === name));
    }
    this.showClock(item);
    this.side.show(item, { error_type: this.state.error_type, annotator: this.state.status.annotator, length: this.queue.length });
    this.stage.show(item.sample, this.clock.element.hidden ? {} : { hasControls: false, start_s: this.clock.caption?.start_s ?? this.clock.suggested?.start_s ?? 0 });
  }

  showClock(item) {
    if (this.onClock === item && !this.clock.element.hidden) return;
    this.onClock = item;
    const isTimed = ({ start_s, end_s }) => start_s !== null && end_s !== null && end_s > start_s;
    const stretch = isTimed(item.caption) ? item.caption : null;
    this.clock.show({
      duration: item.sample.media === "image" ? 0 : item.sample.duration_s,
      caption: stretch,
      suggested: intervalsOf(suspicionsOf(item, this.state.error_type), stretch ?? {}),
      others: item.captions.filter((other) => other.caption_id !== item.caption_id && isTimed(other)),
      best_s: item.scores.find((score) => score.best_time_s !== null)?.best_time_s ?? null,
      isAlways: true,
    });
    if (this.stage.player && this.stage.sample?.sample_id === item.sample.sample_id) this.clock.at(this.stage.player.currentTime);
  }

  onPictures() {
    this.strip.paint();
    this.stage.redraw?.();
  }

  // -- decisions

  // X with an edit on its way is that edit, so that the question is asked.
  say(verdict) {
    if (verdict === "misaligned" && this.side.editor.isDirty) return this.side.editor.finish();
    return this.decide(verdict);
  }

  async decide(verdict, correction = null, onFail = () => {}) {
    const item = this.item;
    if (!item || item.place !== this.place) return;
    this.side.finish();
    const { annotator } = this.state.status;
    const before = item.verdicts[item.caption_id];
    const fields = fieldsOf(verdict, this.side.marks, before, annotator);
    const marks = marksOf({ ...this.side.marks, verdict });
    const now = { verdict, error_types: verdict === "misaligned" ? this.side.chosen : [], annotator, ...marks, ...(correction ?? keptCorrection(verdict, before, annotator)) };
    this.root.focus({ preventScroll: true });
    if (isSaid(now, before)) {
      if (!this.timer) await this.goOn(item.place);
      return;
    }
    clearTimeout(this.timer);
    const { drafts } = this.side;
    const draft = drafts.get(item.caption_id);
    drafts.delete(item.caption_id);
    item.verdicts[item.caption_id] = now;
    this.showItem(item);
    this.timer = setTimeout(() => {
      this.timer = 0;
      if (this.place === item.place) this.goOn(item.place);
    }, prefersStill() ? 0 : PAUSE_MS);
    await this.attempt(
      async () => this.took(await this.outbox.post({ op: "decide", caption_ids: [item.caption_id], verdict, error_types: now.error_types, ...fields, ...correction })),
      () => {
        onFail();
        if (draft) drafts.set(item.caption_id, draft);
        item.verdicts[item.caption_id] = before;
        this.go(item.place);
      },
    );
  }

  // On to the next pair that nobody has decided; at the end, to one that was passed over.
  async goOn(place) {
    for (let ahead = place + 1; ahead < Math.min(place + 4, this.queue.length); ahead++) {
      const item = await this.queue.item(ahead).catch(() => null);
      if (item && !item.verdicts[item.caption_id]) return this.go(ahead);
    }
    return this.goUnreviewed();
  }

  async turn(op, fields = {}) {
    clearTimeout(this.timer);
    this.timer = 0;
    await this.attempt(async () => {
      const answer = await this.outbox.post({ op, ...fields });
      await this.took(answer);
      const [turned, ...rest] = [...answer.turned].reverse();
      if (!turned) return this.notice.tell(`Nothing to ${op === "redo" ? "make again" : "take back"}.`);
      await this.goTo(turned.caption_id);
      const more = rest.length ? ` and ${sayCount(rest.length)} more` : "";
      this.notice.tell(`${op === "redo" ? "Made again" : "Taken back"}: ${sayVerdictFull(turned.verdict, turned.error_types, turned.is_corrected)}, ${turned.name}${more}`);
    });
  }

  async took({ verdicts, status }) {
    this.showStatus(status);
    this.history.refresh();
    clearTimeout(this.later);
    if (status.is_estimate_old) this.later = setTimeout(() => this.beat({ isDue: true }), ESTIMATE_MS);
    this.strip.take(verdicts);
    await this.queue.take(verdicts);
    if (this.item && this.item.place === this.place) this.showItem(this.item);
  }

  async attempt(act, onFail = () => {}) {
    try {
      await act();
      this.notice.clear();
    } catch (error) {
      onFail();
      this.notice.fail(error);
    }
  }

  press(name) {
    if (this.help.isOpen && (name === "Escape" || name === "?")) return this.help.hide() ?? true;
    if (this.history.press(name)) return true;
    if (this.side.pressFirst(name)) return true;
    const verdict = VERDICTS.find(([, , key]) => key === name)?.[0];
    if (verdict) this.say(verdict);
    else if (name === "ArrowRight" || name === "j") this.go((this.place ?? -1) + 1);
    else if (name === "ArrowLeft" || name === "k") this.go((this.place ?? 1) - 1);
    else if (name === "u") this.goUnreviewed();
    else if (name === "Ctrl+J") this.goUnreviewed(0);
    else if (name === "h") this.history.toggle();
    else if (name === "Ctrl+Z") this.turn("undo");
    else if (name === "Ctrl+Shift+Z" || name === "Ctrl+Y") this.turn("redo");
    else if (name === "Space") this.stage.toggle();
    else if (name === "q") this.bar.order.focus();
    else if (name === "w") this.side.toggleEvidence();
    else if (name === "i" || name === "f") this.playStretch(name === "i" ? this.clock.caption : this.clock.suggested);
    else if (name === "," || name === ".") this.stage.step(name === "," ? -1 : 1);
    else if (name === "?") this.help.toggle();
    else return this.side.press(name);
    return true;
  }

  playStretch(stretch) {
    if (stretch && !this.clock.element.hidden) this.stage.playBetween(stretch.start_s, stretch.end_s);
  }

  beat({ isDue = false } = {}) {
    return askStatus(this, isDue, (status) => (status.tables !== this.tables ? this.start() : this.showStatus(status)));
  }

  close() {
    clearInterval(this.heart);
    clearTimeout(this.timer);
    clearTimeout(this.later);
    this.outbox.close();
    this.stop.forEach((stop) => stop());
    [this.stage, this.rpc].forEach((part) => part.close());
    this.pictures.clear();
    this.files.clear();
  }
}

export default mounted(ReviewView);
