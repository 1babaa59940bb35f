// One take as it came from the kernel, and what is reckoned from it: where each caption lies, what was decided.
// Pure, so that it can be tested without a browser.

const known = (value) => value !== null && value !== undefined;
const last = (path) => String(path ?? "").split("/").pop();

export class Take {
  constructor(told, data) {
    Object.assign(this, { place: told.place, key: told.key, views: told.views }, data);
    this.late = new Map(this.samples.map(({ sample_id }, place) => [sample_id, data.clocks?.late_s?.[place] ?? 0]));
    this.pending = new Map(); // caption -> [start_s, end_s] that is on its way to disk
    this.begun = new Map(); // caption without an interval -> the edge that was set first
  }

  setClocks(clocks) {
    this.clocks = clocks;
    this.samples.forEach(({ sample_id }, place) => this.late.set(sample_id, clocks.late_s[place] ?? 0));
  }

  get duration() {
    return Math.max(0.1, ...this.samples.map(({ sample_id, duration_s }) => (duration_s ?? 0) - this.late.get(sample_id)));
  }

  nameOf({ view, path }) {
    return view ?? last(path);
  }

  sampleOf(caption) {
    return this.samples.find(({ sample_id }) => sample_id === caption.sample_id);
  }

  caption(id) {
    return this.captions.find(({ caption_id }) => caption_id === id);
  }

  // The verdict that stands, if it is one of this annotator; what others said is no start for one's own.
  ownVerdict(id, annotator) {
    const verdict = this.verdicts[id];
    return verdict?.annotator === annotator ? verdict : null;
  }

  // When a caption is, on the clock of its own file: as corrected, else as it came; null where it has no time.
  intervalOf(caption) {
    const edited = this.pending.get(caption.caption_id) ?? this.verdicts[caption.caption_id]?.edited_interval;
    if (edited) return { start_s: edited[0], end_s: edited[1] };
    return this.originalOf(caption);
  }

  originalOf({ start_s, end_s }) {
    return known(start_s) && known(end_s) && end_s > start_s ? { start_s, end_s } : null;
  }

  // The same on the clock that all views share.
  segmentOf(caption) {
    const interval = this.intervalOf(caption);
    if (!interval) return null;
    const late = this.late.get(caption.sample_id) ?? 0;
    const was = this.originalOf(caption);
    const shift = (stretch) => stretch && { start_s: stretch.start_s - late, end_s: stretch.end_s - late };
    const isMoved = Boolean(was) !== Boolean(interval) || (was && (Math.abs(was.start_s - interval.start_s) > 5e-4 || Math.abs(was.end_s - interval.end_s) > 5e-4));
    return {
      id: caption.caption_id, ...shift(interval), was: shift(was) ?? shift(interval), isMoved,
      text: caption.text, kind: caption.kind === "transcript" ? "transcript" : "caption",
      label: `${caption.kind === "transcript" ? "transcript" : "caption"} ${this.numberOf(caption)}`,
      isProposed: caption.source === "proposed", verdict: this.verdicts[caption.caption_id]?.verdict,
    };
  }

  toOwnClock(caption, { start_s, end_s }) {
    const late = this.late.get(caption.sample_id) ?? 0;
    return [start_s + late, end_s + late].map((time) => Math.max(0, Math.round(time * 1e4) / 1e4));
  }

  numberOf(caption) {
    return this.captions.filter(({ kind }) => (kind === "transcript") === (caption.kind === "transcript")).indexOf(caption) + 1;
  }

  // What the timeline shows, row by row: captions, then what is said, view by view.
  rows() {
    const rows = [];
    for (const sample of this.samples) {
      const own = this.captions.filter(({ sample_id }) => sample_id === sample.sample_id);
      for (const [name, isTranscript] of [["captions", false], ["transcript", true]]) {
        const segments = own.filter(({ kind }) => (kind === "transcript") === isTranscript).map((caption) => this.segmentOf(caption)).filter(Boolean);
        if (segments.length) rows.push({ name: this.samples.length > 1 ? `${this.nameOf(sample)} ${name === "captions" ? "" : "said"}`.trim() : name, segments });
      }
    }
    return rows;
  }

  // In the order in which J goes through them: by time, those without one at the end.
  order() {
    const start = (caption) => this.segmentOf(caption)?.start_s ?? Infinity;
    return [...this.captions].sort((a, b) => start(a) - start(b) || this.captions.indexOf(a) - this.captions.indexOf(b)).map(({ caption_id }) => caption_id);
  }

  scoresOf(id) {
    const own = (row) => row.caption_id === id;
    return { scores: this.scores.filter(own), flags: this.flags.filter(own) };
  }

  // What was measured of the sound against the picture of a sample, and what somebody has said of it.
  soundOf(sample) {
    const ids = new Set(this.captions.filter(({ sample_id }) => sample_id === sample.sample_id).map(({ caption_id }) => caption_id));
    const score = this.scores.find(({ caption_id, scorer }) => scorer === "av_sync" && ids.has(caption_id)) ?? null;
    const said = Object.entries(this.verdicts).find(([id, verdict]) => ids.has(id) && known(verdict?.offset_s));
    const shift = score?.detail?.best_shift_s;
    return { score, measured_s: known(shift) ? -shift : null, said_s: said ? said[1].offset_s : null, saidOn: said?.[0] ?? null };
  }
}

// The error types of a verdict that says one thing more; one's own earlier types stay.
export function typesWith(verdict, type) {
  const types = verdict?.verdict === "misaligned" ? verdict.error_types : [];
  return types.includes(type) ? types : [...types, type];
}

// "was 0.4–2.3 s: start 1.2 s later, end 0.3 s earlier"
export function sayMoved(was, now) {
  const parts = [["start", now.start_s - was.start_s], ["end", now.end_s - was.end_s]]
    .filter(([, by]) => Math.abs(by) >= 0.0005)
    .map(([name, by]) => `${name} ${sayBy(by)} ${by > 0 ? "later" : "earlier"}`);
  return parts.join(", ");
}

export const sayBy = (seconds) => (Math.abs(seconds) < 0.9995 ? `${Math.round(Math.abs(seconds) * 1000)} ms` : `${Math.abs(seconds).toFixed(2)} s`);

// "210 ms late", "80 ms early", "in sync"
export function sayOffset(offset_s) {
  const ms = Math.round(Math.abs(offset_s) * 1000);
  return ms === 0 ? "in sync" : `${ms} ms ${offset_s > 0 ? "late" : "early"}`;
}

// "2.44–4.20 s": edges are moved by less than the tenth that is said elsewhere.
export const sayExactly = ({ start_s: start, end_s: end }) => (end < 60 ? `${start.toFixed(2)}–${end.toFixed(2)} s` : `${sayPrecise(start)}–${sayPrecise(end)}`);

export function sayPrecise(seconds) {
  const whole = Math.max(0, seconds);
  const minutes = Math.floor(whole / 60);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  const tail = (whole - minutes * 60).toFixed(3).padStart(6, "0");
  return hours ? `${hours}:${String(rest).padStart(2, "0")}:${tail}` : `${rest}:${tail}`;
}
