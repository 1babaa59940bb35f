// The team: how far everybody is, how far they agree, and what was decided, as it is decided.

import "./view.css";
import { h, kbd } from "../js/dom.js";
import { makeFooter } from "../js/footer.js";
import { ownKeys } from "../js/keys.js";
import { askStatus, HEARTBEAT_MS, mounted } from "../js/mounted.js";
import { makeOutbox } from "../js/outbox.js";
import { makeKeyHelp, makeNotice, statement } from "../js/overlay.js";
import { asJson, connect } from "../js/rpc.js";
import { followTheme } from "../js/theme.js";
import { sayCount, sayEstimate, sayMany } from "../js/words.js";
import { makeActs } from "./acts.js";
import { matrixOf, sayAgo, sayAgreement, sayCoefficient, sayCouple, sayPerson, sayShare } from "./figures.js";

const KEYS = [
  ["Look", [["R", "ask again"], ["E", "earlier decisions"], ["0", "everybody's decisions"], ["1 … 9", "those of one person"], ["?", "these keys"]]],
  ["Decide", [["Ctrl+Z", "take back your last decision"], ["Ctrl+Shift+Z", "make it again"]]],
];
const SOON_MS = 700;
const MOST_NAMES = 12;

class TeamView {
  constructor(model) {
    this.rpc = connect(model);
    this.state = null;
    this.only = null;
    this.outbox = makeOutbox(({ op, ...fields }) => this.rpc.ask(op, fields, { timeout: 6000 }), { onChange: (state) => this.footer?.showOutbox(state) });
    this.build();
    this.rpc.onEvent(() => this.followSoon());
    this.stop = [followTheme(this.root), ownKeys(this.root, (name) => this.press(name))];
    this.heart = setInterval(() => askStatus(this, false, (status) => this.showStatus(status)), HEARTBEAT_MS);
  }

  build() {
    this.notice = makeNotice();
    this.help = makeKeyHelp(KEYS);
    this.footer = makeFooter({ onUndo: () => this.turn("undo"), onName: () => this.choose(this.state.status.annotator), onKeys: () => this.help.toggle() });
    this.acts = makeActs({ rpc: this.rpc, onFail: (error) => this.notice.fail(error) });
    this.progress = h("span", { class: "cw-team-progress", role: "status" });
    this.agreement = h("p", { class: "cw-team-agreement" });
    this.people = h("div", { class: "cw-people" });
    this.couples = h("div", { class: "cw-couples" });
    this.who = h("h4", {}, "Decisions, newest first");
    const left = h("section", { class: "cw-team-left", "aria-label": "People and agreement" }, h("h4", {}, "People"), this.people, h("h4", {}, "Agreement on the same captions"), this.agreement, this.couples);
    const right = h("section", { class: "cw-team-right", "aria-label": "Decisions" }, this.who, this.acts.element);
    this.body = h("div", { class: "cw-team-body" }, left, right);
    this.empty = h("div", { class: "cw-empty", hidden: true });
    this.root = h("div", { class: "cw cw-team", tabindex: "0", "aria-label": "Team" }, h("div", { class: "cw-bar" }, this.progress), this.body, this.empty, this.notice.element, this.footer.element, this.help.element);
  }

  async start() {
    this.body.hidden = true;
    setTimeout(() => this.state || this.progress.textContent || (this.progress.textContent = "Counting what was decided…"), SOON_MS);
    await Promise.all([this.load(), this.acts.load({ isFresh: true })]);
  }

  async load() {
    try {
      const { status, buffers } = await this.rpc.ask("open");
      this.state = { ...asJson(buffers[0]), status };
      this.notice.clear();
      this.show();
    } catch (error) {
      this.notice.fail(error);
    }
  }

  // Many decisions at once are one look.
  followSoon() {
    this.soon ??= setTimeout(() => {
      this.soon = null;
      this.load();
      this.acts.refresh();
    }, SOON_MS);
  }

  show() {
    const { people, couples, agreement, samples, status } = this.state;
    this.body.hidden = !samples;
    this.empty.hidden = Boolean(samples);
    if (!samples) this.empty.replaceChildren(statement({ title: "No samples yet", text: "This workspace holds no media. Add a folder of media with captions:", code: 'ws.ingest("path/to/folder")' }));
    const { figure, tail } = sayAgreement(agreement);
    this.agreement.replaceChildren(h("b", {}, figure), h("span", { class: "meta" }, tail));
    const most = Math.max(1, ...people.map(({ decided }) => decided));
    this.people.replaceChildren(people.length ? this.table(people, most) : h("p", { class: "meta" }, "Nobody has decided anything yet."));
    this.couples.replaceChildren(...this.showCouples(people.map(({ annotator }) => annotator), couples));
    this.showStatus(status);
  }

  showStatus(status) {
    this.state.status = status;
    const { lead, figure, tail } = sayEstimate(status.estimate);
    const left = figure ? [` · ${lead}`, h("b", {}, figure), tail] : [];
    this.progress.replaceChildren(h("b", {}, `${sayCount(status.reviewed)} of ${sayCount(status.total)}`), " captions reviewed", ...left);
    this.footer.showStatus(status);
    if (status.last?.at) this.outbox.noteSaved(new Date(status.last.at));
  }

