// Small pictures and waveforms of samples, asked for in batches, the ones on screen first.

import { asBytes } from "./rpc.js";

const BATCH = 12;

export class Pictures {
  constructor(rpc, { sizePx = 320, keep = 600, onArrive = () => {} } = {}) {
    Object.assign(this, { rpc, sizePx, keep, onArrive, kept: new Map(), wanted: new Set(), isAsking: false });
  }

  // The picture if it is here; else undefined, and it is asked for.
  get(sampleId) {
    const picture = this.kept.get(sampleId);
    if (!picture) {
      this.wanted.delete(sampleId);
      this.wanted.add(sampleId);
      this.pump();
      return undefined;
    }
    this.kept.delete(sampleId);
    this.kept.set(sampleId, picture);
    return picture;
  }

  async pump() {
    if (this.isAsking) return;
    this.isAsking = true;
    await Promise.resolve(); // let the whole paint say what it wants
    while (this.wanted.size) {
      // What was wanted last is on screen now; what came before may have been scrolled past.
      const batch = [...this.wanted].slice(-BATCH);
      batch.forEach((id) => this.wanted.delete(id));
      try {
        const { pictures, buffers } = await this.rpc.ask("pictures", { sample_ids: batch, size_px: this.sizePx });
        pictures.forEach((told, place) => this.keepPicture(told, asBytes(buffers[place])));
      } catch (error) {
        batch.forEach((id) => this.keepPicture({ sample_id: id, kind: "none", error: error.message, remedy: error.remedy, isPassing: true }, new Uint8Array()));
      }
      this.onArrive(batch);
    }
    this.isAsking = false;
  }

  keepPicture(told, bytes) {
    const picture = { ...told };
    if (told.kind === "jpeg") picture.url = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
    if (told.kind === "peaks") picture.peaks = new Int8Array(bytes.slice().buffer);
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
  }
}
