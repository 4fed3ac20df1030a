//! Fuzzes `bodies::csv`; begin with the seeds in `seeds/csv`.
#![no_main]

#[path = "../bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::csv(bytes));
