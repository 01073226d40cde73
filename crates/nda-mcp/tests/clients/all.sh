#!/usr/bin/env bash
# Both clients that are not ours against one `nda`: the official Python SDK and the official conformance suite.
#
#     crates/nda-mcp/tests/clients/all.sh target/release/nda
#
# They come from PyPI and npm. Where one cannot be had, it is left out and that is said; what a client finds wrong fails the script.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
nda="$(realpath "$1")"
env="$(mktemp -d)"
trap 'rm -rf "$env"' EXIT

if python3 -m venv "$env" && "$env/bin/pip" install --quiet --disable-pip-version-check --retries 1 --timeout 30 'mcp==2.3.0'; then
    "$env/bin/python" "$here/python_sdk.py" "$nda"
else
    echo "left out: the Python SDK cannot be installed here"
fi
if command -v npm >/dev/null; then
    "$here/conformance.sh" "$nda"
else
    echo "left out: the conformance suite needs npm"
fi
