// The plots: a map, scores, suspected errors and slices; what is picked on one narrows the others.

import "./view.css";
import { h, icon, kbd } from "../js/dom.js";
import { makeHistogram, sayBrush } from "../js/histogram.js";
import { ownKeys } from "../js/keys.js";
import { askStatus, HEARTBEAT_MS, mounted } from "../js/mounted.js";
import { makeKeyHelp, makeNotice, statement } from "../js/overlay.js";
import { Pictures } from "../js/pictures.js";
import { asBytes, asJson, connect } from "../js/rpc.js";
import { followTheme } from "../js/theme.js";
import { sayCount, sayMany, sayType } from "../js/words.js";
import { makeHover } from "./hover.js";
import { PointMap } from "./map.js";
import { unpackBits } from "./paint.js";
import { makeSlices } from "./slices.js";

const KEYS = [
  ["Pick", [["1", "to the map"], ["2", "to the scores"], ["3", "to the errors"], ["4", "to the slices"], ["Esc", "lift what is picked"]]],
  ["On the map", [["← → ↑ ↓", "move a frame"], ["Shift+arrow", "make it larger or smaller"], ["Enter", "pick what is in it"], ["+ −", "closer, farther"], ["0", "see all"], ["Shift+drag", "move the map"]]],
  ["Look", [["R", "count anew"], ["?", "these keys"]]],
];
const POLL_MS = 400;
const REST_MS = 120;
const PER_ASK = 500_000;
const PLACES = [".cw-map-over", ".cw-bars", ".cw-error-bar", ".cw-slice"];

class PlotsView {
  constructor(model) {
    this.rpc = connect(model);
    this.state = null;
    this.hover = makeHover({ rpc: this.rpc, pictures: new Pictures(this.rpc, { sizePx: 200, keep: 120, onArrive: () => this.hover.refresh() }) });
    this.build();
    this.rpc.onEvent((event) => event.event === "changed" && this.reopen());
    this.stop = [followTheme(this.root), ownKeys(this.root, (name) => this.press(name))];
    this.repaint = new MutationObserver(() => this.map.show(this.map.points));
    this.repaint.observe(this.root, { attributes: true, attributeFilter: ["data-theme"] });
    this.heart = setInterval(() => this.beat(), HEARTBEAT_MS);
  }

  build() {
    this.map = new PointMap({ onPick: (part) => this.pick(part), onHover: (number, at) => this.hover.show(number, at, this.state) });
    this.map.box.append(this.hover.element);
    const choose = (label, name) => h("select", { class: "cw-btn cw-small", "aria-label": label, onchange: (event) => this.draw({ [name]: event.target.value }) });
    this.selects = { colour: choose("Colour of the points", "colour"), method: choose("How the map is laid out", "method"), scorer: choose("Which score", "scorer") };
    this.map.element.prepend(h("div", { class: "cw-between cw-plots-head" }, h("h4", {}, "Map of the media"), h("span", { class: "cw-row cw-map-choices" }, this.selects.method, h("span", { class: "meta" }, "coloured by"), this.selects.colour)));
    this.histogram = makeHistogram((brush) => this.pick(brush));
    this.noScores = h("p", { class: "meta" }, "No scores yet. Run ", h("code", {}, 'ws.score("similarity")'), " in a cell; the plots follow.");
    this.errors = h("div", { role: "group", "aria-label": "Suspected error" });
    this.noErrors = h("p", { class: "meta" }, "Nothing is flagged yet. Run ", h("code", {}, "ws.flag()"), " in a cell.");
    this.slices = makeSlices({ onPick: (slice) => this.pick({ slice }), onCut: () => this.follow() });
    const scores = h("section", { class: "cw-scores" }, h("div", { class: "cw-between cw-plots-head" }, h("h4", {}, "Scores"), this.selects.scorer), this.histogram.element, this.noScores);
    const errors = h("section", { class: "cw-errors" }, h("div", { class: "cw-plots-head" }, h("h4", {}, "Suspected error")), this.errors, this.noErrors);
    this.count = h("span", { class: "cw-count", role: "status" });
    this.chips = h("span", { class: "cw-chips cw-picks" });
    this.all = h("button", { class: "cw-btn", onclick: () => this.pick({ all: true }) }, "Show all", kbd("Esc"));
    const bar = h("div", { class: "cw-bar" }, this.count, this.chips, h("span", { class: "cw-grow" }), this.all);
    this.body = h("div", { class: "cw-plots-body" }, this.map.element, h("div", { class: "cw-plots-side" }, h("div", { class: "cw-plots-top" }, scores, errors), this.slices.element));
    this.empty = h("div", { class: "cw-empty", hidden: true });
    this.notice = makeNotice();
    this.help = makeKeyHelp(KEYS);
    this.linked = h("span", { class: "cw-linked" });
    const foot = h("div", { class: "cw-foot meta" }, this.linked, h("span", { class: "cw-grow" }), h("button", { class: "cw-link cw-quiet", onclick: () => this.help.toggle(), "aria-label": "Show the keys" }, kbd("?"), " keys"));
    this.root = h("div", { class: "cw cw-scoped cw-plots", tabindex: "0", role: "group", "aria-label": "Plots" }, bar, this.body, this.empty, this.notice.element, foot, this.help.element);
  }

