// A waveform from int8 peaks: one rounded bar every few pixels.

// The lowest and highest value under each bar, -1..1; a bar covers at least one pair of peaks.
export function barsOf(peaks, count) {
  const pairs = peaks.length / 2;
  return Array.from({ length: pairs ? count : 0 }, (_, bar) => {
    const first = Math.floor((bar / count) * pairs);
    const last = Math.max(first + 1, Math.floor(((bar + 1) / count) * pairs));
    let [low, high] = [0, 0];
    for (let pair = first; pair < last && pair < pairs; pair++) {
      low = Math.min(low, peaks[2 * pair]);
      high = Math.max(high, peaks[2 * pair + 1]);
    }
    return { low: low / 127, high: high / 127 };
  });
}

// colour: one token for all of it, where what was played is told otherwise.
export function drawWaveform(canvas, peaks, { played = 0, spacing = 4, colour = null } = {}) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return;
  const ratio = globalThis.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const style = getComputedStyle(canvas);
  const paper = canvas.getContext("2d");
  paper.scale(ratio, ratio);
  const bars = barsOf(peaks, Math.floor(width / spacing));
  // Quiet sounds are drawn larger, up to four times: the shape is what one looks for, not the level.
  const loudest = Math.max(0.25, ...bars.map(({ low, high }) => Math.max(-low, high)));
  bars.forEach(({ low, high }, bar) => {
    paper.fillStyle = style.getPropertyValue(colour ?? ((bar + 0.5) / bars.length <= played ? "--cw-accent" : played ? "--cw-wave-rest" : "--cw-accent"));
    const top = height / 2 - (high / loudest) * height * 0.46;
    const bottom = height / 2 - (low / loudest) * height * 0.46;
    paper.beginPath();
    paper.roundRect(bar * spacing, Math.min(top, height / 2 - 0.75), spacing * 0.6, Math.max(1.5, bottom - top), 1);
    paper.fill();
  });
}
