// Draws a sound in FiftyOne's grid and modal: its waveform, a player, its captions whole. No build step:
// FiftyOne gives React and its registry to plugins as globals.
(function () {
  const h = window.React.createElement;
  const { useState } = window.React;
  const registry = window.__fop__;

  /** The address that a file is served at, made from the one that FiftyOne made for this sample. */
  function addressOf(media, path) {
    if (!path || !media.url) return null;
    const address = new URL(media.url, window.location.href);
    address.searchParams.set("filepath", path);
    return address.href;
  }

  function Player({ ctx, source }) {
    const [failure, setFailure] = useState("");
    const isModal = ctx.surface === "modal";
    if (failure) return h("p", { role: "alert", style: { margin: 8, fontSize: 13 } }, failure);
    return h("audio", {
      controls: true,
      src: source,
      preload: isModal ? "auto" : "none",
      "aria-label": `Sound ${ctx.media.path || ""}`,
      // A click on the player must not open or select the sample.
      onClick: (event) => event.stopPropagation(),
      onKeyDown: (event) => event.stopPropagation(),
      onError: () => setFailure("This sound cannot be played here: its file is gone, or of a format that no browser plays."),
      style: { width: "100%", height: isModal ? 54 : 32, flex: "none" },
    });
  }

  function Captions({ captions, isModal }) {
    const row = { margin: "6px 0", fontSize: isModal ? 15 : 12, lineHeight: 1.4 };
    const clipped = isModal ? {} : { overflow: "hidden", whiteSpace: "nowrap", textOverflow: "ellipsis" };
    const shown = isModal ? captions : captions.slice(0, 1);
    return h(
      "ul",
      { style: { listStyle: "none", margin: 0, padding: isModal ? "0 10px" : "4px 10px 0 36px", minHeight: 30, flex: "none", maxHeight: "40%", overflowY: isModal ? "auto" : "hidden" } },
      shown.map((caption) =>
        h(
          "li",
          { key: caption.caption_id, style: { ...row, ...clipped }, title: caption.label },
          caption.verdict ? h("b", { style: { marginRight: 8 } }, caption.verdict) : null,
          caption.label,
        ),
      ),
    );
  }

  function Sound({ ctx }) {
    const isModal = ctx.surface === "modal";
    const sample = (ctx.sample && ctx.sample.sample) || {};
    const captions = (sample.captions && sample.captions.classifications) || [];
    const poster = addressOf(ctx.media, sample.poster_path);
    const source = addressOf(ctx.media, sample.clip_path) || ctx.media.url;
    const column = { display: "flex", flexDirection: "column", width: "100%", height: "100%", minHeight: 0 };
    const colour = "var(--fo-palette-text-primary)";
    const fit = { flex: "1 1 0", minHeight: 0, width: "100%", objectFit: "fill", maxHeight: isModal ? "50%" : undefined };
    // On a tile FiftyOne draws its box for selecting at the top and its labels at the bottom: the player is
    // between the two, and the waveform below may be covered.
    return h(
      "div",
      { style: { ...column, padding: isModal ? 24 : "0", boxSizing: "border-box", color: colour } },
      isModal ? null : h(Captions, { captions, isModal }),
      isModal ? null : h(Player, { ctx, source }),
      poster ? h("img", { src: poster, alt: "", draggable: false, style: fit }) : h("div", { style: { flex: "1 1 0" } }),
      isModal ? h(Captions, { captions, isModal }) : null,
      isModal ? h(Player, { ctx, source }) : null,
    );
  }

  registry.registerComponent({
    name: "CaptionWorkbenchSound",
    label: "Sound",
    component: Sound,
    type: registry.PluginComponentType.SampleRenderer,
    activator: () => true,
    sampleRendererOptions: {
      supports: (ctx) => ctx.media.mediaType === "audio",
      grid: { enabled: true },
    },
  });
})();
