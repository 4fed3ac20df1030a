//! The clock: for observations and the stat index alone, never for a key.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time since 1970; zero for a clock before it.
pub fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// A name for this boot of the machine: what was not synced before another
/// boot may be lost. Empty where the system gives none.
pub fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|text| text.trim().to_owned())
        .unwrap_or_default()
}
