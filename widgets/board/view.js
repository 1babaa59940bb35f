// The board: every preference pair in one table, scoped by filter, brush and bars; lint one click from its rows.

import "./view.css";
import { h, icon, kbd } from "../js/dom.js";
import { makeFilterBox } from "../js/filterbox.js";
import { Grid } from "../js/grid.js";
import { ownKeys } from "../js/keys.js";
import { MediaFiles } from "../js/media.js";
import { askStatus, HEARTBEAT_MS, mounted } from "../js/mounted.js";
import { makeKeyHelp, makeNotice, statement } from "../js/overlay.js";
import { Pages } from "../js/pages.js";
import { Pictures } from "../js/pictures.js";
import { asJson, connect } from "../js/rpc.js";
import { followTheme } from "../js/theme.js";
import { sayCount, sayMany } from "../js/words.js";
import { makeDetail } from "./detail.js";
import { makeFoot } from "./foot.js";
import { makeLint } from "./lint.js";
import { makeRail } from "./rail.js";
import { makeRow } from "./row.js";
import { countSeverities, sayChecks, sayName } from "./says.js";
import { Selection } from "./selection.js";
import { makeSplit } from "./split.js";

const POLL_MS = 400;
const FOLLOW_MS = 700;
const HEIGHTS_PX = [58, 92, 128];
const WIDEST = 1e5; // one row a line
const PLACEHOLDER = "Filter: words, origin:edit, status:disputed, weight<0.7, lint:identical, is:flagged";
const KEYS = [
  ["Move and select", [["↑ ↓", "move"], ["Enter", "open it large"], ["Ctrl+click", "select one more"], ["Shift+arrow", "select on the way"], ["Ctrl+A", "select all that match"], ["Esc", "close, select none, leave a finding"]]],
  ["Look", [["/", "filter"], ["+ −", "higher or lower rows"], ["R", "arrange anew"], ["Space", "play in the large view"], ["?", "these keys"]]],
  ["Check", [["L", "lint, and back to the pairs"], ["C", "check again"], ["↑ ↓ Enter", "in lint: to the pairs of a finding"], ["P", "split into training and held out"]]],
];
const COLUMNS = [["", "media", null], ["Chosen and rejected", "texts", "made"], ["Stands", "status", null], ["Origin", "origin", "newest"], ["Agreement", "trust", "unsure"], ["Lint", "lint", "findings"]];

class BoardView {
  constructor(model) {
    this.rpc = connect(model);
    this.state = null;
    this.height = 1;
    this.severities = new Map();
    this.pictures = new Pictures(this.rpc, { sizePx: 200, onArrive: () => this.grid.refresh() });
    this.files = new MediaFiles(this.rpc);
    this.pages = new Pages((start, stop) => this.loadPage(start, stop), { onLoad: () => this.onRows(), onFail: (error) => this.notice.fail(error) });
    this.build();
    this.rpc.onEvent(() => this.followSoon());
    this.selection = new Selection({
      rpc: this.rpc, pages: this.pages, grid: this.grid, attempt: (act) => this.attempt(act),
      onCount: (selected) => this.foot.showCounts(Object.assign(this.state, { selected })),
    });
    this.stop = [followTheme(this.root), ownKeys(this.root, (name) => this.press(name))];
    this.heart = setInterval(() => this.beat(), HEARTBEAT_MS);
  }

