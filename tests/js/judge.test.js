import assert from "node:assert/strict";
import { test } from "node:test";

import { Ahead } from "../../widgets/pairs/ahead.js";
import { draftOf, EMPTY, isAcross, isSame, lacking, pick, requestOf, say, sayShare, sayShareFull, storedOf, toggleReason, weigh } from "../../widgets/pairs/draft.js";

const item = { pair_id: "p1", occasion: 1, ask: "better", left: { caption_id: "c2", sample_id: "s" }, right: { caption_id: "c1", sample_id: "s" } };

test("a request names captions and what was shown where, never which side was pressed", () => {
  const request = requestOf(item, weigh(pick(EMPTY, item.right.caption_id), 3), 2.5);
  assert.deepEqual(request, { op: "judge", pair_id: "p1", occasion: 1, ask: "better", left: "c2", right: "c1", answer: "prefer", picked: "c1", strength: 3, reasons: [], note: "", seconds: 2.5 });
});

test("the last answer counts, and a tie names nobody", () => {
  const changed = pick(pick(EMPTY, "c1"), "c2");
  assert.equal(changed.picked, "c2");
  assert.deepEqual([say(changed, "tie").answer, say(changed, "tie").picked], ["tie", null]);
});

test("a strength may come before the caption is named, and goes with a preference only", () => {
  const before = pick(weigh(EMPTY, 2), "c1");
  assert.equal(storedOf(before).strength, 2);
  assert.equal(storedOf(say(before, "both_bad")).strength, null);
  assert.equal(weigh(before, 2).strength, null, "pressed again it is taken back");
});

test("reasons are chosen and taken back; a skip has neither reasons nor a note", () => {
  const two = toggleReason(toggleReason(EMPTY, "clumsy"), "too vague");
  assert.deepEqual(two.reasons, ["clumsy", "too vague"]);
  assert.deepEqual(toggleReason(two, "clumsy").reasons, ["too vague"]);
  const skipped = storedOf({ ...two, note: "odd", answer: "skip" });
  assert.deepEqual([skipped.reasons, skipped.note], [[], ""]);
});

test("a rubric requires parts of a preference, of nothing else", () => {
  const requires = ["strength", "reason", "note"];
  assert.deepEqual(lacking(pick(EMPTY, "c1"), requires), requires);
  assert.deepEqual(lacking({ ...pick(EMPTY, "c1"), strength: 1, reasons: ["x"], note: "  " }, requires), ["note"]);
  assert.deepEqual(lacking(say(EMPTY, "tie"), requires), []);
});

test("what is stored already is not stored again", () => {
  const stored = { answer: "prefer", picked: "c1", strength: 2, reasons: ["clumsy"], note: "" };
  assert.ok(isSame(draftOf(stored), stored));
  assert.ok(!isSame(weigh(draftOf(stored), 3), stored));
  assert.ok(!isSame(draftOf(stored), null));
  assert.equal(draftOf(null), EMPTY);
});

test("a draft leaves what is stored alone", () => {
  const stored = { answer: "tie", picked: null, strength: null, reasons: ["clumsy"], note: "" };
  toggleReason(draftOf(stored), "too vague").reasons.push("another");
  assert.deepEqual(stored.reasons, ["clumsy"]);
});

test("shares are short on the bar and whole in the tooltip", () => {
  assert.equal(sayShare({ value: 0.9333 }), ".93");
  assert.equal(sayShare({ value: 1 }), "1.00");
  assert.equal(sayShare({ value: null }), "");
  assert.equal(sayShareFull({ value: 0.9, low: 0.555, high: 0.9975, same: 9, count: 10, reason: "" }, "hidden repeats"), "The same answer on 9 of 10 hidden repeats; 95 % interval 56–100 %.");
  assert.match(sayShareFull({ value: null, reason: "no pair has come twice yet" }, "x"), /Not known yet: no pair has come twice yet/);
});

test("two samples are told from one", () => {
  assert.equal(isAcross(item), false);
  assert.equal(isAcross({ ...item, right: { sample_id: "t" } }), true);
});

function rpcOf(items) {
  const asked = [];
  const ask = (op, { place }) => {
    asked.push([op, place]);
    return Promise.resolve({ buffers: [new TextEncoder().encode(JSON.stringify(items[place])).buffer] });
  };
  return { ask, asked };
}

test("the next pair is the first one ahead that waits; a repeat whose first time was skipped is passed over", async () => {
  const rpc = rpcOf([{ answer: null }, { answer: { answer: "tie" }, is_due: true }, { answer: null, is_due: false }, { answer: null, is_due: true }, { answer: null, is_due: true }]);
  const queue = new Ahead(rpc, 5);
  assert.equal(await queue.nextAfter(0), 3);
  assert.equal(await queue.nextAfter(4), null, "at the end the kernel is asked");
  await queue.item(3);
  assert.equal(rpc.asked.filter(([, place]) => place === 3).length, 1, "read once");
  assert.equal(await queue.item(5), null);
});
