// What a tile stands for, and how large it is. A row of the kernel is a caption with its sample, a sample with
// all its captions, or an event with all its views; a tile sees one thing: views and captions.

export const SIZES = ["S", "M", "L"];
const SIZE_WORDS = { S: "Small", M: "Medium", L: "Large" };
const WIDTHS = {
  caption: { S: 140, M: 190, L: 270 },
  sample: { S: 180, M: 250, L: 350 },
  group: { S: 290, M: 400, L: 700 },
};
const MEDIA_SHARES = { caption: 0.66, sample: 0.58, group: 0.36 };
const TEXTS_PX = {
  caption: { S: 70, M: 88, L: 112 },
  sample: { S: 92, M: 140, L: 172 },
  group: { S: 92, M: 116, L: 150 },
};

const FOOT_PX = 30; // the foot of a tile and the space over its words
const LINE_PX = { S: 16, M: 17, L: 18.5 };
const AROUND_PX = 3;

// How the words of a tile share its height: lines of text for each caption, and where to stop so that none is cut.
export function shareWords(kind, size, captions) {
  const space = TEXTS_PX[kind][size] - FOOT_PX;
  const each = space / Math.max(1, captions) - AROUND_PX;
  const lines = Math.max(1, Math.floor(each / LINE_PX[size]));
  const height = lines * LINE_PX[size] + AROUND_PX;
  return { lines, height: Math.floor(Math.min(captions, Math.floor(space / height)) * height) };
}

export const saySize = (size) => SIZE_WORDS[size];
export const tileWidth = (kind, size) => WIDTHS[kind][size];
export const tileHeight = (kind, size, width) => Math.round(width * MEDIA_SHARES[kind]) + TEXTS_PX[kind][size];
// A view of an event takes a part of its tile; only the largest tiles show more than a thumbnail holds.
export const pictureSize = (kind, size) => (size === "L" && kind !== "group" ? 640 : 320);

export function nextSize(size, direction) {
  return SIZES[Math.min(SIZES.length - 1, Math.max(0, SIZES.indexOf(size) + direction))];
}

const made = new WeakMap();

// The views and captions of a row. The captions are the row's own objects: what is changed in one shows in both.
export function partsOf(row) {
  if (!row) return { views: [], captions: [] };
  if (!made.has(row)) made.set(row, cut(row));
  return made.get(row);
}

function cut(row) {
  if (row.captions) return { views: row.views ?? [row.sample ?? row], captions: row.captions };
  return { views: [row], captions: row.caption_id === null || row.caption_id === undefined ? [] : [row] };
}

// What the tile is called: an event by its name, anything else by its file.
export const nameOf = (row) => row.group && row.views ? row.group : (partsOf(row).views[0]?.path ?? "");

export const isSelected = (row) => {
  const { captions } = partsOf(row);
  return captions.length > 0 && captions.every((caption) => caption.is_selected);
};

// One verdict for the corner of a tile: what was said of every caption, where the same was said of all.
export function verdictOf(row) {
  const { captions } = partsOf(row);
  const said = captions.map((caption) => caption.verdict?.verdict);
  return said.length && said[0] && said.every((verdict) => verdict === said[0]) ? said[0] : null;
}
