//! Fuzzes `bodies::record`; begin with the seeds in `seeds/record`.
#![no_main]

#[path = "../bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::record(bytes));
