// Paint a box anew without losing the focus: a button that is taken out while it has it would leave the keys of
// the view to nobody.

const WAYS = "button, input, select, textarea, summary, [tabindex]";

export function keepFocus(box, paint) {
  const at = [...box.querySelectorAll(WAYS)].indexOf(document.activeElement);
  paint();
  if (at < 0 || box.contains(document.activeElement)) return;
  const now = [...box.querySelectorAll(WAYS)];
  const next = now[Math.min(at, now.length - 1)] ?? box.closest(".cw");
  next?.focus({ preventScroll: true });
}
