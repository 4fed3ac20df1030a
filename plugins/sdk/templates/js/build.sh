#!/bin/sh
# Writes the component to the path that is given; `ingot plugin build` calls this.
set -eu
cd "$(dirname "$0")"
if ! command -v npm > /dev/null; then
  echo "there is no npm: install node" >&2
  exit 1
fi
[ -d node_modules ] || npm install
node build.mjs "${1:-{{name}}.wasm}"
