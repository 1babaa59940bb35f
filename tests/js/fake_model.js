// Plays the widget model and the kernel behind it: what is sent can be looked at and answered by hand.
export function fakeModel(answer = () => null) {
  const listeners = new Set();
  const model = {
    sent: [],
    on: (_event, listener) => listeners.add(listener),
    off: (_event, listener) => listeners.delete(listener),
    send(content) {
      model.sent.push(content);
      const reply = answer(content);
      if (reply) queueMicrotask(() => model.receive({ re: content.id, ok: true, ...reply }));
    },
    receive: (content, buffers) => listeners.forEach((listener) => listener(content, buffers)),
  };
  return model;
}
