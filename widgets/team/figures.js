// Figures of a team in words: what is defined with its interval, what is not with its reason.

import { sayCount, sayMany } from "../js/words.js";

export const sayShare = (value) => (value === null || value === undefined ? "" : value >= 0.995 && value < 1 ? ">99 %" : `${Math.round(value * 100)} %`);

export const sayCoefficient = (value) => (value === null || value === undefined ? "" : value.toFixed(2).replace(/^(-?)0\./, "$1.").replace("-", "−"));

const bounds = (low, high, say) => (low === null || low === undefined ? "" : ` (${say(low)}–${say(high)})`);

export function sayAgreement({ value, low, high, units, reason }) {
  if (value === null) return { figure: "no agreement to tell yet", tail: `: ${reason}` };
  return { figure: `alpha ${sayCoefficient(value)}${bounds(low, high, sayCoefficient)}`, tail: ` over ${sayMany(units, "caption")} that two or more decided; 1 is perfect, 0 is chance` };
}

export function sayPerson({ equal, equal_low, equal_high, shared, reason, alpha_without }) {
  if (equal === null) return reason;
  const without = alpha_without === null ? "" : `; alpha of the others ${sayCoefficient(alpha_without)}`;
  return `says the same as another ${sayShare(equal)}${bounds(equal_low, equal_high, sayShare)} of the time, over ${sayMany(shared, "shared caption")}${without}`;
}

export function sayCouple({ one, other, kappa, low, high, equal, equal_low, equal_high, shared, reason }) {
  const told = kappa === null ? `no kappa: ${reason}` : `kappa ${sayCoefficient(kappa)}${bounds(low, high, sayCoefficient)}`;
  return `${one} and ${other}: ${told}; the same ${sayShare(equal)}${bounds(equal_low, equal_high, sayShare)} of ${sayCount(shared)}`;
}

// How long ago, as one word or two: a table that is looked at live needs no date for today.
export function sayAgo(at, now = Date.now()) {
  const seconds = Math.max(0, (now - new Date(at).getTime()) / 1000);
  if (seconds < 60) return "now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return new Date(at).toISOString().slice(0, 10);
}

// The kappa of every two people, in the order of the table; null where they share nothing.
export function matrixOf(people, couples) {
  const found = new Map(couples.flatMap((couple) => [[`${couple.one}\n${couple.other}`, couple], [`${couple.other}\n${couple.one}`, couple]]));
  return people.map((row) => people.map((column) => (row === column ? null : found.get(`${row}\n${column}`) ?? undefined)));
}
