// What every view does on its page: take its place, and ask the kernel now and then how things stand.

export const HEARTBEAT_MS = 10000;

// The module that a widget loads: `View` has a root, `start` and `close`.
export function mounted(View) {
  return {
    render({ model, el }) {
      const view = new View(model);
      el.append(view.root);
      view.start();
      return () => view.close();
    },
  };
}

// Ask for the status and hand it on; not while nobody looks or an answer is awaited, unless it is due.
export async function askStatus(view, isDue, take) {
  if (!view.state || (!isDue && (document.hidden || view.rpc.pending))) return;
  try {
    const { status } = await view.rpc.ask("status", {}, { timeout: 15000 });
    view.notice.clear();
    await take(status);
  } catch (error) {
    view.notice.fail(error);
  }
}
