// PairJudge: one pair at a time, blind; an arrow names a caption, Enter saves it and goes on.

import "./view.css";
import { h, icon, kbd } from "../js/dom.js";
import { makeFooter } from "../js/footer.js";
import { ownKeys } from "../js/keys.js";
import { MediaFiles } from "../js/media.js";
import { askStatus, HEARTBEAT_MS, mounted } from "../js/mounted.js";
import { makeOutbox } from "../js/outbox.js";
import { makeKeyHelp, makeNotice, statement } from "../js/overlay.js";
import { Pictures } from "../js/pictures.js";
import { connect } from "../js/rpc.js";
import { followTheme, prefersStill } from "../js/theme.js";
import { sayCount, sayMany, sayType } from "../js/words.js";
import { Ahead } from "./ahead.js";
import { makeCards } from "./cards.js";
import { draftOf, EMPTY, isAcross, isSame, lacking, pick, requestOf, say, sayShare, sayShareFull, storedOf, toggleReason, weigh } from "./draft.js";
import { Stages } from "./stages.js";

const QUICK_MS = 80;
const PATIENCE_MS = 150;
const MARKS = { after: "differences are marked after you answer", before: "differences are marked", never: "differences are not marked" };
const KEYS = [
  ["Answer", [["← →", "name a caption"], ["↓", "tie"], ["↑", "both bad"], ["1 2 3", "how clearly"], ["4 … 0", "why"], ["N", "why, in your own words"], ["Enter", "save and go on"], ["S", "skip"]]],
  ["Go", [["Ctrl+Z", "back: take the last one back"], ["Ctrl+Shift+Z", "make it again"], ["K J", "look at the one before, after"], ["U", "next not judged"], ["?", "these keys"], ["Esc", "clear, close"]]],
  ["Look", [["Space", "play or stop; with Shift the other one"], [", .", "a frame back, on"], ["I", "play the captions' interval"], ["L", "beside or stacked"], ["PgUp PgDn", "scroll long captions"], ["O", "one key saves, without Enter"]]],
];

class JudgeView {
  constructor(model) {
    this.rpc = connect(model);
    this.queue = new Ahead(this.rpc);
    Object.assign(this, { item: null, place: null, draft: EMPTY, isReady: false, truth: null, timer: 0, since: 0 });
    this.pictures = new Pictures(this.rpc, { sizePx: 160, onArrive: () => this.stages.redraw() });
    this.files = new MediaFiles(this.rpc);
    this.outbox = makeOutbox(({ op, ...fields }) => this.rpc.ask(op, fields, { timeout: 6000 }), { onChange: (state) => this.footer?.showOutbox(state) });
    this.build();
    this.rpc.onEvent(() => this.beat({ isDue: true }));
    this.stop = [followTheme(this.root), ownKeys(this.root, (name) => this.press(name))];
    this.heart = setInterval(() => this.beat(), HEARTBEAT_MS);
  }

  build() {
    const leave = () => this.root.focus({ preventScroll: true });
    this.stages = new Stages({ rpc: this.rpc, pictures: this.pictures, files: this.files });
    this.cards = makeCards({
      onPick: (side) => this.choose(pick(this.draft, this.item?.[side].caption_id), { isAnswer: true }),
      onSay: (answer) => this.choose(say(this.draft, answer), { isAnswer: true }),
      onWeigh: (strength) => this.choose(weigh(this.draft, strength)),
      onReason: (reason) => this.choose(toggleReason(this.draft, reason)),
      onNote: (note) => this.isReady && (this.draft = { ...this.draft, note }),
      onEnter: () => leave() ?? this.save(),
      onLeave: leave,
    });
    this.notice = makeNotice();
    this.help = makeKeyHelp(KEYS);
    this.footer = makeFooter({ onUndo: () => this.turn("undo"), onName: (last) => this.find(last), onKeys: () => this.help.toggle() });
    this.question = h("b", { class: "cw-question" });
    this.criterion = h("span", { class: "cw-chip cw-criterion" });
    this.progress = h("span", { class: "meta cw-progress-text" });
    this.agreement = h("span", { class: "meta cw-agreement" });
    this.feedback = h("div", { class: "cw-feedback", role: "status", hidden: true });
    this.prompt = h("p", { class: "cw-prompt" });
    this.guide = h("p", { class: "meta cw-guide" });
    this.quick = h("button", { class: "cw-link cw-quiet meta", "aria-pressed": "false", "aria-label": "One key saves", title: "One key saves, without Enter", onclick: () => this.setQuick(!this.isQuick) }, kbd("O"), h("span", {}, "one key saves"));
    this.saveButton = h("button", { class: "cw-btn cw-save", onclick: () => this.save() }, h("span", {}, "Save and next"), kbd("Enter"));
    const buttons = h(
      "div",
      { class: "cw-verdicts cw-judge-foot" },
      h("button", { class: "cw-btn", onclick: () => this.turn("undo") }, "Back", kbd("Ctrl Z")),
      h("button", { class: "cw-btn", onclick: () => this.skip() }, "Skip", kbd("S")),
      h("span", { class: "cw-grow" }), this.quick, this.saveButton,
    );
    const side = h("div", { class: "cw-side-box" }, h("div", { class: "cw-side" }, this.prompt, this.cards.element, this.feedback, this.guide), buttons);
    this.split = h("div", { class: "cw-split" }, this.stages.element, side);
    this.empty = h("div", { class: "cw-empty", hidden: true });
    this.root = h(
      "div",
      { class: "cw cw-judge", tabindex: "0", "aria-label": "Judge" },
      h("div", { class: "cw-bar" }, this.question, this.criterion, this.progress, h("span", { class: "cw-grow" }), this.agreement),
      this.split, this.empty, this.notice.element, this.footer.element, this.help.element,
    );
    // A button that was clicked must not keep Enter and Space from the view.
    this.root.addEventListener("click", (event) => event.detail && event.target.closest("button") && leave());
  }

