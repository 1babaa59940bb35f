// Several views of one event on one clock: the first leads, the others are brought back when they drift.

const NEAR_S = 0.04; // a frame at 25 Hz: not seen, not heard
const FAR_S = 0.5; // too far to catch up by playing faster
const HURRY = 0.08;
const LOOK_MS = 200;

// What brings a view in line with the lead: a jump, another speed, or nothing.
export function correctionOf(lead_s, other_s) {
  const late_s = lead_s - other_s;
  if (Math.abs(late_s) <= NEAR_S) return { rate: 1 };
  if (Math.abs(late_s) > FAR_S) return { seek_s: lead_s, rate: 1 };
  return { rate: 1 + Math.sign(late_s) * HURRY };
}

export class Together {
  // Without players it holds the place, and the wish for sound, of those on their way.
  constructor(players, { isMuted = false } = {}) {
    Object.assign(this, { players, lead: players[0], timer: 0 });
    this.mute(isMuted);
  }

  async play() {
    await Promise.all(this.players.map((player) => player.play()));
    if (this.players.length > 1) this.timer = setInterval(() => this.align(), LOOK_MS);
  }

  align() {
    for (const player of this.players.slice(1)) {
      if (player.ended || player.readyState < 2) continue;
      const { seek_s, rate } = correctionOf(this.lead.currentTime, player.currentTime);
      if (seek_s !== undefined && seek_s < (player.duration || Infinity)) player.currentTime = seek_s;
      player.playbackRate = rate * this.lead.playbackRate;
    }
  }

  // Only one is heard: several microphones of one event are an echo.
  mute(isMuted) {
    this.isMuted = isMuted;
    this.players.forEach((player, place) => (player.muted = isMuted || place > 0));
  }

  close() {
    clearInterval(this.timer);
    for (const player of this.players) {
      player.pause();
      player.removeAttribute("src");
    }
  }
}
