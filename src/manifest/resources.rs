//! `{ cpu, memory, gpu }`: what a step takes of the machine, as far as a table says it.
//! Pure.

use super::fields::Fields;
use super::node::Node;
use super::step::Resources;
use super::units;
use crate::diag::Diagnostic;

/// What one table says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Taken {
    cpu: Option<u32>,
    memory: Option<u64>,
    gpu: Option<u32>,
}

impl Taken {
    /// Reads a table; `what` names it in messages.
    pub(super) fn read(what: &str, node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let mut fields = Fields::of(what, node, diagnostics);
        let count = |value: Option<i64>| value.and_then(|value| value.try_into().ok());
        let taken = Self {
            cpu: count(fields.integer("cpu", 1, 1024, diagnostics)),
            memory: fields
                .any("memory")
                .and_then(|(_, node)| units::memory("memory", node, diagnostics)),
            gpu: count(fields.integer("gpu", 0, 64, diagnostics)),
        };
        fields.finish(diagnostics);
        taken
    }

    /// These resources, with each part replaced that is said here.
    pub(super) fn over(self, below: Resources) -> Resources {
        Resources {
            cpu: self.cpu.unwrap_or(below.cpu),
            memory: self.memory.or(below.memory),
            gpu: self.gpu.unwrap_or(below.gpu),
        }
    }
}