  async start(ask = () => this.rpc.ask("open")) {
    try {
      this.state = await ask();
    } catch (error) {
      if (this.item) return this.notice.fail(error);
      return this.showEmpty(statement({ title: error.message, text: error.remedy ?? "" }));
    }
    const { length, place, status, rubric, marks, layout } = this.state;
    this.queue = new Ahead(this.rpc, length);
    this.tables = status.tables;
    this.cards.setRubric(rubric);
    this.layout ??= layout;
    this.isQuick ?? this.setQuick(this.state.is_quick);
    this.cards.setLayout(this.layout);
    this.criterion.textContent = rubric.criterion;
    this.question.textContent = rubric.better;
    this.guide.textContent = rubric.guide;
    this.footer.showCounts(MARKS[marks]);
    this.showStatus(status);
    if (!length) return this.showEmpty(this.emptyStatement());
    this.showEmpty(null);
    return this.go(place ?? 0, { isDone: place === null });
  }

  emptyStatement() {
    const { pairs, calls, route } = this.state;
    if (!pairs) return statement({ title: "No pairs yet", text: "Pairs come from corrected captions in Review, from builders, or from an import:", code: "ws.build_pairs()" });
    if (route === "all") return statement({ title: "Nothing left to judge", text: "Every pair is your own correction, so others should judge it." });
    const action = h("button", { class: "cw-btn", onclick: () => this.start(() => this.rpc.ask("reroute", { route: "all" })) }, `Judge all ${sayCount(pairs)}`, kbd("Enter"));
    const parts = [calls.clear && `${sayMany(calls.clear, "clear proposal")} that stay proposed until somebody judges them`, calls.settled && `${sayMany(calls.settled, "pair")} settled by people`];
    return statement({ title: "No pair needs a person now", text: `There are ${parts.filter(Boolean).join(", and ")}.`, action });
  }

  showEmpty(node) {
    this.empty.hidden = !node;
    this.split.hidden = Boolean(node);
    this.empty.replaceChildren(...(node ? [node] : []));
  }

  showStatus(status) {
    this.state.status = status;
    const { self, quiz } = status;
    const parts = [quiz?.count ? h("span", { title: sayShareFull(quiz, "known pairs") }, `quiz ${quiz.same} of ${quiz.count}`) : null, h("span", { title: sayShareFull(self, "hidden repeats") }, self.value === null ? "" : `agreement with yourself ${sayShare(self)} (${sayMany(self.count, "repeat")})`)];
    this.agreement.replaceChildren(...parts.filter(Boolean));
    this.footer.showStatus(status);
    if (status.last?.at) this.outbox.noteSaved(new Date(status.last.at));
  }

  // -- going from pair to pair

