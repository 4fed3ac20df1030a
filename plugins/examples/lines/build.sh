#!/bin/sh
# Writes the core module to the path that is given, which `ingot plugin build` does;
# with `test`, runs the tests of lines.c on this machine instead.
set -eu
cd "$(dirname "$0")"
if [ "${1:-}" = test ]; then
  test_program=$(mktemp)
  "${CC:-cc}" -std=c11 -Wall -Wextra -Werror -g test.c lines.c -o "$test_program"
  "$test_program"
  rm "$test_program"
  exit
fi
sdk=../../sdk/c
"${CLANG:-clang-22}" --target=wasm32 -std=c11 -Wall -Wextra -Werror -Wno-unused-parameter \
  -O2 -ffreestanding -nostdlib -mbulk-memory -fvisibility=hidden -fno-ident \
  -isystem "$sdk/freestanding" -I"$sdk/bindings" -Wl,--no-entry -Wl,--strip-all \
  plugin.c lines.c "$sdk/bindings/step.c" "$sdk/freestanding/component_type.c" \
  "$sdk/freestanding/memory.c" -o "${1:-lines.core.wasm}"
