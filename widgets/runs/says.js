// How a run is said on screen. Pure, so that it can be tested without a browser.

import { sayCount, sayMany } from "../js/words.js";

export const STATE_ICONS = { starting: "dot", queued: "pause", running: "play", stopping: "pause", stopped: "pause", finished: "ok", failed: "misaligned", dead: "warn" };
export const isLive = (state) => ["starting", "queued", "running", "stopping"].includes(state);
const minus = (text) => text.replace("-", "−");

// A number in three digits or so: ".53", "12.4", "2e−4"; a minus that is a minus.
export function sayNumber(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 0.001 || size >= 1e6) return minus(value.toExponential(size < 0.001 ? 1 : 2).replace(/\.0+e/, "e").replace("e+", "e"));
  if (size >= 1000) return minus(sayCount(Math.round(value)));
  const text = size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : size < 0.1 ? value.toFixed(3) : value.toFixed(2);
  return minus(text.replace(/^(-?)0\./, "$1."));
}

export const saySigned = (value) => (value > 0 ? `+${sayNumber(value)}` : sayNumber(value));

// A share to two digits, with its interval: ".84 (.78–.89)".
export function sayShare(value, low, high) {
  if (value === null || value === undefined) return "–";
  const two = (part) => part.toFixed(2).replace(/^0/, "");
  return low === null || low === undefined ? two(value) : `${two(value)} (${two(low)}–${two(high)})`;
}

// "46 s", "1 min 52 s", "2 h 05 min": as fine as it helps.
export function saySeconds(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor(whole / 60) % 60).padStart(2, "0")} min`;
}

export function sayMemory(bytes) {
  if (bytes === null || bytes === undefined) return "";
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}

// What is left is a guess: said in steps of five seconds once it is long.
export function sayLeft(seconds) {
  if (seconds === null || seconds === undefined) return "";
  return `about ${saySeconds(seconds > 20 ? Math.round(seconds / 5) * 5 : seconds)} left`;
}

// The line beside the name: where it is, and how long.
export function sayFacts({ step, seconds, seconds_left: left, started }) {
  const { steps } = started;
  const facts = [
    steps ? `step ${sayCount(step)} of ${sayCount(steps)}` : "",
    steps ? `${saySeconds(seconds)} gone` : "",
    sayLeft(left),
  ];
  return facts.filter(Boolean);
}

// What it is: method, pairs, model, what is trained, engine, memory.
export function sayMake({ title, config, started, curves }) {
  const trained = config.trains === "full" ? "all weights" : config.lora_rank ? `LoRA rank ${config.lora_rank}` : "";
  const facts = [
    title,
    started.pairs ? sayMany(started.pairs, "pair") : "",
    config.model && sayModel(config.model),
    trained && (started.parameters ? `${trained} (${sayLarge(started.parameters)})` : trained),
    config.learning_rate && `learning rate ${sayNumber(config.learning_rate)}`,
    started.engine && `${started.engine} engine on ${started.device}`,
    sayMemory(curves.last.memory_bytes),
    started.attempt > 1 && `attempt ${started.attempt}`,
  ];
  return facts.filter(Boolean).join(" · ");
}

const sayModel = (model) => model.split(/[\\/]/).filter(Boolean).at(-1);

// "96 k", "4.9 M": how many numbers are trained.
export function sayLarge(count) {
  const [size, unit] = count >= 1e9 ? [1e9, " B"] : count >= 1e6 ? [1e6, " M"] : count >= 1e3 ? [1e3, " k"] : [1, ""];
  return `${(count / size).toFixed(count >= 1e6 && count / size < 10 ? 1 : 0)}${unit}`;
}

export function sayBehind(behind) {
  if (behind === null || behind === undefined) return "Its place in the queue is not known yet.";
  if (!behind) return "It is the next.";
  return `${sayMany(behind, "run")} ${behind === 1 ? "goes" : "go"} before it.`;
}

// How the flagged items stand: "61 of 90 mended".
export function sayOutcomes({ mended, still, unknown }) {
  const known = mended + still;
  if (!known) return unknown ? `${sayMany(unknown, "item")} without a correction` : "–";
  return `${sayCount(mended)} of ${sayCount(known)} mended`;
}

// The setting as it is typed, and what was typed as a setting: numbers where numbers belong.
export const asTyped = (value) => (value === null || value === undefined ? "" : Array.isArray(value) ? value.join(", ") : String(value));

export function asValue(text, kind) {
  const plain = text.trim();
  if (kind === "list") return plain.split(",").map((part) => part.trim()).filter(Boolean);
  if (kind !== "number") return plain;
  return plain === "" ? null : Number.isNaN(Number(plain)) ? plain : Number(plain);
}

// Only what differs from the run that is cloned.
export function changesOf(fields) {
  return Object.fromEntries(fields.filter(({ text, value }) => text.trim() !== asTyped(value)).map(({ name, text, kind }) => [name, asValue(text, kind)]));
}
