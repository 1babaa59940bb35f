// The words of a tile: one caption large, or every caption of a sample as a line of its own.

import { h, icon } from "../js/dom.js";
import { sayMany, sayRank, sayScore, sayType, sayVerdict } from "../js/words.js";

// What sets captions apart is said where it does: not the kind and the language that most of them have.
export class Differences {
  constructor() {
    this.seen = new WeakSet();
    this.langs = new Map();
  }

  see(captions) {
    for (const caption of captions) {
      if (this.seen.has(caption)) continue;
      this.seen.add(caption);
      this.langs.set(caption.lang, (this.langs.get(caption.lang) ?? 0) + 1);
    }
    this.usual = [...this.langs].sort((a, b) => b[1] - a[1])[0]?.[0];
  }

  tagsOf({ lang, kind, view, source }, { isFull = false, hasViews = false } = {}) {
    const tags = [hasViews ? view : null, isFull || lang !== this.usual ? lang : null, isFull || kind !== "caption" ? kind : null, isFull ? source : null];
    return tags.filter(Boolean);
  }
}

export const tags = (words) => words.map((word) => h("span", { class: "cw-tag" }, word));

export function captionOf(caption, differences, told) {
  return [...tags(differences.tagsOf(caption, told)), caption.text];
}

// isHere: the keys decide this one. What the filter does not let through is listed too, but stands back.
export function lineOf(caption, { isHere, isOpen, hasViews, differences }) {
  const said = caption.verdict?.verdict;
  const classes = ["cw-line", isHere && "is-here", caption.is_selected && "is-picked", caption.is_match === false && "is-other"].filter(Boolean);
  return h(
    "div",
    { class: classes.join(" "), "data-caption": caption.caption_id },
    h("span", { class: `cw-line-mark${said ? ` cw-said-${said}` : caption.error_types.length ? " cw-warn" : ""}` }, markOf(caption)),
    h("p", { title: caption.text }, ...tags(differences.tagsOf(caption, { isFull: isOpen, hasViews })), caption.text),
    h("span", { class: `meta cw-line-rank${isLow(caption) ? " cw-low" : ""}`, title: scoresOf(caption) }, isOpen ? stateOf(caption) : rankOf(caption)),
  );
}

const markOf = (caption) => (caption.verdict ? icon(caption.verdict.verdict, 10) : caption.error_types.length ? icon("flag", 9) : null);
const isLow = ({ percentile }) => percentile !== null && percentile !== undefined && percentile <= 0.05;
const rankOf = ({ percentile }) => (percentile === null || percentile === undefined ? "" : sayRank(percentile).replace("lowest", "low").replace("highest", "high"));

function stateOf(caption) {
  const { verdict, error_types: types } = caption;
  const said = verdict ? sayVerdict(verdict.verdict) : types.length ? types.map(sayType).join(", ") : "";
  return [rankOf(caption), scoresOf(caption), said].filter(Boolean).join(" · ");
}

// Every scorer's value, by name; why there is none.
function scoresOf({ scores, score, score_reason: reason }) {
  const named = Object.entries(scores ?? {}).map(([name, value]) => `${name.replaceAll("_", " ")} ${sayScore(value)}`);
  return named.length ? named.join(", ") : score === null || score === undefined ? (reason ?? "") : sayScore(score);
}

// The line at the foot of a tile with one caption: its rank, and what stands about it.
export function footOf(row) {
  const rank = row.percentile === null || row.percentile === undefined ? null : h("span", { class: isLow(row) ? "cw-low" : null, title: scoresOf(row) }, sayRank(row.percentile), h("span", { class: "cw-raw" }, ` · ${sayScore(row.score)}`));
  const left = rank ?? h("span", { title: row.score_reason ?? "" }, typeof row.text !== "string" ? "" : row.score_reason ? "no score" : "not scored");
  return [left, row.is_stale ? h("span", { class: "cw-warn", title: "The caption or the file has changed since it was scored" }, "stale") : null, standsOf(row)].filter(Boolean);
}

function standsOf(row) {
  const { verdict } = row;
  if (verdict) {
    const words = [sayVerdict(verdict.verdict), ...verdict.error_types.map(sayType)];
    return h("span", { class: `cw-said cw-said-${verdict.verdict}`, title: `${words.join(", ")} (${verdict.annotator})` }, words[0]);
  }
  if (row.error_types?.length) return suspectedOf(row.error_types, row.evidence);
  return row.caption_count > 1 ? h("span", { class: "cw-said" }, `${row.caption_number} of ${row.caption_count}`) : null;
}

const suspectedOf = ([first, ...rest], evidence) =>
  h("span", { class: "cw-said cw-warn", title: [[first, ...rest].map(sayType).join(", "), evidence].filter(Boolean).join(". ") }, icon("flag", 9), sayType(first) + (rest.length ? ` +${rest.length}` : ""));

// The line at the foot of a tile with several: how many, how many are decided; it opens the whole list.
export function footOfMany(captions, { isOpen }) {
  const decided = captions.filter((caption) => caption.verdict).length;
  return [
    h("span", { class: "cw-more" }, sayMany(captions.length, "caption"), isOpen ? " · fewer" : ""),
    h("span", { class: decided === captions.length ? "cw-said-ok" : null }, decided ? `${decided} of ${captions.length} reviewed` : "not reviewed"),
  ];
}

export function spokenOf({ views, captions }, name) {
  const media = views.length > 1 ? `${name}, ${sayMany(views.length, "view")}` : (views[0]?.media ?? "");
  if (!captions.length) return `${media}, no caption`;
  const [caption] = captions;
  const one = [caption.text, sayRank(caption.percentile), caption.verdict ? sayVerdict(caption.verdict.verdict) : "not reviewed", ...caption.error_types.map((type) => `suspected ${sayType(type)}`)];
  return [media, captions.length > 1 ? sayMany(captions.length, "caption") : null, ...one].filter(Boolean).join(", ");
}
