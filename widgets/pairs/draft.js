// An answer in the making: what is chosen on screen and not stored yet. Pure, so that it can be tested alone.

export const EMPTY = Object.freeze({ answer: null, picked: null, strength: null, reasons: [], note: "" });

// Strengths on 1 to 3; reasons on the digits that follow.
export const STRENGTHS = [[1, "slightly"], [2, "clearly"], [3, "by far"]];
export const REASON_KEYS = ["4", "5", "6", "7", "8", "9", "0"];

export const draftOf = (stored) => (stored ? { ...EMPTY, ...stored, reasons: [...stored.reasons] } : EMPTY);

// Name a caption, by its id: sides are only how it was shown.
export const pick = (draft, captionId) => ({ ...draft, answer: "prefer", picked: captionId });

export const say = (draft, answer) => ({ ...draft, answer, picked: null });

// The same strength again takes it back.
export const weigh = (draft, strength) => ({ ...draft, strength: draft.strength === strength ? null : strength });

export function toggleReason(draft, reason) {
  const has = draft.reasons.includes(reason);
  return { ...draft, reasons: has ? draft.reasons.filter((one) => one !== reason) : [...draft.reasons, reason] };
}

// What the rubric requires of a preference and this one lacks.
export function lacking({ answer, strength, reasons, note }, requires) {
  if (answer !== "prefer") return [];
  const given = { strength: strength !== null, reason: reasons.length > 0, note: note.trim() !== "" };
  return requires.filter((part) => !given[part]);
}

// What is stored of a draft: only a preference has a strength, and only an answer reasons.
export function storedOf({ answer, picked, strength, reasons, note }) {
  const isSkip = answer === "skip";
  return { answer, picked, strength: answer === "prefer" ? strength : null, reasons: isSkip ? [] : reasons, note: isSkip ? "" : note.trim() };
}

export function isSame(draft, stored) {
  if (!stored) return false;
  const now = storedOf(draft);
  return ["answer", "picked", "strength", "note"].every((name) => now[name] === stored[name]) && String(now.reasons) === String(stored.reasons);
}

// The request that stores it. What was shown goes along, so that the kernel can refuse what it did not show.
export function requestOf(item, draft, seconds) {
  const { pair_id, occasion, ask, left, right } = item;
  return { op: "judge", pair_id, occasion, ask, left: left.caption_id, right: right.caption_id, ...storedOf(draft), seconds };
}

export const isAcross = ({ left, right }) => left.sample_id !== right.sample_id;

// .93, or nothing while there is none.
export const sayShare = ({ value }) => (value === null ? "" : value === 1 ? "1.00" : value.toFixed(2).replace(/^0/, ""));

export function sayShareFull({ value, low, high, same, count, reason }, what) {
  if (value === null) return `Not known yet: ${reason}.`;
  const [from, to] = [low, high].map((end) => Math.round(end * 100));
  return `The same answer on ${same} of ${count} ${what}; 95 % interval ${from}–${to} %.`;
}