  build() {
    const onRule = (rule) => this.showRule(rule);
    const severityOf = (rule) => this.severities.get(rule) ?? "note";
    this.grid = new Grid({
      makeTile: () => makeRow({ rowAt: (index) => this.pages.row(index), pictures: this.pictures, grid: () => this.grid, severityOf, onRule }),
      tileWidth: WIDEST, gap: 0, label: "Preference pairs", heightOf: () => HEIGHTS_PX[this.height], onFocus: (index) => this.onFocus(index),
    });
    this.filter = makeFilterBox({ onFilter: (text) => (this.toggleLint(false), this.arrange({ text })), onLeave: () => this.root.focus(), placeholder: PLACEHOLDER });
    this.rail = makeRail({ onScope: (part) => this.arrange(part), severityOf });
    this.lint = makeLint({ onFinding: (name) => this.showFinding(name), onCheck: () => this.check() });
    this.splitSheet = makeSplit({ onSplit: (fields) => this.split(fields), onLeave: () => this.root.focus() });
    this.detail = makeDetail({ rpc: this.rpc, pictures: this.pictures, files: this.files, onStep: (key) => this.grid.stepFocus(key), onClose: () => this.detail.hide(), onRule });
    this.notice = makeNotice();
    this.help = makeKeyHelp(KEYS);
    this.sort = h("select", { class: "cw-btn", "aria-label": "Order", onchange: () => this.arrange({ sort: this.sort.value, seed: Date.now() % 100000 }) });
    this.count = h("span", { class: "meta cw-count", role: "status" });
    this.railButton = h("button", { class: "cw-btn cw-rail-button", "aria-expanded": "false", onclick: () => this.toggleRail() }, "Scope");
    this.lintButton = h("button", { class: "cw-btn cw-lint-button", "aria-pressed": "false", onclick: () => this.toggleLint() }, "Lint");
    this.splitButton = h("button", { class: "cw-btn", onclick: () => this.openSplit() }, "Split", kbd("P"));
    const bar = h("div", { class: "cw-bar" }, this.filter.element, this.railButton, this.count, this.sort, this.lintButton, this.splitButton);
    this.heads = COLUMNS.map(([word, name, sort]) =>
      sort ? h("button", { class: `cw-cell cw-head-cell cw-pair-${name}`, "data-sort": sort, title: "Order by this", onclick: () => this.arrange({ sort }) }, word) : h("span", { class: `cw-cell cw-head-cell cw-pair-${name}` }, word),
    );
    this.head = h("div", { class: "cw-pair-head meta" }, this.heads);
    this.crumb = h("div", { class: "cw-crumb", role: "status", hidden: true });
    this.empty = h("div", { class: "cw-empty", hidden: true });
    this.main = h("div", { class: "cw-main" }, this.crumb, this.head, this.grid.scroller, this.empty);
    this.body = h("div", { class: "cw-body" }, this.rail.element, this.main, this.lint.element, this.detail.element);
    this.foot = makeFoot({ onLint: () => this.toggleLint(true), onKeys: () => this.help.toggle() });
    this.root = h("div", { class: "cw cw-board cw-scoped", tabindex: "0", "aria-label": "Board of preference pairs" }, bar, this.filter.below, this.body, this.notice.element, this.foot.element, this.splitSheet.element, this.help.element);
    this.grid.scroller.addEventListener("click", (event) => this.click(event));
    this.grid.scroller.addEventListener("dblclick", () => this.open());
  }

  async start() {
    try {
      this.state = await this.rpc.ask("open");
      this.sort.replaceChildren(...Object.entries(this.state.sorts).map(([name, word]) => h("option", { value: name }, word)));
      this.pages.pageRows = this.state.page_rows;
      this.filter.set(this.state.scope.text);
      this.showState();
    } catch (error) {
      this.showEmpty(statement({ title: error.message, text: error.remedy ?? "", action: h("button", { class: "cw-btn", onclick: () => this.start() }, "Try again") }));
    }
  }

  // Ask the kernel for the table under changed scope; the old one stays until the new one is there.
  async arrange(part, { keepPlace = false } = {}) {
    if (!this.state) return;
    const asked = (this.asked = {});
    try {
      const state = await this.rpc.ask("view", { ...this.state.scope, ...part });
      if (asked !== this.asked) return;
      this.state = { ...this.state, ...state };
      this.notice.clear();
      this.pictures.retry();
      if ("text" in part) this.filter.set(part.text);
      this.showState({ keepPlace });
    } catch (error) {
      if (asked !== this.asked) return;
      if (error.position !== undefined) this.filter.showError(error);
      else this.notice.fail(error);
    }
  }

  // What a finding or a rule names, and nothing else: whatever narrowed the table before is let go.
  showFinding = (finding) => this.showOnly({ finding });
  showRule = (rule) => this.showOnly({ picks: { lint: [rule] } });

  showOnly(part) {
    this.detail.hide();
    this.toggleLint(false);
    this.root.focus();
    return this.arrange({ text: "", low: null, high: null, picks: {}, finding: "", ...part });
  }

  // -- what is shown

  showState({ keepPlace = false } = {}) {
    const { scope, count, total, code, status } = this.state;
    this.shownRounds = this.roundsOf(status);
    this.filter.showCode(code);
    this.sort.value = scope.sort;
    for (const cell of this.heads) if (cell.dataset.sort) cell.setAttribute("aria-pressed", String(cell.dataset.sort === scope.sort));
    this.showStatus(status);
    this.rail.show(this.state);
    this.rail.element.hidden = !total || !this.lint.element.hidden;
    this.pages.clear();
    this.count.replaceChildren(h("strong", {}, sayCount(count)), ` of ${sayCount(total)}`);
    this.showEmpty(this.emptyNode());
    this.showCrumb();
    this.grid.setCount(count, { keepPlace });
    this.showCounts();
  }

