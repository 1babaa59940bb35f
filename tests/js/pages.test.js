import assert from "node:assert/strict";
import { test } from "node:test";

import { Pages } from "../../widgets/js/pages.js";
import { Pictures } from "../../widgets/js/pictures.js";

const soon = () => new Promise((wake) => setTimeout(wake, 0));

// Pages whose loads are answered by hand, so that their order can be looked at.
function slowPages(options) {
  const asked = [];
  const pages = new Pages((start, stop) => new Promise((resolve) => asked.push({ start, stop, answer: () => resolve(Array.from({ length: stop - start }, (_, place) => start + place)) })), { pageRows: 10, ...options });
  return { pages, asked, starts: () => asked.map(({ start }) => start) };
}

test("a page is asked for once, however often its rows are drawn", async () => {
  const { pages, asked } = slowPages();
  assert.equal(pages.row(3), undefined);
  assert.equal(pages.row(4), undefined);
  assert.equal(asked.length, 1);
  asked[0].answer();
  await soon();
  assert.equal(pages.row(3), 3);
});

test("what was scrolled past is not waited for", async () => {
  const { pages, asked, starts } = slowPages();
  for (const index of [0, 100, 200, 300, 400, 500]) {
    pages.row(index);
    pages.look(index, index + 10, 1000);
  }
  assert.deepEqual(starts(), [0, 100], "two at once");
  asked.forEach(({ answer }) => answer());
  await soon();
  assert.deepEqual(starts(), [0, 100, 500], "then the page on screen, none of those between");
});

test("the pages around the screen are fetched ahead once nothing on screen is missing", async () => {
  const { pages, asked, starts } = slowPages({ ahead: 1 });
  pages.put(5, Array(10).fill(0));
  pages.look(50, 60, 100);
  assert.deepEqual(starts().sort(), [40, 60]);
  asked.forEach(({ answer }) => answer());
  await soon();
  pages.look(50, 60, 100);
  assert.equal(asked.length, 2, "and no further");
});

test("nothing is fetched before the first row or after the last", () => {
  const { pages, starts } = slowPages({ ahead: 1 });
  pages.put(0, Array(10).fill(0));
  pages.look(0, 10, 10);
  assert.deepEqual(starts(), []);
});

const settled = () => new Promise((wake) => setTimeout(wake, 20));
const jpeg = (id) => ({ sample_id: id, kind: "jpeg" });

function fakePictures(options) {
  const asked = [];
  const ask = async (_op, fields) => {
    asked.push(fields);
    await soon();
    return { pictures: fields.sample_ids.map(jpeg), buffers: fields.sample_ids.map(() => new Uint8Array([1])) };
  };
  return { asked, pictures: new Pictures({ ask }, options) };
}

test("pictures on screen go before those fetched ahead", async () => {
  const { asked, pictures } = fakePictures();
  pictures.prefetch(["later"]);
  pictures.get("now");
  await settled();
  assert.deepEqual(asked.map(({ sample_ids }) => sample_ids), [["now"], ["later"]]);
});

test("a picture on its way is not asked for again", async () => {
  const { asked, pictures } = fakePictures();
  pictures.get("one");
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(asked.length, 1, "on its way");
  pictures.get("one");
  await settled();
  assert.equal(asked.length, 1);
});

test("larger tiles ask for larger pictures and show the small one meanwhile", async () => {
  const { asked, pictures } = fakePictures();
  pictures.get("one");
  await settled();
  pictures.sizePx = 640;
  assert.equal(pictures.get("one").sizePx, 320);
  await settled();
  assert.equal(pictures.get("one").sizePx, 640);
  assert.deepEqual(asked.map(({ size_px }) => size_px), [320, 640]);
});
