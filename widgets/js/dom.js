// Build elements without a framework: h("button", { class: "btn", onclick }, "Fine", kbd("A")).

const SVG = "http://www.w3.org/2000/svg";

export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  assign(element, props);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function assign(element, props) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name === "style") Object.assign(element.style, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
}

export const kbd = (key) => h("kbd", { "aria-hidden": "true" }, key);

// Symbol fonts are missing on many machines, so every icon is drawn. Paths are in a 12 by 12 box.
const PATHS = {
  ok: { d: "M2 6.5l3 3 5-6.5", line: 2 },
  misaligned: { d: "M2.5 2.5l7 7M9.5 2.5l-7 7", line: 2 },
  skip: { d: "M2.5 2.5l4 3.5-4 3.5zM8.5 2.5v7", line: 1.6 },
  play: { d: "M3 1.5l7.5 4.5L3 10.5z", fill: true },
  pause: { d: "M3 2h2v8H3zM7 2h2v8H7z", fill: true },
  dot: { d: "M6 2a4 4 0 1 0 .01 0z", fill: true },
  warn: { d: "M6 1.5L11 10.5H1zM6 4.8v2.6M6 8.9v.3", line: 1.3 },
  flag: { d: "M3 11V1.5h6L7.5 4 9 6.5H3", line: 1.4 },
  previous: { d: "M7.5 2L3.5 6l4 4", line: 1.8 },
  next: { d: "M4.5 2l4 4-4 4", line: 1.8 },
  close: { d: "M2.5 2.5l7 7M9.5 2.5l-7 7", line: 1.6 },
  search: { d: "M5 1.5a3.5 3.5 0 1 0 .01 0zM7.7 7.7L10.8 10.8", line: 1.4 },
  sound: { d: "M2 4.5v3M4 2.5v7M6 4v4M8 1.5v9M10 4.5v3", line: 1.3 },
  film: { d: "M1.5 2.5h9v7h-9zM4 2.5v7M8 2.5v7", line: 1.2 },
  picture: { d: "M1.5 2.5h9v7h-9zM2 9l3-3.5 2 2 1.5-1.5L10 8", line: 1.2 },
  gone: { d: "M2 2l8 8M2.5 1.5h5l2.5 2.5v6.5M8 10.5H2.5V4", line: 1.2 },
  muted: { d: "M1.5 4.5h2l2.5-2v7l-2.5-2h-2zM8 4.5l3 3M11 4.5l-3 3", line: 1.2 },
  past: { d: "M6 1.5a4.5 4.5 0 1 0 .01 0zM6 3.5V6l2 1.5", line: 1.2 },
  more: { d: "M2.5 4.5L6 8l3.5-3.5", line: 1.4 },
  shuffle: { d: "M1.5 3.5h2l4 5h3M1.5 8.5h2l1-1.2M6.5 4.7l1-1.2h3M9 2l1.6 1.5L9 5M9 7l1.6 1.5L9 10", line: 1.1 },
  copy: { d: "M4 4h6.5v6.5H4zM8 4V1.5H1.5V8H4", line: 1.2 },
};

export function icon(name, size = 12) {
  const { d, line, fill } = PATHS[name];
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ width: size, height: size, viewBox: "0 0 12 12", "aria-hidden": "true" }))
    svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", d);
  path.setAttribute("fill", fill ? "currentColor" : "none");
  if (line) {
    path.setAttribute("stroke", "currentColor");
    path.setAttribute("stroke-width", line);
    path.setAttribute("stroke-linejoin", "round");
    path.setAttribute("stroke-linecap", "round");
  }
  svg.append(path);
  return svg;
}
