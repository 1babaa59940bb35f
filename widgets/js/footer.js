// The bar at the bottom: saved or not, how many decisions, the last one with its undo, counts, keys.

import { h, icon, kbd } from "./dom.js";
import { sayClock, sayMany, sayVerdictFull } from "./words.js";

// What is on its way for longer is said to be not saved; for less than that the words would only flicker.
const LATE_MS = 1000;

export function makeFooter({ onUndo, onName, onKeys }) {
  const saved = h("span", { class: "cw-saved", role: "status", "aria-live": "polite" });
  const decisions = h("span", { class: "cw-decisions" });
  const last = h("span", { class: "cw-last" });
  const counts = h("span", { class: "cw-counts" });
  const element = h(
    "div",
    { class: "cw-foot meta" },
    saved, decisions, last,
    h("span", { class: "cw-grow" }),
    counts,
    h("button", { class: "cw-link cw-quiet", onclick: onKeys, "aria-label": "Show the keys" }, kbd("?"), " keys"),
  );
  let outbox = { unsaved: 0, savedAt: null, failure: null };
  let isLate = false;
  let timer = 0;

  const showSaved = () => {
    const { unsaved, savedAt, failure } = outbox;
    const state = unsaved ? (failure ? "failed" : "pending") : failure ? "failed" : savedAt ? "saved" : "idle";
    saved.dataset.state = state;
    const text = {
      pending: isLate ? `${unsaved} not saved yet, still trying` : `saving ${unsaved}…`,
      failed: unsaved ? `${unsaved} not saved yet, sending again` : "not saved",
      saved: savedAt && `saved ${sayClock(savedAt)}`,
      idle: "nothing to save",
    }[state];
    // Nobody is to wait for a kernel that is gone. A page that keeps decisions by itself says so in its own words.
    const why = state === "failed" && unsaved && !globalThis.keptDecisions ? failure.remedy : null;
    saved.replaceChildren(...[icon(state === "failed" ? "warn" : "dot", 10), text, why && h("span", { class: "cw-clip" }, why)].filter(Boolean));
  };
  showSaved();
  const showLate = () => {
    isLate = true;
    showSaved();
  };

  return {
    element,
    showOutbox(state) {
      outbox = state;
      if (state.unsaved) timer ||= setTimeout(showLate, LATE_MS);
      else {
        clearTimeout(timer);
        timer = 0;
        isLate = false;
      }
      showSaved();
    },
    showStatus({ decisions: made, last: verdict }) {
      decisions.textContent = sayMany(made, "decision");
      last.replaceChildren();
      if (verdict)
        last.append(
          `last: ${sayVerdictFull(verdict.verdict, verdict.error_types, verdict.is_corrected)}, `,
          h("button", { class: "cw-link", title: "Show it", onclick: () => onName(verdict) }, verdict.name),
          h("button", { class: "cw-undo", title: "Take back the last decision", "aria-label": "Undo", onclick: onUndo }, kbd("Ctrl Z")),
        );
    },
    showCounts: (...parts) => counts.replaceChildren(...parts),
  };
}
