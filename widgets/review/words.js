// What the review says of itself: its keys, its verdicts, and the statements that stand in for an empty queue.

import { h } from "../js/dom.js";
import { statement } from "../js/overlay.js";
import { sayType } from "../js/words.js";

export const VERDICTS = [["ok", "Fine", "a"], ["misaligned", "Misaligned", "x"], ["skip", "Skip", "s"]];

export const KEYS = [
  ["Decide", [["A", "fine"], ["X", "misaligned, with the types and marks chosen"], ["S", "skip"], ["1 … 9", "what is wrong, before X"], ["E", "write what it should say"], ["Tab", "take what is proposed, while writing"], ["Ctrl+Z", "take back"], ["Ctrl+Shift+Z", "make it again"]]],
  ["Where", [["D", "mark words: arrows, Shift+arrows, Enter"], ["[ ]", "start and end of the interval, at the playhead"], ["G", "how grave"], ["N", "a note"], ["B", "start from what another said"]]],
  ["Go", [["→ J", "next"], ["← K", "previous"], ["U", "next unreviewed"], ["Ctrl+J", "first unreviewed"], ["H", "the last decisions"], ["Q", "order of the queue"], ["?", "these keys"], ["Esc", "close"]]],
  ["Look", [["W", "why: the other error types"], ["Space", "play or stop"], ["I", "play the caption's interval"], ["F", "play what fits better"], [", .", "a frame back, on"]]],
];

// What the view is for, where it is not the plain review.
export const sayMode = ({ is_adjudicating, is_second_opinion }) => (is_adjudicating ? "Adjudication" : is_second_opinion ? "Second opinion" : "Review");

// Why only these captions are gone through.
export function sayChoice({ why, count }, sayCount) {
  if (why === "disagreements") return `${sayCount(count)} disagreed on`;
  return why === "picked" ? `${sayCount(count)} picked` : `${sayCount(count)} left by ${why}`;
}

export function emptyStatement({ samples, scope, is_adjudicating }, onLift) {
  if (scope) return statement({ title: "Nothing in this scope", text: `None of the captions under review is in: ${scope.why}. Lift the brush or the lasso in the other view.`, action: h("button", { class: "cw-btn", onclick: onLift }, "All captions") });
  if (is_adjudicating) return statement({ title: "Nobody disagrees", text: "No caption was decided differently by two people. A second opinion on decided captions finds out:", code: 'widgets.Review(ws, annotator="ben", second_opinion=True)' });
  if (samples) return statement({ title: "No captions yet", text: "The media of this workspace have no captions to review. Ingest them with a caption file:", code: 'ws.ingest("folder", captions="captions.csv")' });
  return statement({ title: "No samples yet", text: "This workspace holds no media. Add a folder of media with captions:", code: 'ws.ingest("path/to/folder")' });
}

export function lackStatement({ reason, code }, errorType, onWorst) {
  const type = sayType(errorType);
  const action = h("button", { class: "cw-btn", onclick: onWorst }, "Most suspicious first");
  if (reason) return statement({ title: `Nothing to order by: ${type}`, text: `Every score of this error type is undefined, most often: ${reason}.`, action });
  return statement({ title: `No scores for “${type}” yet`, text: "The queue can be ordered by this error type once something has looked for it:", code, action });
}
