//! Ctrl-C: the first one asks the build to end, the second ends the process.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};

/// Sets `flag` at the first interrupt; the next one ends the process at once,
/// and the launchers of running steps with it. Where no handler can be set the
/// first one already does.
pub fn on_interrupt(flag: &Arc<AtomicBool>) {
    if cfg!(test) {
        // The interrupts of a test run are for whoever runs the tests.
        return;
    }
    for signal in [SIGINT, SIGTERM] {
        let _ = signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(flag));
        let _ = signal_hook::flag::register(signal, Arc::clone(flag));
    }
}
