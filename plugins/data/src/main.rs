//! The data worker.
fn main() {}
