//! The `ingot` program.
fn main() {}
