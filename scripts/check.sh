#!/bin/sh
# All that can be said about the code without running the product: what `make check` and CI run.
# Every check runs even where one fails, so that one run says all that is wrong.
set -u
bin=.venv/bin
failed=""

check() {
    name=$1
    shift
    echo "-- $name"
    "$@" || failed="$failed $name"
}

bundle() {
    npm ci --silent --no-audit --no-fund && npm run --silent build && git diff --exit-code --stat -- widgets/static
}

check format $bin/ruff format --check .
check lint $bin/ruff check .
check types $bin/mypy
check layers $bin/lint-imports
if command -v npm >/dev/null 2>&1; then
    check bundle bundle
    check views npm run --silent test
else
    echo "-- bundle, views: not checked, npm is not here (only people who change the views need it)"
fi
check house $bin/python -m pytest -q tests/test_house.py

if [ -n "$failed" ]; then
    echo "make check failed:$failed"
    exit 1
fi
