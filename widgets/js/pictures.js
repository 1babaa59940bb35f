// Small pictures and waveforms of samples, asked for in batches, the ones on screen first.

import { asBytes } from "./rpc.js";

const BATCH = 12;
// What was wanted before these has been scrolled past; should it come back, it is wanted again.
const MOST_WANTED = 96;

export class Pictures {
  constructor(rpc, { sizePx = 320, keep = 600, onArrive = () => {} } = {}) {
    Object.assign(this, { rpc, sizePx, keep, onArrive, kept: new Map(), wanted: new Set(), later: new Set(), asking: new Set(), isAsking: false });
  }

  // The picture if it is here; else undefined, and it is asked for. One that is too small for the tiles of now
  // stands until the larger one is there.
  get(sampleId) {
    const picture = this.kept.get(sampleId);
    if (picture) {
      this.kept.delete(sampleId);
      this.kept.set(sampleId, picture);
    }
    if (!picture || picture.sizePx < this.sizePx) this.want(sampleId);
    return picture;
  }

  want(sampleId) {
    if (this.asking.has(sampleId)) return;
    this.wanted.delete(sampleId);
    this.wanted.add(sampleId);
    if (this.wanted.size > MOST_WANTED) this.wanted.delete(this.wanted.values().next().value);
    this.pump();
  }

  // Fetch these when nothing that is on screen is missing.
  prefetch(sampleIds) {
    this.later = new Set(sampleIds.filter((id) => !this.kept.has(id) && !this.asking.has(id)));
    if (this.later.size) this.pump();
  }

  nextBatch() {
    const waiting = this.wanted.size ? this.wanted : this.later;
    // What was wanted last is on screen now; what is fetched ahead comes in its order.
    const batch = waiting === this.wanted ? [...waiting].slice(-BATCH) : [...waiting].slice(0, BATCH);
    for (const id of batch) {
      this.wanted.delete(id);
      this.later.delete(id);
    }
    return batch;
  }

  async pump() {
    if (this.isAsking) return;
    this.isAsking = true;
    await Promise.resolve(); // let the whole paint say what it wants
    while (this.wanted.size || this.later.size) {
      const isSeen = this.wanted.size > 0;
      const batch = this.nextBatch();
      const { sizePx } = this;
      this.asking = new Set(batch);
      try {
        const { pictures, buffers } = await this.rpc.ask("pictures", { sample_ids: batch, size_px: sizePx });
        pictures.forEach((told, place) => this.keepPicture({ ...told, sizePx }, asBytes(buffers[place])));
      } catch (error) {
        batch.forEach((id) => this.keepPicture({ sample_id: id, kind: "none", error: error.message, remedy: error.remedy, isPassing: true, sizePx }, new Uint8Array()));
      }
      this.asking.clear();
      if (isSeen) this.onArrive(batch);
    }
    this.isAsking = false;
  }

  keepPicture(told, bytes) {
    const picture = { ...told };
    if (told.kind === "jpeg") picture.url = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
    if (told.kind === "peaks") picture.peaks = new Int8Array(bytes.slice().buffer);
    // A waveform and a failure have no size: a larger tile shows the same.
    if (told.kind !== "jpeg") picture.sizePx = Infinity;
    this.drop(told.sample_id);
    this.kept.set(told.sample_id, picture);
    while (this.kept.size > this.keep) this.drop(this.kept.keys().next().value);
  }

  drop(sampleId) {
    const picture = this.kept.get(sampleId);
    this.kept.delete(sampleId);
    if (picture?.url) URL.revokeObjectURL(picture.url);
  }

  // Forget failures of the channel, so that they are asked for again.
  retry() {
    for (const [id, picture] of this.kept) if (picture.isPassing) this.kept.delete(id);
  }

  clear() {
    for (const id of [...this.kept.keys()]) this.drop(id);
    this.wanted.clear();
    this.later.clear();
  }
}
