//! Fuzzes `bodies::config`; begin with the seeds in `seeds/config`.
#![no_main]

#[path = "../bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::config(bytes));
