// The strip of pairs that come next; the second is the one on the stage.

import { h, icon } from "../js/dom.js";
import { keepFocus } from "../js/focus.js";
import { asJson } from "../js/rpc.js";
import { drawWaveform } from "../js/waveform.js";

const SHOWN = 12;
const KEEP = 400;

export function makeStrip({ rpc, pictures, onGo }) {
  const element = h("div", { class: "cw-strip", role: "listbox", "aria-label": "Pairs that come next" });
  // By place; they come three strips at a time, so that most steps find theirs here.
  let known = new Map();
  let length = 0;
  let now = 0;

  const first = () => Math.max(0, now - 1);
  const last = () => Math.min(length, first() + SHOWN) - 1;

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
      ...Array.from({ length: last() - first() + 1 }, (_, number) => known.get(first() + number))
        .filter(Boolean)
        .map((item) =>
          h(
            "button",
            { class: "cw-strip-item", role: "option", tabindex: "-1", "aria-selected": String(item.place === now), title: item.text, "aria-label": item.text, onclick: () => onGo(item.place) },
            picture(item),
            item.verdict ? h("span", { class: `cw-dot cw-dot-${item.verdict.verdict}` }, icon(item.verdict.verdict, 9)) : null,
          ),
        ),
    );

  const isMissing = () => !known.has(first()) || !known.has(last());

  return {
    element,
    paint,
    async show(place) {
      now = place;
      if (known.size) paint(); // else what stood there stands until the answer comes
      if (!isMissing()) return;
      const of = known;
      const answer = await rpc.ask("strip", { place: known.has(first()) ? place : Math.max(0, place - SHOWN) });
      if (of !== known) return; // of another queue by now
      const come = asJson(answer.buffers[0]);
      for (const item of come) known.set(item.place, item);
      pictures.prefetch(come.map((item) => item.sample_id));
      for (const kept of known.keys()) if (known.size > KEEP) known.delete(kept);
      paint();
    },
    // Put what stands now on every pair that is here.
    take(verdicts) {
      for (const item of known.values()) if (item.caption_id in verdicts) item.verdict = verdicts[item.caption_id];
      paint();
    },
    clear(count = length) {
      known = new Map();
      length = count;
    },
  };
}
