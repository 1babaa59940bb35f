// Mark words in the caption: by selecting them with the mouse, or by keys, word by word.

import { wordsOf } from "../js/caption.js";
import { moveCursor, snapToWords, spanOf, toggleSpan, trimSpans, wordsIn } from "./spans.js";

// caption: the element that shows the text; onMark is told of the spans after every change, onCursor that the
// caption is to be painted again, onSay of what a screen reader should hear.
export function makeMarking({ caption, onMark, onCursor, onSay, onLeave }) {
  let text = "";
  let words = [];
  let spans = [];
  let cursor = null;

  const change = (span) => {
    const before = spans;
    spans = trimSpans(toggleSpan(spans, span), text);
    onSay(`${spans.length > before.length || covers(spans, span) ? "Marked" : "No longer marked"}: ${wordsOf(text, ...span)}`);
    onMark(spans);
  };

  // A selection that ends in the caption marks the words it touches; a click on marked words takes the mark away.
  caption.addEventListener("mouseup", () => {
    const range = rangeIn(caption);
    if (!range || !words.length) return;
    const [start, end] = range;
    const isClick = start === end;
    const held = spans.find(([from, to]) => from <= start && to > start);
    if (isClick && !held) return;
    const span = isClick ? held : snapToWords(words, start, end);
    document.getSelection().removeAllRanges();
    if (span) change(span);
  });

  const close = () => {
    cursor = null;
    caption.classList.remove("is-marking");
    onCursor();
  };

  return {
    show(nowText, nowSpans) {
      if (nowText !== text) {
        text = nowText;
        words = wordsIn(text);
        cursor = null;
        caption.classList.remove("is-marking");
      }
      spans = nowSpans;
    },
    get isOpen() {
      return cursor !== null;
    },
    // The spans to paint: what is marked, and the words in question.
    painted() {
      const marked = spans.map(([start, end]) => ({ start, end, by: "mark" }));
      if (!cursor) return marked;
      const [start, end] = spanOf(words, cursor);
      return [...marked, { start, end, by: "cursor" }];
    },
    open() {
      if (!words.length) return;
      // It begins at what is suspected, which is most often what is to be marked.
      const suspected = caption.querySelector("mark.cw-suspect");
      const at = suspected ? offsetIn(caption, suspected) : (spans[0]?.[0] ?? 0);
      const first = Math.max(0, words.findIndex(([, end]) => end > at));
      cursor = { anchor: first, head: first };
      caption.classList.add("is-marking");
      onCursor();
      onSay(`Marking words. ${wordsOf(text, ...spanOf(words, cursor))}`);
    },
    press(name) {
      if (!cursor) return name === "d" ? (this.open(), true) : false;
      const moved = moveCursor(cursor, name, words.length);
      if (moved) {
        cursor = moved;
        onCursor();
        onSay(wordsOf(text, ...spanOf(words, cursor)));
      } else if (name === "Enter" || name === "d" || name === "Space") {
        const span = spanOf(words, cursor);
        if (name !== "Space") close();
        change(span);
        if (name !== "Space") onLeave();
      } else if (name === "Escape") {
        close();
        onLeave();
      } else return false;
      return true;
    },
  };
}

const covers = (spans, [start, end]) => spans.some(([from, to]) => from <= start && to >= end);

const pointsBefore = (root, node, offset) => {
  const range = document.createRange();
  range.selectNodeContents(root);
  range.setEnd(node, offset);
  return Array.from(range.toString()).length;
};

const offsetIn = (root, element) => pointsBefore(root, element, 0);

// The selection within an element in code points of its text; null where it is elsewhere.
function rangeIn(root) {
  const selection = document.getSelection();
  if (!selection?.rangeCount) return null;
  const range = selection.getRangeAt(0);
  if (!root.contains(range.startContainer) && !root.contains(range.endContainer)) return null;
  const start = root.contains(range.startContainer) ? pointsBefore(root, range.startContainer, range.startOffset) : 0;
  const end = root.contains(range.endContainer) ? pointsBefore(root, range.endContainer, range.endOffset) : Array.from(root.textContent).length;
  return [start, end];
}
