//! The torch worker.
fn main() {}
