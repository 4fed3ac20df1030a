//! The data worker as the core uses it: requests in, folders and events out.

#![allow(clippy::unwrap_used)]

mod evaluate;
mod fuzz;
mod golden;
mod hostile;
mod real;
mod reference;
mod reported;
mod select;
mod split;
mod support;
mod types;
