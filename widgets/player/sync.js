// Sound against picture: by how much it is late, what broadcasting lets pass, and moving it by ear.

import { h } from "../js/dom.js";
import { sayOffset } from "./take.js";

const STEP_S = 0.01;
const RANGE_S = 0.3; // of the scale, to both sides
const known = (value) => value !== null && value !== undefined;
const BAND = "bt1359_detect";
const WIDE = "bt1359_accept";

// onShift(seconds): hear the sound that much later; onSave(offset_s): it is late by that much; onFits(), onNone().
export function makeSync({ onShift, onSave, onFits, onNone }) {
  const figure = h("div", { class: "cw-sync-figure" });
  const words = h("p", { class: "meta" });
  const [wide, band, mark, heard] = ["wide", "band", "mark", "heard"].map((name) => h("i", { class: `cw-sync-${name}` }));
  const scale = h("div", { class: "cw-sync-scale", role: "img", "aria-label": "Sound against picture" }, wide, band, mark, heard, h("span", { class: "meta" }, "0"));
  const nudge = (by, text) => h("button", { class: "cw-btn", title: "Hear the sound so much earlier or later; Shift for 40 ms", onclick: (event) => move(by * (event.shiftKey ? 4 : 1)) }, text);
  const save = h("button", { class: "cw-btn cw-act cw-sync-save", onclick: () => target() && onSave(-target()) }, "Move sound");
  const fits = h("button", { class: "cw-btn", title: "Looked at: sound and picture fit", onclick: () => onFits() }, "Fits");
  const none = h("button", { class: "cw-btn", title: "Nothing in it can tell", onclick: () => onNone() }, "No events");
  const element = h(
    "section",
    { class: "cw-sync", "aria-label": "Sound against picture", hidden: true },
    h("div", { class: "cw-between" }, h("h4", {}, "Sound against picture"), figure), words, scale,
    h("div", { class: "cw-sync-row" }, nudge(-STEP_S, "− 10 ms"), nudge(STEP_S, "+ 10 ms"), fits),
    h("div", { class: "cw-sync-row" }, save, none),
  );
  let state = { shift: 0 };

  // By how much the sound would be moved: as it is heard now, else as it was measured and nobody has said yet.
  const target = () => state.shift || (known(state.said_s) || !known(state.measured_s) ? 0 : -state.measured_s);

  function move(by) {
    state.shift = Math.round((state.shift + by) * 1000) / 1000;
    onShift(state.shift);
    paint();
  }

  const at = (offset) => `${Math.min(100, Math.max(0, 50 + (offset / RANGE_S) * 50))}%`;
  const stretch = (node, limits) => limits && Object.assign(node.style, { left: at(-limits[0]), width: `calc(${at(limits[1])} - ${at(-limits[0])})` });

  function paint() {
    const { said_s, measured_s, score, bands } = state;
    const offset = said_s ?? measured_s;
    const [early, late] = bands?.[BAND] ?? [0, 0];
    const isOut = offset !== null && (offset > late || offset < -early);
    figure.textContent = offset === null ? (score ? "no evidence" : "not measured") : sayOffset(offset);
    figure.dataset.state = offset === null ? "unknown" : isOut ? "out" : "in";
    const limits = `Noticed beyond ${Math.round(early * 1000)} ms early or ${Math.round(late * 1000)} ms late (BT.1359).`;
    const measured = score ? score.evidence || `No evidence of sync either way: ${(score.reason ?? "").replace(/^no evidence of sync either way: /, "").replace(/\.$/, "")}.` : "Move the sound by ear, or measure it: ws.score(\"av_sync\").";
    words.textContent = said_s !== null ? `As you said. ${limits}` : score ? measured : `${measured} ${limits}`;
    mark.hidden = offset === null;
    if (offset !== null) mark.style.left = at(offset);
    heard.hidden = !state.shift;
    heard.style.left = at(-state.shift);
    scale.setAttribute("aria-label", offset === null ? "No offset is known" : `The sound is ${sayOffset(offset)}`);
    const ms = Math.round(target() * 1000);
    save.disabled = !ms;
    save.textContent = ms ? `Move sound ${ms > 0 ? "+" : "−"}${Math.abs(ms)} ms` : "Move sound";
    save.classList.toggle("is-primary", Boolean(ms));
  }

  return {
    element,
    // score, measured_s, said_s of `Take.soundOf`; bands: name -> [early_s, late_s].
    show(told) {
      element.hidden = told === null;
      if (told === null) return;
      const isOther = told.sample_id !== state.sample_id;
      state = { ...told, shift: isOther ? 0 : state.shift };
      stretch(wide, told.bands?.[WIDE]);
      stretch(band, told.bands?.[BAND]);
      paint();
    },
    reset() {
      state.shift = 0;
      paint();
    },
  };
}
