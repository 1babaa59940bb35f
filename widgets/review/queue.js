// The pairs of the queue by place, read ahead so that the next one is there when it is wanted.

import { asJson } from "../js/rpc.js";

const KEEP = 32;

export class Queue {
  constructor(rpc, length = 0) {
    Object.assign(this, { rpc, length, items: new Map() });
  }

  item(place) {
    if (place < 0 || place >= this.length) return Promise.resolve(null);
    this.want(place, 1);
    return this.items.get(place);
  }

  // Those of a stretch that are not here yet come in one answer.
  want(first, count) {
    const inside = Array.from({ length: count }, (_, ahead) => first + ahead).filter((place) => place >= 0 && place < this.length);
    const missing = inside.filter((place) => !this.items.has(place));
    if (!missing.length) return;
    const start = missing[0];
    const answer = this.rpc.ask("items", { place: start, count: missing.at(-1) - start + 1 });
    for (const place of missing) this.keep(place, answer.then(({ items, buffers }) => unpack(items[place - start], asJson(buffers[place - start]))));
  }

  keep(place, promise) {
    promise.catch(() => this.items.get(place) === promise && this.items.delete(place));
    this.items.set(place, promise);
    if (this.items.size > KEEP) this.items.delete(this.items.keys().next().value);
  }

  // How many pairs after a place are here or on their way.
  ahead(place) {
    let next = place + 1;
    while (this.items.has(next)) next++;
    return next - place - 1;
  }

  // Put what stands now on every pair that is here.
  async take(verdicts) {
    for (const promise of this.items.values()) {
      const item = await promise.catch(() => null);
      for (const [caption_id, verdict] of Object.entries(verdicts)) if (item && caption_id in item.verdicts) item.verdicts[caption_id] = verdict;
    }
  }

  clear() {
    this.items.clear();
  }
}

function unpack(item, data) {
  const number = data.captions.findIndex((caption) => caption.caption_id === item.caption_id);
  return {
    ...item,
    sample: data.sample,
    caption: data.captions[number],
    number: number + 1,
    captions: data.captions,
    verdicts: data.verdicts,
    flags: data.flags.filter((flag) => flag.caption_id === item.caption_id),
    scores: data.scores.filter((score) => score.caption_id === item.caption_id),
  };
}
