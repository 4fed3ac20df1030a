//! The table of diagnostic codes: what `ingot error CODE` explains.
//!
//! Invariant: codes are never reused and never change their meaning. The first
//! digits say which part speaks: 01 manifest syntax, 02 manifest form, 03 plan,
//! 04 params, 05 files and sources, 06 environment, 07 store, 08 running a
//! step, 09 lock, 10 usage.

/// One code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The code, for example `E0101`.
    pub code: &'static str,
    /// One line.
    pub title: &'static str,
    /// What it means and what to do, as Markdown.
    pub explanation: &'static str,
}

/// The table.
const CODES: &[Code] = &[];

/// Every code, sorted.
pub fn all() -> &'static [Code] {
    CODES
}

/// Looks a code up, whatever its case.
pub fn find(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|entry| entry.code.eq_ignore_ascii_case(code))
}
