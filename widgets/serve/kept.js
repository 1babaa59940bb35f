// Decisions kept in the browser until the server has said that they are stored; they outlive the tab.

const clockMs = 2000;

export function makeKept(storage, { mark, annotator, place }, { onChange = () => {}, now = () => Date.now() } = {}) {
  const prefix = `cw-kept|${mark}|${annotator}|`;
  const here = new Map();
  let isLasting = true;

  const names = () => Object.keys(storage).filter((name) => name.startsWith(prefix));
  const read = (name) => {
    try {
      return { key: name.slice(prefix.length), ...JSON.parse(storage.getItem(name)) };
    } catch {
      return null; // not ours: nothing that we wrote fails to be read
    }
  };

  return {
    put(key, request) {
      const entry = { place, request, at: now() };
      here.set(key, entry);
      try {
        storage.setItem(prefix + key, JSON.stringify(entry));
      } catch {
        isLasting = false; // full, or a private window: it is kept as long as this page is open
      }
      onChange();
    },
    drop(key) {
      here.delete(key);
      storage.removeItem(prefix + key);
      onChange();
    },
    // What earlier pages left, oldest first.
    left() {
      const entries = names().map(read).filter((entry) => entry?.request && !here.has(entry.key));
      return entries.sort((one, other) => one.at - other.at);
    },
    get count() {
      return here.size;
    },
    get isLasting() {
      return isLasting;
    },
  };
}

const TURNS = new Set(["undo", "redo", "undo_to"]);

// An undo means what was done last when it was pressed. Once something else was decided it would take back that.
export const isOutlived = ({ request, at }, lastAt) => TURNS.has(request.op) && lastAt !== null && lastAt > at + clockMs;

// Send what earlier pages left, in order, each to the view it is of; tell how many are stored now.
export async function sendLeft(kept, { ask, onTell = () => {} }) {
  const left = kept.left();
  const told = { saved: 0, refused: [] };
  let lastAt = null;
  let sent = 0;
  for (const { key, place, request, at } of left) {
    onTell({ pending: left.length - sent++ });
    const { op, ...fields } = request;
    if (TURNS.has(op) && told.saved === 0) lastAt = await askLast(ask, place);
    if (isOutlived({ request, at }, lastAt)) {
      told.refused.push({ request, error: "Something else was decided since, so it was not taken back." });
      kept.drop(key);
      continue;
    }
    try {
      await ask(place, op, { ...fields, key });
      told.saved += 1;
    } catch (error) {
      if (error.name !== "KernelError" || error.again) throw error;
      told.refused.push({ request, error: [error.message, error.remedy].filter(Boolean).join(" ") });
    }
    kept.drop(key);
  }
  return told;
}

async function askLast(ask, place) {
  const { status } = await ask(place, "status", {});
  return status?.last?.at ? new Date(status.last.at).getTime() : null;
}
