// Decisions on their way to disk. One is sent again, under the same key, until the kernel has said that it is
// stored; the key makes a decision that arrived twice count once.

import { KernelError, NoAnswerError } from "./rpc.js";

// Browsers have `randomUUID` only where the page came by TLS or from this machine; a hub on plain HTTP has not.
export const newKey = () =>
  globalThis.crypto.randomUUID?.() ?? Array.from(globalThis.crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

// `kept` outlives the page: `put(key, request)`, and `drop(key)` once the kernel has taken it or refused it. A
// page around the view offers one as `keptDecisions`; a notebook has none.
export function makeOutbox(send, { onChange = () => {}, retryMs = 1000, kept = globalThis.keptDecisions } = {}) {
  const unsaved = new Map();
  let savedAt = null;
  let failure = null;
  let chain = Promise.resolve();
  let isClosed = false;

  const tell = () => onChange({ unsaved: unsaved.size, savedAt, failure });

  async function deliver(key, request) {
    for (;;) {
      try {
        const answer = await send({ ...request, key });
        savedAt = new Date();
        failure = null;
        kept?.drop(key);
        return answer;
      } catch (error) {
        failure = error;
        const isAgain = error instanceof NoAnswerError || error.again;
        if (error instanceof KernelError && !isAgain) kept?.drop(key);
        if (isClosed || !isAgain) throw error;
        tell();
        await new Promise((wake) => setTimeout(wake, retryMs));
      }
    }
  }

  return {
    // One after the other: an undo must never overtake the decision it takes back.
    post(request) {
      const key = newKey();
      unsaved.set(key, request);
      kept?.put(key, request);
      tell();
      const done = chain.then(() => deliver(key, request)).finally(() => {
        unsaved.delete(key);
        tell();
      });
      chain = done.catch(() => {});
      return done;
    },
    // The view is gone: nothing is sent again. What was not stored was never shown as saved.
    close() {
      isClosed = true;
    },
    get unsaved() {
      return unsaved.size;
    },
    noteSaved(at) {
      savedAt ??= at;
      tell();
    },
  };
}
