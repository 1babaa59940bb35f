// The table of slices: what part is suspected, with its interval, against the part of everything.

import { h } from "../js/dom.js";
import { sayCount, sayScore } from "../js/words.js";

// A share as a whole percentage; what is not nothing never reads as nothing.
export function sayShare(share) {
  const percent = share * 100;
  if (percent > 0 && percent < 0.5) return "< 1 %";
  return `${percent > 99.5 && percent < 100 ? "> 99" : Math.round(percent)} %`;
}

export const sayBounds = ({ low, high }) => `${Math.round(low * 100)}–${Math.round(high * 100)}`;

export function makeSlices({ onPick, onCut }) {
  const title = h("h4", {}, "Slices, worst first");
  const cut = h("select", { class: "cw-btn cw-small", "aria-label": "Which slices", onchange: () => onCut(cut.value) });
  const body = h("tbody");
  const note = h("p", { class: "meta cw-slices-note" });
  const heads = ["Slice", "Samples", "Suspected", "Found wrong", "Mean score"];
  const table = h("table", { class: "cw-slices-table" }, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), body);
  const scroller = h("div", { class: "cw-slices-scroller", tabindex: "0", role: "region", "aria-label": "Table of slices" }, table);
  const element = h("section", { class: "cw-slices" }, h("div", { class: "cw-between" }, title, cut), scroller, note);
  let told = { slices: [] };
  let picked = [];
  let widest = 1; // the share at the right end of the bars

  const row = (part) => {
    const isPicked = picked[0] === part.cut && picked[1] === part.value;
    const pick = () => onPick(isPicked ? [] : [part.cut, part.value]);
    return h(
      "tr",
      { class: isPicked ? "is-picked" : null },
      h("th", { scope: "row" }, h("button", { class: "cw-slice", "aria-pressed": String(isPicked), onclick: pick }, h("span", { class: "meta" }, part.cut), ` ${part.value}`)),
      h("td", {}, sayCount(part.samples)),
      h("td", {}, whisker(part, told.overall, widest), h("span", { class: "cw-slice-share" }, sayShare(part.share)), h("span", { class: "meta" }, sayBounds(part))),
      h("td", {}, part.reviewed ? [`${sayCount(part.misaligned)} of ${sayCount(part.reviewed)} `, h("span", { class: "meta" }, `${sayBounds({ low: part.wrong_low, high: part.wrong_high })} %`)] : h("span", { class: "meta" }, "none reviewed")),
      h("td", {}, part.score === null ? h("span", { class: "meta" }, "none") : sayScore(part.score)),
    );
  };

  return {
    element,
    get cut() {
      return cut.value;
    },
    show(table_) {
      told = table_;
      widest = Math.min(1, Math.max(0.05, told.overall, ...told.slices.map(({ high }) => high)));
      cut.replaceChildren(h("option", { value: "" }, "all ways to cut"), ...told.cuts.map((name) => h("option", { value: name }, `by ${name}`)));
      cut.value = told.cut;
      this.showPicked(picked);
      const more = told.total > told.slices.length ? ` The worst ${told.slices.length} of ${sayCount(told.total)} slices.` : "";
      note.textContent = told.slices.length
        ? `Suspected: samples with a flagged caption, and 95 % bounds; the line is all of them, ${sayShare(told.overall)}. First is the slice whose lower bound is highest.${more}`
        : "Every sample is alike in language, source, media and length: there is nothing to cut by.";
    },
    showPicked(slice) {
      picked = slice;
      const focused = element.contains(document.activeElement) ? [...body.querySelectorAll("button")].indexOf(document.activeElement) : -1;
      body.replaceChildren(...told.slices.map(row));
      body.querySelectorAll("button")[focused]?.focus();
      scroller.hidden = !told.slices.length;
    },
  };
}

function whisker({ share, low, high }, overall, widest) {
  const percent = (part) => `${(part / widest) * 100}%`;
  return h(
    "span",
    { class: "cw-whisker", "aria-hidden": "true" },
    h("i", { class: "cw-whisker-bar", style: { width: percent(share) } }),
    h("i", { class: "cw-whisker-line", style: { left: percent(low), width: percent(Math.max(0.005 * widest, high - low)) } }),
    h("i", { class: "cw-whisker-all", style: { left: percent(overall) } }),
  );
}
