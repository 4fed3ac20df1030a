//! A plugin that judges: the metric `gap` and the check `duplicates`.
//!
//! A module a kind. Both only report: they make no artifact of their own.

mod duplicates;
mod gap;

pub use duplicates::Duplicates;
pub use gap::Gap;

ingot_plugin::plugin!(Duplicates, Gap);