  async go(place, { isDone = false } = {}) {
    clearTimeout(this.timer);
    if (place === null || place < 0 || place >= this.queue.length) return;
    this.place = place;
    this.isReady = false;
    const { queue } = this;
    const isStale = () => this.queue !== queue || this.place !== place;
    await this.attempt(async () => {
      const item = await queue.item(place);
      if (isStale() || !item) return;
      const shown = this.stages.show(item);
      // The captions come with what they are about, or soon after they would have: never long before it.
      await Promise.race([shown, new Promise((wake) => setTimeout(wake, PATIENCE_MS))]);
      if (isStale()) return;
      Object.assign(this, { item, draft: draftOf(item.answer), truth: null });
      this.showItem();
      await shown;
      if (isStale()) return;
      this.isReady = true;
      this.since = performance.now();
      this.root.dataset.place = place;
      for (const ahead of [place + 1, place + 2, place + 3]) queue.item(ahead).then((next) => next && this.stages.readAhead(next), () => {});
    });
    if (isDone) this.notice.tell("Every pair is judged. K and J go through them.", { forMs: 8000 });
  }

  async goOn(place) {
    const ahead = await this.queue.nextAfter(place);
    if (this.place !== place) return;
    if (ahead !== null) return this.go(ahead);
    return this.goUnjudged();
  }

  async goUnjudged() {
    await this.attempt(async () => {
      // What is on its way to disk would still count as not judged.
      await this.sending;
      const { place } = await this.rpc.ask("unjudged", { place: (this.place ?? -1) + 1 });
      if (place !== null) return this.go(place);
      this.notice.tell("Every pair is judged. K and J go through them.", { forMs: 8000 });
    });
  }

  async find({ pair_id, occasion }) {
    await this.attempt(async () => {
      const { place } = await this.rpc.ask("find", { pair_id, occasion });
      await this.go(place);
    });
  }

  showItem() {
    const { item, state } = this;
    const quiz = item.is_quiz ? `calibration ${item.place + 1} of ${state.quiz}` : "";
    this.question.textContent = state.rubric[item.ask];
    this.question.title = state.rubric.guide;
    this.progress.replaceChildren(...(quiz ? [h("b", { class: "cw-warn" }, quiz), " · "] : []), `pair ${sayCount(item.place + 1)} of ${sayCount(this.queue.length)}`, h("span", { class: "cw-wide" }, " · blind: sides are shuffled for you"));
    this.root.classList.toggle("is-across", isAcross(item));
    this.prompt.hidden = !item.prompt;
    this.prompt.textContent = item.prompt;
    this.cards.top();
    this.showDraft();
  }

  showDraft() {
    const { marks } = this.state;
    // Across two samples nearly every word differs, and none of them says anything.
    const isAnswered = this.draft.answer !== null && this.draft.answer !== "skip" && !isAcross(this.item);
    this.cards.showItem(this.item, (marks === "before" && !isAcross(this.item)) || (marks === "after" && isAnswered));
    this.cards.showDraft(this.item, this.draft);
    this.saveButton.classList.toggle("is-lacking", !this.draft.answer || lacking(this.draft, this.state.rubric.requires).length > 0);
    this.saveButton.firstChild.textContent = this.truth || (this.item.answer && isSame(this.draft, this.item.answer)) ? "Next" : "Save and next";
    this.showTruth();
  }

  // What is known of a pair of the quiz, once it was answered.
  showTruth() {
    const { truth } = this;
    this.feedback.hidden = !truth;
    if (!truth) return;
    const what = truth.reason || (truth.error_type && sayType(truth.error_type));
    this.feedback.dataset.kind = truth.is_as_known ? "ok" : "bad";
    this.feedback.replaceChildren(icon(truth.is_as_known ? "ok" : "misaligned", 13), h("span", {}, h("b", {}, truth.is_as_known ? "As known" : "Known otherwise"), `: ${truth.side} is the better one${what ? `; the other was made false (${what})` : ""}.`));
  }

  // -- answers

  choose(draft, { isAnswer = false } = {}) {
    if (!this.isReady || this.truth) return;
    this.draft = draft;
    this.showDraft();
    clearTimeout(this.timer);
    if (!this.isQuick || (!isAnswer && !draft.answer)) return;
    const isWhole = draft.answer && lacking(draft, this.state.rubric.requires).length === 0;
    if (isWhole && isAnswer) this.timer = setTimeout(() => this.save(), prefersStill() ? 0 : QUICK_MS);
  }

  setQuick(isQuick) {
    this.isQuick = isQuick;
    this.quick.setAttribute("aria-pressed", String(isQuick));
  }

  skip() {
    if (!this.item || this.place !== this.item.place || this.truth) return;
    this.draft = { ...EMPTY, answer: "skip" };
    return this.save({ isSkip: true });
  }

