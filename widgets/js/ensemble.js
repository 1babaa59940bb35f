// Several players on one clock: the first leads, the others follow it, each with its own delay. So does the
// sound, when it is to be heard earlier or later than its picture: it is a player of its own then.

import { stepFrame } from "./timeline_math.js";

const JUMP_S = 0.25; // further apart than this it is put right at once,
const CLOSE_S = 0.012; // nearer than this it is left alone, and in between it runs a little faster or slower
const GAIN = 2;
const MOST_BEND = 0.25;

// How a follower that is `apart` seconds ahead comes back in step: a jump, or a rate.
export function correctionOf(apart, rate) {
  if (Math.abs(apart) > JUMP_S) return { isJump: true, rate };
  if (Math.abs(apart) < CLOSE_S) return { isJump: false, rate };
  return { isJump: false, rate: rate * (1 - Math.min(MOST_BEND, Math.max(-MOST_BEND, GAIN * apart))) };
}

export class Ensemble {
  // onTime(time, isPlaying): on the clock of the first view.
  constructor({ onTime = () => {} } = {}) {
    Object.assign(this, { onTime, parts: [], voice: null, shift: 0, rate: 1, loop: null, until: null, frames: [] });
  }

  // stages: those of `Stage`, each with what it shows; late_s: how much later each has the same instant.
  take(stages, late_s) {
    this.stopVoice();
    this.parts = stages.map((stage, place) => ({ stage, late: late_s[place] ?? 0 }));
    Object.assign(this, { shift: 0, loop: null, until: null, frames: [], asked: null });
    for (const part of this.parts) part.stage.onTime = (time, isPlaying) => part === this.leadPart && this.tick(time - part.late, isPlaying);
    this.ready = Promise.allSettled(this.parts.map(({ stage }) => stage.ready)).then(() => this.tune());
  }

  setDelays(late_s) {
    this.parts.forEach((part, place) => (part.late = late_s[place] ?? 0));
    this.seek(this.time);
  }

  // The first view that plays: one that cannot be shown must not stop the others.
  get leadPart() {
    return this.parts.find(({ stage }) => stage.player?.isConnected) ?? null;
  }

  get lead() {
    return this.leadPart?.stage.player ?? null;
  }

  get late() {
    return this.leadPart?.late ?? 0;
  }

  get time() {
    return this.lead ? this.lead.currentTime - this.late : 0;
  }

  get isPlaying() {
    return Boolean(this.lead && !this.lead.paused && !this.lead.ended);
  }

  // One is heard: two takes of one sound a few milliseconds apart sound like a bathroom.
  tune() {
    const { lead } = this;
    this.parts.forEach(({ stage }) => {
      if (!stage.player) return;
      stage.player.muted = stage.player !== lead || this.shift !== 0;
      stage.player.playbackRate = this.rate;
    });
    if (this.voice) this.voice.playbackRate = this.rate;
  }

  followers() {
    const { lead } = this;
    const parts = this.parts.map(({ stage, late }) => ({ player: stage.player, late })).filter(({ player }) => player?.isConnected && player !== lead);
    return this.voice ? [...parts, { player: this.voice, late: this.late - this.shift }] : parts;
  }

  tick(time, isPlaying) {
    if (this.until !== null && time >= this.until) {
      const { until } = this;
      this.until = null;
      this.pause();
      return this.onTime(Math.min(time, until), false);
    }
    if (isPlaying && this.loop && (time >= this.loop.end_s || time < this.loop.start_s - 0.5)) return this.seek(this.loop.start_s, { isPassing: true });
    for (const { player, late } of this.followers()) {
      if (isPlaying && player.paused && time + late < player.duration) player.play().catch(() => {});
      if (!isPlaying && !player.paused) player.pause();
      const { isJump, rate } = correctionOf(player.currentTime - late - time, this.rate);
      if (isJump || (!isPlaying && Math.abs(player.currentTime - late - time) > 0.001)) player.currentTime = Math.max(0, time + late);
      else if (isPlaying && player.playbackRate !== rate) player.playbackRate = rate;
    }
    return this.onTime(time, isPlaying);
  }

  // isPassing: by itself, in a loop; a person who seeks ends what was to stop somewhere.
  seek(time, { isPassing = false } = {}) {
    if (!this.lead) return;
    if (!isPassing) this.until = null;
    this.lead.currentTime = Math.max(0, time + this.late);
    for (const follower of this.followers()) follower.player.currentTime = Math.max(0, time + follower.late);
    this.onTime(time, this.isPlaying);
  }

  async play() {
    await this.ready;
    if (!this.lead) return;
    this.tune();
    await Promise.allSettled([this.lead, ...this.followers().map(({ player }) => player)].map((player) => player.play()));
  }

  pause() {
    for (const player of [this.lead, ...this.followers().map((part) => part.player)]) player?.pause();
  }

  async toggle() {
    this.until = null;
    if (this.isPlaying) return this.pause();
    if (this.loop && (this.time < this.loop.start_s || this.time >= this.loop.end_s)) this.seek(this.loop.start_s);
    return this.play();
  }

  // Play a stretch once and stop at its end.
  async playBetween(start_s, end_s) {
    await this.ready;
    this.seek(start_s);
    this.until = end_s;
    return this.play();
  }

  // By the pictures' own times where they are known; a sound goes by a fiftieth of a second.
  step(direction) {
    if (!this.lead) return;
    this.pause();
    if (this.frames.length) this.seek(stepFrame(this.frames, this.lead.currentTime, direction) - this.late);
    else this.seek(Math.max(0, this.time + direction * 0.02));
  }

  setRate(rate) {
    this.rate = rate;
    this.tune();
  }

  // Hear the sound later by so many seconds (earlier when negative) than its picture.
  setShift(shift) {
    this.shift = Math.abs(shift) < 1e-4 ? 0 : shift;
    if (!this.lead) return;
    if (!this.shift) this.stopVoice();
    else if (!this.voice) {
      this.voice = document.createElement("audio");
      this.voice.preload = "auto";
      this.voice.src = this.lead.src;
    }
    this.tune();
    if (this.voice) this.voice.currentTime = Math.max(0, this.time + this.late - this.shift);
    if (this.voice && this.isPlaying) this.voice.play().catch(() => {});
  }

  stopVoice() {
    this.voice?.pause();
    this.voice?.removeAttribute("src");
    this.voice = null;
    this.shift = 0;
  }

  close() {
    this.stopVoice();
    this.parts = [];
  }
}
