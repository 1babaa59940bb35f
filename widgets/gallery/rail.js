// The rail: what scopes the grid (scores, suspected errors, media) and how far along the review is.

import { h, icon } from "../js/dom.js";
import { keepFocus } from "../js/focus.js";
import { makeHistogram } from "../js/histogram.js";
import { sayCount, sayEstimate, sayType } from "../js/words.js";

const MEDIA_ICONS = { image: "picture", video: "film", audio: "sound" };

// onLift: show again what another view has left out.
// onLive: what a drag over the scores means so far.
export function makeRail({ onScope, onLive, onLift }) {
  const linked = h("section", { class: "cw-linked", hidden: true });
  const title = h("h4", {}, "");
  const histogram = makeHistogram((brush) => onScope(brush), { onLive });
  const scores = h("section", {}, title, histogram.element);
  const noScores = h("p", { class: "meta" }, "No scores yet. Run ", h("code", {}, 'ws.score("similarity")'), " in a cell; the grid follows.");
  const errors = h("div", { role: "group", "aria-label": "Suspected error" });
  const errorsPart = h("section", {}, h("h4", {}, "Suspected error"), errors);
  const media = h("div", { class: "cw-chips", role: "group", "aria-label": "Media" });
  const bar = h("div", { class: "cw-progress", role: "progressbar", "aria-label": "Reviewed" }, h("i"));
  const along = h("div", { class: "meta" });
  const element = h("div", { class: "cw-rail" }, linked, scores, errorsPart, h("section", {}, h("h4", {}, "Media"), media), h("section", {}, h("h4", {}, "How far along"), bar, along));
  const counting = h("p", { class: "meta", role: "status" }, "Counting…");
  let wasShown = false;
  let bins = null;
  // What is pressed and brushed follows at once, whatever the counts say by then.
  const showBrush = (scope) => {
    if (bins) histogram.show(bins, scope);
    showErrors(lastCounts.errors, scope);
    showMedia(lastCounts.media, scope);
  };
  let lastCounts = { errors: {}, media: {} };
  const toggled = (list, name) => (list.includes(name) ? list.filter((other) => other !== name) : [...list, name]);

  function showErrors(counts, scope) {
    const names = [...new Set([...Object.keys(counts), ...scope.errors])];
    const most = Math.max(1, ...Object.values(counts));
    errorsPart.hidden = !names.length;
    errors.replaceChildren(
      ...names.map((name) =>
        h(
          "button",
          { class: "cw-error-bar", "aria-pressed": String(scope.errors.includes(name)), onclick: () => onScope({ errors: toggled(scope.errors, name) }) },
          h("span", {}, sayType(name)),
          h("i", {}, h("b", { style: { width: `${((counts[name] ?? 0) / most) * 100}%` } })),
          h("span", { class: "meta" }, sayCount(counts[name] ?? 0)),
        ),
      ),
    );
  }

  function showMedia(counts, scope) {
    const names = ["image", "video", "audio"].filter((name) => counts[name] || scope.media.includes(name));
    media.replaceChildren(
      ...names.map((name) =>
        h(
          "button",
          { class: "cw-chip", "aria-pressed": String(scope.media.includes(name)), onclick: () => onScope({ media: toggled(scope.media, name) }) },
          icon(MEDIA_ICONS[name], 11), `${name} ${sayCount(counts[name] ?? 0)}`,
        ),
      ),
    );
  }

  function draw({ facets, scope, scorer, linked: other }) {
    linked.hidden = !other;
    if (other) linked.replaceChildren(h("h4", {}, "Picked in another view"), h("button", { class: "cw-chip", "aria-pressed": "true", title: "Show everything again here", onclick: onLift }, other, icon("close", 8)));
    element.classList.toggle("is-counting", Boolean(facets.is_late));
    // Those of before stay until they are counted anew.
    if (facets.is_late && wasShown) return showBrush(scope);
    wasShown = !facets.is_late;
    bins = facets.histogram;
    lastCounts = facets;
    title.textContent = scorer.charAt(0).toUpperCase() + scorer.slice(1);
    if (facets.histogram) {
      scores.replaceChildren(title, histogram.element);
      histogram.show(facets.histogram, scope);
    } else scores.replaceChildren(title, facets.is_late ? counting : noScores);
    showErrors(facets.errors, scope);
    showMedia(facets.media, scope);
  }

  return {
    element,
    show: (state) => keepFocus(element, () => draw(state)),
    showStatus({ reviewed, total, estimate }) {
      const share = total ? reviewed / total : 0;
      bar.firstChild.style.width = `${share * 100}%`;
      bar.setAttribute("aria-valuenow", Math.round(share * 100));
      const { lead, figure, tail } = sayEstimate(estimate);
      along.replaceChildren(`${sayCount(reviewed)} of ${sayCount(total)} reviewed`, h("br"), lead, h("strong", {}, figure), tail);
    },
  };
}
