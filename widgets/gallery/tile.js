// A tile: the media whole, the caption under it, rank and state below; it plays in place.

import { h, icon } from "../js/dom.js";
import { loadInto } from "../js/media.js";
import { drawWaveform } from "../js/waveform.js";
import { sayDuration, sayRank, sayScore, sayType, sayVerdict } from "../js/words.js";

const CAPTION_HEIGHT = 88;
let lastNumber = 0;

export const tileHeight = (width) => Math.round(width * 0.66) + CAPTION_HEIGHT;

export function makeTile({ rowAt, pictures, files, grid, onPlay }) {
  const media = h("div", { class: "cw-tile-media" });
  const marks = h("div", { class: "cw-tile-marks" });
  const caption = h("p", { class: "cw-tile-caption" });
  const foot = h("div", { class: "cw-tile-foot meta" });
  const element = h("div", { class: "cw-tile", role: "option", id: `cw-tile-${++lastNumber}-${Math.random().toString(36).slice(2, 7)}` }, h("div", { class: "cw-tile-top" }, media, marks), caption, foot);
  const tile = { element, index: -1, row: null, player: null, picture: null };

  tile.show = (index) => {
    const row = rowAt(index);
    if (tile.row?.sample_id !== row?.sample_id) tile.stop();
    Object.assign(tile, { index, row });
    element.dataset.index = index;
    element.setAttribute("aria-posinset", index + 1);
    element.setAttribute("aria-setsize", grid().count);
    element.classList.toggle("is-focused", grid().focus === index);
    element.classList.toggle("is-waiting", !row);
    element.classList.toggle("is-selected", Boolean(row?.is_selected));
    element.setAttribute("aria-selected", String(Boolean(row?.is_selected)));
    if (row) showRow(row);
    else clear();
  };

  const clear = () => {
    tile.picture = null;
    media.replaceChildren();
    marks.replaceChildren();
    caption.textContent = "";
    foot.replaceChildren();
  };

  const showRow = (row) => {
    caption.textContent = row.text ?? "no caption";
    caption.title = row.text ?? "";
    caption.classList.toggle("is-none", row.text === null);
    foot.replaceChildren(...footOf(row));
    marks.replaceChildren(...marksOf(row, Boolean(tile.player)));
    const picture = pictures.get(row.sample_id) ?? null;
    element.setAttribute("aria-label", spoken(row));
    if (tile.player || (picture === tile.picture && media.childElementCount)) return;
    tile.picture = picture;
    media.replaceChildren(...(picture ? [pictureNode(picture, row)] : []));
    if (picture?.peaks) requestAnimationFrame(() => drawWaveform(media.firstChild, picture.peaks));
  };

  const pictureNode = (picture, row) => {
    if (picture.kind === "peaks") return h("canvas", { class: "cw-tile-wave" });
    if (picture.kind === "none")
      return h("div", { class: "cw-tile-gone", title: `${picture.error} ${picture.remedy ?? ""}` }, icon("gone", 18), h("span", {}, picture.error));
    return h("img", { src: picture.url, alt: "", draggable: "false", decoding: "async", title: row.path });
  };

  // Play or stop in place; hovering plays without sound.
  tile.play = async ({ muted = false } = {}) => {
    const row = tile.row;
    if (!row || row.media === "image") return;
    if (tile.player && muted) return;
    if (tile.player) {
      if (tile.player.muted && !muted) tile.player.muted = false;
      else return tile.stop();
      return;
    }
    onPlay(tile);
    const player = h(row.media === "video" ? "video" : "audio", { playsinline: true, preload: "auto", loop: row.media === "video" });
    player.muted = muted;
    tile.player = player;
    marks.replaceChildren(...marksOf(row, true));
    try {
      await loadInto(player, row, files);
      if (tile.player !== player) return;
      if (row.media === "video") media.replaceChildren(player);
      else follow(player, row);
      await player.play();
    } catch (error) {
      if (tile.player !== player || error.name === "AbortError") return;
      tile.player = null;
      media.replaceChildren(h("div", { class: "cw-tile-gone", title: `${error.message} ${error.remedy ?? ""}` }, icon("gone", 18), h("span", {}, error.message), error.remedy ? h("code", {}, error.remedy) : null));
    }
  };

  const follow = (player, row) => {
    const draw = () => {
      const canvas = media.querySelector("canvas");
      if (canvas && tile.picture?.peaks) drawWaveform(canvas, tile.picture.peaks, { played: player.currentTime / (player.duration || row.duration_s || 1) });
    };
    player.addEventListener("timeupdate", draw);
    player.addEventListener("ended", () => tile.stop());
  };

  tile.stop = () => {
    if (!tile.player) return;
    tile.player.pause();
    tile.player.removeAttribute("src");
    tile.player = null;
    tile.picture = null;
    media.replaceChildren();
    if (tile.row) showRow(tile.row);
  };
  tile.close = tile.stop;

  let hover = 0;
  element.addEventListener("pointerenter", (event) => {
    if (event.pointerType === "mouse" && tile.row?.media === "video") hover = setTimeout(() => tile.play({ muted: true }), 350);
  });
  element.addEventListener("pointerleave", () => {
    clearTimeout(hover);
    if (tile.player?.muted) tile.stop();
  });
  return tile;
}

function marksOf(row, isPlaying) {
  const marks = [];
  if (row.verdict) marks.push(h("span", { class: `cw-dot cw-dot-${row.verdict.verdict}` }, icon(row.verdict.verdict, 11)));
  if (row.media !== "image") {
    if (!isPlaying && row.media === "video") marks.push(h("button", { class: "cw-round cw-tile-play", tabindex: "-1", "aria-label": "Play" }, icon("play", 13)));
    marks.push(h("span", { class: "cw-length" }, row.media === "audio" ? icon(isPlaying ? "pause" : "play", 8) : null, sayDuration(row.duration_s)));
  }
  return marks;
}

function footOf(row) {
  const rank = row.percentile === null ? null : h("span", { class: row.percentile <= 0.05 ? "cw-low" : null }, sayRank(row.percentile), h("span", { class: "cw-raw" }, ` · ${sayScore(row.score)}`));
  const left = rank ?? h("span", { title: row.score_reason ?? "" }, row.text === null ? "" : row.score_reason ? "no score" : "not scored");
  return [left, row.is_stale ? h("span", { class: "cw-warn", title: "The caption or the file has changed since it was scored" }, "stale") : null, stateOf(row)].filter(Boolean);
}

function stateOf(row) {
  const { verdict } = row;
  if (verdict) {
    const words = [sayVerdict(verdict.verdict), ...verdict.error_types.map(sayType)];
    return h("span", { class: `cw-said cw-said-${verdict.verdict}`, title: `${words.join(", ")} (${verdict.annotator})` }, words[0]);
  }
  if (row.error_types.length) return h("span", { class: "cw-said cw-warn", title: row.evidence ?? "" }, icon("flag", 9), sayType(row.error_types[0]));
  return row.caption_count > 1 ? h("span", { class: "cw-said" }, `${row.caption_number} of ${row.caption_count}`) : null;
}

const spoken = (row) =>
  [row.media, row.text ?? "no caption", sayRank(row.percentile), row.verdict ? sayVerdict(row.verdict.verdict) : "not reviewed", ...row.error_types.map((type) => `suspected ${sayType(type)}`)]
    .filter(Boolean)
    .join(", ");
