#!/bin/sh
# Builds the core modules of every example into the folder OUT, with the same bytes
# wherever this folder stands. RUST=no or C=no leaves a language out.
#
# Cargo names a crate by its place in the workspace, or by its whole path where it
# stands outside, as the SDK does here. So the build is of a copy that has both.
set -eu
out=$(mkdir -p "${1:-out}" && cd "${1:-out}" && pwd)
cd "$(dirname "$0")"
if [ "${RUST:-yes}" != no ]; then
  export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
  stage=$CARGO_TARGET_DIR/stage
  rm -rf "$stage"
  mkdir -p "$stage"
  cp -Rp ../sdk ../wit Cargo.lock tidy scores "$stage"
  sed 's|"\.\./sdk"|"sdk"|' Cargo.toml > "$stage/Cargo.toml"

  RUSTFLAGS="--remap-path-prefix=$stage=plugins"
  RUSTFLAGS="$RUSTFLAGS --remap-path-prefix=$(rustc --print sysroot)=rust"
  for registry in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*; do
    RUSTFLAGS="$RUSTFLAGS --remap-path-prefix=$registry=cargo"
  done
  export RUSTFLAGS
  (cd "$stage" && cargo build --locked --release --target wasm32-unknown-unknown -p tidy -p scores)
  release=$CARGO_TARGET_DIR/wasm32-unknown-unknown/release
  cp "$release/tidy.wasm" "$release/scores.wasm" "$out"
fi
if [ "${C:-yes}" != no ]; then
  lines/build.sh "$out/lines.wasm"
fi
