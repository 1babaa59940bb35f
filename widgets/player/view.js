// The player: a video or a sound, or several views of one event, on a timeline whose edges are moved.

import "./view.css";
import { h, icon, kbd } from "../js/dom.js";
import { Ensemble } from "../js/ensemble.js";
import { makeFooter } from "../js/footer.js";
import { ownKeys } from "../js/keys.js";
import { MediaFiles } from "../js/media.js";
import { askStatus, HEARTBEAT_MS, mounted } from "../js/mounted.js";
import { makeOutbox } from "../js/outbox.js";
import { makeKeyHelp, makeNotice, statement } from "../js/overlay.js";
import { Pictures } from "../js/pictures.js";
import { asJson, connect } from "../js/rpc.js";
import { intervalsOf, suspicionsOf } from "../js/suspicions.js";
import { followTheme } from "../js/theme.js";
import { makeTimeline } from "../js/timeline.js";
import { sayRate } from "../js/timeline_math.js";
import { sayCount, sayShift } from "../js/words.js";
import { makeCard } from "./card.js";
import { Decisions } from "./decisions.js";
import { Readings } from "./readings.js";
import { makeStages } from "./stages.js";
import { makeSync } from "./sync.js";
import { sayPrecise, Take } from "./take.js";

const RATES = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2];
const KEYS = [
  ["Play", [["Space", "play or stop"], [", .", "a picture back, on"], ["< >", "slower, faster"], ["L", "loop the caption, or what was marked"], ["I", "play the caption's interval"], ["F", "play what fits better"]]],
  ["Put right", [["[ ]", "the caption starts, ends here"], ["T", "move it to where it fits better"], ["A", "fine"], ["X", "misaligned"], ["S", "skip"], ["Ctrl+Z", "take back"], ["Ctrl+Shift+Z", "make it again"]]],
  ["Go", [["J →", "next caption"], ["K ←", "previous caption"], ["PageDown", "next media"], ["PageUp", "previous media"], ["+ -", "nearer, further"], ["0", "the whole"], ["?", "these keys"], ["Esc", "close, let go of an edge"]]],
];

class PlayerView {
  constructor(model) {
    this.rpc = connect(model);
    this.pictures = new Pictures(this.rpc, { sizePx: 160, onArrive: () => this.stages.redraw() });
    this.files = new MediaFiles(this.rpc);
    this.outbox = makeOutbox(({ op, ...fields }) => this.rpc.ask(op, fields, { timeout: 6000 }), { onChange: (state) => this.footer?.showOutbox(state) });
    this.ensemble = new Ensemble({ onTime: (time, isPlaying) => this.tick(time, isPlaying) });
    this.frames = [];
    this.fit = {};
    [this.decisions, this.readings] = [new Decisions(this), new Readings(this)];
    this.build();
    this.rpc.onEvent((event) => this.hear(event));
    this.stop = [followTheme(this.root), ownKeys(this.root, (name) => this.press(name))];
    // A button pressed by the mouse gives the keys back: the next Space plays.
    this.root.addEventListener("click", (event) => event.detail > 0 && event.target.closest("button") && this.root.focus({ preventScroll: true }));
    this.heart = setInterval(() => askStatus(this, false, (status) => (status.tables !== this.tables ? this.start() : this.footer.showStatus(status))), HEARTBEAT_MS);
  }