  emptyNode() {
    const { count, total, captions, rejects, scope, status } = this.state;
    if (count) return null;
    const isUnchecked = !status.checks.last && /\blint[:=!]|\b(flagged|clean)\b/.test(scope.text);
    if (total && isUnchecked) return statement({ title: "Not checked yet", text: "The filter asks what lint found, and nothing has been checked.", action: h("button", { class: "cw-btn", onclick: () => this.check() }, `Check ${sayMany(total, "pair")}`, kbd("C")) });
    if (total) return statement({ title: "Nothing matches", text: "No pair passes the filter, the brush and the bars together.", action: h("button", { class: "cw-btn", onclick: () => this.arrange({ text: "", low: null, high: null, picks: {}, finding: "" }) }, `Show all ${sayCount(total)}`) });
    if (!captions) return statement({ title: "No samples yet", text: "This workspace holds no media. Add a folder of media with captions:", code: 'ws.ingest("path/to/folder")' });
    const refused = rejects ? ` ${sayMany(rejects, "row")} of files ${rejects === 1 ? "was" : "were"} refused: why is in ws.rejects.` : "";
    return statement({ title: "No pairs yet", text: `A correction in Review is a pair at once. Captions that you found fine are made false by builders, and the pairs of another tool can be taken in with ws.import_pairs(path).${refused}`, code: "ws.build_pairs()" });
  }

  showCrumb() {
    const { finding, picks } = this.state.scope;
    const rules = picks?.lint ?? [];
    const found = this.state.status.checks.last?.findings.find(({ name, rule }) => (finding ? name === finding : rules.length === 1 && rule === rules[0]));
    this.crumb.hidden = !found;
    if (!found) return;
    this.crumb.className = `cw-crumb cw-sev-${found.severity}`;
    const back = h("button", { class: "cw-btn", onclick: () => this.toggleLint(true) }, icon("previous", 10), "Lint", kbd("L"));
    const leave = h("button", { class: "cw-icon", "aria-label": "Show all pairs", title: "Show all pairs", onclick: () => this.leaveFinding() }, icon("close", 10));
    this.crumb.replaceChildren(back, h("p", {}, h("b", {}, sayName(found.rule)), `: ${found.message} `, h("span", { class: "meta" }, found.remedy)), leave);
  }

  showEmpty(node) {
    this.empty.hidden = !node;
    this.empty.replaceChildren(...(node ? [node] : []));
    this.grid.scroller.hidden = this.head.hidden = Boolean(node);
  }

  showStatus(status) {
    this.state.status = status;
    const { checks, split } = status;
    this.severities = new Map((checks.last?.findings ?? []).map(({ rule, severity }) => [rule, severity]));
    const counts = countSeverities(checks.last?.findings ?? []);
    const graves = counts.error + counts.warning;
    this.lintButton.replaceChildren("Lint", checks.is_running ? h("span", { class: "meta" }, "checking…") : graves ? h("span", { class: `cw-badge cw-sev-${counts.error ? "error" : "warning"}` }, sayCount(graves)) : "", kbd("L"));
    this.lintButton.title = sayChecks(checks);
    this.foot.showStatus(status);
    this.splitButton.disabled = !this.state.total;
    this.lint.show(checks, this.state.total);
    this.splitSheet.show(split);
    if (checks.is_running || split.is_running) this.pollSoon();
  }

  onRows() {
    this.grid.refresh();
    this.showCounts();
  }

  showCounts() {
    this.foot.showCounts(this.state);
  }

  async loadPage(start, stop) {
    const answer = await this.rpc.ask("page", { start, stop, version: this.state.version });
    if (answer.is_outdated) return this.arrange({}, { keepPlace: true });
    return asJson(answer.buffers[0]);
  }

  // -- keys and clicks

  press(name) {
    if (this.help.isOpen && (name === "Escape" || name === "?")) return this.help.hide() ?? true;
    if (this.splitSheet.isOpen) return this.pressInSplit(name);
    if (this.detail.isOpen && this.pressInDetail(name)) return true;
    if (!this.lint.element.hidden && this.pressInLint(name)) return true;
    const acts = {
      Enter: () => this.open(), "/": () => this.filter.focus(), "?": () => this.help.toggle(), Escape: () => this.leave(),
      "Ctrl+A": () => this.selection.change({ how: "all" }), r: () => this.arrange({}, { keepPlace: true }), l: () => this.toggleLint(), c: () => this.check(), p: () => this.openSplit(),
      "+": () => this.setHeight(this.height + 1), "=": () => this.setHeight(this.height + 1), "-": () => this.setHeight(this.height - 1),
    };
    if (acts[name]) acts[name]();
    else return this.move(name);
    return true;
  }

  pressInSplit(name) {
    if (name === "Escape") this.splitSheet.hide();
    else if (name === "Enter") this.splitSheet.send();
    return name === "Escape" || name === "Enter";
  }

