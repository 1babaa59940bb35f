import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf } from "../../widgets/js/timeline_wave.js";
import { sayExactly, sayMoved, sayOffset, sayPrecise, Take, typesWith } from "../../widgets/player/take.js";

const caption = (id, start_s, end_s, more = {}) => ({ caption_id: id, sample_id: "quay", text: id, kind: "caption", start_s, end_s, ...more });

function made(verdicts = {}, captions = [caption("late", 3, 4), caption("early", 1, 2), caption("whole", null, null)]) {
  const samples = [{ sample_id: "quay", path: "a/quay.mp4", view: "quay", duration_s: 10 }, { sample_id: "mast", path: "mast.mp4", view: null, duration_s: 10.5 }];
  return new Take({ place: 0, key: "event", views: 2 }, { samples, captions, scores: [], flags: [], verdicts, clocks: { late_s: [0, 0.5] } });
}

test("captions are gone through by time, those without one at the end", () => {
  assert.deepEqual(made().order(), ["early", "late", "whole"]);
});

test("a corrected interval is shown instead of the one that came, and said to be moved", () => {
  const take = made({ late: { edited_interval: [2.5, 4], verdict: "misaligned" } });
  const segment = take.segmentOf(take.caption("late"));
  assert.deepEqual([segment.start_s, segment.end_s, segment.isMoved, segment.was], [2.5, 4, true, { start_s: 3, end_s: 4 }]);
  assert.equal(sayMoved(segment.was, segment), "start 500 ms earlier");
  assert.equal(take.segmentOf(take.caption("early")).isMoved, false);
  assert.equal(take.segmentOf(take.caption("whole")), null);
});

test("what is on its way to disk is shown before what stands", () => {
  const take = made({ late: { edited_interval: [2.5, 4] } });
  take.pending.set("late", [2.7, 4]);
  assert.equal(take.segmentOf(take.caption("late")).start_s, 2.7);
});

test("a caption of a view whose clock is late lies earlier on the shared clock, and is stored on its own", () => {
  const take = made({}, [caption("seen", 3, 4, { sample_id: "mast" })]);
  const segment = take.segmentOf(take.caption("seen"));
  assert.deepEqual([segment.start_s, segment.end_s, segment.isMoved], [2.5, 3.5, false]);
  assert.deepEqual(take.toOwnClock(take.caption("seen"), { start_s: 2.6, end_s: 3.5 }), [3.1, 4]);
  assert.equal(take.duration, 10);
});

test("transcripts have a row of their own", () => {
  const take = made({}, [caption("a", 0, 1), caption("b", 0, 1, { kind: "transcript" }), caption("c", 0, 1, { sample_id: "mast" })]);
  assert.deepEqual(take.rows().map(({ name, segments }) => [name, segments.map(({ id }) => id)]), [["quay", ["a"]], ["quay said", ["b"]], ["mast.mp4", ["c"]]]);
});

test("one's own error types stay when another is named, an earlier fine does not", () => {
  assert.deepEqual(typesWith({ verdict: "misaligned", error_types: ["object"] }, "interval"), ["object", "interval"]);
  assert.deepEqual(typesWith({ verdict: "ok", error_types: [] }, "interval"), ["interval"]);
  assert.deepEqual(typesWith({ verdict: "misaligned", error_types: ["interval"] }, "interval"), ["interval"]);
  assert.equal(made({ late: { annotator: "ben" } }).ownVerdict("late", "ana"), null);
});

test("what was said of the sound is of the sample, whichever caption it was said on", () => {
  const take = made({ early: { offset_s: 0.08 } });
  take.scores = [{ caption_id: "late", scorer: "av_sync", detail: { best_shift_s: -0.21 } }];
  const { said_s: said, measured_s: measured, saidOn } = take.soundOf(take.samples[0]);
  assert.deepEqual([said, measured, saidOn], [0.08, 0.21, "early"]);
  const other = take.soundOf(take.samples[1]);
  assert.deepEqual([other.score, other.said_s, other.measured_s], [null, null, null]);
});

test("offsets and times are said with their sign in words", () => {
  assert.deepEqual([0.21, -0.08, 0.0001].map(sayOffset), ["210 ms late", "80 ms early", "in sync"]);
  assert.equal(sayExactly({ start_s: 2.444, end_s: 4.2 }), "2.44–4.20 s");
  assert.deepEqual([14.48, 75.5, 3661].map(sayPrecise), ["0:14.480", "1:15.500", "1:01:01.000"]);
});

test("a curve fills its lane whatever its range, and only the part in view is drawn", () => {
  assert.equal(lineOf({ times: [0, 1, 2], values: [-1, 1, 0] }, { from: 0, to: 2 }), "M0.0 42.0L500.0 4.0L1000.0 23.0");
  assert.equal(lineOf({ times: [0, 1, 2, 3, 4], values: [0, 1, 0, 1, 0] }, { from: 3.5, to: 4 }).split("L").length, 2);
  assert.equal(lineOf({ times: [], values: [] }, { from: 0, to: 1 }), "");
});
