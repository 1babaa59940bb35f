// The strip of pairs that come next; the first is the one on the stage.

import { h, icon } from "../js/dom.js";
import { keepFocus } from "../js/focus.js";
import { asJson } from "../js/rpc.js";
import { drawWaveform } from "../js/waveform.js";

export function makeStrip({ rpc, pictures, onGo }) {
  const element = h("div", { class: "cw-strip", role: "listbox", "aria-label": "Pairs that come next" });
  let items = [];
  let now = 0;

  const picture = (item) => {
    const found = pictures.get(item.sample_id);
    if (found?.kind === "jpeg") return h("img", { src: found.url, alt: "", draggable: "false" });
    if (found?.peaks) {
      const canvas = h("canvas");
      requestAnimationFrame(() => drawWaveform(canvas, found.peaks, { spacing: 3 }));
      return canvas;
    }
    return h("span", { class: "cw-strip-none" }, found ? icon("gone", 14) : null);
  };
  const paint = () => keepFocus(element, draw);
  const draw = () =>
    element.replaceChildren(
      ...items.map((item) =>
        h(
          "button",
          { class: "cw-strip-item", role: "option", tabindex: "-1", "aria-selected": String(item.place === now), title: item.text, "aria-label": item.text, onclick: () => onGo(item.place) },
          picture(item),
          item.verdict ? h("span", { class: `cw-dot cw-dot-${item.verdict.verdict}` }, icon(item.verdict.verdict, 9)) : null,
        ),
      ),
    );

  return {
    element,
    paint,
    async show(place) {
      now = place;
      paint();
      const first = Math.max(0, place - 1);
      const answer = await rpc.ask("strip", { place: first });
      if (now !== place) return;
      items = asJson(answer.buffers[0]);
      paint();
    },
  };
}
