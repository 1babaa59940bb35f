// The bar at the bottom of the board: what lint found, how many judgements, the split, the counts, the keys.

import { h, icon, kbd } from "../js/dom.js";
import { sayCount, sayMany } from "../js/words.js";
import { countSeverities, sayChecks, saySplitState } from "./says.js";

export function makeFoot({ onLint, onKeys }) {
  const checked = h("button", { class: "cw-saved cw-link cw-quiet", title: "Show what was found", onclick: onLint });
  const judged = h("span", { class: "cw-decisions" });
  const split = h("span", { class: "cw-clip cw-split-state" });
  const counts = h("span", { class: "cw-counts" });
  const keys = h("button", { class: "cw-link cw-quiet", onclick: onKeys, "aria-label": "Show the keys" }, kbd("?"), " keys");
  const element = h("div", { class: "cw-foot meta" }, checked, judged, split, h("span", { class: "cw-grow" }), counts, keys);
  return {
    element,
    showStatus({ checks, split: state, judgements }) {
      const found = countSeverities(checks.last?.findings ?? []);
      const isWrong = Boolean(checks.failure) || found.error > 0;
      checked.dataset.state = checks.is_running || !(checks.last || checks.failure) ? "idle" : isWrong ? "failed" : found.warning ? "pending" : "saved";
      checked.replaceChildren(icon(isWrong ? "warn" : "dot", 10), `lint: ${sayChecks(checks)}`);
      judged.textContent = sayMany(judgements, "judgement");
      split.textContent = state.is_running ? "splitting…" : saySplitState(state);
      split.title = state.summary;
    },
    showCounts({ total, count, selected }) {
      counts.replaceChildren(`All ${sayCount(total)} · Filtered ${sayCount(count)} · `, h(selected ? "strong" : "span", {}, `Selected ${sayCount(selected)}`));
    },
  };
}
