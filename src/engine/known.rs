//! [`Known`]: a step whose result is known, and what its gates say of it.

use crate::engine::gates::{self, GateOutcome};
use crate::model::result::{ActionResult, Verdict};
use crate::plan::Step;

/// A step's result and its verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The recorded result.
    pub result: ActionResult,
    /// The findings' and the gates' verdict together: the worse one.
    pub verdict: Verdict,
    /// What each gate says.
    pub gates: Vec<GateOutcome>,
}

impl Known {
    /// Judges a result by the step's gates, which stand outside the record.
    pub fn judge(step: &Step, result: ActionResult) -> Self {
        let (verdict, gates) = gates::judge(&step.gates, &result.metrics, &result.findings);
        Self { verdict: verdict.max(result.findings_verdict()), gates, result }
    }
}
