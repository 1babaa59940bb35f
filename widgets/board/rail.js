// The rail of the board: a brush over a measure, and bars that count and filter.

import { h, icon } from "../js/dom.js";
import { keepFocus } from "../js/focus.js";
import { makeHistogram } from "../js/histogram.js";
import { sayCount } from "../js/words.js";
import { SEVERITY_ICONS } from "./row.js";
import { sayMeasure, sayValue } from "./says.js";

const TITLES = { status: "How it stands", lint: "Lint", origin: "Origin", builder: "Builder", split: "Split", media: "Media" };
const MEDIA_ICONS = { image: "picture", video: "film", audio: "sound" };
const SHOWN = 8;

export function makeRail({ onScope, severityOf }) {
  const measure = h("select", { class: "cw-measure", "aria-label": "What the brush is over", onchange: () => onScope({ measure: measure.value, low: null, high: null }) });
  const histogram = makeHistogram((brush) => onScope(brush), { label: "Values", say: sayMeasure });
  const brush = h("section", {}, measure, histogram.element);
  const parts = Object.fromEntries(Object.entries(TITLES).map(([facet, title]) => [facet, makePart(title)]));
  const element = h("div", { class: "cw-rail" }, brush, Object.values(parts).map(({ element }) => element));
  const unfolded = new Set();

  function makePart(title) {
    const list = h("div", { role: "group", "aria-label": title });
    return { list, element: h("section", {}, h("h4", {}, title), list) };
  }

  const toggled = (list, name) => (list.includes(name) ? list.filter((other) => other !== name) : [...list, name]);

  function showPart(facet, counts, scope) {
    const chosen = scope.picks[facet] ?? [];
    const names = [...new Set([...Object.keys(counts), ...chosen])];
    const pick = (name) => onScope({ picks: { ...scope.picks, [facet]: toggled(chosen, name) } });
    const isAlone = names.length < 2 && !chosen.length && facet !== "lint";
    parts[facet].element.hidden = !names.length || (isAlone && (facet === "media" || names[0] === "unsplit"));
    parts[facet].list.className = facet === "media" ? "cw-chips" : "";
    if (facet === "media") return parts[facet].list.replaceChildren(...names.map((name) => chip(name, counts[name], chosen.includes(name), () => pick(name))));
    const most = Math.max(1, ...Object.values(counts));
    const shown = unfolded.has(facet) ? names : names.filter((name, place) => place < SHOWN || chosen.includes(name));
    const bars = shown.map((name) => bar(facet, name, counts[name] ?? 0, most, chosen.includes(name), () => pick(name)));
    const more = names.length - shown.length;
    const unfold = () => (unfolded.add(facet), showPart(facet, counts, scope));
    parts[facet].list.replaceChildren(...bars, ...(more > 0 ? [h("button", { class: "cw-link meta", onclick: unfold }, `${more} more`)] : []));
  }

  const chip = (name, count, isOn, onclick) => h("button", { class: "cw-chip", "aria-pressed": String(isOn), onclick }, icon(MEDIA_ICONS[name] ?? "dot", 11), `${name} ${sayCount(count ?? 0)}`);

  const bar = (facet, name, count, most, isOn, onclick) =>
    h(
      "button",
      { class: `cw-error-bar cw-bar-${facet}${facet === "lint" ? ` cw-sev-${severityOf(name)}` : ` cw-hue-${name}`}`, "aria-pressed": String(isOn), title: sayValue(facet, name), onclick },
      h("span", { class: "cw-clip" }, facet === "lint" ? icon(SEVERITY_ICONS[severityOf(name)] ?? "dot", 9) : null, h("span", { class: "cw-clip" }, sayValue(facet, name))),
      h("i", {}, h("b", { style: { width: `${(count / most) * 100}%` } })),
      h("span", { class: "meta" }, sayCount(count)),
    );

  function draw({ facets, measures, scope }) {
    brush.hidden = !facets.histogram;
    measure.replaceChildren(...Object.entries(measures).map(([name, said]) => h("option", { value: name }, said)));
    measure.value = scope.measure;
    measure.disabled = Object.keys(measures).length < 2;
    if (facets.histogram) histogram.show(facets.histogram, scope);
    for (const facet of Object.keys(TITLES)) showPart(facet, facets[facet] ?? {}, scope);
  }

  return {
    element,
    show(state) {
      keepFocus(element, () => draw(state));
    },
  };
}
