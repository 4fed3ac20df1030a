//! Fuzzes `bodies::action`; begin with the seeds in `seeds/action`.
#![no_main]

#[path = "../bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::action(bytes));
