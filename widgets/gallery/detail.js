// One pair large, over the grid: the media whole, every caption of the sample, its flags and scores.

import { captionText } from "../js/caption.js";
import { h, icon, kbd } from "../js/dom.js";
import { makeEvidence } from "../js/evidence.js";
import { asJson } from "../js/rpc.js";
import { Stage } from "../js/stage.js";
import { spansOf, suspicionsOf } from "../js/suspicions.js";
import { sayVerdictFull } from "../js/words.js";

export function makeDetail({ rpc, pictures, files, onStep, onClose, onDecide }) {
  const stage = new Stage({ rpc, pictures, files });
  const side = h("div", { class: "cw-side", role: "group", tabindex: "0", "aria-label": "Captions and evidence" });
  const back = h("button", { class: "cw-btn", onclick: onClose }, icon("close", 10), "Close", kbd("Esc"));
  const name = h("span", { class: "meta cw-detail-name" });
  const steps = [["previous", "ArrowLeft"], ["next", "ArrowRight"]].map(([word, key]) =>
    h("button", { class: "cw-btn cw-square", "aria-label": word, onclick: () => onStep(key) }, icon(word, 12)),
  );
  const buttons = h("div", { class: "cw-verdicts" }, [["ok", "Fine", "A"], ["misaligned", "Misaligned", "X"], ["skip", "Skip", "S"]].map(([verdict, word, key]) =>
    h("button", { class: `cw-btn cw-verdict cw-verdict-${verdict}`, onclick: () => onDecide(verdict) }, word, kbd(key)),
  ));
  const element = h(
    "div",
    { class: "cw-detail", role: "dialog", "aria-label": "Pair", hidden: true },
    h("div", { class: "cw-split" }, stage.element, h("div", { class: "cw-side-box" }, h("div", { class: "cw-between" }, name, h("span", { class: "cw-row" }, ...steps, back)), side, buttons)),
  );
  let shown = null;

  const captionBlock = (caption, data) => {
    const isMain = caption.caption_id === shown.caption_id;
    const own = (rows) => rows.filter((row) => row.caption_id === caption.caption_id);
    const entries = suspicionsOf({ scores: own(data.scores), flags: own(data.flags) });
    const verdict = data.verdicts[caption.caption_id];
    const facts = [`Caption ${caption.number} of ${data.captions.length}`, caption.source, caption.lang].filter(Boolean).join(" · ");
    return h(
      "div",
      { class: isMain ? "cw-caption-block is-main" : "cw-caption-block" },
      h("div", { class: "cw-between" }, h("h4", {}, facts), verdict ? h("span", { class: `cw-said cw-said-${verdict.verdict}` }, icon(verdict.verdict, 10), sayVerdictFull(verdict.verdict, verdict.error_types, verdict.edited_text)) : null),
      h("div", { class: isMain ? "caption cw-caption-main" : "caption" }, captionText(caption.text, spansOf(entries))),
      isMain ? evidenceOf(entries, caption.text) : null,
    );
  };

  const evidenceOf = (entries, text) => {
    const evidence = makeEvidence();
    evidence.show(entries, text);
    return evidence.element;
  };

  return {
    element,
    get isOpen() {
      return !element.hidden;
    },
    async show(row) {
      shown = row;
      element.hidden = false;
      name.textContent = row.path;
      name.title = row.path;
      buttons.hidden = row.caption_id === null;
      stage.show(row);
      const answer = await rpc.ask("sample", { sample_id: row.sample_id });
      if (shown !== row) return;
      const data = asJson(answer.buffers[0]);
      data.captions.forEach((caption, number) => (caption.number = number + 1));
      data.captions.sort((a, b) => (b.caption_id === row.caption_id) - (a.caption_id === row.caption_id));
      side.replaceChildren(...(data.captions.length ? data.captions.map((caption) => captionBlock(caption, data)) : [h("p", { class: "meta" }, "This sample has no caption.")]));
    },
    hide() {
      element.hidden = true;
      shown = null;
      stage.stop();
    },
    play: () => stage.toggle(),
    close: () => stage.close(),
  };
}