  build() {
    const button = (words, keys, onclick, options = {}) => h("button", { class: "cw-btn", onclick, ...options }, words, keys.map(kbd));
    this.name = h("b", { class: "cw-player-name" });
    this.clock = h("span", { class: "meta cw-player-clock" });
    this.scope = h("span", { class: "cw-chip cw-player-scope", hidden: true });
    this.counter = h("span", { class: "meta cw-player-count" });
    this.rateButton = button("1×", ["<", ">"], () => this.turnRate(1, true), { title: "Speed" });
    this.loopButton = button("Loop", ["L"], () => this.toggleLoop(), { "aria-pressed": "false" });
    this.stages = makeStages({ rpc: this.rpc, pictures: this.pictures, files: this.files, onRetake: () => this.ensemble.take(this.stages.shown, this.delays()), onAlign: () => this.readings.alignClocks() });
    this.card = makeCard({ onSay: (verdict) => this.decisions.say(verdict), onGo: (by) => this.goCaption(by), onPlay: ({ start_s, end_s }) => this.ensemble.playBetween(start_s, end_s), onTake: () => this.decisions.takeBest() });
    this.sync = makeSync({ onShift: (shift) => this.ensemble.setShift(shift), onSave: (offset) => this.decisions.saveSound(offset), onFits: () => this.decisions.saveSound(0), onNone: () => this.decisions.saveSound(null) });
    this.timeline = makeTimeline({
      askPeaks: (from, to, bins) => this.readings.askPeaks(from, to, bins),
      onSeek: (time) => this.ensemble.seek(time),
      onScrub: (time) => this.ensemble.isPlaying || this.ensemble.seek(time),
      onLoop: (stretch) => this.setLoop(stretch),
      onMove: (id, stretch) => this.decisions.move(id, stretch),
      onSelect: (id, edge) => this.select(id, { edge }),
      onFit: () => this.readings.askFit("yes"),
      step_s: () => (this.frames.length > 1 ? (this.frames.at(-1) - this.frames[0]) / (this.frames.length - 1) : 0.02),
    });
    this.notice = makeNotice();
    this.help = makeKeyHelp(KEYS);
    this.footer = makeFooter({ onUndo: () => this.decisions.turn("undo"), onName: (verdict) => this.goTo(verdict.caption_id), onKeys: () => this.help.toggle() });
    this.playButton = h("button", { class: "cw-btn cw-player-play", onclick: () => this.ensemble.toggle() }, "Play");
    this.main = h("div", { class: "cw-player-main" }, h("div", { class: "cw-player-top" }, this.stages.element, h("div", { class: "cw-player-side" }, this.card.element, this.sync.element)), this.timeline.element);
    this.empty = h("div", { class: "cw-empty", hidden: true });
    this.root = h(
      "div",
      { class: "cw cw-player", tabindex: "0", "aria-label": "Player" },
      h(
        "div",
        { class: "cw-bar" },
        h("button", { class: "cw-btn cw-square", "aria-label": "Previous media", title: "Previous media (Page Up)", onclick: () => this.go(this.take.place - 1) }, icon("previous")),
        h("button", { class: "cw-btn cw-square", "aria-label": "Next media", title: "Next media (Page Down)", onclick: () => this.go(this.take.place + 1) }, icon("next")),
        this.name, this.clock, this.counter, this.scope, h("span", { class: "cw-grow" }),
        this.playButton, this.rateButton, this.loopButton,
        h("span", { class: "cw-row cw-player-wide" }, button("Frame", [",", "."], () => this.ensemble.step(1)), button("Set edge", ["[", "]"], () => this.decisions.setEdge("start"), { title: "The caption starts here" })),
      ),
      this.main, this.empty, this.notice.element, this.footer.element, this.help.element,
    );
    this.showPlaying(false);
  }

  // -- opening, and going from take to take

  // Opened again, it stays at the take it shows, wherever that is now.
  async start() {
    try {
      const answer = await this.rpc.ask("open", this.take ? { key: this.take.key } : {});
      this.state = answer;
      this.tables = answer.status.tables;
      this.footer.showStatus(answer.status);
      if (answer.status.last?.at) this.outbox.noteSaved(new Date(answer.status.last.at));
      this.scope.hidden = !answer.scope;
      this.scope.textContent = answer.scope;
      const isEmpty = !answer.length;
      [this.main.hidden, this.empty.hidden] = [isEmpty, !isEmpty];
      if (isEmpty) return this.empty.replaceChildren(emptyStatement(answer));
      return this.showTake(new Take(answer.take, asJson(answer.buffers[0])));
    } catch (error) {
      if (this.take) return this.notice.fail(error);
      [this.main.hidden, this.empty.hidden] = [true, false];
      return this.empty.replaceChildren(statement({ title: error.message, text: error.remedy ?? "" }));
    }
  }

  async go(place, { select } = {}) {
    if (!this.state?.length || place < 0 || place >= this.state.length) return;
    this.timeline.settle();
    await this.attempt(async () => {
      const { take, buffers } = await this.rpc.ask("take", { place });
      this.showTake(new Take(take, asJson(buffers[0])), select);
    });
  }

  showTake(take, select = null) {
    const isSame = this.take?.key === take.key && this.take.samples.map((one) => one.sample_id).join() === take.samples.map((one) => one.sample_id).join();
    if (this.take && isSame) [take.begun, take.pending] = [this.take.begun, this.take.pending];
    this.take = take;
    const order = take.order();
    const wanted = select === "last" ? order.at(-1) : select;
    this.selected = order.includes(wanted ?? this.selected) ? (wanted ?? this.selected) : (order[0] ?? null);
    if (!isSame) {
      Object.assign(this, { frames: [], edges: [], hasSound: undefined, notes: [], fit: {} });
      this.sync.reset();
      this.stages.show(take);
      this.ensemble.take(this.stages.shown, this.delays());
      this.loopButton.setAttribute("aria-pressed", "false");
      this.readings.askLook();
      const start = this.segment()?.start_s;
      if (start) this.ensemble.ready.then(() => this.take === take && this.ensemble.seek(start));
    }
    const [first] = take.samples;
    this.name.textContent = take.samples.length > 1 ? take.key : take.nameOf({ path: first.path });
    this.counter.textContent = `${sayCount(take.place + 1)} of ${sayCount(this.state.length)}`;
    this.paint();
    this.tick(this.ensemble.time, this.ensemble.isPlaying);
    this.readings.askFit("");
  }