  async start() {
    try {
      const answer = await this.rpc.ask("open", {}, { timeout: 60000 });
      if (!answer.is_ready) return this.wait(answer.reading);
      this.take(answer);
      const { status } = await this.rpc.ask("status");
      this.tables = status.tables;
      this.follow();
    } catch (error) {
      this.showEmpty(statement({ title: error.message, text: error.remedy ?? "" }));
    }
  }

  // The tables are being read, or the map is being made: ask again.
  wait(reading) {
    if (reading.failure) return this.showEmpty(statement({ title: reading.failure.message, text: reading.failure.remedy ?? "" }));
    if (!this.state) this.showEmpty(statement({ title: "Counting…", text: "The tables are being read. Cells can be run meanwhile." }));
    this.later = setTimeout(() => this.start(), POLL_MS);
  }

  reopen() {
    if (this.state) this.start();
  }

  // -- what the kernel told

  take(answer) {
    this.state = { ...this.state, ...answer };
    this.notice.clear();
    const { samples } = this.state;
    this.showEmpty(samples ? null : statement({ title: "No samples yet", text: "This workspace holds no media. Add a folder of media with captions:", code: 'ws.ingest("path/to/folder")' }));
    this.showSelects();
    this.showCounts();
    this.showMap(answer.buffers?.[0]);
  }

  showEmpty(node) {
    this.empty.hidden = !node;
    this.body.hidden = Boolean(node);
    this.empty.replaceChildren(...(node ? [node] : []));
  }

  showSelects() {
    const { colours, colour, scorers, scorer, map } = this.state;
    const fill = (select, options, value) => {
      select.replaceChildren(...options.map(([name, word]) => h("option", { value: name }, word)));
      select.value = value;
    };
    fill(this.selects.colour, colours.map((name) => [name, name]), colour);
    fill(this.selects.scorer, scorers.map((name) => [name, name.replaceAll("_", " ")]), scorer);
    fill(this.selects.method, Object.entries(map.methods), map.method);
    this.selects.scorer.hidden = !scorers.length;
  }

  showCounts() {
    const { histogram, errors, picks, shown_samples, shown_captions, samples, captions, outer } = this.state;
    this.count.replaceChildren(h("strong", {}, sayCount(shown_samples)), ` of ${sayMany(samples, "sample")}, `, h("strong", {}, sayCount(shown_captions)), ` of ${sayMany(captions, "caption")}`);
    this.histogram.element.hidden = !histogram;
    this.noScores.hidden = Boolean(histogram);
    if (histogram) this.histogram.show(histogram, picks);
    this.showErrors(errors, picks);
    this.showChips(picks, outer);
    this.slices.showPicked(picks.slice);
    this.linked.textContent = outer ? `narrowed by a linked view: ${outer}` : "";
  }

  showErrors(errors, picks) {
    this.noErrors.hidden = errors.length > 0;
    const most = Math.max(1, ...errors.map(([, all]) => all));
    const toggled = (name) => (picks.errors.includes(name) ? picks.errors.filter((other) => other !== name) : [...picks.errors, name]);
    const focused = [...this.errors.children].indexOf(document.activeElement);
    this.errors.replaceChildren(
      ...errors.map(([name, all, shown]) =>
        h(
          "button",
          { class: "cw-error-bar", "aria-pressed": String(picks.errors.includes(name)), title: `${sayCount(shown)} of ${sayCount(all)}`, onclick: () => this.pick({ errors: toggled(name) }) },
          h("span", {}, sayType(name)),
          h("i", { class: "cw-of-all" }, h("s", { style: { width: `${(all / most) * 100}%` } }), h("b", { style: { width: `${(shown / most) * 100}%` } })),
          h("span", { class: "meta" }, sayCount(shown)),
        ),
      ),
    );
    this.errors.children[focused]?.focus();
  }

  showChips(picks, outer) {
    const chip = (text, part, label) => h("button", { class: "cw-chip", "aria-pressed": "true", "aria-label": `Lift: ${text}`, title: label ?? "Lift it", onclick: () => (part ? this.pick(part) : this.lift()) }, text, icon("close", 9));
    const { low, high } = picks;
    const chips = [];
    if (outer) chips.push(chip(outer, null, "From a linked view; lift it here"));
    if (picks.dot !== null) chips.push(chip("one dot", { dot: null }));
    if (picks.lasso.length) chips.push(chip("lasso", { lasso: [] }));
    if (low !== null || high !== null) chips.push(chip(`${this.state.scorer.replaceAll("_", " ")} ${sayBrush(picks)}`, { low: null, high: null }));
    picks.errors.forEach((name) => chips.push(chip(sayType(name), { errors: picks.errors.filter((other) => other !== name) })));
    if (picks.slice.length) chips.push(chip(picks.slice.join(": "), { slice: [] }));
    const hadFocus = this.chips.contains(document.activeElement) || document.activeElement === this.all;
    this.chips.replaceChildren(...chips);
    this.all.disabled = chips.length === (outer ? 1 : 0);
    // What was pressed is gone or out of use; the keys must not fall to the notebook.
    if (hadFocus && (this.all.disabled || document.activeElement !== this.all)) this.root.focus({ preventScroll: true });
  }

