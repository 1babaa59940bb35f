"""The views of a workspace in any browser, without a notebook: a link for each annotator, the same cores.

`widgets.serve.server` is what starts; nothing here imports tornado before that.
"""
