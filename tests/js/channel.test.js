import assert from "node:assert/strict";
import { test } from "node:test";

import { makeOutbox } from "../../widgets/js/outbox.js";
import { Pages } from "../../widgets/js/pages.js";
import { asJson, connect, KernelError, LostKernelError, NoAnswerError } from "../../widgets/js/rpc.js";
import { fakeModel } from "./fake_model.js";

test("answers find their questions whatever their order", async () => {
  const model = fakeModel();
  const rpc = connect(model);
  const [first, second] = [rpc.ask("a"), rpc.ask("b")];
  model.receive({ re: model.sent[1].id, ok: true, value: "b" });
  model.receive({ re: model.sent[0].id, ok: true, value: "a" });
  assert.equal((await first).value, "a");
  assert.equal((await second).value, "b");
  assert.equal(rpc.pending, 0);
});

test("a refusal carries what failed, where, and what to do", async () => {
  const rpc = connect(fakeModel(() => ({ ok: false, error: "no such field", remedy: "write it so", position: 3 })));
  await assert.rejects(rpc.ask("view"), (error) => error instanceof KernelError && error.message === "no such field" && error.remedy === "write it so" && error.position === 3);
});

test("a question without an answer fails after its time", async () => {
  await assert.rejects(connect(fakeModel()).ask("page", {}, { timeout: 5 }), NoAnswerError);
});

test("a channel that is closed says so at once", async () => {
  const model = fakeModel();
  model.send = () => {
    throw new Error("Cannot send");
  };
  const rpc = connect(model);
  await assert.rejects(rpc.ask("page"), LostKernelError);
  assert.equal(rpc.pending, 0);
});

test("json is read from a buffer that lies inside a larger one", () => {
  const bytes = new TextEncoder().encode('xx{"é":1}yy');
  assert.deepEqual(asJson(new DataView(bytes.buffer, 2, bytes.length - 4)), { é: 1 });
});

test("a decision without an answer is sent again under the same key", async () => {
  const keys = [];
  const states = [];
  const send = async ({ key }) => {
    keys.push(key);
    if (keys.length < 3) throw new NoAnswerError("decide");
    return { stored: true };
  };
  const outbox = makeOutbox(send, { onChange: (state) => states.push(state), retryMs: 1 });
  assert.deepEqual(await outbox.post({ verdict: "ok" }), { stored: true });
  assert.equal(new Set(keys).size, 1);
  assert.equal(keys.length, 3);
  assert.ok(states.some((state) => state.unsaved === 1 && state.failure));
  assert.equal(states.at(-1).unsaved, 0);
  assert.ok(states.at(-1).savedAt);
});

test("a refused decision is not sent again, and not called saved", async () => {
  let sent = 0;
  const refused = new KernelError({ error: "no such caption" });
  const outbox = makeOutbox(async () => {
    sent += 1;
    throw refused;
  });
  await assert.rejects(outbox.post({}), refused);
  assert.equal(sent, 1);
  assert.equal(outbox.unsaved, 0);
});

test("an undo never overtakes the decision it takes back", async () => {
  const order = [];
  const outbox = makeOutbox(async ({ op }) => {
    await new Promise((wake) => setTimeout(wake, op === "decide" ? 10 : 0));
    order.push(op);
  });
  await Promise.all([outbox.post({ op: "decide" }), outbox.post({ op: "undo" })]);
  assert.deepEqual(order, ["decide", "undo"]);
});

test("a page is asked for once, kept, and the one looked at longest ago goes first", async () => {
  const asked = [];
  const pages = new Pages(async (start, stop) => {
    asked.push(start);
    return Array.from({ length: stop - start }, (_, place) => start + place);
  }, { pageRows: 10, keep: 2 });
  assert.equal(pages.row(3), undefined);
  assert.equal(pages.row(4), undefined);
  assert.equal(await pages.rowSoon(3), 3);
  await pages.rowSoon(15);
  pages.row(3);
  await pages.rowSoon(25);
  assert.deepEqual(asked, [0, 10, 20]);
  assert.deepEqual([...pages.pages.keys()], [0, 2]);
});

test("a page that comes after the grid was arranged anew is thrown away", async () => {
  let finish;
  const pages = new Pages(() => new Promise((done) => (finish = done)), { pageRows: 2 });
  pages.row(0);
  pages.clear();
  finish(["old", "old"]);
  await new Promise((wake) => setTimeout(wake, 0));
  assert.equal(pages.pages.size, 0);
});