  async showMap(bits) {
    const { map, version, picks } = this.state;
    if (!map.count) {
      const failure = map.failure && statement({ title: map.failure.message, text: map.failure.remedy.replace(/:\s*ws\..*/, ":"), code: /ws\..*$/.exec(map.failure.remedy)?.[0] });
      this.map.say(map.is_running ? h("p", { class: "meta" }, "Laying out the map…") : failure);
      this.map.told.textContent = "";
      if (map.is_running) this.later = setTimeout(() => this.start(), POLL_MS * 2);
      return;
    }
    this.map.say(null);
    const left = this.state.samples - map.count;
    this.map.told.textContent = `${map.told}. One point a sample${left ? `; ${sayMany(left, "sample")} without a vector` : ""}.`;
    if (bits) this.isShown = unpackBits(asBytes(bits), map.count);
    if (map.is_running) this.later = setTimeout(() => this.start(), POLL_MS * 2);
    if (this.drawn !== version) await this.loadPoints(version, map.count).catch((error) => this.notice.fail(error));
    if (this.drawn === this.state.version) this.map.showPicked(this.isShown, picks.lasso);
  }

  async loadPoints(version, count) {
    const [x, y, codes] = [new Uint16Array(count), new Uint16Array(count), new Uint8Array(count)];
    let legend = null;
    for (let start = 0; start < count; start += PER_ASK) {
      const answer = await this.rpc.ask("points", { start, version });
      if (answer.is_outdated) return;
      const [first, second, third] = answer.buffers.map((buffer) => asBytes(buffer).slice().buffer);
      x.set(new Uint16Array(first), start);
      y.set(new Uint16Array(second), start);
      codes.set(new Uint8Array(third), start);
      legend = answer.legend;
    }
    this.drawn = version;
    this.map.isShown = this.isShown;
    this.map.show({ x, y, codes, legend });
  }

  // -- picking

  // The newest pick wins; the table of slices and the linked views follow when the hand rests.
  async pick(part) {
    if (!this.state) return;
    const asked = (this.asked = {});
    try {
      const answer = await this.rpc.ask("pick", part);
      if (asked !== this.asked) return;
      this.take(answer);
      this.follow();
    } catch (error) {
      if (asked === this.asked) this.notice.fail(error);
    }
  }

  follow() {
    clearTimeout(this.resting);
    this.resting = setTimeout(async () => {
      try {
        const answer = await this.rpc.ask("table", { cut: this.slices.cut ?? "" }, { timeout: 60000 });
        const told = asJson(answer.buffers[0]);
        this.slices.show(told);
        if (told.refused) this.notice.fail(told.refused);
        this.slices.showPicked(this.state.picks.slice);
      } catch (error) {
        this.notice.fail(error);
      }
    }, REST_MS);
  }

  draw(part) {
    return this.attempt(() => this.rpc.ask("draw", part));
  }

  lift() {
    return this.attempt(() => this.rpc.ask("lift"));
  }

  async attempt(ask) {
    try {
      this.take(await ask());
      this.follow();
    } catch (error) {
      this.notice.fail(error);
      if (this.state) this.showSelects();
    }
  }

  // -- keys

  press(name) {
    if (this.help.isOpen && (name === "Escape" || name === "?")) return this.help.hide() ?? true;
    if (document.activeElement === this.map.over && this.map.press(name)) return true;
    const place = PLACES[Number(name) - 1];
    if (place) this.root.querySelector(place)?.focus();
    else if (name === "Escape") this.pick({ all: true });
    else if (name === "?") this.help.toggle();
    else if (name === "r") this.start();
    else return this.step(name);
    return true;
  }

  // Arrows go from bar to bar and from slice to slice, as in a list.
  step(name) {
    const way = { ArrowUp: -1, ArrowDown: 1 }[name];
    const list = document.activeElement?.closest?.(".cw-errors, .cw-slices");
    if (!way || !list) return false;
    const buttons = [...list.querySelectorAll("button")];
    const next = buttons[buttons.indexOf(document.activeElement) + way];
    next?.focus();
    return Boolean(next);
  }

  beat({ isDue = false } = {}) {
    return askStatus(this, isDue, (status) => {
      if (this.tables !== undefined && status.tables !== this.tables) this.start();
      this.tables = status.tables;
    });
  }

  close() {
    clearInterval(this.heart);
    [this.later, this.resting].forEach(clearTimeout);
    this.stop.forEach((stop) => stop());
    this.repaint.disconnect();
    [this.map, this.hover, this.rpc].forEach((part) => part.close());
  }
}

export default mounted(PlotsView);
