//! The clock: for observations and the stat index alone, never for a key.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The time since 1970; zero for a clock before it.
pub fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The clock that stamps files: it lags behind [`now`] by a tick. A write that
/// happens from here on is stamped with this moment or a later one, as long as
/// nobody sets the clock back.
pub fn stamping() -> Duration {
    #[cfg(target_os = "linux")]
    {
        use rustix::time::{ClockId, clock_gettime};
        let moment = clock_gettime(ClockId::RealtimeCoarse);
        let seconds = u64::try_from(moment.tv_sec).unwrap_or_default();
        Duration::new(seconds, u32::try_from(moment.tv_nsec).unwrap_or_default())
    }
    #[cfg(not(target_os = "linux"))]
    now()
}

/// A name for this boot of the machine: what was not synced before another
/// boot may be lost. Empty where the system gives none.
pub fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|text| text.trim().to_owned())
        .unwrap_or_default()
}
