// The flagged items, before and now: the picture, both texts with what differs, and whether it is mended.

import { diffText } from "../js/differences.js";
import { h, icon, kbd } from "../js/dom.js";
import { drawWaveform } from "../js/waveform.js";
import { sayCount, sayMany, sayType } from "../js/words.js";
import { sayOutcomes } from "./says.js";

const SIGNS = { mended: "ok", kept: "ok", still: "misaligned", unknown: "dot", waiting: "dot" };
const WORDS = { mended: "mended", kept: "right before too", still: "wrong still", unknown: "not known", waiting: "not asked yet" };
const WHY = {
  mended: "The words that the correction took out are not said any more. Words are compared, not meanings: it may be wrong in another way.",
  kept: "Right before and right now: the flagged caption was not of this model.",
  still: "Words that the correction took out are said still, or all that it put in is missing.",
  unknown: "No correction tells which words are wrong, or something else altogether is said now: look yourself.",
  waiting: "The model has not been asked about it yet.",
};

export function makeItems({ pictures, onReview, onJudge, onClose }) {
  const title = h("h4", {}, "The items that were flagged, before and now");
  const counts = h("p", { class: "meta" });
  const list = h("div", { class: "cw-items", role: "list", tabindex: "0", "aria-label": "Flagged items" });
  const judge = h("button", { class: "cw-btn", hidden: true, onclick: onJudge });
  const review = h("button", { class: "cw-btn cw-primary", onclick: onReview }, "Review");
  const close = h("button", { class: "cw-icon cw-items-close", "aria-label": "Close", onclick: onClose }, icon("close", 10));
  const element = h("aside", { class: "cw-flagged", "aria-label": "Flagged items" }, h("div", { class: "cw-between" }, title, close), counts, list, h("div", { class: "cw-flagged-foot" }, judge, review));
  let drawn = "";
  let slots = [];

  function card(item) {
    const { told, before, now, outcome, is_model: isModel } = item;
    const media = h("div", { class: "cw-item-media" });
    slots.push({ media, told, picture: undefined });
    const sign = h("span", { class: `cw-item-sign cw-outcome-${outcome}`, title: `${WORDS[outcome]}: ${WHY[outcome]}`, role: "img", "aria-label": WORDS[outcome] }, icon(SIGNS[outcome], 10));
    const types = told.error_types.map(sayType).join(", ");
    const then = h("p", { class: "caption cw-item-before", title: isModel ? "What the model said before training" : "The caption that was flagged" }, diffText(before));
    const said = now.length ? h("p", { class: "caption cw-item-now", title: "What the model says now" }, diffText(now)) : null;
    const taught = told.taught?.length ? h("details", { class: "cw-taught" }, h("summary", { class: "meta" }, `taught by ${sayMany(told.taught.length, "pair")}`), told.taught.map((runs) => h("p", { class: "meta" }, diffText(runs)))) : null;
    const rest = [types && `flagged: ${types}`, isModel && "before: the model’s own words", told.correction && `corrected to: ${told.correction}`].filter(Boolean);
    return h("div", { class: "cw-item", role: "listitem", "data-caption": told.caption_id }, media, h("div", { class: "cw-item-texts" }, then, said, h("p", { class: "meta cw-item-facts", title: rest.join("\n") }, types ? `${types} · ` : "", told.said ?? WORDS[outcome], told.missed?.length ? ` · not named: ${told.missed.join(", ")}` : "", told.is_trained ? " · trained on its pair" : ""), taught), sign);
  }

  function paint() {
    for (const slot of slots) {
      const picture = slot.told.media ? (pictures.get(slot.told.sample_id) ?? null) : null;
      if (picture === slot.picture) continue;
      slot.picture = picture;
      if (!picture) slot.media.replaceChildren();
      else if (picture.kind === "jpeg") slot.media.replaceChildren(h("img", { src: picture.url, alt: "", draggable: "false", decoding: "async" }));
      else if (picture.kind === "none") slot.media.replaceChildren(h("span", { class: "cw-item-gone", title: `${picture.error} ${picture.remedy ?? ""}` }, icon("gone", 14)));
      else {
        const canvas = h("canvas", {});
        slot.media.replaceChildren(canvas);
        requestAnimationFrame(() => drawWaveform(canvas, picture.peaks));
      }
    }
  }

  function showFoot({ outcomes, evaluation }) {
    const { still } = outcomes;
    review.disabled = !still;
    review.replaceChildren(still ? `Send ${sayMany(still, "item")} left to Review` : "Nothing left for Review", kbd("V"));
    review.title = "Opens the review on what is wrong still, with what has been decided so far";
    judge.hidden = !evaluation?.blind;
    judge.title = "Makes pairs of before and after, sides shuffled; people answer in widgets.PairJudge(ws)";
    judge.replaceChildren(`Judge ${sayCount(evaluation?.blind ?? 0)} blind`, kbd("J"));
  }

  return {
    element,
    show(view) {
      const { items, outcomes, looked_at: step, evaluation, item_count: count } = view;
      const said = JSON.stringify([items, step]);
      showFoot(view);
      const when = evaluation ? `As evaluated: ${sayOutcomes(outcomes)}.` : step === null ? "The model says what it sees at the first look." : `Asked at step ${sayCount(step)}: ${sayOutcomes(outcomes)}.`;
      counts.textContent = items.length ? when + (count > items.length ? ` The first ${sayCount(items.length)} of ${sayCount(count)} are shown.` : "") : "";
      if (said === drawn) return paint();
      drawn = said;
      const place = list.scrollTop;
      slots = [];
      list.replaceChildren(...(items.length ? items.map(card) : [h("p", { class: "meta" }, "No caption of this workspace had been found misaligned when the run was started. Decide some in Review; the next run shows them here.")]));
      list.scrollTop = place;
      paint();
    },
    paint,
  };
}
