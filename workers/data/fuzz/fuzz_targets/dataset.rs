//! Fuzzes `bodies::dataset`; begin with the seeds in `seeds/dataset`.
#![no_main]

#[path = "../bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::dataset(bytes));
