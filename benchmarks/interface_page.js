// Loaded into the page of the benchmark of the views: when something asked for is on screen, by the page's own
// clock. Nothing here touches a view but through what a user has: its scroll bar, its keys, its mouse.
window.walk = {
  taken: null,

  // The moment after the next frame has been painted.
  painted: () =>
    new Promise((resolve) =>
      requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => resolve(performance.now());
        channel.port2.postMessage(0);
      }),
    ),

  // Look once a frame, before it is painted; then wait until it is.
  async until(holds, what, limitMs = 60000) {
    const end = performance.now() + limitMs;
    for (;;) {
      await new Promise(requestAnimationFrame);
      if (holds()) return this.afterPaint();
      if (performance.now() > end) throw new Error(`${what}: not on screen after ${limitMs / 1000} s`);
    }
  },

  // Called from inside a frame: the end of this same frame.
  afterPaint: () =>
    new Promise((resolve) => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => resolve(performance.now());
      channel.port2.postMessage(0);
    }),

  root: (name) => document.querySelector(`.cw-${name}`),

  // The tiles that lie in the window of the grid, wholly or in part.
  tiles(root) {
    const scroller = root?.querySelector(".cw-scroller");
    if (!scroller) return [];
    const box = scroller.getBoundingClientRect();
    return [...scroller.querySelectorAll(".cw-tile[data-index]")].filter((tile) => {
      const { top, bottom } = tile.getBoundingClientRect();
      return bottom > box.top + 1 && top < box.bottom - 1;
    });
  },

  // Every tile in the window has its caption; at least one is there.
  isFilled(root) {
    const tiles = this.tiles(root);
    const hasWords = (tile) => !tile.classList.contains("is-waiting") && tile.querySelector(".cw-tile-caption")?.textContent;
    return tiles.length > 0 && tiles.every(hasWords);
  },

  // ... and its picture, or the word why there is none.
  hasPictures(root) {
    const isThere = (tile) => [...tile.querySelectorAll(".cw-pane > :not(.cw-pane-name)")].some((part) => part.tagName !== "IMG" || (part.complete && part.naturalWidth));
    return this.isFilled(root) && this.tiles(root).every(isThere);
  },

  // Run a cell of the notebook; how long until its gallery is on screen, and its pictures.
  async firstPaint(index) {
    labPage.activate(index);
    const from = performance.now();
    const ran = labPage.run("notebook:run-cell");
    const rows = await this.until(() => this.isFilled(this.root("gallery")), "first page");
    const pictures = await this.until(() => this.hasPictures(this.root("gallery")), "first pictures");
    await ran;
    return { rows: (rows - from) / 1000, pictures: (pictures - from) / 1000 };
  },

  async firstItem(index) {
    labPage.activate(index);
    const from = performance.now();
    const ran = labPage.run("notebook:run-cell");
    const at = await this.until(() => this.root("review")?.querySelector(".cw-caption-main")?.textContent, "first pair");
    await ran;
    return (at - from) / 1000;
  },

  // Throw the scroll bar to places between 0 and 1; seconds until what belongs there is on screen.
  async jumps(places, hasPictures = false) {
    const root = this.root("gallery");
    const scroller = root.querySelector(".cw-scroller");
    const count = Number(root.querySelector(".cw-tile[data-index]").getAttribute("aria-setsize"));
    const taken = [];
    for (const place of places) {
      const from = performance.now();
      scroller.scrollTop = place * (scroller.scrollHeight - scroller.clientHeight);
      const isThere = () => (hasPictures ? this.hasPictures(root) : this.isFilled(root));
      taken.push(((await this.until(isThere, `row at ${place}`)) - from) / 1000);
      const shown = this.tiles(root).map((tile) => Number(tile.dataset.index) / count);
      if (Math.abs(shown[0] - place) > 0.02 && count > 1000) throw new Error(`asked for ${place} of the grid, shown ${shown[0]}`);
    }
    return taken;
  },

  // From the next event of this name in a view until `changed` says another thing and the view is whole again.
  arm(event, name, selector) {
    const root = this.root(name);
    const says = () => root.querySelector(selector)?.textContent;
    const before = says();
    const isWhole = () => name !== "gallery" || this.isFilled(root);
    this.taken = new Promise((resolve, reject) => {
      const start = (seen) => {
        const from = seen.timeStamp;
        this.until(() => says() !== before && isWhole(), `${event} in the ${name}`).then((at) => resolve((at - from) / 1000), reject);
      };
      root.addEventListener(event, start, { capture: true, once: true });
    });
    // Whoever never asks for it is not to be told by an error of the page.
    this.taken.catch(() => {});
  },
};
