// Painting points, nearest points and zoom: pure, so that they can be tested without a browser.

export const FULL = 65535;

// Beyond this many a point is one pixel, painted by the shortest way there is.
export const DENSE = 60_000;

// How large and how opaque a point is by how many there are: few are discs, many are a density.
export function markOf(count) {
  if (count <= 400) return { radius: 4, alpha: 0.85 };
  if (count <= 5_000) return { radius: 2.6, alpha: 0.7 };
  if (count <= DENSE) return { radius: 1.5, alpha: 0.5 };
  return { radius: 0.6, alpha: count <= 400_000 ? 0.4 : 0.25 };
}

// The pixels of a disc with their coverage, so that its edge is smooth.
export function discOf(radius) {
  const reach = Math.ceil(radius);
  const cells = [];
  for (let dy = -reach; dy <= reach; dy++)
    for (let dx = -reach; dx <= reach; dx++) {
      const part = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(dx, dy)));
      if (part > 0) cells.push({ dx, dy, part });
    }
  return cells;
}

// What part of the whole is in sight: `x`, `y` of its lower left corner and its `span`, of 65535.
export const whole = () => ({ x: 0, y: 0, span: FULL });

export function zoomed(view, factor, at) {
  const span = Math.min(FULL, Math.max(FULL / 64, view.span * factor));
  const clamp = (start) => Math.min(FULL - span, Math.max(0, start));
  return { span, x: clamp(view.x + at.x * (view.span - span)), y: clamp(view.y + at.y * (view.span - span)) };
}

export function moved(view, dx, dy) {
  const clamp = (start) => Math.min(FULL - view.span, Math.max(0, start));
  return { span: view.span, x: clamp(view.x + dx * view.span), y: clamp(view.y + dy * view.span) };
}

// Share of the plot (0..1, downwards) <-> place on the map (0..65535, upwards).
export const toMap = (view, [left, top]) => [view.x + left * view.span, view.y + (1 - top) * view.span];
export const toShare = (view, [x, y]) => [(x - view.x) / view.span, 1 - (y - view.y) / view.span];

// Paint the points into RGBA pixels. What is not picked lies beneath, in one quiet colour. Opacity adds up the
// same in any order: 1 - (1 - alpha) ^ n, so a dense place is opaque and a lone point is seen.
export function paint({ x, y, codes, isShown, palette, quiet, width, height, ratio, view }) {
  const pixels = new Uint8ClampedArray(width * height * 4);
  const count = x.length;
  let shown = count;
  if (isShown) {
    shown = 0;
    for (let at = 0; at < count; at++) shown += isShown[at];
  }
  if (shown < count) layer({ x, y, width, height, view, pixels, wanted: 0, isShown, palette: null, quiet, codes, ...scaled(markOf(count), ratio, 0.5) });
  if (shown) layer({ x, y, width, height, view, pixels, wanted: 1, isShown, palette, quiet, codes, ...scaled(markOf(Math.max(shown, count / 50)), ratio, 1) });
  return pixels;
}

const scaled = ({ radius, alpha }, ratio, share) => ({ radius: radius * ratio, alpha: alpha * share });

function layer({ x, y, codes, isShown, wanted, palette, quiet, width, height, view, radius, alpha, pixels }) {
  const sums = new Float32Array(width * height * 4); // red, green, blue and the weight of each pixel
  if (x.length > DENSE) {
    addDots({ x, y, codes, isShown, wanted, palette, quiet, width, height, view, sums });
    return blend(pixels, sums, alpha);
  }
  const cells = discOf(radius);
  const [scaleX, scaleY] = [width / view.span, height / view.span];
  for (let at = 0; at < x.length; at++) {
    if (isShown && isShown[at] !== wanted) continue;
    const left = ((x[at] - view.x) * scaleX) | 0;
    const top = height - 1 - (((y[at] - view.y) * scaleY) | 0);
    if (left < -8 || top < -8 || left > width + 8 || top > height + 8) continue;
    const colour = palette ? codes[at] * 3 : -1;
    const [red, green, blue] = colour < 0 ? quiet : [palette[colour], palette[colour + 1], palette[colour + 2]];
    for (const { dx, dy, part } of cells) {
      const [column, row] = [left + dx, top + dy];
      if (column < 0 || row < 0 || column >= width || row >= height) continue;
      const place = (row * width + column) * 4;
      sums[place] += red * part;
      sums[place + 1] += green * part;
      sums[place + 2] += blue * part;
      sums[place + 3] += part;
    }
  }
  blend(pixels, sums, alpha);
}

