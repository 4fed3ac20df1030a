//! Fuzzes `bodies::events`; begin with the seeds in `seeds/events`.
#![no_main]

#[path = "../bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::events(bytes));
