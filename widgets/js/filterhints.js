// What could be typed next in a filter line: filters used before, fields, and the values of a field.

const MOST = 8;
const MOST_KEPT = 20;
const PLACE = "caption-workbench-filters";
const TYPED = /(?:^|[\s(])(?:([A-Za-z_]\w*)(:|=)([^\s()"]*)|([A-Za-z_]\w*))$/;

// words: { fields, numbers, values: { field: [...] } }. Each hint replaces [start, end) of the text.
export function hintsFor(text, caret, words, history = []) {
  if (!text.trim()) return [...history.slice(0, 5).map(past), ...(words.examples ?? []).map(example)].slice(0, MOST);
  const found = TYPED.exec(text.slice(0, caret));
  if (!found) return [];
  const [, field, , value, word] = found;
  if (field) return ending(value, words.values?.[field.toLowerCase()] ?? [], caret).slice(0, MOST);
  const numbers = new Set(words.numbers ?? []);
  return ending(word, words.fields ?? [], caret).map((hint) => ({ ...hint, kind: "field", insert: hint.insert + (numbers.has(hint.insert) ? "<" : ":") })).slice(0, MOST);
}

const past = (text) => ({ kind: "past", label: text, insert: text, start: 0, end: Infinity });
const example = ([text, meaning]) => ({ kind: "example", label: text, meaning, insert: text, start: 0, end: Infinity });

// The names that go on where the typed part stops, the typed one itself left out.
function ending(typed, names, caret) {
  const low = typed.toLowerCase();
  const isGoing = (name) => name.toLowerCase().startsWith(low) && name.toLowerCase() !== low;
  return names.filter(isGoing).map((name) => ({ kind: "value", label: name, insert: name, start: caret - typed.length, end: caret }));
}

export function applyHint(text, { insert, start, end }) {
  const head = text.slice(0, start) + insert;
  return { text: head + text.slice(Math.min(end, text.length)), caret: head.length };
}

// The filters used last, the newest first, kept by the browser for this machine.
export const history = {
  read() {
    try {
      return JSON.parse(localStorage.getItem(PLACE)) ?? [];
    } catch {
      return [];
    }
  },
  add(text) {
    if (!text) return;
    try {
      localStorage.setItem(PLACE, JSON.stringify([text, ...this.read().filter((other) => other !== text)].slice(0, MOST_KEPT)));
    } catch {
      // A page without storage keeps none; the filter works all the same.
    }
  },
};
