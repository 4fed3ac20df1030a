//! Fuzzes `bodies::parquet`; begin with the seeds in `seeds/parquet`.
#![no_main]

#[path = "../bodies.rs"]
mod bodies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bodies::parquet(bytes));
