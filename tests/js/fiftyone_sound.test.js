// The drawing of sounds in FiftyOne's App, with a stand-in for the React and the registry that it is given.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const FILE = new URL("../../workbench/fiftyone_bridge/plugin/renderer.js", import.meta.url);

/** Run the plugin's script and return what it registered. */
function registered() {
  let found = null;
  const createElement = (type, properties, ...children) =>
    typeof type === "function"
      ? type({ ...properties, children })
      : { type, properties: properties ?? {}, children: children.flat(3).filter((one) => one != null) };
  const window = {
    React: { createElement, useState: (value) => [value, () => {}] },
    __fop__: {
      PluginComponentType: { SampleRenderer: 4 },
      registerComponent: (component) => (found = component),
    },
    location: { href: "http://127.0.0.1:5151/datasets/kites" },
  };
  vm.runInNewContext(readFileSync(FILE, "utf8"), { window, URL });
  return found;
}

function drawn(surface, sample = {}) {
  const media = { url: "http://127.0.0.1:5151/media?filepath=%2Fm%2Fa.amr", path: "/m/a.amr", mediaType: "audio" };
  return registered().component({ ctx: { surface, media, sample: { sample } } });
}

function all(node, type) {
  if (typeof node !== "object") return [];
  return [...(node.type === type ? [node] : []), ...node.children.flatMap((child) => all(child, type))];
}

test("sounds are drawn in the grid and in the modal, other media are left to FiftyOne", () => {
  const { sampleRendererOptions, type } = registered();
  assert.equal(type, 4);
  assert.equal(sampleRendererOptions.grid.enabled, true);
  assert.equal(sampleRendererOptions.supports({ media: { mediaType: "audio" } }), true);
  assert.equal(sampleRendererOptions.supports({ media: { mediaType: "image" } }), false);
});

test("the player takes the file that browsers play, and the picture is that of the waveform", () => {
  const tile = drawn("grid", { clip_path: "/cache/a b.mp4", poster_path: "/cache/a.png" });
  const [player] = all(tile, "audio");
  assert.equal(new URL(player.properties.src).searchParams.get("filepath"), "/cache/a b.mp4");
  assert.equal(player.properties.controls, true);
  assert.equal(player.properties.preload, "none");
  const [picture] = all(tile, "img");
  assert.equal(new URL(picture.properties.src).searchParams.get("filepath"), "/cache/a.png");
});

test("without a clip and a poster the file itself is played", () => {
  const [player] = all(drawn("modal"), "audio");
  assert.match(player.properties.src, /a\.amr$/);
  assert.equal(all(drawn("modal"), "img").length, 0);
});

test("the modal shows every caption whole with its verdict, the tile one", () => {
  const classifications = [
    { caption_id: "c1", label: "waves", verdict: "ok" },
    { caption_id: "c2", label: "gulls" },
  ];
  const rows = all(drawn("modal", { captions: { classifications } }), "li");
  assert.deepEqual(rows.map((row) => row.children.at(-1)), ["waves", "gulls"]);
  assert.deepEqual(all(rows[0], "b").map((verdict) => verdict.children), [["ok"]]);
  assert.equal(all(drawn("grid", { captions: { classifications } }), "li").length, 1);
});

test("a click or a key on the player does not reach the tile", () => {
  const [player] = all(drawn("grid"), "audio");
  let stopped = 0;
  const event = { stopPropagation: () => (stopped += 1) };
  player.properties.onClick(event);
  player.properties.onKeyDown(event);
  assert.equal(stopped, 2);
});
