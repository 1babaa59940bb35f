// Every run of the workspace in a table: one is shown, others can be laid beside it.

import { h, icon } from "../js/dom.js";
import { sayCount } from "../js/words.js";
import { sayOutcomes, sayShare, STATE_ICONS } from "./says.js";

const COLUMNS = { beside: "beside", run: "run", state: "state", method: "method", pairs: "pairs", accuracy: "held-out accuracy", hallucinated: "hallucinated objects", named: "true objects named", flagged: "on flagged" };
const TIPS = {
  beside: "Lay its curves beside those of the run shown",
  accuracy: "Share of held-out pairs with the chosen caption ahead: the order was learned, captions may be no better",
  hallucinated: "Share of the things named that are not there, on samples that no pair shows, likeliest words",
  named: "Share of what is there that is named: falls when captions get shorter",
  flagged: "Flagged items that are right now",
};

const cellsOf = (cells) => Object.keys(COLUMNS).map((name) => h("td", { class: `cw-col-${name}` }, cells[name] ?? ""));

const sayRate = (rate) => (rate ? sayShare(rate.value, rate.low, rate.high) : "–");

export function makeTable({ onShow, onBeside }) {
  const body = h("tbody");
  const heads = Object.entries(COLUMNS).map(([name, word]) => h("th", { scope: "col", title: TIPS[name] ?? null, class: `cw-col-${name}` }, word));
  const element = h("div", { class: "cw-run-runs" }, h("table", { class: "cw-run-table" }, h("thead", {}, h("tr", { class: "meta" }, heads)), body));
  let drawn = "";
  let names = [];
  let shownName = "";

  function line(row, isShown, isBeside) {
    const { name, state, word, step, steps, notes } = row;
    const box = h("input", { type: "checkbox", "aria-label": `Lay ${name} beside`, disabled: isShown, checked: isBeside, onchange: () => onBeside(name) });
    const button = h("button", { class: "cw-link cw-quiet cw-run-name", title: notes.join("\n") || null, "aria-current": isShown ? "true" : null, onclick: () => onShow(name) }, name);
    const part = steps && step < steps ? ` at ${sayCount(step)} of ${sayCount(steps)}` : "";
    return h(
      "tr",
      { class: isShown ? "is-shown" : null, "data-run": name },
      cellsOf({
        beside: box, run: button, state: h("span", { class: `cw-row cw-run-state cw-state-${state}` }, icon(STATE_ICONS[state], 9), h("span", {}, word + part)),
        method: row.method, pairs: row.pairs ? sayCount(row.pairs) : "–", accuracy: sayShare(row.accuracy, row.low, row.high),
        hallucinated: sayRate(row.rates?.hallucinated.after), named: sayRate(row.rates?.named.after), flagged: sayOutcomes(row.outcomes),
      }),
    );
  }

  // The model as it was, where an evaluation of the run shown has asked it.
  function lineBefore({ name, rates }) {
    const was = h("span", { title: `What the model of ${name} did before it` }, "before");
    return h("tr", { class: "cw-run-before" }, cellsOf({ run: was, method: "–", pairs: "–", accuracy: "–", hallucinated: sayRate(rates.hallucinated.before), named: sayRate(rates.named.before), flagged: "–" }));
  }

  return {
    element,
    show(rows, name, beside) {
      names = rows.map((row) => row.name);
      shownName = name;
      element.hidden = !rows.length;
      const said = JSON.stringify([rows, name, beside]);
      if (said === drawn) return;
      drawn = said;
      const focused = element.contains(document.activeElement) ? document.activeElement.closest("tr")?.dataset.run : null;
      const evaluated = rows.find((row) => row.name === name && row.rates) ?? rows.find((row) => row.rates);
      element.classList.toggle("has-rates", Boolean(evaluated));
      body.replaceChildren(...(evaluated ? [lineBefore(evaluated)] : []), ...rows.map((row) => line(row, row.name === name, beside.includes(row.name))));
      if (focused) body.querySelector(`tr[data-run="${CSS.escape(focused)}"] .cw-run-name`)?.focus({ preventScroll: true });
    },
    // The run above or below the one shown.
    neighbour(by) {
      const place = names.indexOf(shownName) + by;
      return names[Math.min(names.length - 1, Math.max(0, place))] ?? null;
    },
    // The run to lay beside by default: the one before.
    previous: () => names[names.indexOf(shownName) + 1] ?? names[names.indexOf(shownName) - 1] ?? null,
  };
}
