// The pairs of the queue by place, read ahead so that the next one is there when it is wanted.

import { asJson } from "../js/rpc.js";

const KEEP = 24;

export class Queue {
  constructor(rpc, length = 0) {
    Object.assign(this, { rpc, length, items: new Map() });
  }

  item(place) {
    if (place < 0 || place >= this.length) return Promise.resolve(null);
    if (!this.items.has(place)) {
      const promise = this.rpc.ask("item", { place }).then(({ item, buffers }) => unpack(item, asJson(buffers[0])));
      promise.catch(() => this.items.delete(place));
      this.items.set(place, promise);
      if (this.items.size > KEEP) this.items.delete(this.items.keys().next().value);
    }
    return this.items.get(place);
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
