// Paint a box anew without losing the focus: a button that is taken out while it has it would leave the keys of
// the view to nobody.

const WAYS = "button, input, select, textarea, summary, [tabindex]";

// What a control is, whatever it counts by now.
const nameOf = (part) => `${part.tagName} ${part.className} ${(part.getAttribute("aria-label") ?? part.textContent).replace(/[\d\s.,]+/g, " ")}`;

export function keepFocus(box, paint) {
  const before = document.activeElement;
  const at = [...box.querySelectorAll(WAYS)].indexOf(before);
  const name = at < 0 ? "" : nameOf(before);
  paint();
  if (at < 0 || box.contains(document.activeElement)) return;
  const now = [...box.querySelectorAll(WAYS)];
  const same = now.filter((part) => nameOf(part) === name);
  const next = (same.length === 1 ? same[0] : now[Math.min(at, now.length - 1)]) ?? box.closest(".cw");
  next?.focus({ preventScroll: true });
}
