#!/bin/sh
# Writes the component to the path that is given; `ingot plugin build` calls this.
set -eu
cd "$(dirname "$0")"
if ! command -v componentize-py > /dev/null; then
  echo "there is no componentize-py: pip install componentize-py==0.25.1" >&2
  exit 1
fi
componentize-py -d wit -d world.wit -w ingot:plugin/plugin componentize app \
  -o "${1:-{{name}}.wasm}" --stub-wasi
