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
    if (!sample.collage) super.show(sample, options);
    else if (isNew) this.showCollage(sample);
    return this.shown;
  }

  // Several pictures as one, in rows; the one asked about is no more visible than in the picture itself.
  async showCollage(sample) {
    this.stop();
    this.sample = sample;
    this.element.classList.remove("has-clock");
    const { samples, columns } = sample.collage;
    const cells = await Promise.all(samples.map((id, place) => this.fetchLarge(id).then((src) => h("img", { src, alt: `Picture ${place + 1}`, draggable: "false" }), (error) => h("span", { class: "meta" }, error.message))));
    await Promise.all(cells.map((cell) => cell.decode?.().catch(() => {})));
    this.put(sample, 0, h("div", { class: "cw-collage", style: { gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` } }, cells));
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
    const { collage } = item;
    const sample = collage ? { sample_id: collage.samples.join("+"), media: "image", collage } : item.samples[side.sample_id];
    if (!sample) return Promise.resolve(stage.box.replaceChildren(h("div", { class: "cw-waiting meta" }, "This sample is no longer in the workspace.")));
    const stretch = side.start_s === null ? null : side;
    stage.clock.show({ duration: sample.media === "image" ? 0 : sample.duration_s, caption: stretch, isAlways: true });
    return stage.show(sample, stage.clock.element.hidden ? {} : { hasControls: false, start_s: stretch?.start_s ?? 0 });
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
