//! [`Growth`]: how much a manifest becomes when `like`, params and matrices are written out.
//!
//! A few lines can ask for terabytes. Invariant: what is copied while a manifest is read is
//! counted before it is copied, and no more than [`MOST`] bytes are; how many values nest
//! is bounded by the text's own depth.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::node::{Node, NodeKind};
use crate::diag::{Diagnostic, Span};

/// Most bytes that the values of all steps take together.
const MOST: u64 = 512 << 20;
/// What a value takes beside its text.
const VALUE: u64 = 64;
/// What a step takes beside its values.
pub(super) const STEP: u64 = 1024;

/// What was copied so far.
#[derive(Debug, Default)]
pub(crate) struct Growth {
    bytes: AtomicU64,
    told: AtomicBool,
}

impl Growth {
    /// Counts what is about to be copied for what stands at `place`; false where it is too
    /// much, which is told once.
    pub(super) fn add(&self, bytes: u64, place: Span, diagnostics: &mut Vec<Diagnostic>) -> bool {
        let before = self.bytes.fetch_add(bytes.min(MOST + 1), Ordering::Relaxed);
        if before.saturating_add(bytes) <= MOST {
            return true;
        }
        if !self.told.swap(true, Ordering::Relaxed) {
            let message = format!("written out, the steps take more than {} MiB", MOST >> 20);
            diagnostics.push(
                Diagnostic::error("E0219", message)
                    .label(place, "too much from here on")
                    .help("take values of a matrix, replicates, params in texts or `like` away"),
            );
        }
        false
    }

    /// Counts a copy of a value.
    pub(super) fn add_copy(&self, node: &Node, diagnostics: &mut Vec<Diagnostic>) -> bool {
        !self.is_spent() && self.add(size(node), node.span, diagnostics)
    }

    /// Whether nothing more may be copied.
    pub(super) fn is_spent(&self) -> bool {
        self.told.load(Ordering::Relaxed)
    }
}

/// About what a value takes.
pub(super) fn size(node: &Node) -> u64 {
    VALUE
        + match &node.kind {
            NodeKind::String(text) => text.len() as u64,
            NodeKind::Array(items) => items.iter().map(size).sum(),
            NodeKind::Table(entries) => {
                entries.iter().map(|(key, (_, value))| VALUE + key.len() as u64 + size(value)).sum()
            }
            NodeKind::Bool(_) | NodeKind::Integer(_) | NodeKind::Float(_) => 0,
        }
}