  delays() {
    return this.take.samples.map(({ sample_id }) => this.take.late.get(sample_id));
  }

  // -- what is shown

  segment() {
    const caption = this.take?.caption(this.selected);
    return caption ? this.take.segmentOf(caption) : null;
  }

  paint() {
    const { take } = this;
    this.timeline.show({
      key: take.key, duration: take.duration, rows: take.rows(), selected: this.selected,
      edges: this.edges ?? [], hasSound: this.hasSound, loop: this.ensemble.loop,
    });
    this.stages.label(take);
    this.paintCard();
    this.paintSound();
  }

  paintCard() {
    const { take } = this;
    const caption = take.caption(this.selected);
    this.card.element.hidden = !caption;
    if (!caption) return this.timeline.showFit(null);
    const segment = take.segmentOf(caption);
    const order = take.order();
    const [suggested] = this.suggested(caption);
    this.card.show({ caption, segment, verdict: take.verdicts[this.selected], number: take.numberOf(caption), place: order.indexOf(this.selected), count: order.length, best: suggested ?? null, why: suggested?.evidence, begun: take.begun.get(this.selected) });
    const canFit = take.sampleOf(caption)?.media === "video" && caption.kind !== "transcript";
    const shift = suggested && segment ? sayShift(segment, suggested) : "";
    const nowWords = suggested ? "interval now" : this.fit.curve ? "fits best where it is" : "";
    return this.timeline.showFit(canFit ? { name: `fit of ${take.numberOf(caption)}`, curve: this.fit.curve ?? null, now: segment, nowWords, best: suggested ?? null, bestWords: `fits best${shift ? `, ${shift}` : ""}`, say: this.fit.say, isWaiting: this.fit.isWaiting } : null);
  }

  // Where scorers say that it fits better, or where the curve is highest, if that is somewhere else.
  suggested(caption) {
    const take = this.take;
    const late = take.late.get(caption.sample_id) ?? 0;
    const now = take.intervalOf(caption);
    const found = intervalsOf(suspicionsOf(take.scoresOf(caption.caption_id)), now ?? {}).map((one) => ({ ...one, start_s: one.start_s - late, end_s: one.end_s - late }));
    const isElsewhere = ({ start_s, end_s }) => !now || Math.abs(start_s + late - now.start_s) > 0.15 || Math.abs(end_s + late - now.end_s) > 0.15;
    return [...found, ...(this.fit.best ? [this.fit.best] : [])].filter(isElsewhere);
  }

  paintSound() {
    const sample = this.take.sampleOf(this.take.caption(this.selected) ?? {}) ?? this.take.samples[0];
    const isShown = sample.media === "video" && sample.has_audio && this.take.captions.some(({ sample_id }) => sample_id === sample.sample_id);
    this.sync.show(isShown ? { sample_id: sample.sample_id, bands: this.state.bands, ...this.take.soundOf(sample) } : null);
  }

  tick(time, isPlaying) {
    if (!this.take) return;
    this.timeline.at(time);
    const { samples } = this.take;
    const facts = [`${sayPrecise(time)} of ${sayPrecise(this.take.duration)}`, sayRate(this.frames), samples.length > 1 ? `${samples.length} views` : ""].filter(Boolean).join(" · ");
    if (this.clock.textContent !== facts) this.clock.textContent = facts;
    if (isPlaying !== this.isShownPlaying) this.showPlaying(isPlaying);
  }

  showPlaying(isPlaying) {
    this.isShownPlaying = isPlaying;
    this.playButton.replaceChildren(icon(isPlaying ? "pause" : "play", 11), kbd("Space"));
    this.playButton.setAttribute("aria-label", isPlaying ? "Pause" : "Play");
  }

  // What was read beside the commands is told by an event when it is there.
  hear(event) {
    if (event.event === "made") return this.take && this.heard(event);
    if (event.event === "status") return askStatus(this, true, (status) => this.footer.showStatus(status));
    return this.start();
  }

  heard({ what, key }) {
    if (what === "look" && key === this.take.samples[0].sample_id) this.readings.askLook();
    else if (what === "curve" && key === this.selected) this.readings.askFit("yes");
    else if (what === "clocks") this.readings.alignClocks();
  }

