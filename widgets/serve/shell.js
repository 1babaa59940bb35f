// The page around a view: takes the place of the notebook. It connects, sends what earlier pages could not,
// then lets the view render; its bar says whether the line stands and what is not saved yet.

import "./page.css";
import { h, icon } from "../js/dom.js";
import { newKey } from "../js/outbox.js";
import { connect } from "../js/rpc.js";
import { followTheme } from "../js/theme.js";
import { sayMany } from "../js/words.js";
import { makeKept, sendLeft } from "./kept.js";
import { makeSocketModel } from "./socket.js";

const { place, bundle, annotator, mark } = document.body.dataset;
const PATIENCE_MS = 400;
const THEMES = ["as the system", "light", "dark"];

const tab = (sessionStorage.cwTab ??= newKey());
const line = document.querySelector(".cw-line");
let model = null;
let told = "";
let due = 0;

const kept = makeKept(localStorage, { mark, annotator, place }, { onChange: () => showLine() });
globalThis.keptDecisions = kept;

function addressOf(name) {
  const address = new URL("channel", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  address.search = new URLSearchParams({ place: name, annotator, tab });
  return address;
}

const openModel = (name, options) => makeSocketModel(() => new WebSocket(addressOf(name)), options);
const isRefused = () => fetch(location.href, { method: "GET", cache: "no-store" }).then(({ status }) => status === 403, () => false);

// -- the line of the bar

const WAYS = {
  open: ["dot", "ok", "connected"],
  cut: ["warn", "warn", "no connection, trying again"],
  refused: ["warn", "bad", "your link has ended; ask for a new one"],
  other: ["warn", "bad", "somebody else has entered in this browser; open your own link again"],
  failed: ["warn", "bad", "this view cannot be opened"],
};

// What is on its way for a moment is not told: the view's own bar says "saving".
function showLine() {
  clearTimeout(due);
  const state = model?.state || "open";
  if (state === "open" && kept.count) due = setTimeout(paintLine, PATIENCE_MS);
  else paintLine();
}

function paintLine() {
  const [sign, kind, words] = WAYS[model?.state || "open"];
  const where = kept.isLasting ? "kept in this browser" : "kept while this page is open";
  const parts = [words, kept.count ? `${sayMany(kept.count, "decision")} not saved yet, ${where}` : "", told];
  line.dataset.kind = kept.count && kind === "ok" ? "warn" : kind;
  line.replaceChildren(icon(sign, 10), h("span", {}, parts.filter(Boolean).join(" · ")));
}

function tell(text) {
  told = text;
  paintLine();
}

// -- light and dark

function setTheme(choice) {
  if (choice === THEMES[0]) delete document.body.dataset.jpThemeLight;
  else document.body.dataset.jpThemeLight = String(choice === "light");
  document.querySelector(".cw-theme").textContent = `Theme: ${choice}`;
  localStorage.cwTheme = choice;
}

function makeTheme() {
  const known = () => Math.max(0, THEMES.indexOf(localStorage.cwTheme));
  setTheme(THEMES[known()]);
  document.querySelector(".cw-theme").addEventListener("click", () => setTheme(THEMES[(known() + 1) % THEMES.length]));
  followTheme(document.querySelector("header"));
  followTheme(document.body);
}

// -- start

// What earlier pages left goes first, each to the view it is of: an undo must not overtake its decision.
async function sendEarlier() {
  const models = new Map();
  const ask = (name, op, fields) => {
    if (!models.has(name)) {
      const mine = openModel(name);
      models.set(name, { mine, rpc: connect(mine, { timeoutMs: 15000 }) });
    }
    return models.get(name).rpc.ask(op, fields);
  };
  try {
    const { saved, refused } = await sendLeft(kept, { ask, onTell: ({ pending }) => tell(`sending ${sayMany(pending, "decision")} from before`) });
    const parts = [saved && `${sayMany(saved, "decision")} from before saved now`, ...refused.map(({ error }) => `one from before was refused: ${error}`)];
    tell(parts.filter(Boolean).join(" · "));
  } catch {
    tell("decisions from before are still kept; reload to send them");
  } finally {
    models.forEach(({ mine, rpc }) => {
      rpc.close();
      mine.close();
    });
  }
}

async function start() {
  makeTheme();
  if (kept.left().length) await sendEarlier();
  const el = document.getElementById("view");
  model = openModel(place, { onState: showLine, isRefused });
  model.on("msg:custom", (content) => content?.event === "failed" && showFailure(el, content));
  for (const name of ["online", "focus", "pageshow"]) addEventListener(name, () => model.retry());
  showLine();
  const { default: view } = await import(new URL(`./${bundle}.js`, import.meta.url));
  view.render({ model, el });
  el.firstElementChild?.focus({ preventScroll: true });
}

function showFailure(el, { error, remedy }) {
  el.replaceChildren(h("div", { class: "cw" }, h("div", { class: "cw-empty" }, h("div", { class: "cw-statement" }, h("b", {}, error), h("p", {}, remedy ?? "")))));
  followTheme(el.firstElementChild);
}

start();
