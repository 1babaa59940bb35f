// A row of the board: the media small, both captions with what differs, and what is known of the pair.

import { h, icon } from "../js/dom.js";
import { drawWaveform } from "../js/waveform.js";
import { sayMany } from "../js/words.js";
import { sideText } from "./diff.js";
import { sayMaker, sayMeasure, sayName, saySplit, sayStatus, sayStrength, sayVoices, sayVoicesShort } from "./says.js";

const SHOWN_RULES = 2;
export const STATUS_ICONS = { accepted: "ok", proposed: "dot", open: "dot", disputed: "warn", tie: "dot", both_bad: "misaligned" };
export const SEVERITY_ICONS = { error: "misaligned", warning: "warn", note: "dot" };
let lastNumber = 0;

export function makeRow({ rowAt, pictures, grid, severityOf, onRule }) {
  const media = h("div", { class: "cw-cell cw-pair-media" });
  const texts = h("div", { class: "cw-cell cw-pair-texts" });
  const [status, origin, trust, lint] = ["status", "origin", "trust", "lint"].map((name) => h("div", { class: `cw-cell cw-pair-${name}` }));
  const element = h("div", { class: "cw-pair", role: "option", id: `cw-pair-${++lastNumber}-${Math.random().toString(36).slice(2, 7)}` }, media, texts, status, origin, trust, lint);
  const row = { element, index: -1, shown: null, picture: undefined, sample: null };

  row.show = (index) => {
    const data = rowAt(index);
    row.index = index;
    element.dataset.index = index;
    element.setAttribute("aria-posinset", index + 1);
    element.setAttribute("aria-setsize", grid().count);
    element.classList.toggle("is-focused", grid().focus === index);
    element.classList.toggle("is-waiting", !data);
    element.classList.toggle("is-selected", Boolean(data?.is_selected));
    element.setAttribute("aria-selected", String(Boolean(data?.is_selected)));
    if (!data) clear();
    else {
      if (row.shown !== data) showRow(data);
      showPicture(data);
    }
    row.shown = data ?? null;
  };

  const clear = () => {
    row.picture = undefined;
    row.sample = null;
    element.setAttribute("aria-label", "loading");
    [media, texts, status, origin, trust, lint].forEach((cell) => cell.replaceChildren());
  };

  const showRow = (data) => {
    texts.replaceChildren(sideText(data, "chosen", { isShort: true }), sideText(data, "rejected", { isShort: true }));
    texts.title = `${data.chosen_text || "(none)"}\n\n${data.rejected_text || "(none)"}`;
    fill(status, statusPill(data.status), strengthOf(data), data.split === "unsplit" ? null : h("span", { class: `meta cw-split-${data.split}` }, saySplit(data.split)), data.own_findings ? h("span", { class: "meta cw-warn cw-few-lint" }, sayMany(data.own_findings, "finding")) : null);
    fill(origin, h("span", { class: "cw-clip" }, sayName(data.origin)), meta(data.builder ? sayName(data.builder) : data.annotator ? `by ${data.annotator}` : (data.source ?? ""), sayMaker(data)), warningOf(data));
    trust.replaceChildren(...trustOf(data));
    lint.replaceChildren(...lintOf(data));
    element.setAttribute("aria-label", spoken(data));
  };

  const showPicture = (data) => {
    const picture = data.media ? (pictures.get(data.sample_id) ?? null) : "none";
    if (row.sample === data.sample_id && row.picture === picture) return;
    Object.assign(row, { picture, sample: data.sample_id });
    if (picture === "none") media.replaceChildren(h("span", { class: "cw-pair-gone", title: "This pair came without media" }, icon("gone", 14)));
    else if (picture === null) media.replaceChildren();
    else if (picture.kind === "peaks") {
      const canvas = h("canvas", { class: "cw-pair-wave" });
      media.replaceChildren(canvas);
      requestAnimationFrame(() => drawWaveform(canvas, picture.peaks));
    } else if (picture.kind === "none") media.replaceChildren(h("span", { class: "cw-pair-gone", title: `${picture.error} ${picture.remedy ?? ""}` }, icon("gone", 14)));
    else fill(media, h("img", { src: picture.url, alt: "", draggable: "false", decoding: "async", title: data.path }), data.media === "video" ? h("span", { class: "cw-pair-film" }, icon("play", 9)) : null);
  };

  const lintOf = (data) => {
    // A rule that names most of the set says nothing of this pair: it stands on the lint board, not in every row.
    const own = data.lint.slice(0, data.own_findings);
    const shown = own.slice(0, SHOWN_RULES).map((rule) => ruleButton(rule, severityOf(rule), onRule, { tag: "span" }));
    const more = own.slice(SHOWN_RULES);
    return more.length ? [...shown, h("span", { class: "meta", title: more.map(sayName).join("\n") }, `and ${more.length} more`)] : shown;
  };

  row.close = () => {};
  return row;
}