  table(people, most) {
    const head = ["", "decided", "fine", "misaligned", "skipped", "corrected", "as others", "last"];
    return h(
      "table",
      { class: "cw-people-table" },
      h("thead", {}, h("tr", {}, head.map((word, place) => h("th", { scope: "col", class: place ? "" : "cw-name-head" }, word || h("span", { class: "cw-unseen" }, "name"))))),
      h("tbody", {}, people.map((person, place) => this.person(person, place, most))),
    );
  }

  person(person, place, most) {
    const { annotator, decided, ok, misaligned, skipped, corrected, last_at } = person;
    const isYou = annotator === this.state.status.annotator;
    const isChosen = annotator === this.only;
    const name = h("button", { class: "cw-link cw-person", "aria-pressed": String(isChosen), title: "Only their decisions", onclick: () => this.choose(isChosen ? null : annotator) }, place < 9 ? kbd(String(place + 1)) : null, h("span", {}, annotator), isYou ? h("span", { class: "meta" }, "you") : null);
    const parts = [["ok", ok], ["misaligned", misaligned], ["skip", skipped]].map(([kind, count]) => h("i", { "data-kind": kind, style: { width: `${(100 * count) / most}%` } }));
    const bar = h("span", { class: "cw-stack", "aria-hidden": "true" }, parts);
    const numbers = [ok, misaligned, skipped, corrected].map((count) => h("td", {}, sayCount(count)));
    return h("tr", { class: isChosen ? "is-chosen" : "" }, h("th", { scope: "row" }, name), h("td", { class: "cw-decided" }, bar, h("b", {}, sayCount(decided))), numbers, h("td", { class: "cw-as-others", title: sayPerson(person) }, this.interval(person)), h("td", { class: "meta" }, sayAgo(last_at)));
  }

  interval({ equal, equal_low, equal_high, reason }) {
    if (equal === null) return h("span", { class: "meta", title: reason }, "not yet");
    const whisker = h("i", { style: { left: `${100 * (equal_low ?? equal)}%`, width: `${100 * ((equal_high ?? equal) - (equal_low ?? equal))}%` } });
    return [h("span", { class: "cw-whisker", "aria-hidden": "true" }, whisker, h("b", { style: { left: `${100 * equal}%` } })), h("span", {}, sayShare(equal))];
  }

  showCouples(names, couples) {
    if (!couples.length) return [];
    if (names.length > MOST_NAMES) {
      const worst = [...couples].sort((one, other) => (one.kappa ?? 2) - (other.kappa ?? 2)).slice(0, MOST_NAMES);
      return [h("p", { class: "meta" }, `The ${worst.length} couples who agree least:`), h("ul", { class: "cw-couple-list" }, worst.map((couple) => h("li", {}, sayCouple(couple))))];
    }
    const rows = matrixOf(names, couples);
    const head = h("tr", {}, h("td"), names.map((name) => h("th", { scope: "col", title: name }, h("span", {}, name))));
    const body = names.map((name, row) => h("tr", {}, h("th", { scope: "row" }, name), rows[row].map((couple) => this.cell(couple))));
    return [h("table", { class: "cw-matrix", "aria-label": "Cohen's kappa of every two people" }, h("thead", {}, head), h("tbody", {}, body)), h("p", { class: "meta" }, "Cohen's kappa of every two people; point at one for its interval.")];
  }

  cell(couple) {
    if (couple === null) return h("td", { class: "cw-self" });
    if (!couple) return h("td", { class: "cw-none", title: "These two decided no caption in common" }, "·");
    const { kappa, high } = couple;
    const shade = kappa === null ? 0 : Math.round(70 * Math.max(0, Math.min(1, kappa)));
    return h("td", { title: sayCouple(couple), class: kappa !== null && high !== null && high < 0.4 ? "is-low" : "", style: { background: `color-mix(in srgb, var(--cw-accent-soft) ${shade + 10}%, transparent)` } }, kappa === null ? "–" : sayCoefficient(kappa));
  }

  choose(annotator) {
    this.only = annotator;
    this.who.textContent = annotator ? `Decisions of ${annotator}, newest first` : "Decisions, newest first";
    this.show();
    return this.acts.only(annotator);
  }

  async turn(op) {
    try {
      const { turned, status } = await this.outbox.post({ op });
      this.notice.clear();
      this.notice.tell(turned.length ? `${op === "undo" ? "Taken back" : "Made again"}: ${sayMany(turned.length, "decision")}` : `Nothing to ${op === "undo" ? "take back" : "make again"}.`);
      this.showStatus(status);
      this.followSoon();
    } catch (error) {
      this.notice.fail(error);
    }
  }

  press(name) {
    if (this.help.isOpen && (name === "Escape" || name === "?")) return this.help.hide() ?? true;
    const person = /^[1-9]$/.test(name) ? this.state?.people[Number(name) - 1] : null;
    if (person) this.choose(person.annotator);
    else if (name === "0") this.choose(null);
    else if (name === "r") this.followSoon();
    else if (name === "e") this.acts.load();
    else if (name === "Ctrl+Z") this.turn("undo");
    else if (name === "Ctrl+Shift+Z" || name === "Ctrl+Y") this.turn("redo");
    else if (name === "?") this.help.toggle();
    else return false;
    return true;
  }

  close() {
    clearInterval(this.heart);
    clearTimeout(this.soon);
    this.outbox.close();
    this.stop.forEach((stop) => stop());
    this.rpc.close();
  }
}

export default mounted(TeamView);
