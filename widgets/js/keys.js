// Keys belong to the widget while it has the focus, and never while someone types.

const NAMES = { " ": "Space", Esc: "Escape" };

// "Ctrl+Shift+Z", "a", "ArrowLeft": one name a combination; Cmd counts as Ctrl. Shift is named only where the
// character does not say it already.
export function keyName(event) {
  const ctrl = event.ctrlKey || event.metaKey;
  const raw = NAMES[event.key] ?? event.key;
  const letter = raw.length === 1;
  const shift = event.shiftKey && (!letter || ctrl);
  return [ctrl && "Ctrl", event.altKey && "Alt", shift && "Shift", letter ? (ctrl ? raw.toUpperCase() : raw.toLowerCase()) : raw]
    .filter(Boolean)
    .join("+");
}

export function isTyping(target) {
  if (!target?.closest) return false;
  return Boolean(target.closest("textarea, select, [contenteditable=true], input:not([type=button]):not([type=checkbox])"));
}

const isPressable = (target) => Boolean(target?.closest?.("button, a, summary, [role=button], [role=switch]"));

function press(event) {
  event.preventDefault();
  if (!event.repeat) event.target.closest("button").click();
}

// JupyterLab must not see a key that was meant for the widget, whatever it is: a mistyped "d d" would delete
// the cell. The attribute keeps its shortcuts out, stopping the event keeps out everything else.
export function ownKeys(root, handle) {
  root.setAttribute("data-lm-suppress-shortcuts", "true");
  if (!root.hasAttribute("tabindex")) root.tabIndex = 0;
  const listen = (event) => {
    event.stopPropagation();
    if (event.isComposing) return;
    const name = keyName(event);
    if (name === "Ctrl+S") event.preventDefault(); // decisions are saved already; the browser would save the page
    if (isTyping(event.target)) return;
    // At once, as Enter does: by itself a button waits for the key to come up, and may be painted anew by then.
    if (name === "Space" && event.target.closest("button")) return press(event);
    if ((name === "Space" || name === "Enter") && isPressable(event.target)) return;
    if (handle(name, event)) event.preventDefault();
  };
  const grab = (event) => {
    if (!isTyping(event.target) && !isPressable(event.target) && !root.contains(document.activeElement)) root.focus({ preventScroll: true });
  };
  const keep = (event) => event.stopPropagation();
  root.addEventListener("keydown", listen);
  root.addEventListener("keyup", keep);
  root.addEventListener("keypress", keep);
  root.addEventListener("pointerdown", grab);
  // A click must not put the notebook into another mode or give the focus back to the cell.
  root.addEventListener("mousedown", keep);
  return () => {
    root.removeEventListener("keydown", listen);
    root.removeEventListener("keyup", keep);
    root.removeEventListener("keypress", keep);
    root.removeEventListener("pointerdown", grab);
    root.removeEventListener("mousedown", keep);
  };
}
