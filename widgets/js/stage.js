// The stage: one sample large and whole, on neutral ground; it plays in place.

import { h, icon } from "./dom.js";
import { loadInto, makeCopy } from "./media.js";
import { asBytes } from "./rpc.js";
import { drawWaveform } from "./waveform.js";
import { sayDuration } from "./words.js";

const LARGE_PX = 1600;
const KEEP = 24;

function asUrl(told, buffer) {
  if (told.kind !== "jpeg") throw Object.assign(new Error(told.error), { remedy: told.remedy });
  return URL.createObjectURL(new Blob([asBytes(buffer)], { type: "image/jpeg" }));
}

export class Stage {
  constructor({ rpc, pictures, files, onTime = () => {} }) {
    Object.assign(this, { rpc, pictures, files, onTime, large: new Map(), sample: null, player: null, until: null });
    this.box = h("div", { class: "cw-stage-media" });
    this.element = h("div", { class: "cw-stage" }, this.box);
    this.watch = new ResizeObserver(() => this.redraw?.());
    this.watch.observe(this.box);
  }

  // hasControls: without them something else plays and seeks, and nothing lies over the picture.
  // start_s: the moment that is shown first.
  show(sample, { hasControls = true, start_s = 0 } = {}) {
    this.element.classList.toggle("has-clock", !hasControls);
    if (this.sample?.sample_id === sample.sample_id) {
      if (sample.media === "video" && this.player) this.player.controls = hasControls;
      return;
    }
    this.hasControls = hasControls;
    this.stop();
    this.sample = sample;
    if (sample.media === "image") this.showImage(sample);
    else if (sample.media === "video") this.showVideo(sample);
    else this.showSound(sample);
    if (this.player && start_s > 0) this.ready.then(() => this.sample === sample && this.seek(start_s));
  }

  // The large picture as a URL, read once.
  fetchLarge(sampleId) {
    this.fetchAhead([sampleId]);
    return this.large.get(sampleId);
  }

  // Those of the pairs that come next, in one answer.
  fetchAhead(sampleIds) {
    const missing = [...new Set(sampleIds)].filter((id) => !this.large.has(id));
    if (!missing.length) return;
    const answer = this.rpc.ask("pictures", { sample_ids: missing, size_px: LARGE_PX });
    missing.forEach((id, place) => this.keepLarge(id, answer.then(({ pictures, buffers }) => asUrl(pictures[place], buffers[place]))));
  }

  keepLarge(sampleId, promise) {
    promise.catch(() => this.large.delete(sampleId));
    this.large.set(sampleId, promise);
    if (this.large.size > KEEP) this.forget(this.large.keys().next().value);
  }

  forget(sampleId) {
    this.large.get(sampleId)?.then(URL.revokeObjectURL, () => {});
    this.large.delete(sampleId);
  }

  showImage(sample) {
    const image = h("img", { class: "cw-stage-picture", alt: sample.path, draggable: "false" });
    // The old picture stays until the new one is there; after that long it would be taken for the new one.
    const timer = setTimeout(() => this.box.replaceChildren(this.waiting()), 150);
    this.fetchLarge(sample.sample_id)
      .then(async (url) => {
        image.src = url;
        await image.decode();
        this.put(sample, timer, image);
      })
      .catch((error) => this.put(sample, timer, unplayable(error)));
  }

  put(sample, timer, node) {
    clearTimeout(timer);
    if (this.sample?.sample_id === sample.sample_id) this.box.replaceChildren(node);
  }

  waiting() {
    return h("div", { class: "cw-waiting meta", role: "status" }, "Reading…");
  }

  showVideo(sample) {
    const video = h("video", { class: "cw-stage-picture", playsinline: true, controls: this.hasControls, preload: "auto", "aria-label": sample.path });
    const timer = setTimeout(() => this.box.replaceChildren(this.waiting()), 150);
    this.player = video;
    video.addEventListener("click", () => video.controls || this.toggle());
    this.follow(video);
    this.ready = loadInto(video, sample, this.files).then(
      (isCopy) => this.put(sample, timer, isCopy ? h("div", { class: "cw-stage-copied" }, video, copyNote()) : video),
      (error) => this.put(sample, timer, unplayable(error, () => this.copy(sample))),
    );
  }

