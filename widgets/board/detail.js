// One pair large, over the table: the media whole, both captions, who said what of them, what lint says.

import { h, icon, kbd } from "../js/dom.js";
import { asBytes, asJson } from "../js/rpc.js";
import { Stage, unplayable } from "../js/stage.js";
import { sideText } from "./diff.js";
import { ruleButton, statusPill } from "./row.js";
import { sayMaker, sayMeasure, sayName, saySplit, sayStrength, sayVoices } from "./says.js";

const ANSWERS = { tie: "tie", both_bad: "both bad", skip: "skipped" };

export function makeDetail({ rpc, pictures, files, onStep, onClose, onRule }) {
  const stage = new Stage({ rpc, pictures, files });
  const side = h("div", { class: "cw-side" });
  const name = h("span", { class: "meta cw-clip cw-detail-name" });
  const steps = [["previous", "ArrowUp"], ["next", "ArrowDown"]].map(([word, key]) => h("button", { class: "cw-btn cw-square", "aria-label": word, onclick: () => onStep(key) }, icon(word, 12)));
  const close = h("button", { class: "cw-btn", onclick: onClose }, icon("close", 10), "Close", kbd("Esc"));
  const element = h(
    "div",
    { class: "cw-detail", role: "dialog", "aria-label": "Pair", hidden: true },
    h("div", { class: "cw-split" }, stage.element, h("div", { class: "cw-side-box" }, h("div", { class: "cw-between" }, name, h("span", { class: "cw-row" }, ...steps, close)), side)),
  );
  let shown = null;

  function facts(pair) {
    const told = [
      ["Origin", sayMaker(pair)], ["What is wrong", pair.error_type ? sayName(pair.error_type) : ""], ["Why", pair.reason], ["Asked for", pair.criterion], ["How clearly", sayStrength(pair.strength)],
      ["Voices", sayVoices(pair)], ["Agreement", sayMeasure(pair.agreement)], ["EM weight", sayMeasure(pair.weight)], ["Margin", sayMeasure(pair.margin)],
      ["Correction", { full: "nothing is missing", partial: "something is missing still", deletes_only: "only takes words out", unknown: "" }[pair.completeness]],
      ["Split", saySplit(pair.split)], ["Prompt", pair.prompt], ["From", pair.source],
    ].filter(([, value]) => value);
    return h("dl", { class: "cw-facts" }, told.map(([word, value]) => h("div", {}, h("dt", {}, word), h("dd", {}, value))));
  }

  function said(pair, judged) {
    const answer = judged.answer === "prefer" ? (judged.winner === pair.chosen_id ? "this order" : "the other way round") : ANSWERS[judged.answer];
    const more = [sayStrength(judged.strength), judged.occasion > 1 ? `asked again (${judged.occasion})` : "", judged.criterion !== pair.criterion ? judged.criterion : "", ...(judged.reasons ?? []).map(sayName), judged.note].filter(Boolean);
    return h("li", {}, h("b", {}, judged.annotator), `: ${answer}`, more.length ? h("span", { class: "meta" }, ` ${more.join(", ")}`) : null);
  }

  function found({ rule, severity, message, remedy }) {
    return h("li", {}, ruleButton(rule, severity, onRule), h("p", {}, message), h("p", { class: "meta" }, remedy));
  }

  // The other samples that the pair shows: of the rejected caption, or those of a collage, in its order.
  function strip(others) {
    const shots = others.map(({ path, is_asked }) => h("span", { class: `cw-other${is_asked ? " is-asked" : ""}`, title: is_asked ? `${path}: asked about` : path }));
    const fill = ({ pictures: told, buffers }) =>
      told.forEach(({ kind, error }, place) => {
        if (kind !== "jpeg") return shots[place].replaceChildren(icon(kind === "peaks" ? "sound" : "gone", 16), error ? h("span", { class: "meta" }, error) : "");
        const url = URL.createObjectURL(new Blob([asBytes(buffers[place])], { type: "image/jpeg" }));
        shots[place].replaceChildren(h("img", { src: url, alt: others[place].path, onload: () => URL.revokeObjectURL(url) }));
      });
    rpc.ask("pictures", { sample_ids: others.map(({ sample_id }) => sample_id), size_px: 240 }).then(fill, () => {});
    return h("div", { class: "cw-others-strip" }, shots);
  }

  function show({ pair, judgements, findings, others }) {
    const isAcross = others.length === 1;
    const own = pair.lint.slice(0, pair.own_findings);
    const [mine, wide] = [findings.filter(({ rule }) => own.includes(rule)), pair.lint.filter((rule) => !own.includes(rule))];
    side.replaceChildren(
      h("div", { class: "cw-between" }, h("h4", {}, "Chosen"), statusPill(pair.status)),
      sideText(pair, "chosen"),
      h("h4", {}, isAcross ? `Rejected, of ${others[0].path}` : "Rejected"),
      sideText(pair, "rejected"),
      others.length > 1 ? h("h4", {}, `Shown as one picture of ${others.length}; the framed one is asked about`) : "",
      others.length ? strip(others) : "",
      ...(mine.length ? [h("h4", {}, "Lint"), h("ul", { class: "cw-found" }, mine.map(found))] : []),
      wide.length ? h("p", { class: "meta" }, `${mine.length ? "And of" : "Lint of"} most pairs here: ${wide.map(sayName).join(", ")}.`) : "",
      ...(judgements.length ? [h("h4", {}, "Who said what"), h("ul", { class: "cw-voices" }, judgements.map((judged) => said(pair, judged)))] : []),
      facts(pair),
    );
  }

  return {
    element,
    get isOpen() {
      return !element.hidden;
    },
    async show(row) {
      shown = row;
      element.hidden = false;
      name.textContent = row.path ?? row.source ?? "";
      if (row.media) stage.show(row);
      else {
        stage.stop();
        stage.box.replaceChildren(unplayable({ message: "This pair came without media.", remedy: row.source ? `From ${row.source}` : "" }));
      }
      const answer = await rpc.ask("pair", { pair_id: row.pair_id });
      if (shown === row) show(asJson(answer.buffers[0]));
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
