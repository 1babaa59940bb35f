// What a view takes for its model, carried by a WebSocket that comes back by itself.
//
// A request that got no answer is sent again on return: one that decides bears a key, which makes it count
// once; of the others only those that would change something twice are failed instead.

const ONCE = new Set(["select"]);
const PAUSES_MS = [250, 500, 1000, 2000, 4000];
const PING_MS = 4000;
const DEAF_MS = 10000;
const OLD_MS = 30000;
const decoder = new TextDecoder();

// Codes that a server closes with for good: another annotator has entered here, or there is no such view.
export const ENDED = { 4403: "other", 4404: "failed" };

export function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0);
  const { content, sizes } = JSON.parse(decoder.decode(new Uint8Array(buffer, 4, length)));
  let place = 4 + length;
  const buffers = sizes.map((size) => {
    place += size;
    return new DataView(buffer, place - size, size);
  });
  return { content, buffers };
}

export function makeSocketModel(open, { onState = () => {}, isRefused = async () => false, now = () => Date.now() } = {}) {
  const listeners = new Set();
  const waiting = new Map();
  let socket = null;
  let isOpen = false;
  let tries = 0;
  let heardAt = 0;
  let timer = 0;
  let state = "";
  let failure = null;

  const say = (next) => {
    if (next === state) return;
    state = next;
    onState(state, failure);
  };

  const write = (request) => {
    request.sentAt = now();
    socket.send(JSON.stringify(request.content));
  };

  const receive = (content, buffers) => [...listeners].forEach((listener) => listener(content, buffers));

  const fail = (id, op) => receive({ re: id, ok: false, error: `The connection was cut before “${op}” was answered.`, remedy: "Do it again." }, []);

  // All that was not answered goes again, in its order.
  function resume() {
    for (const [id, request] of [...waiting]) {
      const { op, key } = request.content;
      if (!key && request.sentAt && ONCE.has(op)) {
        waiting.delete(id);
        fail(id, op);
      } else if (!key && now() - request.madeAt > OLD_MS) waiting.delete(id);
      else write(request);
    }
  }

  function take({ data }) {
    heardAt = now();
    const { content, buffers } = unpack(data);
    if (content.event === "hello") {
      isOpen = true;
      tries = 0;
      const isBack = state === "cut" || state === "refused";
      say("open");
      resume();
      // A new seat knows nothing of what this page showed, and one that was kept may have missed an event.
      if (isBack) receive({ event: "changed" }, []);
      return;
    }
    if (content.event === "failed") failure = content;
    if (content.re !== undefined) waiting.delete(content.re);
    receive(content, buffers);
  }

  function start() {
    clearTimeout(timer);
    heardAt = now();
    const mine = (socket = open());
    mine.binaryType = "arraybuffer";
    mine.onmessage = (event) => mine === socket && take(event);
    mine.onclose = ({ code } = {}) => mine === socket && lost(code);
  }

  async function lost(code) {
    isOpen = false;
    socket = null;
    if (ENDED[code]) return say(ENDED[code]);
    if (state !== "refused") say("cut");
    const pause = PAUSES_MS[Math.min(tries++, PAUSES_MS.length - 1)];
    timer = setTimeout(start, pause);
    // A browser does not tell why a socket failed: a link that has ended is told by asking for the page.
    if (tries > 1) say((await isRefused()) ? "refused" : isOpen ? "open" : "cut");
  }

  // A line that is cut is often not told of: whoever does not answer a ping is taken for gone.
  function listen() {
    if (!socket) return;
    const silence = now() - heardAt;
    if (silence > DEAF_MS) {
      const deaf = socket;
      lost();
      deaf.onclose = null;
      deaf.close();
    } else if (isOpen && silence > PING_MS) socket.send(JSON.stringify({ ping: 1 }));
  }

  const beat = setInterval(listen, PING_MS / 2);
  start();

  return {
    get: (name) => (name === "no_answer" ? "The server is busy, or the line is cut; it is tried again by itself." : undefined),
    set() {},
    save_changes() {},
    on: (_event, listener) => listeners.add(listener),
    off: (_event, listener) => listeners.delete(listener),
    send(content) {
      // A decision sent again takes the place of its first sending: one answer is enough.
      if (content.key) for (const [id, other] of waiting) if (other.content.key === content.key) waiting.delete(id);
      const request = { content, madeAt: now(), sentAt: 0 };
      waiting.set(content.id, request);
      if (isOpen) write(request);
    },
    retry() {
      if (!socket && !ENDED[state]) start();
    },
    get state() {
      return state;
    },
    close() {
      clearInterval(beat);
      clearTimeout(timer);
      const mine = socket;
      socket = null;
      mine?.close();
    },
  };
}
