// Light or dark: JupyterLab says it on the body; elsewhere the system does.

export function themeOf(body, prefersDark) {
  const said = body?.dataset?.jpThemeLight;
  if (said === "true") return "light";
  if (said === "false") return "dark";
  const vscode = body?.dataset?.vscodeThemeKind ?? "";
  if (vscode) return vscode.includes("dark") || vscode === "vscode-high-contrast" ? "dark" : "light";
  return prefersDark ? "dark" : "light";
}

export function followTheme(root) {
  const media = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    root.dataset.theme = themeOf(document.body, media.matches);
  };
  apply();
  const watch = new MutationObserver(apply);
  watch.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-vscode-theme-kind"] });
  media.addEventListener("change", apply);
  return () => {
    watch.disconnect();
    media.removeEventListener("change", apply);
  };
}

export const prefersStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
