// The correction of a caption: written in place, compared word by word, and asked about before it is saved.

import { diffText } from "../js/differences.js";
import { h, icon, kbd } from "../js/dom.js";
import { sayCount } from "../js/words.js";

const WAIT_MS = 90;
const ANSWERS = [
  ["n", "N", "Nothing is missing", true],
  ["m", "M", "Something is, leave it", false],
  ["Enter", "Enter", "Save, not checked", null],
];
const COMPLETE = new Map([[true, "nothing is missing"], [false, "something is still missing"]]);

// "13 tokens of 256", and past the limit how the encoder reads on.
export function sayLength({ tokens, limit, over, reason } = {}) {
  if (tokens === undefined) return { text: reason ? "tokens not counted" : "", title: reason ?? "", isOver: false };
  const isOver = over !== null && over !== undefined;
  return {
    text: `${sayCount(tokens)} tokens of ${sayCount(limit)}`,
    title: isOver ? "Longer than the encoder reads at once: it is read in windows, never cut." : "As the encoder counts them, the marks of start and end included.",
    isOver,
  };
}

export function makeEditor({ compare, onSave, onLeave, onNote, onAsk }) {
  const drafts = new Map(); // caption -> text that is not saved yet; it is there again on coming back
  let caption = null;
  let said = null;
  let mode = "shown";
  let told = null;
  let proposed = null;
  let timer = 0;

  const field = h("textarea", { class: "cw-edit-field caption", rows: "1", "aria-label": "What the caption should say", oninput: () => changed(), onkeydown: (event) => typed(event) });
  const shown = h("button", { class: "cw-edit-shown caption", onclick: () => open() }, "Write what it should say");
  const diff = h("div", { class: "cw-edit-diff caption", "aria-label": "Compared with the caption as it is" });
  const length = h("span", { class: "meta cw-edit-length" });
  const warning = h("p", { class: "meta cw-edit-warning", role: "status" });
  const hints = h("p", { class: "meta cw-edit-hints" }, kbd("Enter"), " save", h("span", { class: "cw-grow" }), kbd("Esc"), " leave");
  const question = h("div", { class: "cw-question", hidden: true, tabindex: "-1", role: "group", "aria-label": "Is anything missing?" });
  const key = kbd("E");
  const words = h("span", { class: "caption" });
  const tab = kbd("Tab"); // works in the field alone: elsewhere Tab goes to the next control
  const origin = h("span", { class: "meta" });
  const take = h("button", { class: "cw-link cw-quiet", title: "Write on from this text", onclick: () => takeProposed() }, tab, " take");
  const proposal = h("div", { class: "cw-proposal", role: "group", "aria-label": "Proposed, not accepted" }, h("div", { class: "cw-between" }, origin, take), words);
  const element = h(
    "section",
    { class: "cw-edit", "aria-label": "Edit" },
    h("div", { class: "cw-between" }, h("h4", {}, "Edit ", h("span", { class: "cw-light" }, "becomes a preference pair")), h("span", { class: "cw-row" }, length, key)),
    shown, field, diff, warning, hints, proposal,
  );

  const text = () => field.value.trim();
  const isDirty = () => mode !== "shown" && text() !== (said?.edited_text || caption.text).trim();

  function paint() {
    shown.hidden = mode !== "shown";
    field.hidden = hints.hidden = mode !== "writing";
    diff.hidden = mode === "shown";
    question.hidden = mode !== "asking";
    onAsk(mode === "asking");
    key.hidden = mode !== "shown";
    proposal.hidden = !proposed || mode === "asking" || (mode === "writing" && text() === proposed.text.trim()) || said?.edited_text === proposed.text.trim();
    tab.hidden = mode !== "writing";
    if (proposed) {
      words.textContent = proposed.text;
      origin.textContent = `proposed by ${proposed.source || "a model"}, not accepted`;
    }
    element.dataset.mode = mode;
    if (mode === "shown") return paintShown();
    paintDiff();
    return reveal();
  }

  // Bring the end of the edit into view within its own box; the page around the view stays where it is.
  function reveal() {
    const box = element.parentElement;
    if (box) box.scrollTop += Math.max(0, element.getBoundingClientRect().bottom - box.getBoundingClientRect().bottom);
  }

  function paintShown() {
    const kept = drafts.get(caption.caption_id);
    warning.replaceChildren(...(kept ? [icon("warn", 11), "An edit that is not saved yet is kept here."] : []));
    length.textContent = said?.edited_text ? COMPLETE.get(said.is_complete) ?? "" : "";
    shown.classList.toggle("is-empty", !said?.edited_text);
    if (!said?.edited_text) shown.replaceChildren("Write what it should say");
    else shown.replaceChildren(...(told?.text === said.edited_text ? diffText(told.runs) : [said.edited_text]));
  }

  function paintDiff() {
    diff.replaceChildren(...(told && !told.is_same ? diffText(told.runs, { text: told.text, length: told.length }) : []));
    const counted = sayLength(told?.length);
    length.textContent = counted.text;
    length.title = counted.title;
    length.classList.toggle("cw-warn", counted.isOver);
    const words = warningOf(told);
    warning.replaceChildren(...(words ? [icon("warn", 11), words] : []));
  }

  // Ask the kernel for the comparison; an answer that comes after a later question is passed over.
  async function look() {
    clearTimeout(timer);
    const asked = { caption, text: mode === "shown" ? said.edited_text : text() };
    const answer = await compare({ caption_id: asked.caption.caption_id, text: asked.text });
    if (caption !== asked.caption || (mode === "writing" && text() !== asked.text)) return;
    told = { ...answer, text: asked.text };
    paint();
  }

  const lookQuietly = () => look().catch(() => {}); // the field can be written in without a kernel
  const fit = () => {
    field.style.height = "auto";
    field.style.height = `${Math.min(160, field.scrollHeight + 2)}px`;
  };

  function changed() {
    fit();
    clearTimeout(timer);
    timer = setTimeout(lookQuietly, WAIT_MS);
  }

  function typed(event) {
    if (event.isComposing || (event.key === "Enter" && event.shiftKey)) return;
    if (event.key === "Tab" && !event.shiftKey && !proposal.hidden) takeProposed();
    else if (event.key === "Enter") finish();
    else if (event.key === "Escape") leave();
    else return;
    event.preventDefault();
  }

  function open({ atEnd = false } = {}) {
    if (!caption) return;
    const start = mode === "shown" ? drafts.get(caption.caption_id) ?? (said?.edited_text || caption.text) : field.value;
    drafts.delete(caption.caption_id);
    mode = "writing";
    field.value = start;
    paint();
    fit();
    reveal();
    field.focus({ preventScroll: true });
    if (atEnd) field.setSelectionRange(start.length, start.length);
    lookQuietly();
  }

  function takeProposed() {
    if (mode === "shown") open();
    field.value = proposed.text;
    fit();
    field.focus({ preventScroll: true });
    paint();
    lookQuietly();
  }

  function leave() {
    drafts.delete(caption.caption_id);
    close();
    onLeave();
  }

  function close() {
    clearTimeout(timer);
    mode = "shown";
    told = null;
    if (said?.edited_text) lookQuietly();
    paint();
  }

  // Before anything is saved it is asked whether something is missing: pairs that only take words out teach a
  // model to say less. The question does not wait for the kernel: an answer typed ahead must not land in the field.
  function finish() {
    if (!text()) return onNote("An empty caption is no correction. Write what it should say, or press Esc.");
    if (text() !== caption.text.trim()) return askWhatIsMissing();
    return said?.edited_text ? save(null, "") : leave();
  }

  function askWhatIsMissing() {
    mode = "asking";
    const answers = ANSWERS.map(([, shownKey, words, isComplete]) => h("button", { class: `cw-btn${isComplete ? " cw-verdict-ok" : ""}`, onclick: () => save(isComplete) }, words, kbd(shownKey)));
    answers.splice(1, 0, h("button", { class: "cw-btn", onclick: () => open({ atEnd: true }) }, "Add it", kbd("A")));
    question.replaceChildren(h("div", { class: "cw-question-words" }, h("b", {}, "Is anything missing?"), h("span", { class: "meta" }, "that the caption should say and does not")), h("div", { class: "cw-answers" }, answers));
    paint();
    question.focus({ preventScroll: true });
    if (told?.text !== text()) look().catch(onNote);
  }

  function save(isComplete, edited = text()) {
    const undone = { caption_id: caption.caption_id, text: field.value };
    drafts.delete(caption.caption_id);
    close();
    onSave({ edited_text: edited, is_complete: edited ? isComplete : null }, () => drafts.set(undone.caption_id, undone.text));
  }

  return {
    element, question, open, finish,
    get isOpen() {
      return mode !== "shown";
    },
    get isDirty() {
      return isDirty();
    },
    show(now, verdict, proposedNow = null) {
      const isOther = now.caption_id !== caption?.caption_id;
      if (isOther && isDirty()) drafts.set(caption.caption_id, field.value);
      said = verdict;
      proposed = proposedNow;
      if (!isOther && mode !== "shown") return;
      caption = now;
      close();
    },
    // While the question stands, every key is an answer to it or does nothing.
    press(name) {
      if (mode === "shown") return name === "e" ? (open(), true) : false;
      if (mode === "writing") return name === "e" ? (field.focus(), true) : name === "Escape" ? (leave(), true) : false;
      const answer = ANSWERS.find(([each]) => each === name);
      if (answer) save(answer[3]);
      else if (name === "a") open({ atEnd: true });
      else if (name === "Escape" || name === "e" || name === "Ctrl+Z") open();
      return name !== "?";
    },
  };
}

function warningOf(told) {
  if (!told || told.is_same) return "";
  if (!told.has_words) return "No word differs: as a pair it says nothing.";
  if (told.is_deletion) return "Words are only taken out: such pairs teach a model to say less. Add what belongs in their place.";
  return "";
}
