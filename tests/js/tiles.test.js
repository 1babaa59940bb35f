import assert from "node:assert/strict";
import { test } from "node:test";

import { Differences } from "../../widgets/gallery/lines.js";
import { isSelected, nameOf, nextSize, partsOf, shareWords, tileHeight, tileWidth, verdictOf } from "../../widgets/gallery/shape.js";
import { correctionOf, Together } from "../../widgets/gallery/together.js";

const caption = (caption_id, fields = {}) => ({ caption_id, is_selected: false, verdict: null, ...fields });

test("a tile sees views and captions, whatever its row stands for", () => {
  const flat = { sample_id: "s", path: "a.jpg", ...caption("c") };
  assert.deepEqual(partsOf(flat), { views: [flat], captions: [flat] });
  assert.deepEqual(partsOf({ sample_id: "s", caption_id: null }).captions, []);
  const sample = { sample: { sample_id: "s", path: "a.jpg" }, captions: [caption("c")] };
  assert.deepEqual(partsOf(sample).views, [sample.sample]);
  const event = { group: "goal", views: [{ path: "a" }, { path: "b" }], captions: [] };
  assert.equal(partsOf(event).views.length, 2);
  assert.deepEqual([flat, sample, event].map(nameOf), ["a.jpg", "a.jpg", "goal"]);
});

test("a tile is selected, and has a verdict, when all its captions are and have", () => {
  const row = { sample: {}, captions: [caption("a", { is_selected: true, verdict: { verdict: "ok" } }), caption("b")] };
  assert.equal(isSelected(row), false);
  assert.equal(verdictOf(row), null);
  Object.assign(row.captions[1], { is_selected: true, verdict: { verdict: "ok" } });
  assert.equal(isSelected(row), true);
  assert.equal(verdictOf(row), "ok");
  row.captions[1].verdict = { verdict: "misaligned" };
  assert.equal(verdictOf(row), null);
});

test("sizes stop at both ends and every kind grows with them", () => {
  assert.deepEqual([nextSize("M", 1), nextSize("L", 1), nextSize("S", -1)], ["L", "L", "S"]);
  for (const kind of ["caption", "sample", "group"]) {
    const [small, medium, large] = ["S", "M", "L"].map((size) => tileHeight(kind, size, tileWidth(kind, size)));
    assert.ok(small < medium && medium < large, kind);
  }
});

test("a view that drifts plays faster or slower, one that is far off jumps", () => {
  assert.deepEqual(correctionOf(5, 5.01), { rate: 1 });
  assert.ok(correctionOf(5, 4.8).rate > 1);
  assert.ok(correctionOf(5, 5.2).rate < 1);
  assert.deepEqual(correctionOf(5, 1), { seek_s: 5, rate: 1 });
});

test("only the first of several views is heard", () => {
  const players = [{}, {}];
  const together = new Together(players, { isMuted: true });
  assert.deepEqual(players.map(({ muted }) => muted), [true, true]);
  together.mute(false);
  assert.deepEqual(players.map(({ muted }) => muted), [false, true]);
});

test("views are brought back to the clock of the first", () => {
  const lead = { currentTime: 5, playbackRate: 1 };
  const late = { currentTime: 4.7, playbackRate: 1, readyState: 4, duration: 9 };
  const lost = { currentTime: 0, playbackRate: 1, readyState: 4, duration: 9 };
  new Together([lead, late, lost]).align();
  assert.ok(late.playbackRate > 1);
  assert.equal(lost.currentTime, 5);
});

test("words share the height of a tile and no line is cut", () => {
  assert.equal(shareWords("sample", "M", 1).lines > shareWords("sample", "M", 3).lines, true);
  for (const kind of ["sample", "group"])
    for (const captions of [2, 3, 5, 12]) {
      const { lines, height } = shareWords(kind, "M", captions);
      const space = tileHeight(kind, "M", 0) - 30;
      assert.ok(lines >= 1 && height <= space && height > 0, `${kind} ${captions}`);
    }
});

test("what most captions have is not said, what is unusual is", () => {
  const differences = new Differences();
  const captions = ["en", "en", "de"].map((lang) => ({ lang, kind: "caption", source: "web" }));
  differences.see(captions);
  differences.see(captions.slice(2)); // a page seen twice counts once
  assert.deepEqual(captions.map((caption) => differences.tagsOf(caption)), [[], [], ["de"]]);
  assert.deepEqual(differences.tagsOf({ lang: "en", kind: "transcript", view: "left" }, { hasViews: true }), ["left", "transcript"]);
  assert.deepEqual(differences.tagsOf(captions[0], { isFull: true }), ["en", "caption", "web"]);
});
