//! [`Known`]: a step whose result is known, and what its gates and waivers say of it.

use ingot_protocol::Finding;

use crate::engine::gates::{self, GateOutcome};
use crate::engine::waivers::{self, WaiverOutcome};
use crate::model::result::{ActionResult, Verdict};
use crate::plan::Step;

/// A step's result and its verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The recorded result.
    pub result: ActionResult,
    /// The verdict of the findings that no waiver covers and of the gates together: the
    /// worse one.
    pub verdict: Verdict,
    /// What each gate says.
    pub gates: Vec<GateOutcome>,
    /// What became of each waiver.
    pub waivers: Vec<WaiverOutcome>,
}

impl Known {
    /// Judges a result by the step's gates and waivers, which stand outside the record.
    pub fn judge(step: &Step, result: ActionResult) -> Self {
        let (gated, gates) = gates::judge(&step.gates, &result.metrics, &result.findings);
        let (found, waivers) = waivers::judge(&step.waivers, &result.findings);
        Self { verdict: gated.max(found), gates, waivers, result }
    }

    /// Whether somebody answers for this finding of the step's.
    pub fn is_waived(&self, step: &Step, finding: &Finding) -> bool {
        waivers::is_waived(&step.waivers, &self.waivers, finding)
    }
}
