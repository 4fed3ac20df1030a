//! The host's side of `ingot:step@1.0.0`, made from `plugins/wit`.
//!
//! Invariant: the interface is the file's. What the functions do is in [`crate::host`].
#![allow(missing_docs, unreachable_pub)]

wasmtime::component::bindgen!({
    path: "../../plugins/wit",
    world: "ingot:step/step",
    imports: { default: trappable },
    with: {
        "ingot:step/artifacts.input": crate::input::Input,
        "ingot:step/artifacts.output": crate::output::Output,
        "ingot:step/artifacts.reader": crate::input::Reader,
        "ingot:step/artifacts.writer": crate::output::Writer,
    },
    require_store_data_send: false,
});

pub use ingot::step::{artifacts, report, seed, types};

/// The version of the interface, as components name it.
pub const INTERFACE: &str = "ingot:step@1.0.0";
