// Which pairs are selected: the rows follow at once, the kernel holds the selection and says how many there are.

export class Selection {
  constructor({ rpc, pages, grid, attempt, onCount }) {
    Object.assign(this, { rpc, pages, grid, attempt, onCount, anchor: null });
  }

  // From where the range began to a row; the first call of a range begins it.
  extend(from, to) {
    this.anchor ??= from;
    return this.change({ how: "range", start: Math.min(this.anchor, to), stop: Math.max(this.anchor, to) + 1 });
  }

  pick(index, row, { isMore = false } = {}) {
    this.anchor = index;
    return row && this.change({ how: isMore ? "toggle" : "only", pair_id: row.pair_id });
  }

  async change(change) {
    const isIt = {
      none: () => false,
      all: () => true,
      range: (row, index) => row.is_selected || (index >= change.start && index < change.stop),
      toggle: (row) => (row.pair_id === change.pair_id ? !row.is_selected : row.is_selected),
      only: (row) => row.pair_id === change.pair_id,
    }[change.how];
    this.pages.each((row, index) => (row.is_selected = isIt(row, index)));
    this.grid.refresh();
    await this.attempt(async () => this.onCount((await this.rpc.ask("select", change)).selected));
  }
}