  async save({ isSkip = false } = {}) {
    clearTimeout(this.timer);
    const { item, draft } = this;
    if (!item || item.place !== this.place || !(this.isReady || isSkip)) return;
    if (this.truth || isSame(draft, item.answer)) return this.goOn(item.place);
    if (!draft.answer) return this.notice.tell("Name one first: ← A, → B, ↓ tie, ↑ both bad, or S to skip.");
    const lacks = lacking(draft, this.state.rubric.requires);
    if (lacks.length) return this.notice.tell(`This rubric asks for a ${lacks.join(" and a ")} as well.`);
    const before = item.answer;
    item.answer = storedOf(draft);
    const stored = this.outbox.post(requestOf(item, draft, (performance.now() - this.since) / 1000));
    this.sending = stored.catch(() => {});
    const told = this.attempt(
      async () => {
        const answer = await stored;
        this.showStatus(answer.status);
        if (!answer.truth || this.place !== item.place) return;
        this.truth = answer.truth;
        this.showDraft();
      },
      () => {
        item.answer = before;
        this.go(item.place).then(() => this.place === item.place && this.item === item && this.choose(draft));
      },
    );
    if (item.is_quiz && !isSkip) await told;
    else await this.goOn(item.place);
  }

  async turn(op) {
    clearTimeout(this.timer);
    await this.attempt(async () => {
      const { turned, status } = await this.outbox.post({ op });
      this.showStatus(status);
      if (!turned) return this.notice.tell(`Nothing to ${op === "undo" ? "take back" : "make again"}.`);
      this.queue.clear();
      await this.go(turned.place);
      this.notice.tell(`${op === "undo" ? "Taken back" : "Made again"}: ${turned.verdict}, ${turned.name}`);
    });
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
    const { item } = this;
    if (!this.empty.hidden) return name === "Enter" ? (this.empty.querySelector("button")?.click() ?? true) : name === "?" && (this.help.toggle(), true);
    if (name === "Enter") this.save();
    else if (name === "ArrowLeft" || name === "ArrowRight") this.choose(pick(this.draft, item?.[name === "ArrowLeft" ? "left" : "right"].caption_id), { isAnswer: true });
    else if (name === "ArrowDown" || name === "ArrowUp") this.choose(say(this.draft, name === "ArrowDown" ? "tie" : "both_bad"), { isAnswer: true });
    else if (name === "1" || name === "2" || name === "3") this.choose(weigh(this.draft, Number(name)));
    else if (name === "s") this.skip();
    else if (name === "n") this.cards.note.focus();
    else if (name === "j" || name === "k") this.go((this.place ?? 0) + (name === "j" ? 1 : -1));
    else if (name === "u") this.goUnjudged();
    else if (name === "Ctrl+Z") this.turn("undo");
    else if (name === "Ctrl+Shift+Z" || name === "Ctrl+Y") this.turn("redo");
    else if (name === "Space" || name === "Shift+Space") this.stages.toggle(name !== "Space");
    else if (name === "," || name === ".") this.stages.step(name === "," ? -1 : 1);
    else if (name === "i") this.stages.playStretch();
    else if (name === "l") this.cards.setLayout((this.layout = this.layout === "stacked" ? "beside" : "stacked"));
    else if (name === "o") this.setQuick(!this.isQuick);
    else if (name === "PageDown" || name === "PageUp") this.cards.scroll(name === "PageDown" ? 1 : -1);
    else if (name === "Escape") this.choose(draftOf(item?.answer));
    else if (name === "?") this.help.toggle();
    else if (this.cards.reasonOf(name)) this.choose(toggleReason(this.draft, this.cards.reasonOf(name)));
    else return false;
    return true;
  }

  // Pairs came or went: the queue is another one, and whoever is in the middle of an answer stays there.
  async reload() {
    const { item, draft } = this;
    const isBusy = item && this.place === item.place && draft !== EMPTY && !isSame(draft, item.answer);
    await this.start();
    if (!isBusy) return;
    const { place } = await this.rpc.ask("find", { pair_id: item.pair_id, occasion: item.occasion });
    if (place === null) return;
    if (place !== this.place) await this.go(place);
    if (this.item?.pair_id === item.pair_id && this.item.occasion === item.occasion) this.choose(draft);
  }

  beat({ isDue = false } = {}) {
    return askStatus(this, isDue, (status) => (status.tables !== this.tables ? this.reload() : this.showStatus(status)));
  }

  close() {
    clearInterval(this.heart);
    clearTimeout(this.timer);
    this.outbox.close();
    this.stop.forEach((stop) => stop());
    [this.stages, this.rpc].forEach((part) => part.close());
    this.pictures.clear();
    this.files.clear();
  }
}

export default mounted(JudgeView);
