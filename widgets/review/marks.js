// Where it is wrong, how grave, and why: marked words, a stretch of time, a severity and a note in one row.

import { wordsOf } from "../js/caption.js";
import { h, icon, kbd } from "../js/dom.js";
import { keepFocus } from "../js/focus.js";
import { sayStretch } from "../js/words.js";
import { BLANK } from "./draft.js";

export const SEVERITIES = ["slight", "clear", "grave"];
const STRETCH_WORDS = { interval: "wrong", edited_interval: "should be" };

export function makeMarks({ onChange, onMark, onEnd, onLeave }) {
  let marks = { ...BLANK };
  let caption = null;
  let field = "interval";
  let isTimed = false;

  const row = h("div", { class: "cw-chips cw-marks-row" });
  const note = h("input", { class: "cw-note", type: "text", maxlength: "500", placeholder: "Why, for whoever reads it later", "aria-label": "Note", hidden: true });
  const element = h("section", { class: "cw-marks", "aria-label": "Where it is wrong, and how grave" }, row, note);

  const set = (changed) => {
    marks = { ...marks, ...changed };
    paint();
    onChange(marks);
  };
  const dropping = (what, act) => h("button", { class: "cw-drop", "aria-label": `Take away: ${what}`, title: "Take it away", onclick: act }, icon("close", 8));
  const span = ([start, end], place) =>
    h("span", { class: "cw-chip cw-marked-chip" }, shorten(wordsOf(caption.text, start, end)), dropping("marked words", () => set({ spans: marks.spans.filter((_, each) => each !== place) })));

  const paint = () => keepFocus(row, draw);

  function draw() {
    const stretch = marks[field];
    row.replaceChildren(
      ...[
        ...marks.spans.map(span),
        h("button", { class: "cw-chip cw-mark-words", title: "Mark the words that are wrong: select them, or by keys", onclick: onMark }, kbd("D"), marks.spans.length ? "more words" : "mark words"),
        ...(isTimed ? stretchNodes(stretch) : []),
        h("button", { class: "cw-chip cw-severity", "aria-pressed": String(Boolean(marks.severity)), "aria-label": `How grave: ${marks.severity ? SEVERITIES[marks.severity - 1] : "not said"}`, title: "How grave it is", onclick: () => turnSeverity() }, kbd("G"), dots(), marks.severity ? SEVERITIES[marks.severity - 1] : "how grave"),
        h("button", { class: "cw-chip cw-note-chip", "aria-pressed": String(Boolean(marks.note)), title: marks.note || "Write a note", onclick: () => openNote() }, kbd("N"), marks.note ? shorten(marks.note) : "note"),
      ].filter(Boolean),
    );
  }

  function stretchNodes(stretch) {
    const end = (edge, key) => h("button", { class: "cw-end", "aria-label": `Set the ${edge} here`, title: `The ${edge} at the playhead`, onclick: () => onEnd(edge) }, kbd(key));
    const words = stretch ? `${STRETCH_WORDS[field]} ${sayStretch(...stretch)}` : field === "interval" ? "when" : "when it should be";
    return [h("span", { class: `cw-chip cw-stretch${stretch ? " is-set" : ""}${field === "interval" ? "" : " is-right"}`, role: "group", "aria-label": "Stretch of time" }, end("start", "["), words, end("end", "]"), stretch ? dropping("stretch of time", () => set({ [field]: null })) : null)];
  }

  const dots = () => h("span", { class: "cw-dots", "aria-hidden": "true" }, [1, 2, 3].map((level) => h("i", { class: level <= (marks.severity ?? 0) ? "on" : "" })));

  function turnSeverity() {
    const next = ((marks.severity ?? 0) + 1) % (SEVERITIES.length + 1);
    set({ severity: next || null });
  }

  function openNote() {
    note.hidden = false;
    note.value = marks.note;
    note.focus({ preventScroll: true });
  }
  function closeNote() {
    if (note.hidden) return;
    note.hidden = true;
    if (note.value.trim() !== marks.note) set({ note: note.value.trim() });
  }
  note.addEventListener("keydown", (event) => {
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    if (event.key === "Escape") note.value = marks.note;
    closeNote();
    onLeave();
  });
  note.addEventListener("blur", closeNote);

  return {
    element,
    show(nowCaption, sample, nowMarks, nowField) {
      if (nowCaption.caption_id !== caption?.caption_id) note.hidden = true;
      [caption, marks, field] = [nowCaption, nowMarks, nowField];
      isTimed = sample.media !== "image" && Boolean(sample.duration_s);
      paint();
    },
    // What is typed in the note counts, also when another key or button comes before Enter.
    finish: closeNote,
    set,
    press(name) {
      if (name === "g") turnSeverity();
      else if (name === "n") openNote();
      else if ((name === "[" || name === "]") && isTimed) onEnd(name === "[" ? "start" : "end");
      else return false;
      return true;
    },
    get now() {
      return marks;
    },
  };
}

const shorten = (words) => (Array.from(words).length > 28 ? `${Array.from(words).slice(0, 26).join("")}…` : words);
