//! [`BuildEvent`]: the one stream of what happens in a build.
//!
//! Lock, summary, progress, `--json` and later sinks fold it; nothing reports
//! past it. Its JSON form (`--json`, one event a line) is public: a field may be
//! added, none changes its meaning. Invariant: every planned step has exactly
//! one `finished`, no `started` follows it, and `summary` is the last event.
//! What it does not do: it holds no time of day, no colour and no place on disk
//! but a log's.

use std::collections::BTreeMap;

use ingot_protocol::{Event, Finding, Metric, Severity};
use serde::{Deserialize, Serialize};

use super::known::Known;
use super::waivers::WaiverOutcome;
use crate::diag::{Diagnostic, Level};
use crate::digest::Digest;
use crate::model::action::ActionKey;
use crate::model::artifact::Artifact;
use crate::model::result::{ActionResult, Verdict};
use crate::plan::Step;
use crate::runner::sandbox;
use crate::store::holder::Waiting;

/// Something that happened in a build.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum BuildEvent {
    /// What the build is about to do; the first event.
    Planned {
        /// Steps in all.
        steps: u64,
        /// Steps whose result the store holds.
        hits: u64,
        /// Steps that will run.
        runs: u64,
        /// Steps that run if the outputs of others change.
        depends: u64,
        /// The wall time that recorded times let expect.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expected_seconds: Option<f64>,
        /// How many of those that run, or may run, were never timed.
        #[serde(default, skip_serializing_if = "is_zero")]
        untimed: u64,
        /// The points of a step with a matrix or replicates that run, or may run, where
        /// they are several: `tune@*` -> how many.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        points: BTreeMap<String, u64>,
    },
    /// A step's worker was started.
    Started {
        /// The step.
        step: String,
        /// Its kind.
        kind: String,
        /// Why it runs, each in the user's terms: `param lr: 0.001 -> 0.0003`.
        reasons: Vec<String>,
        /// The blob of the store that says all that running it takes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        job: Option<Digest>,
    },
    /// How long the build takes from now on, as recorded times let expect; told at most
    /// once a second, when a step has ended.
    Remaining {
        /// Wall time.
        seconds: f64,
        /// How many of the steps that are left were never timed.
        #[serde(default, skip_serializing_if = "is_zero")]
        untimed: u64,
    },
    /// How far a step has come.
    Progress {
        /// The step.
        step: String,
        /// Units done.
        done: u64,
        /// Units in all; zero where that is not known.
        total: u64,
        /// What is counted.
        unit: String,
    },
    /// A number of a step's result.
    Metric {
        /// The step.
        step: String,
        /// The number.
        metric: Metric,
    },
    /// Something found in a step's data or model.
    Finding {
        /// The step.
        step: String,
        /// What was found.
        finding: Finding,
        /// Whether somebody answers for it, so that it does not fail the verdict.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        waived: bool,
    },
    /// A fact of this run alone; it belongs to the step's next `progress`.
    Observed {
        /// The step.
        step: String,
        /// The fact's name.
        name: String,
        /// Its value.
        value: f64,
    },
    /// Something worth a line that is no warning.
    Note {
        /// The step it is about, if it is about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<String>,
        /// The text: a lower-case fragment.
        message: String,
    },
    /// The build waits for another one, or has waited; told when it takes longer, and at
    /// its end.
    Waiting {
        /// The step that the other one runs; nothing where it writes the lock.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<String>,
        /// The process of the other one, where it said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        process: Option<u32>,
        /// How long the other one has been at it, likewise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        held_seconds: Option<f64>,
        /// How long this one has waited.
        seconds: f64,
        /// Whether the wait is over.
        over: bool,
    },
    /// What a gate says of a step's result, run or cached; comes before the
    /// step's `finished`.
    Gate {
        /// The step.
        step: String,
        /// The metric, with slice and comparison: `accuracy for digit=3`.
        metric: String,
        /// What the gate says.
        verdict: Verdict,
        /// Why, with the numbers.
        message: String,
    },
    /// What became of a waiver of a step's, run or cached; comes before the step's
    /// `finished`, behind the findings that it covers.
    Waiver {
        /// The step.
        step: String,
        /// The waiver, and what became of it.
        #[serde(flatten)]
        waiver: WaiverOutcome,
        /// A stable code of [`crate::diag::codes`], unless it covers what was found.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// What to do about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        help: Option<String>,
    },
    /// A step reached its end.
    Finished {
        /// The step.
        step: String,
        /// Which end.
        #[serde(flatten)]
        outcome: Outcome,
        /// Wall time of the step in this build; zero where it did not run.
        seconds: f64,
        /// The verdict of findings and gates, where there is a result.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        verdict: Option<Verdict>,
        /// What of the sandbox held, where it ran: `fs net kill`, ...
        #[serde(default, skip_serializing_if = "Option::is_none")]
        held: Option<String>,
        /// What it gave, where it has a result.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        result: Option<Box<FinishedResult>>,
    },
    /// The numbers that the build was asked for: of a target, or where that has none, of
    /// the nearest step before it that has; comes before the summary.
    Target {
        /// The step.
        step: String,
        /// Its metrics over all of the data, without differences.
        metrics: Vec<Metric>,
    },
    /// An output was compared with its copy in the workspace.
    Exported {
        /// The path in the workspace.
        path: String,
        /// Whether the copy was written anew.
        changed: bool,
    },
    /// Something that may be wrong, and does not stop the build.
    Warning {
        /// A stable code of [`crate::diag::codes`].
        code: String,
        /// What it is: a lower-case fragment.
        message: String,
        /// What to do about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        help: Option<String>,
    },
    /// The build's end; the last event.
    Summary(Summary),
}

