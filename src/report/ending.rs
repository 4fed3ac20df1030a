//! [`Ending`]: what a build says last: the numbers that were asked for, the count of its
//! steps, each verdict that is no pass with its finding, and what to do next. Pure.

use std::collections::BTreeMap;

use ingot_protocol::figure::figure;
use ingot_protocol::{Metric, Severity};

use super::plain::{RED, Style, YELLOW, line};
use super::{summary, table};
use crate::engine::event::{BuildEvent, Outcome, Summary};
use crate::engine::targets::is_whole;
use crate::model::result::Verdict;

/// Most numbers, and most verdicts, that are told.
const MOST: usize = 20;

/// What the last words are made of.
#[derive(Debug, Default)]
pub struct Ending {
    /// The first step that failed: what the last line tells to look at.
    failed: Option<String>,
    /// Step -> the worst that was found in its result, and what was found besides.
    found: BTreeMap<String, StepFindings>,
    /// Step and number.
    numbers: Vec<(String, Metric)>,
}

#[derive(Debug)]
struct StepFindings {
    verdict: Verdict,
    first: String,
    more: usize,
}

impl Ending {
    /// Takes an event in.
    pub fn take(&mut self, event: &BuildEvent) {
        match event {
            BuildEvent::Finding { step, finding, waived: false }
                if finding.severity == Severity::Error =>
            {
                self.find(step, Verdict::Fail, format!("{}: {}", finding.code, finding.message));
            }
            BuildEvent::Gate { step, verdict, message, .. } if *verdict != Verdict::Pass => {
                self.find(step, *verdict, message.clone());
            }
            BuildEvent::Finished { step, outcome: Outcome::Failed(_), .. } => {
                self.failed.get_or_insert_with(|| step.clone());
                // What it said before has become no result.
                self.found.remove(step);
            }
            BuildEvent::Target { step, metrics } => {
                let whole = metrics.iter().filter(|metric| is_whole(metric)).cloned();
                self.numbers.extend(whole.map(|metric| (step.clone(), metric)));
            }
            _ => {}
        }
    }

    fn find(&mut self, step: &str, verdict: Verdict, what: String) {
        match self.found.get_mut(step) {
            None => {
                self.found.insert(step.to_owned(), StepFindings { verdict, first: what, more: 0 });
            }
            Some(found) if verdict > found.verdict => {
                *found = StepFindings { verdict, first: what, more: found.more + 1 };
            }
            Some(found) => found.more += 1,
        }
    }

    /// The last words.
    pub fn text(&self, summary: &Summary, style: Style) -> String {
        let mut text = self.table();
        text.push_str(&summary::count(summary));
        for (step, StepFindings { verdict, first, more }) in self.found.iter().take(MOST) {
            let (how, colour) = match verdict {
                Verdict::Inconclusive => ("is inconclusive", YELLOW),
                Verdict::Pass | Verdict::Fail => ("fails", RED),
            };
            let more = match more {
                0 => String::new(),
                count => format!(" (and {count} more)"),
            };
            text.push_str(&line(
                style.word("verdict", colour),
                &format!("{step} {how}: {first}{more}"),
            ));
        }
        if let Some(left) = self.found.len().checked_sub(MOST).filter(|left| *left > 0) {
            text.push_str(&format!("{:>9} and {left} more\n", ""));
        }
        text + &summary::next(summary, self.failed.as_deref(), self.found.keys().next())
    }

    /// The numbers that were asked for.
    fn table(&self) -> String {
        // The last steps are what the others were built for.
        let left = self.numbers.len().saturating_sub(MOST);
        let rows: Vec<Vec<String>> = self
            .numbers
            .iter()
            .skip(left)
            .map(|(step, metric)| {
                let interval = match (metric.low, metric.high) {
                    (Some(low), Some(high)) => format!("[{}, {}]", figure(low), figure(high)),
                    _ => String::new(),
                };
                vec![step.clone(), metric.name.clone(), figure(metric.value), interval]
            })
            .collect();
        if rows.is_empty() {
            return String::new();
        }
        let more = match left {
            0 => String::new(),
            left => format!(
                "and {left} more before these: `ingot runs` and `ingot show STEP` have them\n"
            ),
        };
        format!("\n{}{more}\n", table::render(&["step", "metric", "value", ""], &rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::FailureSummary;
    use ingot_protocol::Finding;

    fn finding(step: &str, severity: Severity, message: &str) -> BuildEvent {
        let finding = Finding::new(severity, "D0301", message);
        BuildEvent::Finding { step: step.into(), finding, waived: false }
    }

    fn gate(step: &str, verdict: Verdict) -> BuildEvent {
        let message = "accuracy is 0.81, below the minimum of 0.9".into();
        BuildEvent::Gate { step: step.into(), metric: "accuracy".into(), verdict, message }
    }

    fn text(events: &[BuildEvent], summary: Summary) -> String {
        let mut ending = Ending::default();
        events.iter().for_each(|event| ending.take(event));
        ending.text(&summary, Style { colour: false })
    }

    #[test]
    fn a_verdict_that_is_no_pass_has_a_line_with_its_finding() {
        let events = [
            finding("check", Severity::Warning, "a column is constant"),
            finding("check", Severity::Error, "3 rows have no label"),
            finding("check", Severity::Error, "2 rows are twice there"),
            gate("eval", Verdict::Inconclusive),
            gate("other", Verdict::Pass),
            BuildEvent::Target {
                step: "eval".into(),
                metrics: vec![
                    Metric { low: Some(0.8), high: Some(0.9), ..Metric::new("accuracy", 0.85) },
                    Metric { than: Some("base".into()), ..Metric::new("accuracy", 0.1) },
                ],
            },
        ];
        let summary = Summary {
            steps: 4,
            executed: 2,
            cached: 1,
            blocked: 1,
            failed_verdicts: 1,
            inconclusive_verdicts: 1,
            seconds: 2.0,
            ..Summary::default()
        };
        insta::assert_snapshot!(text(&events, summary), @r"
        step  metric     value
        eval  accuracy  0.8500  [0.8000, 0.9000]

        4 steps: 2 executed, 1 cached, 1 verdict failed, 1 verdict inconclusive, 1 blocked in 2.00 s
          verdict check fails: D0301: 3 rows have no label (and 1 more)
          verdict eval is inconclusive: accuracy is 0.81, below the minimum of 0.9
        `ingot show check` shows all that was found
        ");
    }

    #[test]
    fn what_a_step_said_that_failed_is_no_verdict() {
        let failure = FailureSummary {
            code: "E0801".into(),
            message: "it ended".into(),
            help: None,
            tail: Vec::new(),
            log: None,
            kept: None,
        };
        let events = [
            finding("check", Severity::Error, "3 rows have no label"),
            BuildEvent::Finished {
                step: "check".into(),
                outcome: Outcome::Failed(failure),
                seconds: 1.0,
                verdict: None,
                held: None,
                result: None,
            },
        ];
        let summary = Summary { steps: 1, failed: 1, seconds: 1.0, ..Summary::default() };
        insta::assert_snapshot!(text(&events, summary), @r"
        1 step: 0 executed, 0 cached, 1 failed in 1.00 s
        `ingot log check` prints its whole log
        ");
    }
}