  pressInDetail(name) {
    if (name === "Escape" || name === "Enter") this.detail.hide();
    else if (name === "Space") this.detail.play();
    else if (name === "ArrowLeft" || name === "ArrowRight") this.grid.stepFocus(name === "ArrowLeft" ? "ArrowUp" : "ArrowDown");
    else return false;
    return true;
  }

  pressInLint(name) {
    if (name === "Escape") this.toggleLint(false);
    else if (name === "Enter") this.lint.enter();
    else return this.lint.step(name);
    return true;
  }

  move(name) {
    const extend = name.startsWith("Shift+");
    const from = this.grid.focus;
    if (!this.grid.stepFocus(name.replace("Shift+", ""))) return false;
    if (extend) this.selection.extend(from, this.grid.focus);
    else this.selection.anchor = null;
    return true;
  }

  onFocus(index) {
    if (this.detail.isOpen) this.pages.rowSoon(index).then((row) => row && this.grid.focus === index && this.detail.show(row)).catch((error) => this.notice.fail(error));
  }

  click(event) {
    const tile = event.target.closest(".cw-pair");
    if (!tile) return;
    const index = Number(tile.dataset.index);
    const row = this.pages.row(index);
    if (event.shiftKey) this.selection.extend(this.grid.focus, index);
    else this.selection.pick(index, row, { isMore: event.ctrlKey || event.metaKey });
    this.grid.moveFocus(index);
  }

  // Step by step back to everything: first the selection goes, then the finding whose pairs are shown.
  leave() {
    if (this.state.selected) return this.selection.change({ how: "none" });
    if (!this.crumb.hidden) return this.leaveFinding();
  }

  leaveFinding() {
    return this.arrange({ finding: "", picks: { ...this.state.scope.picks, lint: [] } });
  }

  // -- doing and looking

  async attempt(act) {
    try {
      await act();
      this.notice.clear();
    } catch (error) {
      this.notice.fail(error);
    }
  }

  async open() {
    await this.attempt(async () => {
      const row = await this.pages.rowSoon(this.grid.focus);
      if (row) await this.detail.show(row);
    });
  }

  setHeight(height) {
    this.height = Math.min(HEIGHTS_PX.length - 1, Math.max(0, height));
    this.root.dataset.height = this.height;
    this.grid.resize();
    this.grid.reveal(this.grid.focus);
  }

  toggleLint(isOpen = this.lint.element.hidden) {
    this.lint.element.hidden = !isOpen;
    this.main.hidden = isOpen;
    this.rail.element.hidden = isOpen || !this.state?.total;
    this.lintButton.setAttribute("aria-pressed", String(isOpen));
    if (!isOpen) this.grid.resize();
  }

  toggleRail() {
    const isOpen = this.root.classList.toggle("has-rail");
    this.railButton.setAttribute("aria-expanded", String(isOpen));
  }

  openSplit() {
    if (this.state?.total) this.splitSheet.open();
  }

  check() {
    return this.attempt(async () => this.takeStatus((await this.rpc.ask("check")).status));
  }

  split(fields) {
    return this.attempt(async () => this.takeStatus((await this.rpc.ask("split", fields)).status));
  }

  roundsOf = ({ checks, split }) => ({ checks: checks.rounds, split: split.rounds });

  pollSoon() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.beat({ isDue: true }), POLL_MS);
  }

  // Somebody judges in another view: follow in the pauses, for every answer would work all pairs out again.
  followSoon() {
    clearTimeout(this.following);
    this.following = setTimeout(() => this.arrange({}, { keepPlace: true }), FOLLOW_MS);
  }

  // A light question now and then: it shows what other cells did, and says when the kernel is gone.
  beat({ isDue = false } = {}) {
    return askStatus(this, isDue, (status) => this.takeStatus(status));
  }

  // Work that has ended since what is shown was asked for, however quickly, is told of and shown.
  async takeStatus(status) {
    const rounds = this.roundsOf(status);
    const [isChecked, isSplit] = [rounds.checks !== this.shownRounds.checks, rounds.split !== this.shownRounds.split];
    this.showStatus(status);
    if (status.is_changed || isChecked || isSplit) await this.arrange({}, { keepPlace: true });
    if (isSplit) this.tellSplit(status.split);
  }

  tellSplit({ failure, summary }) {
    if (failure) return;
    this.splitSheet.hide();
    this.notice.tell(summary, { forMs: 8000 });
  }

  close() {
    clearInterval(this.heart);
    [this.soon, this.following].forEach(clearTimeout);
    this.stop.forEach((stop) => stop());
    [this.grid, this.detail, this.rpc].forEach((part) => part.close());
    this.pictures.clear();
    this.files.clear();
  }
}

export default mounted(BoardView);
