//! Fuzzes `bodies::lock`; begin with the seeds in `seeds/lock`.
#![no_main]

#[path = "../bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::lock(bytes));
