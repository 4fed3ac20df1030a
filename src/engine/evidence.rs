//! [`Evidence`]: the metrics and findings that a run reports, as its result records them.
//!
//! Invariant: a result names each metric once, by name, comparison and slice, and every
//! number in it is finite. Of several values of one metric the last counts: a program that
//! reports its loss after each epoch ends with the loss of its model. A value that is not
//! finite is undefined: it becomes a finding that gates repeat, and costs the step nothing
//! else. Secrets are masked before.

use std::collections::BTreeMap;
use std::path::Path;

use ingot_protocol::{Event, Finding, Metric, Severity};

use super::prepare::EVENTS;
use crate::model::result::metric_name;
use crate::runner::mask::Mask;
use crate::runner::{RunError, command, said};
use crate::sys::bounded::{self, Links};

/// Most metrics, and most findings, of a result.
const MOST: usize = 100_000;

/// The code of a finding that a metric is undefined.
const UNDEFINED: &str = "E0812";

/// What a metric is called: name, comparison, slice.
type Name = (String, Option<String>, BTreeMap<String, String>);

/// What a run says of its result.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    metrics: BTreeMap<Name, Metric>,
    findings: Vec<Finding>,
}

impl Evidence {
    /// Takes up what an event says of the result, and passes it on.
    pub(super) fn take(&mut self, event: Event, emit: &mut dyn FnMut(Event)) {
        match &event {
            // One more than a record takes shows that there are too many.
            Event::Metric(metric) if self.metrics.len() <= MOST => {
                let name = (metric.name.clone(), metric.than.clone(), metric.slice.clone());
                self.metrics.insert(name, metric.clone());
            }
            Event::Finding(finding) if self.findings.len() <= MOST => {
                self.findings.push(finding.clone());
            }
            Event::Metric(_) | Event::Finding(_) => {}
            Event::Progress { .. } | Event::Observe { .. } | Event::Error { .. } => {}
        }
        emit(event);
    }

    /// Takes up what a command left in its events file.
    pub(super) fn take_file(
        &mut self,
        root: &Path,
        mask: &Mask,
        emit: &mut dyn FnMut(Event),
    ) -> Result<(), RunError> {
        let found = bounded::open_optional(&root.join(EVENTS), Links::NoneBelow(root));
        let Some(file) = found.map_err(|reason| RunError::Events { reason })? else {
            return Ok(());
        };
        let hide = |error| match error {
            RunError::Garbage { line, reason } => {
                RunError::garbage(&mask.text(&line), &mask.text(&reason))
            }
            other => other,
        };
        for event in command::events(file).map_err(hide)? {
            let event = said::masked(event, mask)?;
            if let Event::Error { code, message, help } = event {
                return Err(RunError::Said { code, message, help });
            }
            self.take(event, emit);
        }
        Ok(())
    }

    /// The metrics in their canonical order, and the findings: the run's own in its order,
    /// and behind them what is undefined, which `emit` hears too.
    pub(super) fn finish(
        self,
        emit: &mut dyn FnMut(Event),
    ) -> Result<(Vec<Metric>, Vec<Finding>), RunError> {
        let Self { metrics, mut findings } = self;
        if metrics.len().max(findings.len()) > MOST {
            return Err(RunError::Flood { limit: format!("{MOST} metrics or findings") });
        }
        let mut defined = Vec::with_capacity(metrics.len());
        for metric in metrics.into_values() {
            let (metric, undefined) = sorted_out(metric);
            defined.extend(metric);
            if let Some(finding) = undefined {
                emit(Event::Finding(finding.clone()));
                findings.push(finding);
            }
        }
        Ok((defined, findings))
    }
}

/// What of a metric is finite, and why the rest is not there.
fn sorted_out(metric: Metric) -> (Option<Metric>, Option<Finding>) {
    let undefined = |what: &str, is: String| Finding {
        metric: Some(metric.name.clone()),
        ..Finding::new(
            Severity::Warning,
            UNDEFINED,
            format!(
                "{what} {} is undefined: it was reported as {is}",
                metric_name(&metric.name, &metric.slice, metric.than.as_deref())
            ),
        )
    };
    if !metric.value.is_finite() {
        return (None, Some(undefined("the metric", metric.value.to_string())));
    }
    let ends = [metric.low, metric.high].map(|end| end.filter(|end| !end.is_finite()));
    match ends.into_iter().flatten().next() {
        None => (Some(metric), None),
        Some(_) => {
            let ends = [metric.low, metric.high].map(|end| end.unwrap_or(f64::NAN));
            let finding = undefined("the interval of", format!("{} to {}", ends[0], ends[1]));
            (Some(Metric { low: None, high: None, confidence: None, ..metric }), Some(finding))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(lines: &[&str]) -> (Vec<String>, Vec<String>) {
        let mut evidence = Evidence::default();
        for line in lines {
            evidence.take(Event::parse(line.as_bytes()).unwrap(), &mut |_| {});
        }
        let (metrics, findings) = evidence.finish(&mut |_| {}).unwrap();
        let shown = |metric: &Metric| {
            format!(
                "{} = {} {:?}",
                metric_name(&metric.name, &metric.slice, metric.than.as_deref()),
                metric.value,
                metric.low
            )
        };
        (
            metrics.iter().map(shown).collect(),
            findings.into_iter().map(|finding| finding.message).collect(),
        )
    }

    #[test]
    fn of_several_values_of_one_metric_the_last_counts() {
        let (metrics, findings) = evidence(&[
            r#"{"event":"metric","name":"loss","value":0.9}"#,
            r#"{"event":"metric","name":"loss","value":0.5,"slice":{"site":"a"}}"#,
            r#"{"event":"metric","name":"loss","value":NaN}"#,
            r#"{"event":"metric","name":"loss","value":0.7,"than":"base"}"#,
            r#"{"event":"metric","name":"loss","value":0.3}"#,
        ]);
        assert_eq!(
            metrics,
            ["loss = 0.3 None", "loss for site=a = 0.5 None", "loss over base = 0.7 None"]
        );
        assert_eq!(findings, Vec::<String>::new(), "one that ended well is defined");
    }

    #[test]
    fn what_is_not_finite_is_a_finding_and_takes_nothing_else_with_it() {
        let (metrics, findings) = evidence(&[
            r#"{"event":"metric","name":"a","value":1,"low":-Infinity,"high":2,"confidence":0.9}"#,
            r#"{"event":"metric","name":"b","value":null,"slice":{"site":"x"}}"#,
            r#"{"event":"metric","name":"c","value":2}"#,
        ]);
        assert_eq!(metrics, ["a = 1 None", "c = 2 None"]);
        insta::assert_snapshot!(findings.join("\n"), @r"
        the interval of a is undefined: it was reported as NaN to 2
        the metric b for site=x is undefined: it was reported as NaN
        ");
    }
}
