// Two captions laid over each other, word by word: taken out is struck, put in is underlined.

import { h } from "./dom.js";

const TAGS = { gone: ["del", "cw-gone"], new: ["ins", "cw-new"] };
const solid = (text) => Array.from(text.replace(/\s/gu, "")).length;

// Cut the runs where a text passes a limit: `over` is the first character beyond it, in code points of the new
// text. Blanks are not counted, for the runs may set them otherwise than the text does.
export function cutAtLimit(runs, text, over) {
  if (over === null || over === undefined) return { within: runs, beyond: [] };
  let left = solid(Array.from(text).slice(0, over).join(""));
  const within = [];
  for (const [place, [kind, words]] of runs.entries()) {
    if (kind !== "gone" && solid(words) > left) {
      const points = Array.from(words);
      let at = 0;
      for (let seen = 0; seen < left || /\s/u.test(points[at]); at++) seen += /\s/u.test(points[at]) ? 0 : 1;
      const halves = [points.slice(0, at), points.slice(at)].map((half) => [kind, half.join("")]);
      return { within: [...within, ...halves.slice(0, 1).filter(([, half]) => half)], beyond: [halves[1], ...runs.slice(place + 1)] };
    }
    if (kind !== "gone") left -= solid(words);
    within.push([kind, words]);
  }
  return { within, beyond: [] };
}

const spoken = ([kind, words]) => (TAGS[kind] ? h(TAGS[kind][0], { class: TAGS[kind][1] }, words) : words);

// The nodes that show the runs, with the limit marked where the text passes it.
export function diffText(runs, { text = "", length = {} } = {}) {
  const { within, beyond } = cutAtLimit(runs, text, length.over);
  if (!beyond.length) return within.map(spoken);
  return [...within.map(spoken), h("span", { class: "cw-limit", title: `The encoder reads ${length.limit} tokens at once; from here on it reads another window.` }, `${length.limit}`), ...beyond.map(spoken)];
}
