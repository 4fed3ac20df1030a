#!/bin/sh
# Writes the core module to the path that is given; `ingot plugin build` calls this.
set -eu
cd "$(dirname "$0")"
clang=""
for candidate in "${CLANG:-clang}" clang-22 clang-21 clang-20 clang-19 clang-18; do
  if command -v "$candidate" > /dev/null; then
    clang=$candidate
    break
  fi
done
if [ -z "$clang" ]; then
  echo "there is no clang: install clang and lld, or name one in CLANG" >&2
  exit 1
fi
"$clang" --target=wasm32 -std=c11 -Wall -Wextra -Werror \
  -O2 -ffreestanding -nostdlib -mbulk-memory -fvisibility=hidden -fno-ident \
  -isystem freestanding -Ibindings -Wl,--no-entry -Wl,--strip-all \
  plugin.c bindings/step.c freestanding/component_type.c freestanding/memory.c \
  -o "${1:-{{name}}.core.wasm}"
