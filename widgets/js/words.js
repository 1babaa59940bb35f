// How numbers and names are said on screen. Pure, so that they can be tested without a browser.

const grouped = new Intl.NumberFormat("en-GB");
const TYPE_WORDS = { interval: "time", av_sync: "sound sync", cross_view: "other view" };

// The types people name most are on the digits; the rest only where the media have a time line.
export const TYPE_KEYS = {
  1: "wrong_pair", 2: "object", 3: "attribute", 4: "relation", 5: "count",
  6: "action", 7: "omission", 8: "interval", 9: "other",
  o: "order", t: "transcript", p: "speaker", v: "av_sync", c: "cross_view",
};
export const TYPE_KEY = Object.fromEntries(Object.entries(TYPE_KEYS).map(([key, type]) => [type, key]));

export const sayCount = (number) => grouped.format(number);

export const sayMany = (number, one, many = `${one}s`) => `${sayCount(number)} ${number === 1 ? one : many}`;

export const sayType = (type) => TYPE_WORDS[type] ?? type.replaceAll("_", " ");

export const sayVerdict = (verdict) => ({ ok: "fine", misaligned: "misaligned", skip: "skipped" })[verdict] ?? verdict;

// .173 rather than 0.173: the leading zero says nothing and costs width on every tile.
export function sayScore(value) {
  if (value === null || value === undefined) return "";
  return value.toFixed(3).replace(/^(-?)0\./, "$1.").replace("-", "−");
}

// A rank means the same under every scorer, a raw value does not; so it comes first.
export function sayRank(percentile) {
  if (percentile === null || percentile === undefined) return "";
  const share = (part) => Math.min(50, Math.max(1, Math.ceil(part * 100 - 1e-9)));
  return percentile <= 0.5 ? `lowest ${share(percentile)} %` : `highest ${share(1 - percentile)} %`;
}

export function sayDuration(seconds) {
  if (seconds === null || seconds === undefined) return "";
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${String(rest).padStart(2, "0")}`;
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

export function sayClock(date) {
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

export const sayBytes = (bytes) =>
  bytes >= 1e6 ? `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB` : `${Math.max(1, Math.round(bytes / 1e3))} kB`;

// What is left, with its interval, or why nothing can be said.
export function sayEstimate(estimate) {
  if (estimate?.left === undefined) return { lead: "", figure: "", tail: "" };
  if (estimate.left === null) return { lead: "", figure: "bad pairs left: not known yet", tail: `: ${estimate.reason}` };
  const [left, low, high] = [estimate.left, estimate.low, estimate.high].map((part) => sayCount(Math.round(part)));
  const word = left === "1" ? "bad pair left" : "bad pairs left";
  return { lead: "about ", figure: `${left} ${word}`, tail: ` (${low}–${high}, from ${sayCount(estimate.drawn)} looked at at random)` };
}

export const sayVerdictFull = (verdict, types, isCorrected = false) =>
  [sayVerdict(verdict), ...(types ?? []).map(sayType), ...(isCorrected ? ["corrected"] : [])].join(", ");

// Why there is no score, as a sentence.
export function sayReason({ reason }) {
  if (!reason) return "No score, and the scorer gave no reason.";
  return `No score: ${reason.replace(/[.\s]+$/, "")}.`;
}

const padded = (seconds) => (seconds < 10 ? "0" : "") + seconds.toFixed(1);

// A moment to a tenth of a second: "3.2 s", or "1:03.2" from a minute on.
export function sayTime(seconds, { unit = true } = {}) {
  const tenths = Math.round(Math.max(0, seconds) * 10) / 10;
  if (tenths < 60) return tenths.toFixed(1) + (unit ? " s" : "");
  return `${Math.floor(tenths / 60)}:${padded(tenths % 60)}`;
}

export function sayStretch(start_s, end_s) {
  return end_s < 60 ? `${sayTime(start_s, { unit: false })}–${sayTime(end_s)}` : `${sayTime(start_s)}–${sayTime(end_s)}`;
}

// How a stretch lies to another: moved as a whole, or of another length.
export function sayShift(from, to) {
  const [start, end] = [to.start_s - from.start_s, to.end_s - from.end_s];
  if (Math.abs(start - end) > 0.25) return "";
  return `${Math.abs(start).toFixed(1)} s ${start > 0 ? "later" : "earlier"}`;
}
