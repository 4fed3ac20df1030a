//! The engine: drives a build from events to commands.

pub mod event;
pub mod gates;
pub mod scheduler;
