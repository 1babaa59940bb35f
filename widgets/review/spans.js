// Marked words of a caption as spans of code points. Pure, so that they can be tested without a browser.

const lengthOf = (text) => Array.from(text).length;

// The words of a text, each [start, end). Scripts without blanks are cut by the browser's own dictionary.
export function wordsIn(text) {
  const words = [];
  let at = 0;
  for (const { segment, isWordLike } of new Intl.Segmenter(undefined, { granularity: "word" }).segment(text)) {
    const end = at + lengthOf(segment);
    if (isWordLike) words.push([at, end]);
    at = end;
  }
  return words;
}

// The whole words that a selection touches; null where it touches none.
export function snapToWords(words, start, end) {
  const touched = words.filter(([from, to]) => from < Math.max(end, start + 1) && to > start);
  return touched.length ? [touched[0][0], touched.at(-1)[1]] : null;
}

// Mark a span, or take it away where all of it was marked; spans that meet become one.
export function toggleSpan(spans, [start, end]) {
  const isMarked = spans.some(([from, to]) => from <= start && to >= end);
  if (isMarked) return spans.flatMap(([from, to]) => [[from, Math.min(to, start)], [Math.max(from, end), to]].filter(([a, b]) => a < b));
  const [meeting, apart] = [spans.filter(([from, to]) => from <= end && to >= start), spans.filter(([from, to]) => from > end || to < start)];
  const joined = [Math.min(start, ...meeting.map(([from]) => from)), Math.max(end, ...meeting.map(([, to]) => to))];
  return [...apart, joined].sort(([a], [b]) => a - b);
}

// What is left of marked spans when part of one is taken away: blanks at its ends go with it.
export function trimSpans(spans, text) {
  const points = Array.from(text);
  const isBlank = (place) => /\s/u.test(points[place]);
  return spans
    .map(([start, end]) => {
      let [from, to] = [start, end];
      while (from < to && isBlank(from)) from += 1;
      while (to > from && isBlank(to - 1)) to -= 1;
      return [from, to];
    })
    .filter(([from, to]) => from < to);
}

// Where the keys move the words in question: from one to the next, or with Shift one end of a run of them.
export function moveCursor({ anchor, head }, key, count) {
  const to = { ArrowRight: head + 1, ArrowLeft: head - 1, Home: 0, End: count - 1 }[key.replace("Shift+", "")];
  if (to === undefined) return null;
  const place = Math.min(count - 1, Math.max(0, to));
  return { anchor: key.startsWith("Shift+") ? anchor : place, head: place };
}

// The span from the first of the words in question to the last.
export const spanOf = (words, { anchor, head }) => [words[Math.min(anchor, head)][0], words[Math.max(anchor, head)][1]];
