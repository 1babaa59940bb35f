# Every target sets up what it needs by itself; a second run does no installation work.
# Only Python 3.11 or newer, make and a way to the package registries are needed.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test lab check clean

PY := .venv/bin/python
ARGS ?=

# Run the commands in $(2) under the name $(1), then say how long they took, however they ended.
timed = @start=$$(date +%s); ( set -e; $(2) ); code=$$?; \
	echo "$(1): $$(( $$(date +%s) - start )) s"; exit $$code

prepare = python=$$(sh scripts/find_python.sh); "$$python" scripts/prepare.py $(1)

help:
	@echo "make demo    build the demo world, find and decide its bad pairs, write demo/report.html"
	@echo "make lab     open JupyterLab on the demo workspace"
	@echo "make test    run every test, the browser tests included (ARGS='-k name' to choose)"
	@echo "make check   format, lint, types, layers, widget bundle and view tests, house rules"
	@echo "make clean   remove demo/, .venv/ and the caches"

demo:
	$(call timed,make demo,$(call prepare,demo); $(PY) -m workbench demo demo --finetune short $(ARGS))

lab:
	@$(call prepare,lab) && { test -f demo/workspace.json || $(PY) -m workbench demo demo; } \
		&& WORKBENCH_WORKSPACE="$(CURDIR)/demo" $(PY) -m jupyterlab $(if $(filter 0,$(shell id -u)),--allow-root) notebooks $(ARGS)

test:
	$(call timed,make test,$(call prepare,test); $(PY) -m pytest --durations=10 $(ARGS))

check:
	$(call timed,make check,$(call prepare,test); sh scripts/check.sh)

clean:
	rm -rf demo .venv .cache .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