const meta = (text, title = null) => (text ? h("span", { class: "meta cw-clip", title }, text) : null);

export const statusPill = (status) => h("span", { class: `cw-status cw-status-${status}` }, icon(STATUS_ICONS[status] ?? "dot", 9), sayStatus(status));

// In a row it is no button: a row is one choice of a list, and what is in a choice cannot be reached on its own.
export function ruleButton(rule, severity, onRule, { tag = "button" } = {}) {
  return h(
    tag,
    { class: `cw-rule cw-sev-${severity}`, title: `${severity}: show every pair that “${sayName(rule)}” names`, onclick: (event) => (event.stopPropagation(), onRule(rule)) },
    icon(SEVERITY_ICONS[severity] ?? "dot", 9), h("span", { class: "cw-clip" }, sayName(rule)),
  );
}

const fill = (cell, ...parts) => cell.replaceChildren(...parts.filter(Boolean));

const strengthOf = ({ strength }) =>
  strength ? h("span", { class: "meta cw-row" }, h("span", { class: "cw-strength", title: `${strength} of 3` }, [1, 2, 3].map((step) => h("i", { class: step <= strength ? "on" : null }))), sayStrength(strength)) : null;

function warningOf({ completeness, is_leaky, is_turned }) {
  if (is_turned) return h("span", { class: "meta cw-clip", title: "People preferred the caption that was proposed as rejected" }, "turned by people");
  if (completeness === "deletes_only") return h("span", { class: "meta cw-warn cw-clip", title: "The correction takes words out and puts none in: many of these teach a model to say less" }, "only deletes");
  return is_leaky ? h("span", { class: "meta cw-warn cw-clip", title: "Words alone tell the captions of this builder" }, "leaky builder") : null;
}

function trustOf(row) {
  const { agreement, weight, voices, margin } = row;
  const lines = [];
  if (agreement !== null) lines.push(h("span", { title: "The share of couples of voices that say the same" }, `agreement ${sayMeasure(agreement)}`));
  if (voices) lines.push(h("span", { class: agreement === null ? null : "meta cw-clip", title: sayVoices(row) }, sayVoicesShort(row)));
  if (weight !== null) lines.push(h("span", { class: "meta", title: "EM: the chance that the chosen caption is the better one, each voice weighed by how reliable its annotator is" }, "EM weight ", h("b", { class: weight < 0.7 && row.status === "accepted" ? "cw-warn" : null }, sayMeasure(weight))));
  if (margin !== null) lines.push(h("span", { class: "meta", title: "Difference of a score between both captions" }, `margin ${sayMeasure(margin)}`));
  return lines.length ? lines.slice(0, 3) : [h("span", { class: "meta" }, "–")];
}

const spoken = (row) =>
  [`Chosen: ${row.chosen_text || "none"}`, `Rejected: ${row.rejected_text || "none"}`, sayStatus(row.status), sayMaker(row), sayStrength(row.strength), sayVoices(row), saySplit(row.split), row.lint.length ? `lint: ${row.lint.map(sayName).join(", ")}` : ""]
    .filter(Boolean)
    .join(". ");

