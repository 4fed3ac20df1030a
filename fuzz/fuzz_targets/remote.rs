//! Fuzzes `bodies::remote`; begin with the seeds in `seeds/remote`.
#![no_main]

#[path = "../bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::remote(bytes));