impl BuildEvent {
    /// What is told of a known result, run or not: its errors and, with `all`, its other
    /// findings, what its gates say and what became of its waivers.
    pub fn of_known(step: &Step, known: &Known, all: bool) -> Vec<Self> {
        let name = || step.name.clone();
        let findings = known.result.findings.iter();
        let told = findings.filter(|finding| all || is_held(step, finding)).map(|finding| {
            let waived = known.is_waived(step, finding);
            Self::Finding { step: name(), finding: finding.clone(), waived }
        });
        let gates = known.gates.iter().map(|gate| Self::Gate {
            step: name(),
            metric: gate.metric.clone(),
            verdict: gate.verdict,
            message: gate.message.clone(),
        });
        let waivers = known.waivers.iter().map(|waiver| Self::Waiver {
            step: name(),
            code: waiver.standing.code().map(str::to_owned),
            help: waiver.help(),
            waiver: waiver.clone(),
        });
        told.chain(gates).chain(waivers).collect()
    }

    /// What the worker of a step says; nothing where the step's end tells it.
    pub fn of_worker(step: &str, event: Event) -> Option<Self> {
        let step = step.to_owned();
        Some(match event {
            Event::Metric(metric) => Self::Metric { step, metric },
            Event::Finding(finding) => Self::Finding { step, finding, waived: false },
            Event::Progress { done, total, unit } => Self::Progress { step, done, total, unit },
            Event::Observe { name, value } => Self::Observed { step, name, value },
            Event::Error { .. } => return None,
        })
    }

    /// A wait for another build.
    pub fn waiting(step: Option<String>, waiting: Waiting) -> Self {
        let Waiting { process, held, waited, over } = waiting;
        let (held_seconds, seconds) = (held.map(|held| held.as_secs_f64()), waited.as_secs_f64());
        Self::Waiting { step, process, held_seconds, seconds, over }
    }
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It ran and its result was recorded.
    Executed,
    /// The store held its result.
    Cached,
    /// It ran, or was about to, and has no result.
    Failed(FailureSummary),
    /// A step before it failed, or has a verdict that is no pass.
    Blocked {
        /// That step: where the trouble began, not the nearest one.
        by: String,
    },
    /// It was never started, because the build stopped first.
    Skipped,
    /// It was stopped while it ran, because the build was interrupted.
    Cancelled,
}

/// What a step gave: all that a sink needs to keep it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FinishedResult {
    /// The action key.
    pub key: ActionKey,
    /// Output port -> artifact type and content.
    pub outputs: BTreeMap<String, Artifact>,
    /// Metrics, in their canonical order.
    pub metrics: Vec<Metric>,
}

impl FinishedResult {
    /// That of a result.
    pub fn of(result: &ActionResult) -> Box<Self> {
        let ActionResult { key, outputs, metrics, .. } = result;
        Box::new(Self { key: *key, outputs: outputs.clone(), metrics: metrics.clone() })
    }
}

/// Why a step failed, as a person needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureSummary {
    /// A stable code, of ours or of the worker.
    pub code: String,
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The log's last lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tail: Vec<String>,
    /// Where the whole log is, relative to the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    /// Where its exec root is kept, relative to the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<String>,
}

/// A build in numbers. A step that was skipped or cancelled is in `steps` alone.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Steps in all.
    pub steps: u64,
    /// Steps that ran.
    pub executed: u64,
    /// Steps whose result the store held.
    pub cached: u64,
    /// Steps that failed.
    pub failed: u64,
    /// Steps kept back by another's failure or verdict.
    pub blocked: u64,
    /// Steps with a result whose verdict is fail.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failed_verdicts: u64,
    /// Steps with a result whose verdict is inconclusive.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub inconclusive_verdicts: u64,
    /// Wall time of the build.
    pub seconds: f64,
    /// How often a step was run again after a failure of the machine.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retries: u64,
    /// The number under which `ingot runs` has it, where it is a new run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<u64>,
    /// Whether it was interrupted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Summary {
    /// Counts one step's end, and the verdict of its result.
    pub fn count(&mut self, outcome: &Outcome, verdict: Option<Verdict>) {
        self.steps += 1;
        self.count_verdict(verdict.unwrap_or(Verdict::Pass));
        match outcome {
            Outcome::Executed => self.executed += 1,
            Outcome::Cached => self.cached += 1,
            Outcome::Failed(_) => self.failed += 1,
            Outcome::Blocked { .. } => self.blocked += 1,
            Outcome::Skipped | Outcome::Cancelled => {}
        }
    }

    /// Counts a verdict.
    pub fn count_verdict(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Pass => {}
            Verdict::Inconclusive => self.inconclusive_verdicts += 1,
            Verdict::Fail => self.failed_verdicts += 1,
        }
    }
}

impl Outcome {
    /// The word for it in the stream.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Executed => "executed",
            Self::Cached => "cached",
            Self::Failed(_) => "failed",
            Self::Blocked { .. } => "blocked",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
        }
    }
}

impl BuildEvent {
    /// A warning from a diagnostic; an error has no place in the stream.
    pub fn warning(diagnostic: &Diagnostic) -> Option<Self> {
        (diagnostic.level == Level::Warning).then(|| Self::Warning {
            code: diagnostic.code.to_owned(),
            message: diagnostic.message.clone(),
            help: diagnostic.help.first().cloned(),
        })
    }
}

/// Whether a finding is told only when its step has ended, since a waiver may cover it.
pub fn is_held(step: &Step, finding: &Finding) -> bool {
    finding.severity == Severity::Error && !step.waivers.is_empty()
}

/// Whether these words are every wall of the sandbox.
pub fn is_whole(held: &str) -> bool {
    let words: Vec<String> = held.split(' ').map(str::to_owned).collect();
    sandbox::lacking(&words).is_empty()
}
