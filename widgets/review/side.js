// Beside the stage: the caption, what speaks against it, and all that a person says of it before the verdict.

import { makeCaption } from "../js/caption.js";
import { h, icon } from "../js/dom.js";
import { makeEvidence } from "../js/evidence.js";
import { spansOf, suspicionsOf } from "../js/suspicions.js";
import { sayCount, sayVerdictFull } from "../js/words.js";
import { makeChips } from "./chips.js";
import { marksOf, setEnd, stretchField } from "./draft.js";
import { makeEditor } from "./editor.js";
import { makeMarking } from "./marking.js";
import { makeMarks } from "./marks.js";
import { makeVoices } from "./voices.js";

// clock: shows the stretch that is marked; verdicts: the row of buttons; the rest is told of what is to happen.
export function makeSide({ clock, verdicts, compare, onSave, onLeave, onAsk, onNote, onSay }) {
  const drafts = new Map(); // caption -> marks that are not decided yet; there again on coming back
  let item = null;
  let entries = [];
  let field = "interval";

  const head = h("div", { class: "cw-between cw-head" });
  const caption = makeCaption();
  const evidence = makeEvidence({ key: "W", onLight: (type) => caption.light(type) });
  const voices = makeVoices({ onTake: takeVoice });
  const chips = makeChips({ onChange: () => {} });
  const marking = makeMarking({ caption: caption.element, onMark: (spans) => marks.set({ spans }), onCursor: () => paint(), onSay, onLeave });
  const marks = makeMarks({
    onChange: (now) => {
      drafts.set(item.caption_id, now);
      paint();
    },
    onMark: () => marking.open(),
    onEnd: (edge) => mark(setEnd(marks.now[field], edge, clock.time, clock.duration, item.caption)),
    onLeave,
  });
  const editor = makeEditor({ compare, onSave, onLeave, onAsk, onNote });
  const parts = [h("div", {}, head, caption.element), voices.element, evidence.element, chips.element, marks.element, editor.element];
  const element = h("div", { class: "cw-side-box" }, h("div", { class: "cw-side" }, parts), verdicts, editor.question);

  // What is marked: in the caption, in the row below the types, and on the clock.
  function paint(now = marks.now) {
    if (!item) return;
    field = stretchField(item.caption);
    marks.show(item.caption, item.sample, now, field);
    marking.show(item.caption.text, now.spans);
    caption.show(item.caption, [...spansOf(entries), ...marking.painted()]);
    clock.mark(now[field], ...(field === "interval" ? ["wrong here"] : ["should be here", "is-right"]));
  }

  // Whoever says when the caption should be says that its time is wrong.
  function mark(stretch) {
    if (field === "edited_interval") chips.choose([...chips.chosen, "interval"]);
    marks.set({ [field]: stretch });
  }

  // What another has said, as a start: nothing of it is saved before a verdict is given.
  function takeVoice(voice) {
    chips.choose(voice.error_types);
    const taken = marksOf(voice);
    drafts.set(item.caption_id, taken);
    if (voice.edited_text) editor.show(item.caption, item.verdicts[item.caption_id], { text: voice.edited_text, source: voice.annotator });
    paint(taken);
    onSay(`Taken from ${voice.annotator}: ${sayVerdictFull(voice.verdict, voice.error_types)}. Nothing is saved yet.`);
  }

  const said = (verdict, annotator) => {
    const others = verdict.annotator && verdict.annotator !== annotator ? ` · ${verdict.annotator}${verdict.is_adjudicated ? ", for all" : ""}` : "";
    return h("span", { class: `meta cw-said cw-said-${verdict.verdict}` }, icon(verdict.verdict, 10), `${sayVerdictFull(verdict.verdict, verdict.error_types, verdict.edited_text)}${others}`);
  };

  return {
    element,
    editor,
    drafts,
    // The clock must show the same item before: what is marked is drawn on it.
    show(now, { error_type, annotator, length }) {
      item = now;
      const verdict = item.verdicts[item.caption_id];
      const facts = [`Caption ${item.number} of ${item.captions.length}`, item.caption.source, item.caption.lang].filter(Boolean).join(" · ");
      const why = item.stratum === "random" ? h("span", { class: "meta", title: "Drawn at random: what the estimate rests on" }, "drawn at random") : h("span", { class: "meta" }, `${sayCount(item.place + 1)} of ${sayCount(length)}`);
      head.replaceChildren(h("h4", {}, facts), verdict ? said(verdict, annotator) : why);
      entries = suspicionsOf(item, error_type);
      evidence.show(entries, item.caption.text);
      voices.show(item.voices ?? [], item.caption.text);
      chips.show(item.sample, verdict?.error_types ?? [], verdict ? [] : entries.filter((entry) => entry.isSuspected).map((entry) => entry.type));
      editor.show(item.caption, verdict, item.proposal);
      paint(drafts.get(item.caption_id) ?? marksOf(verdict));
    },
    get chosen() {
      return chips.chosen;
    },
    get marks() {
      return marks.now;
    },
    mark,
    finish: () => marks.finish(),
    toggleEvidence: () => evidence.toggle(),
    // While words are being marked or a text is being written, every key is theirs.
    pressFirst: (name) => (marking.isOpen && marking.press(name)) || editor.press(name),
    press: (name) => Boolean(item) && (marking.press(name) || marks.press(name) || voices.press(name) || chips.press(name)),
  };
}
