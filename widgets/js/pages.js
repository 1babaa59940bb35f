// Rows come in pages, kept for a while; the page looked at last goes last.

// More would only make the page that is on screen wait for those that were scrolled past.
const AT_ONCE = 2;

export class Pages {
  // ahead: how many pages before and after the ones on screen are fetched too.
  constructor(load, { pageRows = 60, keep = 30, ahead = 0, onLoad = () => {}, onFail = () => {} } = {}) {
    Object.assign(this, { load, pageRows, keep, ahead, onLoad, onFail, pages: new Map(), loading: new Map(), wanted: new Set() });
  }

  // The row if it is here; else undefined, and its page is asked for.
  row(index) {
    const number = Math.floor(index / this.pageRows);
    const rows = this.pages.get(number);
    if (!rows) {
      this.ask(number);
      return undefined;
    }
    this.pages.delete(number);
    this.pages.set(number, rows);
    return rows[index - number * this.pageRows];
  }

  // What is wanted last is on screen now, and goes first.
  ask(number) {
    if (this.loading.has(number)) return;
    this.wanted.delete(number);
    this.wanted.add(number);
    this.pump();
  }

  pump() {
    while (this.wanted.size && this.loading.size < AT_ONCE) {
      const number = [...this.wanted].at(-1);
      this.want(number).catch(this.onFail);
    }
  }

  // Say which rows are on screen, of how many: what was scrolled past is not waited for, what comes next is.
  look(start, stop, count) {
    const [first, last] = [Math.floor(start / this.pageRows), Math.floor(Math.max(start, stop - 1) / this.pageRows)];
    for (const number of this.wanted) if (number < first - this.ahead || number > last + this.ahead) this.wanted.delete(number);
    if (!this.ahead || this.loading.size || this.wanted.size) return;
    const end = Math.ceil(count / this.pageRows);
    for (let step = this.ahead; step >= 1; step--)
      for (const number of [first - step, last + step]) if (number >= 0 && number < end && !this.pages.has(number)) this.ask(number);
  }

  want(number) {
    this.wanted.delete(number);
    if (this.loading.has(number)) return this.loading.get(number);
    const promise = this.load(number * this.pageRows, (number + 1) * this.pageRows)
      .then((rows) => {
        // A page asked for before the grid was arranged anew is none of ours any more.
        if (this.loading.get(number) !== promise || !rows) return;
        this.put(number, rows);
        this.onLoad();
      })
      .finally(() => {
        if (this.loading.get(number) === promise) this.loading.delete(number);
        this.pump();
      });
    this.loading.set(number, promise);
    return promise;
  }

  put(number, rows) {
    this.pages.set(number, rows);
    while (this.pages.size > this.keep) this.pages.delete(this.pages.keys().next().value);
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
    this.wanted.clear();
  }
}
