// Who said what on a caption that people decided differently on; any of it can be taken as a start.

import { wordsOf } from "../js/caption.js";
import { h, icon, kbd } from "../js/dom.js";
import { keepFocus } from "../js/focus.js";
import { sayStretch, sayVerdictFull } from "../js/words.js";
import { SEVERITIES } from "./marks.js";

export function makeVoices({ onTake }) {
  const list = h("ul", { class: "cw-voices-list" });
  const element = h("section", { class: "cw-voices", "aria-label": "Who said what", hidden: true }, h("h4", {}, "Who said what ", h("span", { class: "cw-light" }, "your verdict stands for all")), list);
  let voices = [];
  let text = "";
  let taken = -1;

  const take = (place) => {
    taken = place;
    paint();
    onTake(voices[place]);
  };
  const paint = () => keepFocus(list, draw);
  const draw = () =>
    list.replaceChildren(
      ...voices.map((voice, place) =>
        h(
          "li",
          { class: `cw-voice${place === taken ? " is-taken" : ""}` },
          h("div", { class: "cw-between" }, h("span", { class: "cw-row" }, h("span", { class: `cw-said-${voice.verdict}` }, icon(voice.verdict, 10)), h("b", {}, voice.annotator), h("span", {}, sayVerdictFull(voice.verdict, voice.error_types))), h("button", { class: "cw-link cw-quiet cw-take", title: "Start from what this person said; nothing is saved by it", onclick: () => take(place) }, "take", place === (taken + 1) % voices.length ? kbd("B") : "")),
          detail(voice, text),
        ),
      ),
    );

  return {
    element,
    show(nowVoices, nowText) {
      if (nowVoices !== voices) taken = -1;
      [voices, text] = [nowVoices, nowText];
      element.hidden = !voices.length;
      paint();
    },
    press(name) {
      if (name !== "b" || !voices.length) return false;
      take((taken + 1) % voices.length);
      return true;
    },
  };
}

function detail(voice, text) {
  const parts = [
    ...(voice.spans ?? []).map(([start, end]) => `“${wordsOf(text, start, end)}”`),
    voice.interval && `wrong ${sayStretch(...voice.interval)}`,
    voice.edited_interval && `should be ${sayStretch(...voice.edited_interval)}`,
    voice.severity && SEVERITIES[voice.severity - 1],
    voice.note,
  ].filter(Boolean);
  const nodes = [parts.length ? h("div", { class: "meta" }, parts.join(" · ")) : null, voice.edited_text ? h("div", { class: "meta" }, "should say: ", h("span", { class: "cw-new" }, voice.edited_text)) : null];
  return nodes.filter(Boolean);
}
