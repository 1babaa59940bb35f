// The bar above a review: its mode, the order, what it is narrowed to, how far it has come, what is left.

import { h, icon, kbd } from "../js/dom.js";
import { sayCount, sayEstimate } from "../js/words.js";
import { makeOrder } from "./order.js";
import { sayChoice, sayMode } from "./words.js";

export function makeBar({ onOrder, onWhole, onUnreviewed, onLeave }) {
  const order = makeOrder({ onChoose: onOrder, onLeave });
  const mode = h("b", { class: "cw-wide" }, "Review");
  const picked = h("button", { class: "cw-chip cw-picked", hidden: true, onclick: onWhole });
  const scope = h("span", { class: "cw-chip cw-scope-chip", hidden: true });
  const progress = h("span", { class: "meta cw-progress-text" });
  const bar = h("div", { class: "cw-progress", role: "progressbar", "aria-label": "Reviewed", "aria-valuemin": "0", "aria-valuemax": "100" }, h("i"));
  const left = h("span", { class: "meta cw-left" });
  const unreviewed = h("button", { class: "cw-btn", title: "Next unreviewed (U); the first of all: Ctrl J", onclick: onUnreviewed }, h("span", { class: "cw-wide" }, "Next unreviewed"), h("span", { class: "cw-narrow" }, "Next"), kbd("U"));
  const element = h("div", { class: "cw-bar" }, mode, order.element, picked, scope, progress, bar, left, h("span", { class: "cw-grow" }), unreviewed);

  return {
    element,
    order,
    show(state) {
      const said = sayMode(state);
      mode.textContent = said;
      mode.classList.toggle("cw-wide", said === "Review"); // another mode is named at every width
      mode.title = state.is_second_opinion ? "What others have decided is hidden, so that every word is your own." : state.is_adjudicating ? "What you decide here stands for all." : "";
      order.show(state);
      order.element.hidden = state.is_adjudicating;
      picked.hidden = !state.picked;
      picked.disabled = state.is_adjudicating;
      picked.title = state.is_adjudicating ? "Captions that two or more people decided differently on" : "Only these captions, decided or not. Press for the whole queue.";
      if (state.picked) picked.replaceChildren(sayChoice(state.picked, sayCount), state.is_adjudicating ? "" : icon("close", 9));
      scope.hidden = !state.scope;
      if (state.scope) {
        scope.replaceChildren(`only ${state.scope.why}`);
        scope.title = `${sayCount(state.scope.count)} captions, by a linked view: ${state.scope.why}`;
      }
    },
    showStatus(status) {
      progress.textContent = `${sayCount(status.reviewed)} of ${sayCount(status.total)}`;
      const share = status.total ? status.reviewed / status.total : 0;
      bar.firstChild.style.width = `${share * 100}%`;
      bar.setAttribute("aria-valuenow", Math.round(share * 100));
      const { lead, figure, tail } = sayEstimate(status.estimate);
      left.replaceChildren(lead, h("strong", {}, figure), tail);
      left.title = left.textContent;
    },
  };
}
