import assert from "node:assert/strict";
import { test } from "node:test";

import { makeOutbox } from "../../widgets/js/outbox.js";
import { connect } from "../../widgets/js/rpc.js";
import { isOutlived, makeKept, sendLeft } from "../../widgets/serve/kept.js";
import { makeSocketModel, unpack } from "../../widgets/serve/socket.js";

// A server with its journal: sockets come and go, what was decided stays.
class Server {
  constructor() {
    this.sockets = [];
    this.stored = new Map();
    this.seen = [];
    this.isDeaf = false;
  }

  open = () => {
    const socket = { sent: [], send: (text) => this.take(socket, JSON.parse(text)), close() {} };
    this.sockets.push(socket);
    return socket;
  };

  get last() {
    return this.sockets.at(-1);
  }

  greet() {
    this.reply(this.last, { event: "hello", is_kept: true });
  }

  reply(socket, content, buffers = []) {
    socket.onmessage({ data: frame(content, buffers) });
  }

  take(socket, message) {
    if (this.isDeaf || message.ping) return;
    this.seen.push(message);
    if (message.key) this.stored.set(message.key, message);
    if (!this.isSilent) queueMicrotask(() => this.reply(socket, { re: message.id, ok: true, value: message.op }));
  }
}

function frame(content, buffers) {
  const head = new TextEncoder().encode(JSON.stringify({ content, sizes: buffers.map((part) => part.length) }));
  const bytes = new Uint8Array(4 + head.length + buffers.reduce((sum, part) => sum + part.length, 0));
  new DataView(bytes.buffer).setUint32(0, head.length);
  bytes.set(head, 4);
  let place = 4 + head.length;
  for (const part of buffers) {
    bytes.set(part, place);
    place += part.length;
  }
  return bytes.buffer;
}

const tick = () => new Promise((wake) => setImmediate(wake));

class Storage {
  setItem(name, value) {
    if (Storage.isFull) throw new Error("full");
    this[name] = value;
  }
  getItem(name) {
    return this[name];
  }
  removeItem(name) {
    delete this[name];
  }
}

test("a frame is read as the server packs it", () => {
  const { content, buffers } = unpack(frame({ re: "é" }, [new Uint8Array([1, 2]), new Uint8Array([])]));
  assert.equal(content.re, "é");
  assert.deepEqual(buffers.map((part) => part.byteLength), [2, 0]);
  assert.equal(buffers[0].getUint8(1), 2);
});

test("what is asked before the line stands is asked once it does", async () => {
  const server = new Server();
  const model = makeSocketModel(server.open);
  const answer = connect(model).ask("open");
  assert.equal(server.seen.length, 0);
  server.greet();
  assert.equal((await answer).value, "open");
  model.close();
});

test("a decision whose answer was cut off is sent again under its key and stored once", async () => {
  const server = new Server();
  const model = makeSocketModel(server.open);
  const outbox = makeOutbox(({ op, ...fields }) => connect(model).ask(op, fields), { kept: null });
  server.greet();
  server.isSilent = true;
  const saved = outbox.post({ op: "decide", verdict: "ok" });
  await tick();
  server.last.onclose({ code: 1006 });
  assert.equal(model.state, "cut");
  assert.equal(outbox.unsaved, 1);
  server.isSilent = false;
  model.retry();
  server.greet();
  await saved;
  assert.equal(server.seen.length, 2);
  assert.equal(server.stored.size, 1);
  assert.equal(outbox.unsaved, 0);
  model.close();
});

test("a selection that may have arrived is failed and not made twice", async () => {
  const server = new Server();
  const model = makeSocketModel(server.open);
  server.greet();
  server.isSilent = true;
  const toggled = connect(model).ask("select", { how: "toggle" });
  await tick();
  server.last.onclose({ code: 1006 });
  model.retry();
  server.greet();
  await assert.rejects(toggled, /connection was cut/);
  assert.equal(server.seen.length, 1);
  model.close();
});

test("a view that was away is told to look again", () => {
  const server = new Server();
  const told = [];
  const model = makeSocketModel(server.open);
  model.on("msg:custom", (content) => told.push(content.event));
  server.greet();
  server.last.onclose({ code: 1006 });
  model.retry();
  server.greet();
  assert.deepEqual(told, ["changed"]);
  model.close();
});

