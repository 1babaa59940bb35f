// What a timeline asks for beside a take: the pictures' times and edges, the waveform, the curve, the clocks.

import { asBytes } from "../js/rpc.js";

export class Readings {
  constructor(view) {
    this.view = view;
  }

  async askLook() {
    const { view } = this;
    const { take } = view;
    const [lead] = take.samples;
    const told = await view.rpc.ask("look", { sample_id: lead.sample_id }).catch((error) => ({ notes: [error.message], isFailed: true }));
    if (view.take.key !== take.key || !(told.is_ready || told.isFailed)) return;
    if (told.is_ready) {
      const late = take.late.get(lead.sample_id);
      view.frames = floats(told.buffers[0]);
      view.ensemble.frames = view.frames;
      view.edges = floats(told.buffers[1]).map((time, place) => ({ time: time - late, kind: told.kinds[place] }));
      view.hasSound = told.has_sound;
    }
    if (told.notes?.length) view.notice.tell(told.notes.join(" "), { forMs: 9000 });
    view.paint();
    view.tick(view.ensemble.time, view.ensemble.isPlaying);
  }

  async askPeaks(from, to, bins) {
    const { view } = this;
    const [lead] = view.take.samples;
    const late = view.take.late.get(lead.sample_id);
    const told = await view.rpc.ask("peaks", { sample_id: lead.sample_id, start_s: from + late, end_s: to + late, bins });
    return told.is_ready ? new Int8Array(asBytes(told.buffers[0])) : null;
  }

  async askFit(start) {
    const { view } = this;
    const { take, selected } = view;
    if (!selected) return;
    if (!start) view.fit = {};
    const caption = take.caption(selected);
    const told = await view.rpc.ask("curve", { caption_id: selected, start: start || undefined }).catch((error) => ({ failure: error }));
    if (view.take !== take || view.selected !== selected) return;
    if (told.failure) view.fit = { say: `${told.failure.message}`, isWaiting: true };
    else if (!told.is_ready) view.fit = told.is_made ? { say: "looking at its pictures…", isWaiting: true } : { say: "Look where it fits" };
    else {
      const late = take.late.get(caption.sample_id) ?? 0;
      const best = told.best_s && { start_s: told.best_s[0] - late, end_s: told.best_s[1] - late };
      view.fit = { curve: { times: floats(told.buffers[0]).map((time) => time - late), values: floats(told.buffers[1]) }, best };
    }
    view.paintCard();
  }

  async alignClocks() {
    const { view } = this;
    const { take } = view;
    await view.attempt(async () => {
      const { clocks, is_ready: isReady } = await view.rpc.ask("clocks", { place: take.place });
      if (view.take !== take) return;
      view.stages.setAligning(!isReady);
      if (!isReady) return;
      take.setClocks(clocks);
      view.ensemble.setDelays(view.delays());
      view.paint();
    }, () => view.stages.setAligning(false));
  }
}

function floats(buffer) {
  const bytes = asBytes(buffer);
  return [...new Float64Array(bytes.slice().buffer)];
}
