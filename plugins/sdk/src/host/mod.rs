//! Where streams come from and reports go: the host, or memory.
//!
//! Two modules of the same shape, one a target: `component` speaks
//! `ingot:step@1.0.0`, `memory` holds everything in the process for tests.

#[cfg(target_arch = "wasm32")]
mod component;
#[cfg(not(target_arch = "wasm32"))]
mod memory;

#[cfg(target_arch = "wasm32")]
pub use component::{Config, Descriptor, Failure, Guest, Input, Output, bindings, describe, run};
#[cfg(target_arch = "wasm32")]
pub(crate) use component::{Host, HostInput, HostOutput, HostReader, HostWriter};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use memory::{Created, Host, HostInput, HostOutput, HostReader, HostWriter};
