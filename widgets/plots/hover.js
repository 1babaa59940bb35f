// What is under the pointer: the picture of the sample, its name and its captions, after a short rest.

import { h } from "../js/dom.js";
import { sayScore } from "../js/words.js";

const REST_MS = 90;
const KEEP = 300;

export function makeHover({ rpc, pictures }) {
  const image = h("img", { alt: "", hidden: true });
  const name = h("div", { class: "meta cw-hover-name" });
  const caption = h("div", { class: "cw-hover-caption" });
  const element = h("div", { class: "cw-hover", hidden: true, role: "tooltip" }, image, name, caption);
  const known = new Map();
  let timer = 0;
  let now = null;

  function place([left, top]) {
    element.style.left = left < 0.5 ? `calc(${left * 100}% + 14px)` : "auto";
    element.style.right = left < 0.5 ? "auto" : `calc(${(1 - left) * 100}% + 14px)`;
    element.style.top = top < 0.5 ? `${top * 100}%` : "auto";
    element.style.bottom = top < 0.5 ? "auto" : `${(1 - top) * 100}%`;
  }

  async function about(number, version) {
    const key = `${version}:${number}`;
    if (!known.has(key)) {
      if (known.size > KEEP) known.clear();
      known.set(key, await rpc.ask("about", { dot: number, version }));
    }
    return known.get(key);
  }

  function fill(told) {
    const picture = pictures.get(told.sample_id);
    image.hidden = picture?.kind !== "jpeg";
    if (picture?.kind === "jpeg" && image.src !== picture.url) image.src = picture.url;
    name.textContent = [told.name, told.score === null ? "" : sayScore(told.score)].filter(Boolean).join(" · ");
    caption.textContent = told.captions.length ? told.captions[0] : "no caption";
    if (told.captions.length > 1) caption.append(h("span", { class: "meta" }, ` and ${told.captions.length - 1} more`));
  }

  return {
    element,
    show(number, at, state) {
      if (number === now?.number && number !== null) return place(at);
      clearTimeout(timer);
      now = null;
      element.hidden = true;
      if (number === null) return;
      now = { number };
      const mine = now;
      timer = setTimeout(async () => {
        const told = await about(number, state.version).catch(() => null);
        if (mine !== now || !told || told.is_outdated) return;
        mine.told = told;
        fill(told);
        place(at);
        element.hidden = false;
      }, REST_MS);
    },
    refresh() {
      if (now?.told) fill(now.told);
    },
    close() {
      clearTimeout(timer);
      pictures.clear();
    },
  };
}
