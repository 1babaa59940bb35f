// What a person says of a caption before it is saved, and what of it has to be sent. Pure.

export const BLANK = Object.freeze({ spans: [], interval: null, edited_interval: null, severity: null, note: "" });
const MARKS = Object.keys(BLANK);

const isEqual = (one, other) => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);

// The marks of a verdict; of one that is not "misaligned" the note alone.
export function marksOf(verdict) {
  if (!verdict) return { ...BLANK };
  const note = verdict.note ?? "";
  if (verdict.verdict !== "misaligned") return { ...BLANK, note };
  return { spans: verdict.spans ?? [], interval: verdict.interval ?? null, edited_interval: verdict.edited_interval ?? null, severity: verdict.severity ?? null, note };
}

export const isSameMarks = (one, other) => MARKS.every((name) => isEqual(one[name], other[name]));

// A stretch set by the keys says when the caption should be, where it has an interval of its own; else it says
// where in the media something is wrong.
export const stretchField = ({ start_s, end_s }) => ((start_s ?? null) !== null && (end_s ?? null) !== null ? "edited_interval" : "interval");

// Set one end of a stretch at a moment; the other end stays where it can. It begins as the caption's own interval.
export function setEnd(stretch, edge, time, duration, { start_s = null, end_s = null } = {}) {
  const at = Math.round(time * 1000) / 1000;
  const [start, end] = stretch ?? [start_s ?? 0, end_s ?? duration];
  if (edge === "start") return [at, end > at ? end : duration];
  return [start < at ? start : 0, at];
}

// The fields of a `decide` beside its word: what differs from what this annotator has said before. What is left
// out stays as it was.
export function fieldsOf(verdict, marks, before, annotator) {
  if (verdict !== "misaligned") return marks.note ? { note: marks.note } : {};
  const base = before?.verdict === "misaligned" && before.annotator === annotator ? marksOf(before) : BLANK;
  return Object.fromEntries(MARKS.filter((name) => !isEqual(marks[name], base[name])).map((name) => [name, marks[name]]));
}

// Other types on a caption that was corrected leave the correction as it is, here as in the kernel, which is not
// told of one then; only an edit changes it.
export function keptCorrection(verdict, before, annotator) {
  const isKept = verdict === "misaligned" && before?.edited_text && before.annotator === annotator;
  return isKept ? { edited_text: before.edited_text, is_complete: before.is_complete } : { edited_text: "", is_complete: null };
}

const SAID = ["verdict", "annotator", "error_types", "edited_text", "is_complete"];

// Said already: a key pressed twice is one decision, not two to take back.
export const isSaid = (now, before) =>
  Boolean(before) && SAID.every((name) => String(now[name] ?? "") === String(before[name] ?? "")) && isSameMarks(marksOf(now), marksOf(before));
