//! Fuzzes `bodies::contract`; begin with the seeds in `seeds/contract`.
#![no_main]

#[path = "../bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::contract(bytes));
