// What has to be said of a run beside its curves: that it waits, failed, or that something goes wrong.

import { h, icon, kbd } from "../js/dom.js";
import { sayClock, sayCount, sayMany } from "../js/words.js";
import { sayBehind, sayShare } from "./says.js";

const LOOKS = { queued: "pause", stopped: "pause", failed: "misaligned", alarm: "warn", dead: "warn", note: "dot" };

function banner(kind, title, text, action) {
  return h("div", { class: `cw-banner cw-banner-${kind}`, role: kind === "failed" ? "alert" : "status" }, icon(LOOKS[kind], 13), h("div", { class: "cw-banner-said" }, h("b", {}, title), " ", h("span", {}, codes(text))), action);
}

// What stands between backticks is code to be typed.
export function codes(text) {
  return String(text ?? "").split("`").map((part, place) => (place % 2 ? h("code", {}, part) : part));
}

const joined = (...parts) => parts.filter(Boolean).map((part) => part.trim().replace(/([^.!?])$/, "$1.")).join(" ");

const sayKept = ({ checkpoint }) => (checkpoint ? `The checkpoint of step ${sayCount(checkpoint.step)} is kept.` : "No checkpoint was kept: it would begin anew.");

function sayState(view, onResume) {
  const { state, failure, behind, started } = view;
  const resume = h("button", { class: "cw-btn", onclick: onResume }, "Resume", kbd("R"));
  if (state === "queued") return banner("queued", `Waits for ${started.device ?? "its device"}.`, `${sayBehind(behind)} It starts by itself.`);
  if (state === "starting") return banner("queued", "Starting.", "The model is being opened; the first step comes after.");
  if (state === "failed") return banner("failed", joined(failure.message), joined(failure.remedy, sayKept(view)), resume);
  if (state === "dead") return banner("dead", "Broken off.", `Its process is gone without a word: killed, or the machine went down. ${sayKept(view)}`, resume);
  if (state === "stopped") return banner("stopped", "Stopped.", `${sayKept(view)} Resuming goes on as if it had not been stopped.`, resume);
  return null;
}

function sayEvaluating(evaluating) {
  if (evaluating?.is_running) return banner("queued", "Before and after are being asked.", "The model as it was and as it is now answer the same. Cells can be run meanwhile.");
  if (evaluating?.failure) return banner("failed", joined(evaluating.failure.message), evaluating.failure.remedy ?? "");
  return null;
}

// A mean over all hides the group whose preferences are not met.
function sayWorst(groups) {
  if (groups.length < 2) return null;
  const [worst, best] = [groups[0], groups.at(-1)];
  return banner("note", `Worst group: ${worst.group}.`, `Held-out accuracy ${sayShare(worst.accuracy, worst.low, worst.high)} on ${sayMany(worst.pairs, "pair")}; ${best.group} has ${sayShare(best.accuracy, best.low, best.high)}.`);
}

export function makeBanners({ onResume }) {
  const element = h("div", { class: "cw-banners" });
  let drawn = "";
  return {
    element,
    show(view, evaluating) {
      const { state, alarms, findings, notes, behind, checkpoint, evaluation, groups } = view;
      const said = JSON.stringify([view.name, state, alarms, findings, notes, behind, checkpoint, evaluating, evaluation?.warnings, groups]);
      if (said === drawn) return;
      drawn = said;
      const raised = alarms.map((alarm) => banner("alarm", joined(alarm.message), joined(alarm.remedy, `Raised at step ${sayCount(alarm.step ?? 0)}; nothing was changed for you`)));
      const last = notes.at(-1);
      const written = last ? banner("note", `Note of ${sayClock(new Date(last.at))}:`, last.text) : null;
      const careful = (evaluation?.warnings ?? []).map((warning) => banner("alarm", "Careful.", warning));
      element.replaceChildren(...[sayState(view, onResume), sayEvaluating(evaluating), ...raised, ...careful, sayWorst(groups), foundOf(findings), written].filter(Boolean));
    },
  };
}

function foundOf(findings) {
  if (!findings.length) return null;
  const lines = findings.map(({ severity, rule, message, remedy }) => h("li", {}, h("b", {}, `${severity}, ${rule.replaceAll("_", " ")}: `), codes(message), " ", h("span", { class: "meta" }, codes(remedy))));
  return h("details", { class: "cw-findings" }, h("summary", { class: "meta" }, `The pre-flight said ${sayCount(findings.length)} ${findings.length === 1 ? "thing" : "things"} before the start`), h("ul", {}, lines));
}
