// Loaded into every page of the browser tests: what the tests ask of JupyterLab, asked of its own model.
window.labPage = {
  get panel() {
    return window.jupyterapp?.shell?.currentWidget;
  },
  get book() {
    return this.panel?.content;
  },
  get session() {
    return this.panel?.context?.sessionContext;
  },
  // The kernel alone says idle too early: a widget's message answered on another thread flips its state.
  isIdle() {
    const isRunning = (cell) => cell.model.type === "code" && cell.model.sharedModel.executionState === "running";
    return this.session?.session?.kernel?.status === "idle" && !this.book.widgets.some(isRunning);
  },
  // The default takes cells that are scrolled away out of the page, and their widgets with them.
  keepCells() {
    this.book.notebookConfig = { ...this.book.notebookConfig, windowingMode: "none" };
  },
  // Make these the only cells of the notebook.
  setCells(sources) {
    const cells = sources.map((source) => ({ cell_type: "code", source, metadata: {}, outputs: [], execution_count: null }));
    const shared = this.book.model.sharedModel;
    shared.transact(() => {
      shared.deleteCellRange(0, shared.cells.length);
      shared.insertCells(0, cells);
    });
  },
  activate(index) {
    this.book.deselectAll();
    this.book.activeCellIndex = index;
  },
  run: (command, fields) => window.jupyterapp.commands.execute(command, fields ?? {}),
  async ask(expression) {
    const user_expressions = { r: `__import__("json").dumps(${expression}, default=str)` };
    const future = this.session.session.kernel.requestExecute({ code: "", silent: true, store_history: false, user_expressions });
    return (await future.done).content.user_expressions.r;
  },
  errors() {
    const outputs = this.book.widgets.flatMap((cell) => (cell.model.type === "code" ? cell.model.outputs.toJSON() : []));
    return outputs.filter((output) => output.output_type === "error").map((output) => output.traceback.join("\n"));
  },
  // What a stray shortcut would change.
  state() {
    return {
      cells: this.book.widgets.map((cell) => [cell.model.type, cell.model.sharedModel.source]),
      active: this.book.activeCellIndex,
      mode: this.book.mode,
      dialog: Boolean(document.querySelector(".jp-Dialog")),
      search: Boolean(document.querySelector(".jp-DocumentSearch-overlay:not(.lm-mod-hidden)")),
    };
  },
};
