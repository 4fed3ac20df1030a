//! Fuzzes `bodies::protocol`; begin with the seeds in `seeds/protocol`.
#![no_main]

#[path = "../bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::protocol(bytes));
