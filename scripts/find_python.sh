#!/bin/sh
# Print the path of a Python that can make the environment: $PYTHON if set, else the first that fits.
# A name on PATH is not enough (version managers leave stubs, Debian splits venv off), so each is run.

fits() {
    "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

if [ -n "${PYTHON:-}" ]; then
    if fits "$PYTHON"; then
        command -v "$PYTHON"
        exit 0
    fi
    echo "PYTHON=$PYTHON is no Python 3.11 or newer with venv. Give another: make PYTHON=/path/to/python3.11 ..." >&2
    exit 1
fi

for name in python3.11 python3.12 python3.13 python3 python; do
    if fits "$name"; then
        command -v "$name"
        exit 0
    fi
done

echo "No Python 3.11 or newer with venv was found (tried python3.11, python3.12, python3.13, python3, python)." >&2
echo "Install one (on Debian or Ubuntu: apt-get install python3 python3-venv) or name it:" >&2
echo "    make PYTHON=/path/to/python3.11 demo" >&2
exit 1
