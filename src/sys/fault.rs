//! Faults on demand: a countdown that makes the k-th operation fail.
//!
//! In a release of the program the countdown is never set and [`point`] is one
//! relaxed load. The countdown is the process's, so a test that sets it runs in a
//! process of its own.

use std::io;
use std::sync::atomic::{AtomicI64, Ordering};

/// Operations until the fault; negative means never.
static COUNTDOWN: AtomicI64 = AtomicI64::new(-1);

/// Called before every operation; fails when the countdown has run out.
pub fn point(_operation: &'static str) -> io::Result<()> {
    if COUNTDOWN.load(Ordering::Relaxed) < 0 {
        return Ok(());
    }
    match COUNTDOWN.fetch_sub(1, Ordering::SeqCst) {
        0 => Err(io::Error::other("injected fault")),
        _ => Ok(()),
    }
}

/// Makes the operation after `operations` further ones fail, once.
pub fn set(operations: i64) {
    COUNTDOWN.store(operations, Ordering::SeqCst);
}
