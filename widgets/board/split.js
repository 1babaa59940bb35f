// The sheet that splits the pairs by their media and locks that.

import { h, icon, kbd } from "../js/dom.js";
import { sayCount } from "../js/words.js";
import { saySplitState } from "./says.js";

export function makeSplit({ onSplit, onLeave }) {
  const share = h("input", { class: "cw-field", type: "number", min: "1", max: "99", step: "1", value: "20", "aria-label": "Per cent held out" });
  const seed = h("input", { class: "cw-field", type: "number", step: "1", value: "0", "aria-label": "Seed" });
  const stands = h("p", {});
  const warning = h("p", { class: "cw-row cw-warn" }, icon("warn", 12), h("span", {}, "Drawn anew, pairs that were held out may be trained on, and a measured gain means nothing then."));
  const failure = h("p", { class: "cw-wrong", role: "alert", hidden: true });
  const act = h("button", { class: "cw-btn cw-primary", onclick: () => send() });
  const element = h(
    "div",
    { class: "cw-sheet", role: "dialog", "aria-label": "Split", hidden: true, onclick: (event) => event.target === element && hide() },
    h(
      "div",
      { class: "cw-sheet-body cw-split-sheet" },
      h("div", { class: "cw-between" }, h("b", {}, "Split into training and held out"), h("button", { class: "cw-icon", "aria-label": "Close", onclick: () => hide() }, icon("close"))),
      h("p", { class: "meta" }, "Media are split, not pairs: what is the same file, looks the same or belongs to one group stays together. The draw follows from the seed and is locked; pairs that come later fall where their media are."),
      stands,
      h("div", { class: "cw-row cw-split-fields" }, h("label", {}, "held out ", share, " %"), h("label", {}, "seed ", seed)),
      warning, failure,
      h("div", { class: "cw-row" }, act, h("button", { class: "cw-btn", onclick: () => hide() }, "Leave it", kbd("Esc"))),
    ),
  );
  let state = { lock: null, counts: {} };

  const asked = () => ({ held_out_share: Number(share.value) / 100, seed: Number(seed.value) });
  const isSame = () => Boolean(state.lock) && Math.abs(asked().held_out_share - state.lock.held_out_share) < 1e-9 && asked().seed === state.lock.seed;

  function hide() {
    element.hidden = true;
    onLeave();
  }

  function refresh() {
    const isNew = !state.lock;
    const waiting = state.counts.unsplit ?? 0;
    stands.textContent = isNew ? `${sayCount(waiting)} pairs, not split yet.` : `${saySplitState(state)}.${waiting ? ` ${sayCount(waiting)} in neither: new ones, or such as show media of both.` : ""}`;
    warning.hidden = isNew || isSame();
    act.disabled = state.is_running || !share.checkValidity() || !seed.checkValidity() || seed.value === "" || share.value === "";
    act.replaceChildren(state.is_running ? "Splitting…" : isNew ? "Split and lock" : isSame() ? "Place what is new" : "Draw anew", kbd("Enter"));
    failure.hidden = !state.failure;
    if (state.failure) failure.replaceChildren(icon("warn", 12), h("b", {}, state.failure.message), ` ${state.failure.remedy ?? ""}`);
  }

  function send() {
    if (!act.disabled) onSplit({ ...asked(), reset: Boolean(state.lock) && !isSame() });
  }

  for (const field of [share, seed]) {
    field.addEventListener("input", refresh);
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") send();
      if (event.key === "Escape") hide();
    });
  }

  return {
    element,
    get isOpen() {
      return !element.hidden;
    },
    open() {
      if (state.lock) {
        share.value = String(Math.round(state.lock.held_out_share * 1000) / 10);
        seed.value = String(state.lock.seed);
      }
      element.hidden = false;
      refresh();
      share.focus();
      share.select();
    },
    show(split) {
      state = split;
      refresh();
    },
    send,
    hide,
  };
}
