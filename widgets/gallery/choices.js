// What a person chooses in the gallery: which captions, and what to say of them.

import { sayCount, sayMany, sayVerdict } from "../js/words.js";
import { isSelected, partsOf } from "./shape.js";

const ESTIMATE_MS = 600;
const PAUSE_MS = 120;

export class Choices {
  constructor(view) {
    this.view = view;
    this.later = 0;
    this.isSingle = false;
  }

  selectRange(from, to) {
    const [start, stop] = [Math.min(from, to), Math.max(from, to) + 1];
    this.select({ how: "range", start, stop });
  }

  // One tile: all its captions.
  selectTile(row, how) {
    const ids = partsOf(row).captions.map((caption) => caption.caption_id);
    if (ids.length) this.select({ how, caption_ids: ids, caption_id: ids[0], isOn: how === "only" || !isSelected(row) });
  }

  async select({ isOn = true, ...change }) {
    this.isSingle = change.how === "only";
    const ids = new Set(change.caption_ids ?? []);
    // The tiles follow at once; the kernel holds the selection and says how many there are.
    this.view.pages.each((row, index) => {
      for (const caption of partsOf(row).captions) {
        if (change.how === "none") caption.is_selected = false;
        else if (change.how === "all") caption.is_selected = true;
        else if (change.how === "range") caption.is_selected ||= index >= change.start && index < change.stop;
        else if (change.how === "toggle") caption.is_selected = ids.has(caption.caption_id) ? isOn : caption.is_selected;
        else caption.is_selected = ids.has(caption.caption_id);
      }
    });
    this.view.grid.refresh();
    await this.view.attempt(async () => {
      const { selected } = await this.view.rpc.ask("select", change);
      this.view.state.selected = selected;
      this.view.hear(selected ? `${sayMany(selected, "pair")} selected` : "None selected");
      this.view.showActions();
    });
  }

  async decide(verdict) {
    const { grid, pages, state } = this.view;
    const isHereSelected = this.view.captionHere()?.is_selected;
    // A tile picked as a whole is decided as a whole: one key, all its captions.
    if (state.selected > 1 || (state.selected && !isHereSelected)) return this.decideSelected(verdict);
    if (state.selected) await this.select({ how: "none" });
    const index = grid.focus;
    await pages.rowSoon(index).catch(() => null);
    const caption = this.view.captionHere();
    if (!caption) return;
    const before = caption.verdict;
    const { annotator } = state.status;
    if (before?.verdict === verdict && before.annotator === annotator) return void this.view.hands.stepCaption(1);
    caption.verdict = { verdict, error_types: [], annotator };
    grid.refresh();
    setTimeout(() => grid.focus === index && this.view.captionHere() === caption && this.view.hands.stepCaption(1), PAUSE_MS);
    const request = { op: "decide", caption_ids: [caption.caption_id], verdict, error_types: [] };
    await this.view.attempt(async () => this.took(await this.view.outbox.post(request)), () => (caption.verdict = before));
  }

  async decideSelected(verdict) {
    const count = this.view.state.selected;
    await this.view.attempt(async () => {
      this.took(await this.view.outbox.post({ op: "decide_selected", verdict, error_types: [] }));
      await this.select({ how: "none" });
      this.view.notice.tell(`${sayMany(count, "pair")}: ${sayVerdict(verdict)}. Ctrl+Z takes all of them back.`);
    });
  }

  async turn(op) {
    await this.view.attempt(async () => {
      const answer = await this.view.outbox.post({ op });
      this.took(answer);
      const many = answer.turned.length;
      const what = many === 1 ? answer.turned[0].name : sayMany(many, "pair");
      this.view.notice.tell(many ? `${op === "undo" ? "Taken back" : "Made again"}: ${sayVerdict(answer.turned[0].verdict)}, ${what}` : `Nothing to ${op === "undo" ? "take back" : "make again"}.`);
    });
  }

  took({ verdicts, status }) {
    clearTimeout(this.later);
    if (status.is_estimate_old) this.later = setTimeout(() => this.view.beat({ isDue: true }), ESTIMATE_MS);
    this.view.pages.each((row) => {
      for (const caption of partsOf(row).captions) if (caption.caption_id in verdicts) caption.verdict = verdicts[caption.caption_id];
    });
    this.view.showStatus(status);
    this.view.grid.refresh();
    if (this.view.detail.isOpen) this.view.showDetail();
  }

  // The counts at the foot; all that match can be selected there, and none.
  countsOf({ total, count, selected }, h) {
    return [
      `All ${sayCount(total)} · `,
      h("button", { class: "cw-link cw-quiet", title: "Select all that match (Ctrl+A)", onclick: () => this.select({ how: "all" }) }, `Filtered ${sayCount(count)}`),
      " · ",
      selected ? h("button", { class: "cw-link cw-quiet", title: "Select none (Esc)", onclick: () => this.select({ how: "none" }) }, h("strong", {}, `Selected ${sayCount(selected)}`)) : "Selected 0",
    ];
  }

  close() {
    clearTimeout(this.later);
  }
}
