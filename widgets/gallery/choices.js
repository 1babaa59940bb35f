// What a person chooses in the gallery: which pairs, and what to say of them.

import { sayMany, sayVerdict } from "../js/words.js";

const ESTIMATE_MS = 600;

export class Choices {
  constructor(view) {
    this.view = view;
    this.later = 0;
  }

  selectRange(from, to) {
    const [start, stop] = [Math.min(from, to), Math.max(from, to) + 1];
    this.select({ how: "range", start, stop });
  }

  async select(change) {
    // The tiles follow at once; the kernel holds the selection and says how many there are.
    this.view.pages.each((row, index) => {
      if (change.how === "none") row.is_selected = false;
      else if (change.how === "all") row.is_selected = row.caption_id !== null;
      else if (change.how === "range") row.is_selected ||= index >= change.start && index < change.stop && row.caption_id !== null;
      else if (change.how === "toggle") row.is_selected = row.caption_id === change.caption_id ? !row.is_selected : row.is_selected;
      else row.is_selected = row.caption_id === change.caption_id;
    });
    this.view.grid.refresh();
    await this.view.attempt(async () => {
      const { selected } = await this.view.rpc.ask("select", change);
      this.view.state.selected = selected;
      this.view.showActions();
    });
  }

  async decide(verdict) {
    const { selected } = this.view.state;
    if (selected > 1 || (selected && !this.view.pages.row(this.view.grid.focus)?.is_selected)) return this.decideSelected(verdict);
    if (selected) await this.select({ how: "none" });
    const index = this.view.grid.focus;
    const row = await this.view.pages.rowSoon(index).catch(() => null);
    if (!row?.caption_id) return;
    const before = row.verdict;
    const isSame = before?.verdict === verdict && before.annotator === this.view.state.status.annotator;
    if (isSame) return void this.view.grid.moveFocus(index + 1);
    row.verdict = { verdict, error_types: [], annotator: this.view.state.status.annotator };
    this.view.grid.refresh();
    setTimeout(() => this.view.grid.focus === index && this.view.grid.moveFocus(index + 1), 120);
    await this.view.attempt(async () => this.took(await this.view.outbox.post({ op: "decide", caption_ids: [row.caption_id], verdict, error_types: [] })), () => (row.verdict = before));
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
      if (row.caption_id in verdicts) row.verdict = verdicts[row.caption_id];
    });
    this.view.showStatus(status);
    this.view.grid.refresh();
    if (this.view.detail.isOpen) this.view.onFocus(this.view.grid.focus);
  }

  close() {
    clearTimeout(this.later);
  }
}
