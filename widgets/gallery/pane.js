// One sample on a tile: its picture or waveform, whole, and its player while it plays.

import { h, icon } from "../js/dom.js";
import { loadInto } from "../js/media.js";
import { drawWaveform } from "../js/waveform.js";

export function makePane({ pictures, files }) {
  const element = h("div", { class: "cw-pane" });
  const name = h("span", { class: "cw-pane-name", hidden: true });
  const pane = { element, sample: null, player: null, picture: null };
  const put = (...nodes) => element.replaceChildren(...nodes, name);

  pane.show = (sample, label = null) => {
    if (pane.sample?.sample_id !== sample.sample_id) {
      pane.stop();
      pane.picture = null;
      put();
    }
    pane.sample = sample;
    name.hidden = !label;
    name.textContent = label ?? "";
    const picture = pictures.get(sample.sample_id) ?? null;
    if (pane.player || !picture || picture === pane.picture) return;
    pane.picture = picture;
    put(pictureNode(picture, sample));
    if (picture.peaks) requestAnimationFrame(pane.redraw);
  };

  // A canvas keeps its dots when its tile changes size; so it is drawn anew.
  pane.redraw = () => {
    const canvas = element.querySelector("canvas");
    if (!canvas || !pane.picture?.peaks) return;
    const { player } = pane;
    drawWaveform(canvas, pane.picture.peaks, { played: player ? player.currentTime / (player.duration || pane.sample.duration_s || 1) : 0 });
  };

  // Bring the file in; resolves to the player, or to null when the pane shows something else by now.
  pane.load = async ({ muted }) => {
    const { sample } = pane;
    const isVideo = sample.media === "video";
    const player = h(isVideo ? "video" : "audio", { playsinline: true, preload: "auto", loop: isVideo });
    player.muted = muted;
    pane.player = player;
    await loadInto(player, sample, files);
    if (pane.player !== player) return null;
    if (isVideo) put(player);
    else player.addEventListener("timeupdate", pane.redraw);
    return player;
  };

  pane.fail = (error) => {
    pane.player = null;
    put(gone(error.message, error.remedy));
  };

  pane.stop = () => {
    if (!pane.player) return;
    pane.player.pause();
    pane.player.removeAttribute("src");
    pane.player = null;
    if (pane.picture) put(pictureNode(pane.picture, pane.sample));
    pane.redraw();
  };

  pane.clear = () => {
    pane.stop();
    Object.assign(pane, { sample: null, picture: null });
    put();
  };
  return pane;
}

function pictureNode(picture, sample) {
  if (picture.kind === "peaks") return h("canvas", { class: "cw-tile-wave" });
  if (picture.kind === "none") return gone(picture.error, null, picture.remedy);
  return h("img", { src: picture.url, alt: "", draggable: "false", decoding: "async", title: sample.path });
}

const gone = (error, code, remedy = "") =>
  h("div", { class: "cw-tile-gone", title: `${error} ${remedy ?? ""}` }, icon("gone", 18), h("span", {}, error), code ? h("code", {}, code) : null);
