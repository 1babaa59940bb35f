// The views of a take side by side, each whole on its own stage, named where there are several.

import { h } from "../js/dom.js";
import { Stage } from "../js/stage.js";

export function makeStages({ rpc, pictures, files, onRetake, onAlign }) {
  const element = h("div", { class: "cw-player-stages" });
  const align = h("button", { class: "cw-btn cw-player-align", hidden: true, title: "Compare sound and motion of the views", onclick: () => onAlign() }, "Compare clocks");
  const made = [];
  let shown = [];

  const make = () => {
    const stage = new Stage({ rpc, pictures, files });
    stage.onLoaded = onRetake;
    const name = h("figcaption", { class: "cw-player-view" });
    return { stage, name, figure: h("figure", { class: "cw-player-figure" }, stage.element, name) };
  };

  return {
    element,
    get shown() {
      return shown.map(({ stage }) => stage);
    },
    show(take) {
      while (made.length < take.samples.length) made.push(make());
      shown = made.slice(0, take.samples.length);
      for (const { stage } of made.slice(take.samples.length)) stage.stop();
      element.dataset.count = shown.length;
      element.replaceChildren(...shown.map(({ figure }) => figure), align);
      shown.forEach(({ stage }, place) => stage.show(take.samples[place], { hasControls: false }));
    },
    // "mast, +40 ms": its name and by how much its clock is late against the first.
    label(take) {
      const isOne = take.samples.length < 2;
      shown.forEach(({ name }, place) => {
        const sample = take.samples[place];
        const late = take.clocks?.late_s[place];
        const ms = Math.round((late ?? 0) * 1000);
        name.hidden = isOne;
        name.textContent = `${take.nameOf(sample)}${place && late !== null && late !== undefined ? `, ${ms < 0 ? "−" : "+"}${Math.abs(ms)} ms` : ""}${place && late === null ? ", clock not known" : ""}`;
        name.title = late === null ? (take.clocks?.reason ?? "") : "";
      });
      align.hidden = isOne || !take.clocks || take.clocks.late_s.every((late) => late !== null);
    },
    setAligning(isAligning) {
      align.disabled = isAligning;
      align.textContent = isAligning ? "Comparing…" : "Compare clocks";
    },
    redraw: () => shown.forEach(({ stage }) => stage.redraw?.()),
    close: () => made.forEach(({ stage }) => stage.close()),
  };
}
