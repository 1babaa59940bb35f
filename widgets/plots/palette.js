// Colours for the canvas, by the theme that is on. Hues differ in lightness too; names stand beside them.

const HUES = {
  light: ["#1d5f9e", "#c77700", "#14744a", "#9c2a74", "#0b8a93", "#b93a1d", "#6b3fa0", "#8a8f99"],
  dark: ["#7ab8f5", "#e6b65c", "#5cc997", "#f193c8", "#5fd0d6", "#ff8d6f", "#c3a1ee", "#868d9b"],
};
// From what is to be looked at to what is not: low ranks stand out, the rest is calm.
const SCALE = {
  light: ["#b93a1d", "#c9822b", "#8f98c9", "#4453c8"],
  dark: ["#ff8d6f", "#e6b65c", "#6f78b8", "#98a3ff"],
};
const NONE = { light: "#a9aeb8", dark: "#5a606c" };
const QUIET = { light: "#c3c7cf", dark: "#464c58" };

export const rgb = (hex) => [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));

export const hueOf = (theme, number) => HUES[theme][Math.min(number, HUES[theme].length - 1)];

export const scaleCss = (theme) => `linear-gradient(to right, ${SCALE[theme].join(", ")})`;

export const quietOf = (theme) => rgb(QUIET[theme]);

// A colour for each of the 256 numbers a point can have: 255 is none.
export function paletteOf(theme, legend) {
  const palette = new Uint8Array(256 * 3);
  for (let code = 0; code < 255; code++) palette.set(legend?.kind === "scale" ? between(SCALE[theme], code / 254) : rgb(hueOf(theme, code)), code * 3);
  palette.set(rgb(NONE[theme]), 255 * 3);
  return palette;
}

function between(stops, share) {
  // The lowest tenth takes a third of the scale: that is where one looks.
  const bent = share < 0.1 ? share * 3.3 : 0.33 + (share - 0.1) * (0.67 / 0.9);
  const at = Math.min(stops.length - 1.0001, bent * (stops.length - 1));
  const [low, high] = [rgb(stops[Math.floor(at)]), rgb(stops[Math.floor(at) + 1])];
  return low.map((part, place) => part + (high[place] - part) * (at % 1));
}
