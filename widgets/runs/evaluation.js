// What an evaluation found: each number before and after, with the interval of the change.

import { h, icon } from "../js/dom.js";

const SIGNS = { better: "ok", worse: "misaligned" };

export function makeEvaluation() {
  const element = h("section", { class: "cw-evaluation", "aria-label": "Before and after", hidden: true });
  let drawn = "";

  function line({ title, before, after, change, verdict }) {
    const said = verdict ? h("span", { class: `cw-row cw-change-${verdict}` }, icon(SIGNS[verdict], 9), verdict) : h("span", { class: "meta", title: "The interval of the change holds none at all, or neither way is better" }, "");
    return h("tr", {}, h("td", {}, title), h("td", { class: "cw-figure-cell" }, before || "–"), h("td", { class: "cw-figure-cell" }, after || "–"), h("td", { class: "cw-figure-cell meta" }, change), h("td", {}, said));
  }

  return {
    element,
    show(evaluation) {
      element.hidden = !evaluation;
      const said = JSON.stringify(evaluation);
      if (!evaluation || said === drawn) return;
      drawn = said;
      const groups = [...new Set(evaluation.lines.map(({ group }) => group))];
      const rows = groups.flatMap((group) => [h("tr", { class: "cw-evaluation-group" }, h("th", { colspan: "5", scope: "rowgroup" }, group)), ...evaluation.lines.filter((one) => one.group === group).map(line)]);
      const head = h("tr", { class: "meta" }, ["", "before", "after", "change (95 %)", ""].map((word) => h("th", { scope: "col" }, word)));
      element.replaceChildren(
        h("h4", {}, "Before and after"),
        h("table", { class: "cw-run-table" }, h("thead", {}, head), h("tbody", {}, rows)),
        ...evaluation.notes.map((note) => h("p", { class: "meta" }, note)),
        h("p", { class: "meta" }, "The run card: ", h("code", {}, evaluation.card)),
      );
    },
  };
}
