//! The libtorch worker: `train`, `fine-tune`, `pretrain` and `predict`.
//!
//! Code map, from the outside in:
//!
//! * [`worker`] answers the three verbs; [`kinds`] has a folder for each kind: its
//!   descriptor and what it does.
//! * [`params`] reads the params of training, [`schema`] describes them.
//! * [`dataset`] turns a dataset artifact into tensors, by a preprocessing that was
//!   fitted on the training split alone; [`augment`] varies images.
//! * [`training`] is the one training loop and its checkpoints; [`losses`] and
//!   [`optim`] are what it minimises and how.
//! * [`networks`] are the architectures, [`heads`] what stands behind them, built of [`nn`]'s
//!   layers.
//! * [`model`] is the model artifact: reading, writing, showing, comparing.
//! * [`error`] is all that can go wrong, [`codes`] what its codes mean.
//! * [`platform`] makes the declared platform true, [`random`] draws.
//! * [`shim`], `blas` and `vector_math` are the only `unsafe`: what `tch` does not bind,
//!   and the matrix products and elementary functions that libtorch calls.
//!
//! Invariant: one request, one seed and one declared platform give the same bytes,
//! whether the run was interrupted or not.

pub mod augment;
#[cfg(target_arch = "x86_64")]
pub mod blas;
pub mod codes;
pub mod dataset;
pub mod error;
pub mod heads;
pub mod kinds;
pub mod losses;
pub mod model;
pub mod networks;
pub mod nn;
pub mod objectives;
pub mod optim;
pub mod params;
pub mod platform;
pub mod random;
pub mod schema;
pub mod shim;
pub mod training;
#[cfg(target_arch = "x86_64")]
pub mod vector_math;
pub mod worker;

pub use error::Error;
