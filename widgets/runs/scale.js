// From numbers to places on a plot. Pure, so that it can be tested without a browser.

const isKnown = (value) => value !== null && value !== undefined && Number.isFinite(value);

// The lowest and the highest of many numbers, widened where there is but one; null where there is none.
export function extentOf(lists, { include = [] } = {}) {
  const known = [...lists.flat(), ...include].filter(isKnown);
  if (!known.length) return null;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  if (high > low) return [low, high];
  const pad = Math.abs(low) * 0.1 || 0.5;
  return [low - pad, high + pad];
}

// Round numbers within a stretch, about as many as asked for.
export function ticksOf([low, high], about = 3) {
  const rough = (high - low) / about;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * unit).find((size) => size >= rough * 0.999);
  const ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-6; tick += step) ticks.push(Math.abs(tick) < step * 1e-6 ? 0 : Number(tick.toPrecision(12)));
  return ticks;
}

export const scaleOf = ([low, high], from, to) => (value) => from + ((value - low) / (high - low)) * (to - from);

// The path of a line; where a number is missing it is broken, and a lone point is a dot.
export function pathOf(xs, ys, toX, toY) {
  const parts = [];
  let isOn = false;
  xs.forEach((x, place) => {
    if (!isKnown(ys[place])) return void (isOn = false);
    const at = `${toX(x).toFixed(1)} ${toY(ys[place]).toFixed(1)}`;
    const isAlone = !isOn && !isKnown(ys[place + 1]);
    parts.push(isOn ? `L${at}` : isAlone ? `M${at}h.01` : `M${at}`);
    isOn = true;
  });
  return parts.join("");
}

// The area between two lines.
export function bandOf(xs, lows, highs, toX, toY) {
  const places = xs.map((_, place) => place).filter((place) => isKnown(lows[place]) && isKnown(highs[place]));
  if (places.length < 2) return "";
  const point = (place, values) => `${toX(xs[place]).toFixed(1)} ${toY(values[place]).toFixed(1)}`;
  const there = places.map((place) => point(place, highs));
  const back = places.reverse().map((place) => point(place, lows));
  return `M${[...there, ...back].join("L")}Z`;
}

// Labels beside the ends of lines, moved apart so that none lies on another; their order stays.
export function spread(wanted, least, low, high) {
  const order = wanted.map((_, place) => place).sort((a, b) => wanted[a] - wanted[b] || a - b);
  const set = [];
  order.forEach((place, rank) => (set[place] = Math.max(wanted[place], rank ? set[order[rank - 1]] + least : low)));
  let limit = high;
  for (const place of order.reverse()) {
    set[place] = Math.min(set[place], limit);
    limit = set[place] - least;
  }
  return set;
}

// A line through the noise: the mean of what lies around each point, wider for longer curves.
export function smooth(values, width = Math.floor(values.length / 20)) {
  if (width < 1) return values;
  return values.map((value, place) => {
    const near = values.slice(Math.max(0, place - width), place + width + 1).filter(isKnown);
    return isKnown(value) && near.length ? near.reduce((sum, one) => sum + one, 0) / near.length : null;
  });
}

// Where in a rising list the number nearest to another is.
export function nearest(xs, x) {
  let best = -1;
  xs.forEach((one, place) => {
    if (best < 0 || Math.abs(one - x) < Math.abs(xs[best] - x)) best = place;
  });
  return best;
}

export function lastKnown(values) {
  for (let place = values.length - 1; place >= 0; place--) if (isKnown(values[place])) return place;
  return -1;
}