test("a page of another annotator stays away, and so does one whose link has ended", async () => {
  const server = new Server();
  const states = [];
  const model = makeSocketModel(server.open, { onState: (state) => states.push(state), isRefused: async () => true });
  server.greet();
  server.last.onclose({ code: 1006 });
  model.retry();
  server.last.onclose({ code: 1006 });
  await tick();
  assert.deepEqual(states, ["open", "cut", "refused"]);
  model.retry();
  server.last.onclose({ code: 4403 });
  model.retry();
  assert.equal(model.state, "other");
  const before = server.sockets.length;
  model.retry();
  assert.equal(server.sockets.length, before);
  model.close();
});

const WHO = { mark: "m", annotator: "ana", place: "review" };

test("a decision is kept until it is taken, also by the next page", async () => {
  const storage = new Storage();
  const kept = makeKept(storage, WHO);
  const outbox = makeOutbox(() => new Promise(() => {}), { kept });
  outbox.post({ op: "decide", verdict: "ok" });
  outbox.post({ op: "decide", verdict: "skip" });
  assert.equal(kept.count, 2);
  assert.deepEqual(kept.left(), [], "what is on its way here is not left over");

  const next = makeKept(storage, WHO);
  const sent = [];
  const told = await sendLeft(next, { ask: async (place, op, fields) => sent.push([place, op, fields.verdict, fields.key]) });
  assert.deepEqual(sent.map((one) => one.slice(0, 3)), [["review", "decide", "ok"], ["review", "decide", "skip"]]);
  assert.equal(new Set(sent.map(([, , , key]) => key)).size, 2);
  assert.equal(told.saved, 2);
  assert.deepEqual(makeKept(storage, WHO).left(), []);
});

test("another annotator in the same browser never sends them", () => {
  const storage = new Storage();
  makeKept(storage, WHO).put("k", { op: "decide" });
  assert.equal(makeKept(storage, { ...WHO, annotator: "ben" }).left().length, 0);
  assert.equal(makeKept(storage, { ...WHO, mark: "other workspace" }).left().length, 0);
});

test("a decision that was stored or refused is kept no longer; one the database was away for is", async () => {
  const storage = new Storage();
  const kept = makeKept(storage, WHO);
  const model = { on: (_event, listen) => (model.listen = listen), off() {}, send: (content) => (model.sent = content) };
  const rpc = connect(model);
  const outbox = makeOutbox(({ op, ...fields }) => rpc.ask(op, fields), { kept, retryMs: 1 });
  const first = outbox.post({ op: "decide" });
  await tick();
  model.listen({ re: model.sent.id, ok: false, error: "database away", remedy: "", again: true });
  await new Promise((wake) => setTimeout(wake, 10));
  assert.equal(kept.count, 1);
  model.listen({ re: model.sent.id, ok: true });
  await first;
  assert.equal(kept.count, 0);
  const second = outbox.post({ op: "decide" });
  await tick();
  model.listen({ re: model.sent.id, ok: false, error: "no such caption" });
  await assert.rejects(second, /no such caption/);
  assert.equal(kept.count, 0);
});

test("an undo left over is sent after its decision, but not once something newer stands", async () => {
  const undo = { request: { op: "undo" }, at: 1000 };
  assert.equal(isOutlived(undo, null), false);
  assert.equal(isOutlived(undo, 900), false);
  assert.equal(isOutlived(undo, 60_000), true);
  assert.equal(isOutlived({ request: { op: "decide" }, at: 1000 }, 60_000), false);

  const storage = new Storage();
  makeKept(storage, WHO, { now: () => 1000 }).put("u", { op: "undo" });
  const asked = [];
  const ask = async (_place, op) => {
    asked.push(op);
    return { status: { last: { at: new Date(60_000).toISOString() } } };
  };
  const told = await sendLeft(makeKept(storage, WHO), { ask });
  assert.deepEqual(asked, ["status"]);
  assert.match(told.refused[0].error, /since/);
});

test("a full storage is said, and the decision is still kept while the page is open", () => {
  const kept = makeKept(new Storage(), WHO);
  Storage.isFull = true;
  kept.put("k", { op: "decide" });
  Storage.isFull = false;
  assert.equal(kept.count, 1);
  assert.equal(kept.isLasting, false);
});
