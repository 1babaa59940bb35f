// Rows come in pages, kept for a while; the page looked at last goes last.

export class Pages {
  constructor(load, { pageRows = 60, keep = 30, onLoad = () => {}, onFail = () => {} } = {}) {
    Object.assign(this, { load, pageRows, keep, onLoad, onFail, pages: new Map(), loading: new Map() });
  }

  // The row if it is here; else undefined, and its page is asked for.
  row(index) {
    const number = Math.floor(index / this.pageRows);
    const rows = this.pages.get(number);
    if (!rows) {
      this.want(number).catch(this.onFail);
      return undefined;
    }
    this.pages.delete(number);
    this.pages.set(number, rows);
    return rows[index - number * this.pageRows];
  }

  want(number) {
    if (this.loading.has(number)) return this.loading.get(number);
    const promise = this.load(number * this.pageRows, (number + 1) * this.pageRows)
      .then((rows) => {
        // A page asked for before the grid was arranged anew is none of ours any more.
        if (this.loading.get(number) !== promise || !rows) return;
        this.pages.set(number, rows);
        while (this.pages.size > this.keep) this.pages.delete(this.pages.keys().next().value);
        this.onLoad();
      })
      .finally(() => {
        if (this.loading.get(number) === promise) this.loading.delete(number);
      });
    this.loading.set(number, promise);
    return promise;
  }

  async rowSoon(index) {
    const number = Math.floor(index / this.pageRows);
    if (!this.pages.has(number)) await this.want(number);
    return this.row(index);
  }

  each(act) {
    for (const [number, rows] of this.pages) rows.forEach((row, place) => act(row, number * this.pageRows + place));
  }

  clear() {
    this.pages.clear();
    this.loading.clear();
  }
}
