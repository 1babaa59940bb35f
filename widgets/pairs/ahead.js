// The pairs of the queue by place, read ahead so that the next one is there when it is wanted.

import { asJson } from "../js/rpc.js";

const KEEP = 24;

export class Ahead {
  constructor(rpc, length = 0) {
    Object.assign(this, { rpc, length, items: new Map() });
  }

  item(place) {
    if (place < 0 || place >= this.length) return Promise.resolve(null);
    if (!this.items.has(place)) {
      const promise = this.rpc.ask("item", { place }).then(({ buffers }) => asJson(buffers[0]));
      promise.catch(() => this.items.delete(place));
      this.items.set(place, promise);
      if (this.items.size > KEEP) this.items.delete(this.items.keys().next().value);
    }
    return this.items.get(place);
  }

  // The next place that waits for an answer among those here; null when the kernel must be asked.
  async nextAfter(place, reach = 4) {
    for (let ahead = place + 1; ahead < Math.min(place + 1 + reach, this.length); ahead++) {
      const item = await this.item(ahead).catch(() => null);
      if (item && !item.answer && item.is_due) return ahead;
    }
    return null;
  }

  clear() {
    this.items.clear();
  }
}
