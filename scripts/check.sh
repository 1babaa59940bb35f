#!/bin/sh
# All that can be said about the code without running the product: what `make check` and CI run.
set -eu
bin=.venv/bin
$bin/ruff format --check .
$bin/ruff check .
$bin/mypy
$bin/lint-imports
if command -v npm >/dev/null 2>&1 && [ -f package.json ]; then
    npm ci --silent --no-audit --no-fund
    npm run --silent build
    git diff --exit-code --stat -- widgets/static
else
    echo "widget bundle: not checked, as npm is not here (only people who change the views need it)"
fi
$bin/python -m pytest -q tests/test_house.py
