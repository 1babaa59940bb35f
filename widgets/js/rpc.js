// Requests and answers over the widget's message channel, paired by number.

export class KernelError extends Error {
  constructor({ error, remedy, position, again = false }) {
    super(error);
    this.name = "KernelError";
    Object.assign(this, { remedy, position, again }); // again: it may be taken when it is sent once more
  }
}

export class NoAnswerError extends Error {
  constructor(op, remedy = "") {
    super(`No answer ${remedy ? "" : "from the kernel "}to “${op}”.`);
    this.remedy = remedy || "It is busy, or it was restarted; then run this cell again.";
  }
}

export class LostKernelError extends Error {
  constructor() {
    super("The kernel behind this view is gone.");
    this.remedy = "Run this cell again; every decision shown as saved is kept.";
  }
}

const decoder = new TextDecoder();

export const asBytes = (buffer) =>
  buffer instanceof ArrayBuffer ? new Uint8Array(buffer) : new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);

export const asJson = (buffer) => JSON.parse(decoder.decode(asBytes(buffer)));

export function connect(model, { timeoutMs = 20000 } = {}) {
  const waiting = new Map();
  const listeners = new Set();
  // Two views of one widget share its channel: a random start keeps their numbers apart.
  const prefix = Math.random().toString(36).slice(2, 10);
  let last = 0;

  const receive = (content, buffers) => {
    if (content?.event) listeners.forEach((listener) => listener(content));
    const request = waiting.get(content?.re);
    if (!request) return;
    waiting.delete(content.re);
    clearTimeout(request.timer);
    if (content.ok) request.resolve({ ...content, buffers: buffers ?? [] });
    else request.reject(new KernelError(content));
  };
  model.on("msg:custom", receive);

  const ask = (op, fields = {}, { timeout = timeoutMs } = {}) =>
    new Promise((resolve, reject) => {
      const id = `${prefix}${++last}`;
      const timer = setTimeout(() => {
        waiting.delete(id);
        reject(new NoAnswerError(op, model.get?.("no_answer")));
      }, timeout);
      waiting.set(id, { resolve, reject, timer });
      try {
        model.send({ id, op, ...fields });
      } catch {
        // The host closes the channel when a kernel restarts: waiting for an answer would be in vain.
        clearTimeout(timer);
        waiting.delete(id);
        reject(new LostKernelError());
      }
    });

  return {
    ask,
    onEvent: (listener) => listeners.add(listener),
    get pending() {
      return waiting.size;
    },
    close() {
      model.off("msg:custom", receive);
      waiting.forEach(({ timer }) => clearTimeout(timer));
      waiting.clear();
    },
  };
}
