// Who decided what, when: the newest first, going on as one scrolls down.

import { h, icon } from "../js/dom.js";
import { asJson } from "../js/rpc.js";
import { sayClock, sayVerdictFull } from "../js/words.js";

const TURNED = { undo: "took back", redo: "made again" };
const SIGNS = { ok: "ok", misaligned: "misaligned", skip: "skip" };

export function sayAct({ act, said, error_types, edited_text }) {
  const what = act === "judgement" || !SIGNS[said] ? `judged ${said}` : sayVerdictFull(said, error_types, Boolean(edited_text));
  return TURNED[act] ? `${TURNED[act]}: ${what}` : what;
}

export function makeActs({ rpc, onFail }) {
  const list = h("ol", { class: "cw-acts", "aria-label": "What was decided, newest first", tabindex: "0" });
  const more = h("button", { class: "cw-btn cw-more", hidden: true, onclick: () => load() }, "Earlier");
  let last = null;
  let annotator = null;
  let isLoading = false;
  let isDue = false;

  const row = (act) =>
    h(
      "li",
      { class: `cw-act-row is-${act.said}`, "data-act": act.act },
      h("time", { class: "meta", datetime: act.at_utc, title: act.at_utc }, sayWhen(act.at_utc)),
      h("b", { class: "cw-act-who" }, act.annotator),
      h("span", { class: "cw-act-what" }, SIGNS[act.said] && act.act === "verdict" ? icon(SIGNS[act.said], 11) : null, sayAct(act)),
      h("span", { class: "cw-act-text", title: act.text ?? act.subject }, act.text ?? act.subject),
      act.edited_text ? h("span", { class: "cw-act-edit", title: act.edited_text }, `now: ${act.edited_text}`) : null,
      act.note ? h("span", { class: "cw-act-note meta" }, `“${act.note}”`) : null,
    );

  async function load({ isFresh = false } = {}) {
    if (isLoading) return void (isDue ||= isFresh); // whose acts are asked for may have changed meanwhile
    isLoading = true;
    try {
      const { has_more, buffers } = await rpc.ask("acts", { before: isFresh ? null : last, annotator });
      const acts = asJson(buffers[0]);
      if (isFresh) list.replaceChildren();
      list.append(...acts.map(row));
      last = acts.at(-1)?.seq ?? last;
      more.hidden = !has_more;
      if (!list.children.length) list.append(h("li", { class: "meta" }, "Nothing was decided yet."));
    } catch (error) {
      onFail(error);
    } finally {
      isLoading = false;
    }
    if (isDue) {
      isDue = false;
      await load({ isFresh: true });
    }
  }

  return {
    element: h("div", { class: "cw-acts-box" }, list, more),
    load,
    // A list that was scrolled down stays as it is until one comes back to its top.
    refresh: () => list.parentElement.scrollTop < 40 && load({ isFresh: true }),
    only(name) {
      annotator = name;
      return load({ isFresh: true });
    },
  };
}

function sayWhen(at) {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? sayClock(date) : `${at.slice(0, 10)} ${sayClock(date).slice(0, 5)}`;
}
