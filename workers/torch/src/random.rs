//! Random numbers: libtorch's generator, reseeded before every use of it.
//!
//! Invariant: what is drawn depends on (seed, purpose, index) alone, never on what
//! was drawn before. A run that resumes at step 900 therefore draws what the
//! uninterrupted run drew there, and a control with fewer parts than its partner
//! draws the same for the parts they share. The generator is one per process:
//! [`crate::worker`] runs one request at a time.

use std::sync::{Mutex, MutexGuard, PoisonError};

use ingot_protocol::seed;

use crate::error::Error;

static ALONE: Mutex<()> = Mutex::new(());

/// Waits until nobody else in this process draws. The guard holds no data, so a
/// panic of its former owner leaves nothing broken.
pub fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes the next draws those of (seed, purpose, index).
pub fn reseed(seed: u64, purpose: &str, index: u64) -> Result<(), Error> {
    // libtorch takes the seed as the same 64 bits, signed.
    tch::manual_seed(seed::derive(seed, purpose, index).cast_signed());
    Ok(())
}

/// A permutation of `0..rows` for one epoch, on the CPU.                  [rows] i64
pub fn permutation(seed: u64, epoch: u64, rows: i64) -> Result<tch::Tensor, Error> {
    reseed(seed, "shuffle", epoch)?;
    Ok(tch::Tensor::f_randperm(rows, (tch::Kind::Int64, tch::Device::Cpu))?)
}
