//! The engine: how components are compiled and what their code may do.
//!
//! Invariant: everything that could change a result is fixed, and [`SEMANTICS`] moves with
//! it; that is part of a plugin's identity. NaN bits are canonical, relaxed vector operations take their deterministic form, there are no
//! threads. Fuel is counted by WebAssembly's operators, so that the same step needs the
//! same fuel on any machine.

use wasmtime::{Config, Engine};

use crate::error::PluginError;

/// What decides the bits of a result, beside the component and the interface, as a number
/// that is in the key of every step of every plugin. It moves when a guest could come to
/// see something else:
///
/// * NaN bits, relaxed vector operations, the extent of the stack (below);
/// * the bytes of an input: how many rows a batch has ([`crate::input`]), and how Arrow
///   writes it. A golden test (`tests/frozen.rs`) tells whether they moved.
pub const SEMANTICS: u32 = 1;

/// Bytes of stack that a guest has.
pub const STACK: usize = 1 << 20;

/// The one engine of a process.
pub fn engine() -> Result<Engine, PluginError> {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        .consume_fuel(true)
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .max_wasm_stack(STACK)
        .wasm_memory64(false)
        .wasm_custom_page_sizes(false);
    Engine::new(&config).map_err(|error| PluginError::Engine(error.to_string()))
}
