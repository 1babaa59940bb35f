// A tile: media whole, words under it, rank and state below. It plays in place: with sound when asked, without
// when hovered or reached by keys.

import { h, icon } from "../js/dom.js";
import { sayDuration } from "../js/words.js";
import { captionOf, footOf, footOfMany, lineOf, spokenOf } from "./lines.js";
import { makePane } from "./pane.js";
import { isSelected, nameOf, partsOf, shareWords, tileHeight, verdictOf } from "./shape.js";
import { Together } from "./together.js";

const HOVER_MS = 350;
// A preview nobody asked for must not hold up the channel that the next page comes by.
const PREVIEW_BYTES = 20e6;
let lastNumber = 0;

// view: what all tiles share; rowAt, pictures, files, grid, look { kind, size, place, openIndex, differences }, onPlay.
export function makeTile(view) {
  const media = h("div", { class: "cw-tile-media" });
  const marks = h("div", { class: "cw-tile-marks" });
  const words = h("div", { class: "cw-tile-words" });
  const foot = h("div", { class: "cw-tile-foot meta" });
  const top = h("div", { class: "cw-tile-top" }, media, marks);
  const element = h("div", { class: "cw-tile", role: "option", id: `cw-tile-${++lastNumber}-${Math.random().toString(36).slice(2, 7)}` }, top, words, foot);
  const tile = { element, index: -1, row: null, panes: [], together: null };

  tile.show = (index) => {
    const row = view.rowAt(index);
    const { look } = view;
    const grid = view.grid();
    if (keyOf(tile.row) !== keyOf(row)) tile.stop();
    Object.assign(tile, { index, row });
    element.dataset.index = index;
    element.setAttribute("aria-posinset", index + 1);
    element.setAttribute("aria-setsize", grid.count);
    element.classList.toggle("is-focused", grid.focus === index);
    element.classList.toggle("is-open", look.openIndex === index);
    if (look.openIndex !== index) element.style.marginTop = "";
    element.classList.toggle("is-waiting", !row);
    element.classList.toggle("is-selected", Boolean(row && isSelected(row)));
    element.setAttribute("aria-selected", String(Boolean(row && isSelected(row))));
    if (row) showRow(row);
    else clear();
  };

  // The media keep their height when the list of captions is opened under them.
  tile.resized = (width) => {
    const { kind, size } = view.look;
    top.style.setProperty("--cw-media", `${tileHeight(kind, size, width) - tileHeight(kind, size, 0)}px`);
    for (const pane of tile.panes) pane.redraw();
  };

  const clear = () => {
    for (const pane of tile.panes) pane.clear();
    marks.replaceChildren();
    words.replaceChildren();
    foot.replaceChildren();
    element.removeAttribute("aria-label");
  };

  const showRow = (row) => {
    const parts = partsOf(row);
    showWords(row, parts);
    showMarks();
    element.setAttribute("aria-label", spokenOf(parts, nameOf(row)));
    while (tile.panes.length > parts.views.length) tile.panes.pop().clear();
    while (tile.panes.length < parts.views.length) tile.panes.push(makePane(view));
    if (media.childElementCount !== tile.panes.length) media.replaceChildren(...tile.panes.map((pane) => pane.element));
    const columns = Math.min(parts.views.length, parts.views.length > 4 ? Math.ceil(Math.sqrt(parts.views.length)) : parts.views.length);
    media.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    parts.views.forEach((sample, place) => tile.panes[place].show(sample, parts.views.length > 1 ? sample.view || sample.path.split("/").pop() : null));
  };

  const showWords = (row, { views, captions }) => {
    const { kind, place, openIndex, differences } = view.look;
    const isOpen = openIndex === tile.index;
    const isHere = view.grid().focus === tile.index;
    const share = shareWords(kind, view.look.size, captions.length);
    words.style.setProperty("--cw-lines", share.lines);
    words.style.maxHeight = isOpen || captions.length < 2 ? "" : `${share.height + 6}px`;
    if (captions.length < 2) {
      const [caption] = captions;
      words.replaceChildren(h("p", { class: `cw-tile-caption${caption ? "" : " is-none"}`, title: caption?.text ?? "" }, caption ? captionOf(caption, differences, { isFull: isOpen, hasViews: views.length > 1 }) : "no caption"));
      foot.replaceChildren(...footOf(caption ?? row));
      return;
    }
    const lines = captions.map((caption, number) => lineOf(caption, { isHere: isHere && number === Math.min(place, captions.length - 1), isOpen, hasViews: views.length > 1, differences }));
    words.replaceChildren(...lines);
    foot.replaceChildren(...footOfMany(captions, { isOpen }));
    const here = isHere && lines[Math.min(place, lines.length - 1)];
    if (here) keepInView(here);
  };

  const keepInView = (line) => {
    const { offsetTop, offsetHeight } = line;
    if (offsetTop < words.scrollTop) words.scrollTop = offsetTop;
    else if (offsetTop + offsetHeight > words.scrollTop + words.clientHeight) words.scrollTop = offsetTop + offsetHeight - words.clientHeight;
  };

  const showMarks = () => {
    if (!tile.row) return;
    const said = verdictOf(tile.row);
    const timed = partsOf(tile.row).views.find((sample) => sample.media !== "image");
    marks.replaceChildren(
      ...[
        said && h("span", { class: `cw-dot cw-dot-${said}` }, icon(said, 11)),
        h("span", { class: "cw-check", "aria-hidden": "true", title: "Select" }, icon("ok", 11)),
        timed && !tile.together && timed.media === "video" && h("span", { class: "cw-round cw-tile-play", "aria-hidden": "true" }, icon("play", 13)),
        timed && h("span", { class: "cw-length", "aria-hidden": "true" }, lengthIcon(timed), sayDuration(timed.duration_s)),
      ].filter(Boolean),
    );
  };

  const lengthIcon = ({ media: kind }) => {
    if (tile.together) return icon(tile.together.isMuted ? "muted" : "pause", 9);
    return kind === "audio" ? icon("play", 8) : null;
  };

  // Play, or stop; muted is a preview that nobody asked for, and sound can be given to it.
  tile.play = async ({ muted = false } = {}) => {
    if (!tile.row) return;
    const panes = tile.panes.filter(({ sample }) => sample && sample.media !== "image");
    if (!panes.length || (muted && !isLight(panes))) return;
    if (tile.together) {
      if (muted) return;
      if (!tile.together.isMuted) return tile.stop();
      tile.together.mute(false);
      return showMarks();
    }
    view.onPlay(tile);
    const mine = (tile.together = new Together([], { isMuted: muted }));
    showMarks();
    const players = (await Promise.all(panes.map((pane) => load(pane, muted)))).filter(Boolean);
    if (tile.together !== mine) return;
    if (!players.length) {
      tile.together = null;
      return showMarks();
    }
    tile.together = new Together(players, { isMuted: mine.isMuted });
    players[0].addEventListener("ended", () => tile.stop());
    showMarks();
    await tile.together.play().catch((error) => error.name === "AbortError" || panes[0].fail(error));
  };

  const load = async (pane, muted) => {
    try {
      return await pane.load({ muted });
    } catch (error) {
      if (pane.player && error.name !== "AbortError") pane.fail(error);
      return null;
    }
  };

  tile.stop = () => {
    if (!tile.together) return;
    const { together } = tile;
    tile.together = null;
    together.close();
    for (const pane of tile.panes) pane.stop();
    showMarks();
  };
  tile.stopPreview = () => tile.together?.isMuted && tile.stop();
  tile.close = tile.stop;

  // The open list scrolls by itself; where the grid's own scrolling is taken over, it must not be taken too.
  words.addEventListener("wheel", (event) => view.look.openIndex === tile.index && event.stopPropagation(), { passive: true });

  // An open tile near the bottom moves up until all of it is on screen.
  tile.fit = (bottom) => {
    element.style.marginTop = "";
    const over = element.getBoundingClientRect().bottom - bottom;
    if (view.look.openIndex === tile.index && over > 0) element.style.marginTop = `${-Math.ceil(over)}px`;
  };

  let hover = 0;
  element.addEventListener("pointerenter", (event) => {
    if (event.pointerType === "mouse" && isSilentlyShown(tile)) hover = setTimeout(() => tile.play({ muted: true }), HOVER_MS);
  });
  element.addEventListener("pointerleave", () => {
    clearTimeout(hover);
    tile.stopPreview();
  });
  return tile;
}

// A sound without its sound is nothing: only what has a picture is previewed.
export const isSilentlyShown = (tile) => partsOf(tile.row).views.some(({ media }) => media === "video");

const isLight = (panes) => panes.reduce((bytes, { sample }) => bytes + (sample.size_bytes ?? 0), 0) <= PREVIEW_BYTES;
const keyOf = (row) => (row ? partsOf(row).views.map(({ sample_id }) => sample_id).join(" ") : "");