function addDots({ x, y, codes, isShown, wanted, palette, quiet, width, height, view, sums }) {
  const [scaleX, scaleY, fromX, fromY] = [width / view.span, height / view.span, view.x, view.y];
  let [red, green, blue] = quiet;
  for (let at = 0; at < x.length; at++) {
    if (isShown !== null && isShown[at] !== wanted) continue;
    const left = Math.floor((x[at] - fromX) * scaleX);
    const top = height - 1 - Math.floor((y[at] - fromY) * scaleY);
    if (left < 0 || top < 0 || left >= width || top >= height) continue;
    if (palette !== null) {
      const colour = codes[at] * 3;
      red = palette[colour];
      green = palette[colour + 1];
      blue = palette[colour + 2];
    }
    const place = (top * width + left) * 4;
    sums[place] += red;
    sums[place + 1] += green;
    sums[place + 2] += blue;
    sums[place + 3] += 1;
  }
}

function blend(pixels, sums, alpha) {
  for (let place = 0; place < sums.length; place += 4) {
    const weight = sums[place + 3];
    if (!weight) continue;
    const over = 1 - (1 - alpha) ** weight;
    const under = (pixels[place + 3] / 255) * (1 - over);
    const total = over + under;
    const [mine, theirs] = [over / total / weight, under / total];
    pixels[place] = sums[place] * mine + pixels[place] * theirs;
    pixels[place + 1] = sums[place + 1] * mine + pixels[place + 1] * theirs;
    pixels[place + 2] = sums[place + 2] * mine + pixels[place + 2] * theirs;
    pixels[place + 3] = total * 255;
  }
}

// An index to find the point nearest to a place: the numbers of the points, bucket by bucket.
export function indexOf(x, y, cells = 64) {
  const shift = 16 - Math.log2(cells);
  const starts = new Uint32Array(cells * cells + 1);
  for (let at = 0; at < x.length; at++) starts[(y[at] >> shift) * cells + (x[at] >> shift) + 1]++;
  for (let bucket = 0; bucket < cells * cells; bucket++) starts[bucket + 1] += starts[bucket];
  const next = starts.slice();
  const numbers = new Uint32Array(x.length);
  for (let at = 0; at < x.length; at++) numbers[next[(y[at] >> shift) * cells + (x[at] >> shift)]++] = at;
  return { starts, numbers, cells, shift };
}

// The nearest point within a distance (in units of the map, at most a bucket's width is looked at), or null.
export function nearestTo(index, x, y, place, reach) {
  const { starts, numbers, cells, shift } = index;
  const wide = Math.min(cells, Math.ceil(reach / (1 << shift)));
  const [column, row] = place.map((part) => Math.min(cells - 1, Math.max(0, part >> shift)));
  let best = null;
  let least = reach * reach;
  for (let r = Math.max(0, row - wide); r <= Math.min(cells - 1, row + wide); r++)
    for (let c = Math.max(0, column - wide); c <= Math.min(cells - 1, column + wide); c++)
      for (let at = starts[r * cells + c]; at < starts[r * cells + c + 1]; at++) {
        const number = numbers[at];
        const apart = (x[number] - place[0]) ** 2 + (y[number] - place[1]) ** 2;
        if (apart <= least) [best, least] = [number, apart];
      }
  return best;
}

// Leave out corners nearer than a distance to the last one kept: a hand makes hundreds.
export function thinned(corners, least) {
  const kept = [];
  for (const corner of corners) {
    const last = kept[kept.length - 1];
    if (!last || Math.hypot(corner[0] - last[0], corner[1] - last[1]) >= least) kept.push(corner);
  }
  return kept;
}

// One byte a point from one bit a point, the first bit highest.
export function unpackBits(bytes, count) {
  const bits = new Uint8Array(count);
  for (let at = 0; at < count; at++) bits[at] = (bytes[at >> 3] >> (7 - (at & 7))) & 1;
  return bits;
}
