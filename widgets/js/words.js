// How numbers and names are said on screen. Pure, so that they can be tested without a browser.

const grouped = new Intl.NumberFormat("en-GB");
const TYPE_WORDS = { interval: "time", av_sync: "sound sync", cross_view: "other view" };

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

export const sayVerdictFull = (verdict, types) =>
  [sayVerdict(verdict), ...(types ?? []).map(sayType)].join(", ");
