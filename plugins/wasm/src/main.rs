//! The program `ingot-wasm`.
fn main() {}
