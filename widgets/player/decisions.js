// What is decided in the player: edges that were moved, verdicts, and by how much the sound is late.

import { clampEdge, momentOf, roomOf } from "../js/timeline_math.js";
import { sayVerdictFull } from "../js/words.js";
import { sayOffset, typesWith } from "./take.js";

export class Decisions {
  constructor(view) {
    this.view = view;
  }

  setEdge(edge) {
    const { view } = this;
    const caption = view.take?.caption(view.selected);
    if (!caption) return;
    const { ensemble, take } = view;
    const time = momentOf(view.frames, ensemble.time + ensemble.late) - ensemble.late;
    const segment = view.segment();
    if (segment) {
      const row = take.rows().find(({ segments }) => segments.some(({ id }) => id === segment.id));
      this.move(segment.id, clampEdge(segment, edge, time, roomOf(segment, row.segments, take.duration)));
      return;
    }
    const begun = take.begun.get(view.selected);
    const [start_s, end_s] = edge === "start" ? [time, begun?.edge === "end" ? begun.time : null] : [begun?.edge === "start" ? begun.time : null, time];
    if (start_s !== null && end_s !== null && end_s > start_s) {
      take.begun.delete(view.selected);
      this.move(view.selected, { start_s, end_s });
    } else {
      take.begun.set(view.selected, { edge, time });
      view.paintCard();
    }
  }

  takeBest() {
    const { view } = this;
    const [best] = view.suggested(view.take.caption(view.selected));
    if (best) this.move(view.selected, best);
  }

  move(id, stretch) {
    const { view } = this;
    const { take } = view;
    const caption = take.caption(id);
    const interval = take.toOwnClock(caption, stretch);
    const own = take.ownVerdict(id, view.state.status.annotator);
    take.pending.set(id, interval);
    view.selected = id;
    view.paint();
    return this.decide(id, { verdict: "misaligned", error_types: typesWith(own, "interval"), edited_interval: interval });
  }

  say(verdict) {
    const { view } = this;
    if (!view.selected) return;
    const own = view.take.ownVerdict(view.selected, view.state.status.annotator);
    if (own?.verdict === verdict) return;
    this.decide(view.selected, { verdict, error_types: verdict === "misaligned" ? typesWith(own, "").filter(Boolean) : [] });
  }

  // offset: by how much the sound is late; 0 it fits; null nothing in it can tell.
  saveSound(offset) {
    const { view } = this;
    const sample = view.take.sampleOf(view.take.caption(view.selected) ?? {}) ?? view.take.samples[0];
    const id = view.take.soundOf(sample).saidOn ?? view.take.caption(view.selected)?.caption_id;
    if (!id) return;
    const own = view.take.ownVerdict(id, view.state.status.annotator);
    if (offset) return this.decide(id, { verdict: "misaligned", error_types: typesWith(own, "av_sync"), offset_s: offset }, `Sound ${sayOffset(offset)}`);
    const others = (own?.error_types ?? []).filter((type) => type !== "av_sync");
    const isWrongStill = own?.verdict === "misaligned" && (others.length || own.edited_text || own.edited_interval);
    // That the sound fits says nothing of the caption: without a verdict of its own it is passed over.
    const verdict = isWrongStill ? "misaligned" : own?.verdict === "ok" ? "ok" : "skip";
    const note = offset === null ? { note: "no events to judge the sound by" } : {};
    return this.decide(id, { verdict, error_types: isWrongStill ? others : [], offset_s: offset, ...note }, offset === 0 ? "Sound fits" : "No events in it");
  }

  decide(id, fields, said = null) {
    const { view } = this;
    const { take } = view;
    return view.attempt(
      async () => {
        const answer = await view.outbox.post({ op: "decide", caption_ids: [id], ...fields });
        this.took(answer, { take, id, interval: fields.edited_interval });
        if (said) view.notice.tell(said);
      },
      () => {
        if (take.pending.get(id) === fields.edited_interval) take.pending.delete(id);
        view.paint();
      },
    );
  }

  took({ verdicts, status }, { take, id, interval } = {}) {
    const { view } = this;
    view.showStatus(status);
    // What was moved again meanwhile stays where it is: its own answer is on the way.
    if (take?.pending.get(id) === interval) take?.pending.delete(id);
    Object.assign(view.take.verdicts, verdicts);
    view.paint();
  }

  async turn(op) {
    const { view } = this;
    view.timeline.settle();
    await view.attempt(async () => {
      const answer = await view.outbox.post({ op });
      this.took(answer);
      const [turned] = answer.turned;
      if (!turned) return view.notice.tell(`Nothing to ${op === "undo" ? "take back" : "make again"}.`);
      await view.goTo(turned.caption_id);
      return view.notice.tell(`${op === "undo" ? "Taken back" : "Made again"}: ${sayVerdictFull(turned.verdict, turned.error_types)}, ${turned.name}`);
    });
  }
}
