// The caption that is selected: what it says, when, how it was moved, and the verdict on it.

import { h, icon, kbd } from "../js/dom.js";
import { keepFocus } from "../js/focus.js";
import { sayVerdictFull } from "../js/words.js";
import { sayExactly, sayMoved } from "./take.js";

const VERDICTS = [["ok", "Fine", "A"], ["misaligned", "Misaligned", "X"], ["skip", "Skip", "S"]];

// onSay(verdict), onGo(by), onPlay(stretch), onTake(stretch): move it to where it fits best.
export function makeCard({ onSay, onGo, onPlay, onTake }) {
  const title = h("h4", {});
  const counter = h("span", { class: "meta" });
  const go = (by, name, key) => h("button", { class: "cw-icon", "aria-label": `${by < 0 ? "Previous" : "Next"} caption`, title: `${by < 0 ? "Previous" : "Next"} caption (${key})`, onclick: () => onGo(by) }, icon(name, 11));
  const text = h("p", { class: "caption cw-player-text" });
  const when = h("div", { class: "cw-player-when" });
  const best = h("div", { class: "cw-player-best" });
  const buttons = Object.fromEntries(VERDICTS.map(([verdict, word, key]) => [verdict, h("button", { class: `cw-btn cw-verdict cw-verdict-${verdict}`, onclick: () => onSay(verdict) }, word, kbd(key))]));
  const element = h(
    "section",
    { class: "cw-player-card", "aria-label": "Caption" },
    h("div", { class: "cw-between" }, title, h("span", { class: "cw-row cw-player-go" }, kbd("K"), go(-1, "previous", "K"), counter, go(1, "next", "J"), kbd("J"))),
    text, when, best,
    h("div", { class: "cw-player-verdicts" }, Object.values(buttons)),
  );

  const play = (stretch, name, words, key) => h("button", { class: `cw-play cw-play-${name}`, title: "Play this stretch", onclick: () => onPlay(stretch) }, icon("play", 9), h("span", {}, words), kbd(key));

  return {
    element,
    // caption; segment on the shared clock or null; verdict; place and count in the order; best: a stretch or null;
    // begun: the edge of a caption without an interval that was set first.
    show({ caption, segment, verdict, number, place, count, best: fits, why, begun }) {
      counter.textContent = `${place + 1} of ${count}`;
      title.textContent = [`${caption.kind === "transcript" ? "Transcript" : "Caption"} ${number}`, caption.source, caption.lang, caption.speaker].filter(Boolean).join(" · ");
      text.textContent = caption.text;
      keepFocus(when, () => when.replaceChildren(
        ...(segment
          ? [play(segment, "caption", sayExactly(segment), "I"), segment.isMoved ? h("span", { class: "meta cw-player-moved" }, `moved: ${sayMoved(segment.was, segment) || "it had no time"}`) : null]
          : [h("span", { class: "meta" }, begun ? `${begun.edge === "start" ? "Starts" : "Ends"} at ${begun.time.toFixed(2)} s; set the ${begun.edge === "start" ? "end" : "start"} with ` : "Speaks of the whole. Give it a time: go where it starts and press "), kbd(begun?.edge === "start" ? "]" : "["), begun ? null : h("span", { class: "meta" }, " then "), begun ? null : kbd("]")]
        ).filter(Boolean),
      ));
      best.hidden = !fits;
      if (fits) keepFocus(best, () => best.replaceChildren(play(fits, "suggested", `fits better ${sayExactly(fits)}`, "F"), h("button", { class: "cw-link", onclick: () => onTake(fits), title: why ?? "" }, "move there"), kbd("T")));
      for (const [name, button] of Object.entries(buttons)) {
        button.classList.toggle("is-said", verdict?.verdict === name);
        button.setAttribute("aria-pressed", String(verdict?.verdict === name));
        button.title = verdict?.verdict === name ? `${sayVerdictFull(verdict.verdict, verdict.error_types, Boolean(verdict.edited_text))}, by ${verdict.annotator}` : "";
      }
    },
  };
}
