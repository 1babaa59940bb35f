// What the captions are about: one sample, or two beside each other where the captions are of two.

import { makeClock } from "../js/clock.js";
import { h } from "../js/dom.js";
import { Stage } from "../js/stage.js";
import { isAcross } from "./draft.js";

// A stage that says when what it shows is there, be it only the reason why it cannot be shown.
class WatchedStage extends Stage {
  show(sample, options) {
    const isNew = this.sample?.sample_id !== sample.sample_id;
    if (isNew) this.shown = new Promise((resolve) => (this.tell = resolve));
    super.show(sample, options);
    return this.shown;
  }

  put(sample, timer, node) {
    super.put(sample, timer, node);
    if (this.sample?.sample_id === sample.sample_id) this.tell();
  }

  showSound(sample) {
    super.showSound(sample);
    this.ready.then(() => this.sample === sample && this.tell());
  }
}

export class Stages {
  constructor({ rpc, pictures, files }) {
    this.files = files;
    this.pictures = pictures;
    this.stages = ["A", "B"].map((letter) => {
      const clock = makeClock({ onSeek: (time) => stage.seek(time), onPlay: ({ start_s, end_s }) => stage.playBetween(start_s, end_s), onToggle: () => stage.toggle() });
      const stage = new WatchedStage({ rpc, pictures, files, onTime: (time, isPlaying) => clock.at(time, isPlaying) });
      stage.clock = clock;
      stage.element.append(clock.element, h("span", { class: "cw-letter", "aria-hidden": "true" }, letter));
      return stage;
    });
    this.element = h("div", { class: "cw-stages" }, this.stages.map(({ element }) => element));
  }

  // Resolves when everything is on screen.
  show(item) {
    const isTwo = isAcross(item);
    this.element.classList.toggle("is-two", isTwo);
    const sides = isTwo ? [item.left, item.right] : [item.left];
    this.stages[1].element.hidden = !isTwo;
    if (!isTwo) this.stages[1].stop();
    return Promise.all(sides.map((side, place) => this.showOne(this.stages[place], item, side, isTwo)));
  }

  showOne(stage, item, side, isTwo) {
    const sample = item.samples[side.sample_id];
    if (!sample) return Promise.resolve(stage.box.replaceChildren(h("div", { class: "cw-waiting meta" }, "This sample is no longer in the workspace.")));
    const stretch = stretchOf(isTwo ? [side] : [item.left, item.right]);
    stage.clock.show({ duration: sample.media === "image" ? 0 : sample.duration_s, caption: stretch });
    return stage.show(sample, stage.clock.element.hidden ? {} : { hasControls: false, start_s: stretch.start_s });
  }

  // Bytes of a pair that comes next, so that it is painted at once when it is wanted.
  readAhead(item) {
    for (const sample of Object.values(item.samples)) {
      if (sample.media === "image") this.stages[0].fetchLarge(sample.sample_id).catch(() => {});
      else this.files.url(sample.sample_id).catch(() => {});
      if (sample.media === "audio") this.pictures.get(sample.sample_id);
    }
  }

  playing(isOther) {
    const stage = this.stages[isOther ? 1 : 0];
    return stage.element.hidden ? this.stages[0] : stage;
  }

  toggle(isOther) {
    this.playing(isOther).toggle();
  }

  step(direction) {
    this.stages.forEach((stage) => stage.element.hidden || stage.step(direction));
  }

  playStretch() {
    const [stage] = this.stages;
    if (stage.clock.caption && !stage.clock.element.hidden) stage.playBetween(stage.clock.caption.start_s, stage.clock.caption.end_s);
  }

  redraw() {
    this.stages.forEach((stage) => stage.redraw?.());
  }

  close() {
    this.stages.forEach((stage) => stage.close());
  }
}

// The stretch of time that the captions speak of: the one both share, or the one that either has.
function stretchOf(sides) {
  const timed = sides.filter(({ start_s, end_s }) => start_s !== null && end_s !== null && end_s > start_s);
  return timed.length ? { start_s: Math.min(...timed.map(({ start_s }) => start_s)), end_s: Math.max(...timed.map(({ end_s }) => end_s)) } : null;
}
