// Review: one pair at a time, one key a decision, on to the next.

import "./view.css";
import { makeCaption } from "../js/caption.js";
import { makeClock } from "../js/clock.js";
import { h, icon, kbd } from "../js/dom.js";
import { makeEvidence } from "../js/evidence.js";
import { makeFooter } from "../js/footer.js";
import { ownKeys } from "../js/keys.js";
import { MediaFiles } from "../js/media.js";
import { askStatus, HEARTBEAT_MS, mounted } from "../js/mounted.js";
import { makeOutbox } from "../js/outbox.js";
import { makeKeyHelp, makeNotice, statement } from "../js/overlay.js";
import { Pictures } from "../js/pictures.js";
import { connect } from "../js/rpc.js";
import { Stage } from "../js/stage.js";
import { intervalsOf, spansOf, suspicionsOf } from "../js/suspicions.js";
import { followTheme, prefersStill } from "../js/theme.js";
import { sayCount, sayEstimate, sayType, sayVerdictFull } from "../js/words.js";
import { makeChips } from "./chips.js";
import { makeEditor } from "./editor.js";
import { makeOrder } from "./order.js";
import { Queue } from "./queue.js";
import { makeStrip } from "./strip.js";

const PAUSE_MS = 250;
const ESTIMATE_MS = 600;
const VERDICTS = [["ok", "Fine", "a"], ["misaligned", "Misaligned", "x"], ["skip", "Skip", "s"]];
const KEYS = [
  ["Decide", [["A", "fine"], ["X", "misaligned, with the types chosen"], ["S", "skip"], ["1 … 9", "what is wrong, before X"], ["E", "write what it should say"], ["Tab", "take what a model proposes, while writing"], ["Ctrl+Z", "take back"], ["Ctrl+Shift+Z", "make it again"]]],
  ["Go", [["→ J", "next"], ["← K", "previous"], ["U", "next unreviewed"], ["Q", "order of the queue"], ["?", "these keys"], ["Esc", "close"]]],
  ["Look", [["W", "why: the other error types"], ["Space", "play or stop"], ["I", "play the caption's interval"], ["F", "play what fits better"], [", .", "a frame back, on"]]],
];

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
    this.rpc.onEvent(() => this.reload());
    this.stop = [followTheme(this.root), ownKeys(this.root, (name) => this.press(name))];
    this.heart = setInterval(() => this.beat(), HEARTBEAT_MS);
  }

  build() {
    this.clock = makeClock({ onSeek: (time) => this.stage.seek(time), onPlay: ({ start_s, end_s }) => this.stage.playBetween(start_s, end_s), onToggle: () => this.stage.toggle() });
    this.stage = new Stage({ rpc: this.rpc, pictures: this.pictures, files: this.files, onTime: (time, isPlaying) => this.clock.at(time, isPlaying) });
    this.strip = makeStrip({ rpc: this.rpc, pictures: this.pictures, onGo: (place) => this.go(place) });
    this.stage.element.append(this.clock.element, this.strip.element);
    this.chips = makeChips({ onChange: () => {} });
    this.editor = makeEditor({
      compare: (fields) => this.rpc.ask("draft", fields),
      onSave: (correction, onFail) => this.decide("misaligned", correction, onFail),
      onLeave: () => this.root.focus({ preventScroll: true }),
      onAsk: (isAsking) => (this.verdicts.hidden = isAsking),
      onNote: (said) => (typeof said === "string" ? this.notice.tell(said, { forMs: 5000 }) : this.notice.fail(said)),
    });
    this.notice = makeNotice();
    this.help = makeKeyHelp(KEYS);
    this.footer = makeFooter({ onUndo: () => this.turn("undo"), onName: (verdict) => this.goTo(verdict.caption_id), onKeys: () => this.help.toggle() });
    this.order = makeOrder({ onChoose: (choice) => this.reorder(choice), onLeave: () => this.root.focus({ preventScroll: true }) });
    this.picked = h("button", { class: "cw-chip cw-picked", hidden: true, title: "Only these captions, decided or not. Press for the whole queue.", onclick: () => this.start(() => this.rpc.ask("whole")) });
    this.progress = h("span", { class: "meta cw-progress-text" });
    this.bar = h("div", { class: "cw-progress", role: "progressbar", "aria-label": "Reviewed" }, h("i"));
    this.left = h("span", { class: "meta cw-left" });
    const unreviewed = h("button", { class: "cw-btn", onclick: () => this.goUnreviewed() }, h("span", { class: "cw-wide" }, "Next unreviewed"), h("span", { class: "cw-narrow" }, "Next"), kbd("U"));
    this.head = h("div", { class: "cw-between cw-head" });
    this.caption = makeCaption();
    this.evidence = makeEvidence({ key: "W", onLight: (type) => this.caption.light(type) });
    this.buttons = Object.fromEntries(VERDICTS.map(([verdict, word, key]) => [verdict, h("button", { class: `cw-btn cw-verdict cw-verdict-${verdict}`, onclick: () => this.say(verdict) }, word, kbd(key.toUpperCase()))]));
    this.verdicts = h("div", { class: "cw-verdicts" }, Object.values(this.buttons));
    const side = h("div", { class: "cw-side-box" }, h("div", { class: "cw-side" }, h("div", {}, this.head, this.caption.element), this.evidence.element, this.chips.element, this.editor.element), this.verdicts, this.editor.question);
    this.split = h("div", { class: "cw-split" }, this.stage.element, side);
    this.empty = h("div", { class: "cw-empty", hidden: true });
    this.root = h(
      "div",
      { class: "cw cw-review", tabindex: "0", "aria-label": "Review" },
      h("div", { class: "cw-bar" }, h("b", { class: "cw-wide" }, "Review"), this.order.element, this.picked, this.progress, this.bar, this.left, h("span", { class: "cw-grow" }), unreviewed),
      this.split, this.empty, this.notice.element, this.footer.element, this.help.element,
    );
  }

  async start(ask = () => this.rpc.ask("open")) {
    try {
      this.state = await ask();
    } catch (error) {
      if (this.item) return this.notice.fail(error);
      return this.showEmpty(statement({ title: error.message, text: error.remedy ?? "" }));
    }
    const { length, samples, scored, place, status, lack, picked } = this.state;
    this.queue = new Queue(this.rpc, length);
    this.tables = status.tables;
    this.order.show(this.state);
    this.picked.hidden = !picked;
    if (picked) this.picked.replaceChildren(`${sayCount(picked.count)} ${picked.why === "picked" ? "picked" : `left by ${picked.why}`}`, icon("close", 9));
    this.showStatus(status);
    if (!length) return this.showEmpty(emptyStatement(samples));
    if (lack) return this.showEmpty(this.lackStatement(lack));
    this.showEmpty(null);
    if (!scored) this.notice.tell('No scores yet, so the order says nothing. Run ws.score("similarity") in a cell.', { forMs: 12000 });
    return this.go(place ?? 0, { isDone: place === null });
  }

  // Another order of the same pairs: what is decided stays decided, and it goes on at the first that is not.
  reorder(choice) {
    return this.start(() => this.rpc.ask("reorder", choice));
  }

  lackStatement({ reason, code }) {
    const type = sayType(this.state.error_type);
    const action = h("button", { class: "cw-btn", onclick: () => this.reorder({ order: "worst", error_type: null }) }, "Most suspicious first");
    if (reason) return statement({ title: `Nothing to order by: ${type}`, text: `Every score of this error type is undefined, most often: ${reason}.`, action });
    return statement({ title: `No scores for “${type}” yet`, text: "The queue can be ordered by this error type once something has looked for it:", code, action });
  }

  // The tables or the decisions have changed elsewhere: the order may be another, the pair on stage stays.
  async reload() {
    const { status } = await this.rpc.ask("status").catch(() => ({}));
    if (!status) return;
    this.queue.clear();
    if (status.tables !== this.tables) return this.start();
    this.showStatus(status);
    if (this.place !== null) await this.go(this.place);
  }

  showEmpty(node) {
    this.empty.hidden = !node;
    this.split.hidden = Boolean(node);
    this.empty.replaceChildren(...(node ? [node] : []));
  }

  showStatus(status) {
    this.state.status = status;
    this.progress.textContent = `${sayCount(status.reviewed)} of ${sayCount(status.total)}`;
    const share = status.total ? status.reviewed / status.total : 0;
    this.bar.firstChild.style.width = `${share * 100}%`;
    this.bar.setAttribute("aria-valuenow", Math.round(share * 100));
    const { lead, figure, tail } = sayEstimate(status.estimate);
    this.left.replaceChildren(lead, h("strong", {}, figure), tail);
    this.left.title = this.left.textContent;
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
      await this.strip.show(place);
      this.readAhead(place);
    });
    if (isDone) this.notice.tell("Every pair is decided. The arrow keys go back through them.", { forMs: 8000 });
  }

  async readAhead(place) {
    for (const ahead of [place + 1, place + 2]) {
      const item = await this.queue.item(ahead).catch(() => null);
      if (item?.sample.media === "image") this.stage.fetchLarge(item.sample.sample_id).catch(() => {});
    }
  }

  async goUnreviewed() {
    await this.attempt(async () => {
      const { place } = await this.rpc.ask("unreviewed", { place: (this.place ?? -1) + 1 });
      if (place === null) this.notice.tell("Every pair is decided.");
      else await this.go(place);
    });
  }

  async goTo(captionId) {
    await this.attempt(async () => {
      const { place } = await this.rpc.ask("find", { caption_id: captionId });
      if (place !== null) await this.go(place);
    });
  }

  showItem(item) {
    const verdict = item.verdicts[item.caption_id];
    const facts = [`Caption ${item.number} of ${item.captions.length}`, item.caption.source, item.caption.lang].filter(Boolean).join(" · ");
    const why = item.stratum === "random" ? h("span", { class: "meta", title: "Drawn at random: what the estimate rests on" }, "drawn at random") : h("span", { class: "meta" }, `${sayCount(item.place + 1)} of ${sayCount(this.queue.length)}`);
    this.head.replaceChildren(h("h4", {}, facts), verdict ? h("span", { class: `meta cw-said cw-said-${verdict.verdict}` }, icon(verdict.verdict, 10), sayVerdictFull(verdict.verdict, verdict.error_types, verdict.edited_text)) : why);
    const entries = suspicionsOf(item, this.state.error_type);
    this.caption.show(item.caption, spansOf(entries));
    this.evidence.show(entries, item.caption.text);
    this.chips.show(item.sample, verdict?.error_types ?? [], verdict ? [] : entries.filter((entry) => entry.isSuspected).map((entry) => entry.type));
    this.editor.show(item.caption, verdict, item.proposal);
    for (const [name, button] of Object.entries(this.buttons)) {
      button.classList.toggle("is-said", verdict?.verdict === name);
      button.setAttribute("aria-pressed", String(verdict?.verdict === name));
    }
    this.showClock(item, entries);
    this.stage.show(item.sample, this.clock.element.hidden ? {} : { hasControls: false, start_s: this.clock.caption?.start_s ?? this.clock.suggested.start_s });
  }

  showClock(item, entries) {
    if (this.onClock === item && !this.clock.element.hidden) return;
    this.onClock = item;
    const isTimed = ({ start_s, end_s }) => start_s !== null && end_s !== null && end_s > start_s;
    const stretch = isTimed(item.caption) ? item.caption : null;
    this.clock.show({
      duration: item.sample.media === "image" ? 0 : item.sample.duration_s,
      caption: stretch,
      suggested: intervalsOf(entries, stretch ?? {}),
      others: item.captions.filter((other) => other.caption_id !== item.caption_id && isTimed(other)),
      best_s: item.scores.find((score) => score.best_time_s !== null)?.best_time_s ?? null,
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
    if (verdict === "misaligned" && this.editor.isDirty) return this.editor.finish();
    return this.decide(verdict);
  }

  async decide(verdict, correction = null, onFail = () => {}) {
    const item = this.item;
    if (!item || item.place !== this.place) return;
    const { annotator } = this.state.status;
    const before = item.verdicts[item.caption_id];
    const now = { verdict, error_types: verdict === "misaligned" ? this.chips.chosen : [], annotator, ...(correction ?? keptCorrection(verdict, before, annotator)) };
    this.root.focus({ preventScroll: true });
    // Said already: a key pressed twice is one decision, not two to take back.
    if (isSame(now, before)) {
      if (!this.timer) await this.goOn(item.place);
      return;
    }
    clearTimeout(this.timer);
    item.verdicts[item.caption_id] = now;
    this.showItem(item);
    this.timer = setTimeout(() => {
      this.timer = 0;
      if (this.place === item.place) this.goOn(item.place);
    }, prefersStill() ? 0 : PAUSE_MS);
    await this.attempt(
      async () => this.took(await this.outbox.post({ op: "decide", caption_ids: [item.caption_id], verdict, error_types: now.error_types, ...correction })),
      () => {
        onFail();
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

  async turn(op) {
    clearTimeout(this.timer);
    await this.attempt(async () => {
      const answer = await this.outbox.post({ op });
      await this.took(answer);
      const [turned] = answer.turned;
      if (!turned) return this.notice.tell(`Nothing to ${op === "undo" ? "take back" : "make again"}.`);
      await this.goTo(turned.caption_id);
      this.notice.tell(`${op === "undo" ? "Taken back" : "Made again"}: ${sayVerdictFull(turned.verdict, turned.error_types, turned.is_corrected)}, ${turned.name}`);
    });
  }

  async took({ verdicts, status }) {
    this.showStatus(status);
    clearTimeout(this.later);
    if (status.is_estimate_old) this.later = setTimeout(() => this.beat({ isDue: true }), ESTIMATE_MS);
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
    if (this.editor.press(name)) return true;
    const verdict = VERDICTS.find(([, , key]) => key === name)?.[0];
    if (verdict) this.say(verdict);
    else if (name === "ArrowRight" || name === "j") this.go((this.place ?? -1) + 1);
    else if (name === "ArrowLeft" || name === "k") this.go((this.place ?? 1) - 1);
    else if (name === "u") this.goUnreviewed();
    else if (name === "Ctrl+Z") this.turn("undo");
    else if (name === "Ctrl+Shift+Z" || name === "Ctrl+Y") this.turn("redo");
    else if (name === "Space") this.stage.toggle();
    else if (name === "q") this.order.focus();
    else if (name === "w") this.evidence.toggle();
    else if (name === "i" || name === "f") this.playStretch(name === "i" ? this.clock.caption : this.clock.suggested);
    else if (name === "," || name === ".") this.stage.step(name === "," ? -1 : 1);
    else if (name === "?") this.help.toggle();
    else return this.chips.press(name);
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

// Other types on a caption that was corrected leave the correction as it is, here as in the kernel, which is not
// told of one then; only an edit changes it.
function keptCorrection(verdict, before, annotator) {
  const isKept = verdict === "misaligned" && before?.edited_text && before.annotator === annotator;
  return isKept ? { edited_text: before.edited_text, is_complete: before.is_complete } : { edited_text: "", is_complete: null };
}

const SAID = ["verdict", "annotator", "error_types", "edited_text", "is_complete"];
const isSame = (now, before) => Boolean(before) && SAID.every((name) => String(now[name] ?? "") === String(before[name] ?? ""));

function emptyStatement(samples) {
  if (samples) return statement({ title: "No captions yet", text: "The media of this workspace have no captions to review. Ingest them with a caption file:", code: 'ws.ingest("folder", captions="captions.csv")' });
  return statement({ title: "No samples yet", text: "This workspace holds no media. Add a folder of media with captions:", code: 'ws.ingest("path/to/folder")' });
}

export default mounted(ReviewView);
