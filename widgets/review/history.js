// The last decisions of this annotator: go to one, or take back everything down to it.

import { h, icon, kbd } from "../js/dom.js";
import { keepFocus } from "../js/focus.js";
import { sayClock, sayMany, sayVerdictFull } from "../js/words.js";

export function makeHistory({ fetch, onGo, onBackTo, onRedo, onLeave }) {
  let entries = [];
  let at = 0;
  let isReading = false;
  const list = h("ol", { class: "cw-history-list" });
  const close = h("button", { class: "cw-icon", "aria-label": "Close", onclick: () => hide() }, icon("close"));
  const element = h(
    "div",
    { class: "cw-history", role: "dialog", "aria-label": "Last decisions", hidden: true },
    h("div", { class: "cw-between" }, h("b", {}, "Last decisions"), close),
    list,
    h("p", { class: "meta cw-history-keys" }, kbd("↑"), kbd("↓"), " choose ", kbd("Enter"), " show it ", kbd("⌫"), " take back down to it"),
  );

  const paint = () => keepFocus(list, draw);

  function draw() {
    list.replaceChildren(...(entries.length ? entries.map(line) : [h("li", { class: "meta cw-history-none" }, isReading ? "Reading…" : "Nothing decided here yet.")]));
    list.children[at]?.scrollIntoView({ block: "nearest" });
  }

  function line(entry, place) {
    const many = entry.count > 1 ? ` on ${sayMany(entry.count, "pair")}` : "";
    const back = entry.stands
      ? h("button", { class: "cw-link cw-quiet cw-back-to", title: "Take back this and everything after it", onclick: () => backTo(entry) }, "take back", place ? ` ${sayMany(steps(place), "decision")}` : "")
      : h("button", { class: "cw-link cw-quiet", title: "Make the decision taken back last again", onclick: () => onRedo() }, place === lastUndone() ? "make again" : "");
    return h(
      "li",
      { class: `cw-history-item${entry.stands ? "" : " is-undone"}`, "aria-current": place === at ? "true" : null, "data-seq": entry.seq },
      h("span", { class: `cw-said-${entry.verdict}` }, icon(entry.verdict, 10)),
      h("button", { class: "cw-link cw-quiet cw-history-go", onclick: () => go(entry) }, `${sayVerdictFull(entry.verdict, entry.error_types, entry.is_corrected)}${many}`, h("span", { class: "meta" }, ` ${entry.name}`)),
      h("span", { class: "meta" }, entry.at ? sayClock(new Date(entry.at)) : ""),
      back,
    );
  }

  const lastUndone = () => entries.findLastIndex((entry) => !entry.stands);
  const steps = (place) => entries.slice(0, place + 1).filter((entry) => entry.stands).length;
  const hide = () => {
    if (element.hidden) return;
    element.hidden = true;
    onLeave();
  };
  const go = (entry) => {
    hide();
    onGo(entry);
  };
  async function backTo(entry) {
    await onBackTo(entry);
    await look();
  }
  async function look() {
    entries = await fetch();
    isReading = false;
    at = Math.max(0, entries.findIndex((entry) => entry.stands));
    if (!element.hidden) paint();
  }

  return {
    element,
    hide,
    get isOpen() {
      return !element.hidden;
    },
    async toggle() {
      if (!element.hidden) return hide();
      element.hidden = false;
      // Keys must not act on what was listed the last time.
      [entries, at, isReading] = [[], 0, true];
      paint();
      await look();
    },
    // While it is open it answers to its own keys; a decision or an undo closes it first.
    press(name) {
      if (element.hidden) return false;
      if (name === "Escape" || name === "h") hide();
      else if (name === "ArrowDown" || name === "ArrowUp") {
        at = Math.min(entries.length - 1, Math.max(0, at + (name === "ArrowDown" ? 1 : -1)));
        paint();
      } else if (name === "Enter" && entries[at]) go(entries[at]);
      else if (name === "Backspace" && entries[at]?.stands) backTo(entries[at]);
      else return false;
      return true;
    },
    // Something was decided or taken back: what is listed is of before.
    refresh: () => (element.hidden ? null : look()),
  };
}
