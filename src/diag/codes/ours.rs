//! E70: a mistake of ours.

use super::Code;
use crate::diag::Exit;

/// The table.
pub(super) const CODES: &[Code] = &[Code {
    code: "E7001",
    exit: Exit::Bug,
    title: "a mistake in ingot",
    explanation: "This should not happen. Please report it with the manifest and the command.",
}];
