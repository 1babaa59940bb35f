// The lint board: what every rule found, gravest first, each one click away from its pairs.

import { h, icon, kbd } from "../js/dom.js";
import { keepFocus } from "../js/focus.js";
import { statement } from "../js/overlay.js";
import { sayCount, sayMany } from "../js/words.js";
import { SEVERITY_ICONS } from "./row.js";
import { sayName } from "./says.js";

export function makeLint({ onFinding, onCheck }) {
  const head = h("div", { class: "cw-lint-head" });
  const list = h("div", { class: "cw-findings", role: "list", "aria-label": "Findings" });
  const rest = h("div", { class: "cw-lint-rest meta" });
  const element = h("div", { class: "cw-lint", hidden: true }, head, list, rest);
  let rows = [];
  let focus = 0;
  let drawn = "";

  const button = (checks, text) => h("button", { class: "cw-btn", disabled: checks.is_running, onclick: onCheck }, text, kbd("C"));

  function showHead(checks, total) {
    const { last, is_running: isRunning } = checks;
    const took = last && last.seconds >= 1 ? ` in ${last.seconds.toFixed(0)} s` : "";
    const done = last ? `${sayMany(last.pairs, "pair")} checked at ${new Date(last.at).toTimeString().slice(0, 8)}${took}, ${sayMany(last.clean.length, "rule")} found nothing` : "";
    head.replaceChildren(
      h("span", { class: "meta", role: "status" }, isRunning ? `Checking ${sayMany(total, "pair")}…${last ? " What is shown is from before." : ""}` : done),
      last?.is_old && !isRunning ? h("span", { class: "cw-row cw-warn" }, icon("warn", 11), "The pairs have changed since.") : "",
      h("span", { class: "cw-grow" }),
      button(checks, isRunning ? "Checking…" : "Check again"),
    );
  }

  function finding(found) {
    const { name, rule, severity, message, remedy, count } = found;
    const words = count ? `Show ${sayMany(count, "pair")}` : "the set as a whole";
    return h(
      "div",
      { class: `cw-finding cw-sev-${severity}`, role: "listitem", tabindex: "-1", "data-name": name, onclick: () => count && onFinding(name) },
      h("span", { class: "cw-finding-sign" }, icon(SEVERITY_ICONS[severity], 12), severity),
      h("div", { class: "cw-finding-said" }, h("b", {}, sayName(rule)), h("p", {}, message), h("p", { class: "meta" }, remedy)),
      count ? h("button", { class: "cw-btn cw-finding-rows", tabindex: "-1", onclick: (event) => (event.stopPropagation(), onFinding(name)) }, words, icon("next", 10)) : h("span", { class: "meta cw-finding-rows" }, words),
    );
  }

  function showRest({ clean, unchecked }) {
    const lines = [];
    if (unchecked.length) lines.push(h("details", {}, h("summary", {}, `${sayMany(unchecked.length, "rule")} could not look`), h("ul", {}, unchecked.map(({ rule, reason }) => h("li", {}, h("b", {}, sayName(rule)), `: ${reason}`)))));
    if (clean.length) lines.push(h("details", {}, h("summary", {}, `${sayMany(clean.length, "rule")} found nothing`), h("p", {}, clean.map(sayName).join(", "))));
    rest.replaceChildren(...lines);
  }

  function mark() {
    rows.forEach((row, place) => row.classList.toggle("is-focused", place === focus));
    rows[focus]?.scrollIntoView({ block: "nearest" });
  }

  function draw(checks, total) {
    showHead(checks, total);
    const said = JSON.stringify([checks.last?.at, checks.failure, checks.is_running && !checks.last, total > 0]);
    if (said === drawn) return;
    drawn = said;
    focus = 0;
    rows = (checks.last?.findings ?? []).map(finding);
    if (checks.failure) list.replaceChildren(statement({ title: checks.failure.message, text: checks.failure.remedy ?? "", action: button(checks, "Try again") }));
    else if (!total) list.replaceChildren(statement({ title: "No pairs to check", text: "Pairs come from corrections, from builders and from files." }));
    else if (checks.is_running && !checks.last) list.replaceChildren(statement({ title: `Checking ${sayMany(total, "pair")}…`, text: "The board can be used meanwhile." }));
    else if (!checks.last) list.replaceChildren(statement({ title: "Not checked yet", text: `Over ${sayCount(total)} pairs it takes a while; the board can be used meanwhile.`, action: button(checks, `Check ${sayMany(total, "pair")}`) }));
    else if (!rows.length) list.replaceChildren(statement({ title: "Nothing found", text: `${sayMany(checks.last.clean.length, "rule")} looked at ${sayMany(checks.last.pairs, "pair")}.` }));
    else list.replaceChildren(...rows);
    if (checks.last) showRest(checks.last);
    else rest.replaceChildren();
    mark();
  }

  return {
    element,
    show(checks, total) {
      keepFocus(element, () => draw(checks, total));
    },
    step(key) {
      const to = { ArrowDown: focus + 1, ArrowUp: focus - 1, Home: 0, End: rows.length - 1 }[key];
      if (to === undefined || !rows.length) return false;
      focus = Math.min(rows.length - 1, Math.max(0, to));
      mark();
      return true;
    },
    enter() {
      const row = rows[focus];
      if (row?.querySelector("button")) onFinding(row.dataset.name);
    },
  };
}
