//! Fuzzes `bodies::manifest`; begin with the seeds in `seeds/manifest`.
#![no_main]

#[path = "../bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::manifest(bytes));
