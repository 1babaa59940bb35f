// The bar over a run: its name, how it stands, where it is, and what can be done with it.

import { h, icon, kbd } from "../js/dom.js";
import { sayMany } from "../js/words.js";
import { isLive, sayFacts, sayMake, STATE_ICONS } from "./says.js";

export function makeHead({ onStop, onResume, onEvaluate, onClone, onCompare, onItems, onAlarm }) {
  const name = h("b", { class: "cw-run-title" });
  const state = h("span", { class: "cw-run-chip", role: "status" });
  const facts = h("span", { class: "meta cw-run-facts" });
  const bar = h("div", { class: "cw-progress", role: "progressbar", "aria-label": "Steps done" }, h("i"));
  const alarm = h("button", { class: "cw-run-chip cw-run-alarm", hidden: true, onclick: onAlarm });
  const button = (word, short, key, act) => h("button", { class: "cw-btn", title: word, "aria-label": word, onclick: act }, h("span", { class: "cw-wide" }, word), h("span", { class: "cw-narrow" }, short), kbd(key));
  const stop = button("Stop and keep", "Stop", "S", onStop);
  const resume = button("Resume", "Resume", "R", onResume);
  const evaluate = button("Before and after", "Before/after", "E", onEvaluate);
  const clone = button("Clone with changes", "Clone", "C", onClone);
  const compare = button("Compare", "Compare", "M", onCompare);
  const items = h("button", { class: "cw-btn cw-items-button", "aria-expanded": "false", onclick: onItems }, "Flagged", kbd("F"));
  const make = h("div", { class: "cw-run-make meta" });
  const element = h("div", { class: "cw-bar cw-run-bar" }, name, state, alarm, facts, h("span", { class: "cw-grow" }), stop, resume, evaluate, clone, compare, items, bar);

  return {
    element,
    make,
    items,
    show(view, { beside, runs, evaluating }) {
      const { state: now, word, started, step, alarms, config } = view;
      name.textContent = name.title = view.name;
      state.className = `cw-run-chip cw-state-${now}`;
      state.replaceChildren(icon(STATE_ICONS[now], 9), word);
      this.showClock(view);
      const share = started.steps ? step / started.steps : 0;
      bar.firstChild.style.width = `${share * 100}%`;
      bar.setAttribute("aria-valuenow", Math.round(share * 100));
      bar.className = `cw-progress cw-state-${now}`;
      bar.hidden = !started.steps;
      alarm.hidden = !alarms.length;
      alarm.replaceChildren(icon("warn", 10), sayMany(alarms.length, "alarm"));
      stop.hidden = !isLive(now);
      stop.disabled = now === "stopping";
      resume.hidden = !["stopped", "failed", "dead"].includes(now);
      evaluate.hidden = now !== "finished" || Boolean(view.evaluation);
      evaluate.disabled = Boolean(evaluating?.is_running);
      evaluate.title = "Asks the model before and the model after the same things, beside the cells of this notebook";
      compare.disabled = runs < 2;
      compare.setAttribute("aria-pressed", String(beside.length > 0));
      make.textContent = sayMake(view);
      make.title = [started.why, ...Object.entries(config).filter(([, value]) => value !== null && value !== "").map(([key, value]) => `${key} = ${value}`)].filter(Boolean).join("\n");
    },
    showClock(view) {
      facts.textContent = sayFacts(view).join(" · ");
      facts.title = facts.textContent;
    },
  };
}