  showSound(sample) {
    const canvas = h("canvas", { class: "cw-stage-wave" });
    const clock = h("span", { class: "meta cw-stage-clock" }, sayDuration(sample.duration_s));
    const button = h("button", { class: "cw-round", "aria-label": "Play", onclick: () => this.toggle() }, icon("play", 16));
    const audio = h("audio", { preload: "auto" });
    const node = h("div", { class: "cw-stage-sound" }, canvas, h("div", { class: "cw-stage-controls" }, button, clock), audio);
    this.player = audio;
    this.follow(audio);
    this.box.replaceChildren(node);
    const picture = () => this.pictures.kept.get(sample.sample_id);
    this.redraw = () => {
      const length = audio.duration || sample.duration_s || 1;
      if (picture()?.peaks) drawWaveform(canvas, picture().peaks, { played: audio.currentTime / length, spacing: 5 });
      clock.textContent = `${sayDuration(audio.currentTime)} of ${sayDuration(length)}`;
      button.replaceChildren(icon(audio.paused ? "play" : "pause", 16));
      button.setAttribute("aria-label", audio.paused ? "Play" : "Pause");
    };
    ["timeupdate", "play", "pause", "seeked", "loadeddata"].forEach((name) => audio.addEventListener(name, () => this.redraw?.()));
    canvas.addEventListener("pointerdown", (event) => {
      const length = audio.duration || sample.duration_s;
      audio.currentTime = (event.offsetX / canvas.clientWidth) * length;
    });
    if (!picture()) this.pictures.get(sample.sample_id);
    this.ready = loadInto(audio, sample, this.files).catch((error) => this.put(sample, 0, unplayable(error, () => this.copy(sample))));
    requestAnimationFrame(() => this.redraw?.());
  }

  // Have a copy made that plays, and play it; what it says meanwhile stands in the place of the media.
  async copy(sample) {
    const share = h("i");
    const bar = h("div", { class: "cw-progress", role: "progressbar", "aria-label": "Converted", "aria-valuemin": "0", "aria-valuemax": "100" }, share);
    this.put(sample, 0, h("div", { class: "cw-unplayable", role: "status" }, icon("film", 20), h("b", {}, "Making a copy that plays…"), bar));
    try {
      await makeCopy(sample.sample_id, this.files, (done) => {
        share.style.width = `${done * 100}%`;
        bar.setAttribute("aria-valuenow", Math.round(done * 100));
      });
    } catch (error) {
      return this.put(sample, 0, unplayable(error));
    }
    if (this.sample !== sample) return undefined;
    const { hasControls } = this;
    this.stop();
    this.show(sample, { hasControls });
    await this.ready;
    return this.onLoaded?.();
  }

  async toggle() {
    const player = this.player;
    if (!player) return;
    await this.ready;
    if (player !== this.player || !player.isConnected) return;
    this.until = null;
    if (player.paused) await player.play().catch(() => {});
    else player.pause();
  }

  // Tell the time: every frame while it plays, and after every jump.
  follow(player) {
    const tell = () => {
      if (player !== this.player) return;
      if (this.until !== null && player.currentTime >= this.until) {
        this.until = null;
        player.pause();
      }
      this.onTime(player.currentTime, !player.paused && !player.ended);
      if (!player.paused && !player.ended) requestAnimationFrame(tell);
    };
    ["play", "seeked", "loadeddata", "pause", "ended"].forEach((name) => player.addEventListener(name, tell));
  }

  async seek(time_s) {
    const player = this.player;
    if (!player) return;
    await this.ready;
    if (player !== this.player) return;
    this.until = null;
    player.currentTime = time_s;
    this.onTime(time_s, !player.paused);
  }

  // Play a stretch and stop at its end.
  async playBetween(start_s, end_s) {
    const player = this.player;
    await this.seek(start_s);
    if (!player || player !== this.player || !player.isConnected) return;
    this.until = end_s;
    await player.play().catch(() => {});
  }

  // One frame on or back; a sound, which has none, by a twentieth of a second.
  step(direction) {
    if (!this.player) return;
    this.player.pause();
    const stride = this.sample.media === "video" ? 1 / (this.sample.frame_rate_hz || 25) : 0.05;
    this.seek(Math.max(0, this.player.currentTime + direction * stride));
  }

  stop() {
    this.player?.pause();
    this.player?.removeAttribute("src");
    Object.assign(this, { player: null, redraw: null, sample: null, until: null });
  }

  close() {
    this.stop();
    this.watch.disconnect();
    for (const id of [...this.large.keys()]) this.forget(id);
  }
}

// onCopy: has a copy made that plays, where the error says that one can be.
export function unplayable(error, onCopy = null) {
  const mend = error.canCopy && onCopy ? h("button", { class: "cw-btn", onclick: onCopy }, "Make a copy that plays") : null;
  return h("div", { class: "cw-unplayable", role: "alert" }, icon("gone", 20), h("b", {}, error.message), error.remedy ? h("span", { class: "meta" }, error.remedy) : null, mend);
}

const copyNote = () => h("span", { class: "cw-copy-note", title: "This browser does not play the file itself" }, "a copy plays");