  // -- selecting, looping

  select(id, { edge = "both" } = {}) {
    const isOther = id !== this.selected;
    this.selected = id;
    const segment = this.segment();
    this.paint();
    if (isOther) this.readings.askFit("");
    if (segment && !this.ensemble.isPlaying) this.ensemble.seek(edge === "end" ? segment.end_s : segment.start_s);
  }

  goCaption(by) {
    const order = this.take.order();
    const place = order.indexOf(this.selected) + by;
    if (place < 0) return this.go(this.take.place - 1, { select: "last" });
    if (place >= order.length) return this.go(this.take.place + 1);
    return this.select(order[place]);
  }

  async goTo(captionId) {
    await this.attempt(async () => {
      if (this.take?.caption(captionId)) return this.select(captionId);
      const { place } = await this.rpc.ask("find", { caption_id: captionId });
      return place === null ? undefined : this.go(place, { select: captionId });
    });
  }

  toggleLoop() {
    this.setLoop(this.ensemble.loop ? null : (this.segment() ?? { start_s: 0, end_s: this.take.duration }));
  }

  setLoop(stretch) {
    this.ensemble.loop = stretch && { start_s: stretch.start_s, end_s: stretch.end_s };
    this.loopButton.setAttribute("aria-pressed", String(Boolean(stretch)));
    this.timeline.show({ loop: this.ensemble.loop });
  }

  turnRate(by, isRound = false) {
    const place = RATES.indexOf(this.ensemble.rate) + by;
    const rate = RATES[isRound ? place % RATES.length : Math.min(RATES.length - 1, Math.max(0, place))];
    this.ensemble.setRate(rate);
    this.rateButton.firstChild.textContent = `${rate}×`;
  }

  // What was decided, here or elsewhere, as the kernel told it.
  showStatus(status) {
    this.state.status = status;
    this.footer.showStatus(status);
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

  // -- keys

  press(name) {
    if (this.help.isOpen && (name === "Escape" || name === "?")) return this.help.hide() ?? true;
    if (name === "?") this.help.toggle();
    if (name === "?" || !this.take) return name === "?";
    const act = this.acts()[name];
    act?.();
    return Boolean(act);
  }

  acts() {
    const { ensemble, timeline } = this;
    const play = (stretch) => stretch && ensemble.playBetween(stretch.start_s, stretch.end_s);
    return {
      Space: () => ensemble.toggle(), ",": () => ensemble.step(-1), ".": () => ensemble.step(1),
      "<": () => this.turnRate(-1), ">": () => this.turnRate(1), l: () => this.toggleLoop(),
      i: () => play(this.segment()), f: () => play(this.suggested(this.take.caption(this.selected) ?? {})[0]), t: () => this.decisions.takeBest(),
      "[": () => this.decisions.setEdge("start"), "]": () => this.decisions.setEdge("end"),
      a: () => this.decisions.say("ok"), x: () => this.decisions.say("misaligned"), s: () => this.decisions.say("skip"),
      j: () => this.goCaption(1), ArrowRight: () => this.goCaption(1), k: () => this.goCaption(-1), ArrowLeft: () => this.goCaption(-1),
      PageDown: () => this.go(this.take.place + 1), PageUp: () => this.go(this.take.place - 1),
      "+": () => timeline.zoom(2), "=": () => timeline.zoom(2), "-": () => timeline.zoom(0.5), 0: () => timeline.zoom(0),
      "Ctrl+Z": () => this.decisions.turn("undo"), "Ctrl+Shift+Z": () => this.decisions.turn("redo"), "Ctrl+Y": () => this.decisions.turn("redo"),
      Escape: () => timeline.cancel() || this.root.focus({ preventScroll: true }),
    };
  }

  close() {
    clearInterval(this.heart);
    this.timeline.settle();
    this.outbox.close();
    this.stop.forEach((stop) => stop());
    [this.ensemble, this.stages, this.timeline, this.rpc].forEach((part) => part.close());
    this.pictures.clear();
    this.files.clear();
  }
}

function emptyStatement({ samples, scope }) {
  if (scope) return statement({ title: "Nothing that plays in this selection", text: `The linked views show ${scope}; none of it is a video or a sound.` });
  if (samples) return statement({ title: "Nothing to play", text: "This workspace holds pictures only. Add videos or sounds with their captions:", code: 'ws.ingest("path/to/folder")' });
  return statement({ title: "No samples yet", text: "This workspace holds no media. Add a folder of videos or sounds with captions:", code: 'ws.ingest("path/to/folder")' });
}

export default mounted(PlayerView);
