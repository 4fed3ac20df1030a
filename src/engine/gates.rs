//! [`judge`]: what a step's gates say of its metrics.
//!
//! Pure, and outside the action key: the same result is judged anew in every
//! build, so a changed gate runs nothing. A gate judges the metric's value, or,
//! with a `confidence`, its interval: the whole interval must keep the bound,
//! and one that lies across it is inconclusive. Invariant: each gate gets one
//! outcome, in the manifest's order; a metric that is not there, and an
//! interval that is not, is a fail that says what is there.

use std::collections::BTreeMap;

use ingot_protocol::{Finding, Metric};

use crate::kinds::params::nearest;
use crate::manifest::{Bound, Gate, Inconclusive};
use crate::model::result::{Verdict, metric_name};

/// What one gate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateOutcome {
    /// The metric, with slice and comparison: `accuracy for digit=3`.
    pub metric: String,
    /// What the gate says.
    pub verdict: Verdict,
    /// Why, with the numbers: a lower-case fragment.
    pub message: String,
}

/// Judges every gate; the verdict is the worst of theirs.
pub fn judge(
    gates: &[Gate],
    metrics: &[Metric],
    findings: &[Finding],
) -> (Verdict, Vec<GateOutcome>) {
    let mut named: Named<'_> = BTreeMap::new();
    for metric in metrics.iter().filter(|_| !gates.is_empty()) {
        named.entry(&metric.name).or_default().push(metric);
    }
    let outcomes: Vec<GateOutcome> =
        gates.iter().map(|gate| judge_one(gate, &named, findings)).collect();
    let worst = outcomes.iter().map(|outcome| outcome.verdict).max();
    (worst.unwrap_or(Verdict::Pass), outcomes)
}

/// Metrics by their names.
type Named<'a> = BTreeMap<&'a str, Vec<&'a Metric>>;

fn judge_one(gate: &Gate, metrics: &Named<'_>, findings: &[Finding]) -> GateOutcome {
    let metric = metric_name(&gate.metric.value, &gate.slice, gate.than.as_deref());
    // Why something of the metric is not there, where the run said so.
    let undefined = || -> String {
        let about = |finding: &&Finding| finding.metric.as_ref() == Some(&gate.metric.value);
        let why = findings.iter().filter(about).map(|finding| format!("; {}", finding.message));
        why.collect()
    };
    let (verdict, message) = match find(gate, metrics) {
        Err(missing) => (Verdict::Fail, format!("{missing}{}", undefined())),
        Ok(found) => match gate.confidence {
            None => judge_value(&metric, found.value, gate.bound),
            Some(confidence) => match interval(&metric, found, confidence) {
                Err(unusable) => (Verdict::Fail, format!("{unusable}{}", undefined())),
                Ok(interval) => judge_interval(&metric, found.value, interval, gate),
            },
        },
    };
    GateOutcome { metric, verdict, message }
}

/// The metric that a gate is about, or what there is instead.
fn find<'a>(gate: &Gate, metrics: &Named<'a>) -> Result<&'a Metric, String> {
    let name = &gate.metric.value;
    let Some(named) = metrics.get(name.as_str()) else {
        let hint = match nearest(name, metrics.keys().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => there_is(&metrics.keys().copied().map(str::to_owned).collect::<Vec<_>>()),
        };
        return Err(format!("the result has no metric `{name}`; {hint}"));
    };
    let compared: Vec<&Metric> =
        named.iter().copied().filter(|metric| metric.than == gate.than).collect();
    if compared.is_empty() {
        let wanted = metric_name(name, &BTreeMap::new(), gate.than.as_deref());
        let known = distinct(
            named.iter().map(|metric| metric_name(name, &BTreeMap::new(), metric.than.as_deref())),
        );
        return Err(format!("the result has no {wanted}; {}", there_is(&known)));
    }
    compared.iter().copied().find(|metric| metric.slice == gate.slice).ok_or_else(|| {
        let wanted = metric_name(name, &gate.slice, gate.than.as_deref());
        let known = distinct(
            compared.iter().map(|metric| metric_name(name, &metric.slice, metric.than.as_deref())),
        );
        format!("the result has no {wanted}; {}", there_is(&known))
    })
}

/// The metric's interval, if it is one of the confidence asked for.
fn interval(metric: &str, found: &Metric, confidence: f64) -> Result<Interval, String> {
    let asked = percent(confidence);
    let (Some(low), Some(high)) = (found.low, found.high) else {
        return Err(format!(
            "{metric} is {} without an interval, and the gate asks for one at {asked}",
            figure(found.value)
        ));
    };
    if low.is_nan() || high.is_nan() || low > high {
        return Err(format!("{metric} has an interval from {low} to {high}, which is none"));
    }
    match found.confidence {
        Some(stated) if (stated - confidence).abs() < 1e-9 => {
            Ok(Interval { low, high, confidence })
        }
        Some(stated) => Err(format!(
            "{metric} has its interval at {}, and the gate asks for {asked}",
            percent(stated)
        )),
        None => Err(format!(
            "{metric} has an interval that does not say its confidence, and the gate asks for {asked}"
        )),
    }
}

#[derive(Debug, Clone, Copy)]
struct Interval {
    low: f64,
    high: f64,
    confidence: f64,
}

fn judge_value(metric: &str, value: f64, bound: Bound) -> (Verdict, String) {
    let said = |limit| format!("{metric} is {}", figure_beside(value, limit));
    match bound {
        _ if value.is_nan() => (Verdict::Fail, format!("{metric} is not a number")),
        Bound { min: Some(min), .. } if value < min => {
            (Verdict::Fail, format!("{}, below the minimum of {}", said(min), min))
        }
        Bound { max: Some(max), .. } if value > max => {
            (Verdict::Fail, format!("{}, above the maximum of {}", said(max), max))
        }
        Bound { min, max } => {
            let said = said(min.or(max).unwrap_or(value));
            (Verdict::Pass, format!("{said}{}", kept(bound)))
        }
    }
}

fn judge_interval(metric: &str, value: f64, interval: Interval, gate: &Gate) -> (Verdict, String) {
    let Interval { low, high, confidence } = interval;
    let Bound { min, max } = gate.bound;
    let limit = min.or(max).unwrap_or(value);
    let said = format!(
        "{metric} is {} ({} interval {} to {})",
        figure(value),
        percent(confidence),
        figure_beside(low, limit),
        figure_beside(high, limit)
    );
    if let Some(min) = min.filter(|&min| high < min) {
        return (Verdict::Fail, format!("{said}, all below the minimum of {}", min));
    }
    if let Some(max) = max.filter(|&max| low > max) {
        return (Verdict::Fail, format!("{said}, all above the maximum of {}", max));
    }
    let across = match (min.filter(|&min| low < min), max.filter(|&max| high > max)) {
        (None, None) => return (Verdict::Pass, format!("{said}{}", kept(gate.bound))),
        (Some(min), None) => format!("the minimum of {}", min),
        (None, Some(max)) => format!("the maximum of {}", max),
        (Some(min), Some(max)) => format!("both {} and {}", min, max),
    };
    let (verdict, counts) = match gate.inconclusive {
        Inconclusive::Fail => (Verdict::Fail, "which this gate counts as a fail"),
        Inconclusive::Hold => (Verdict::Inconclusive, "which is inconclusive"),
        Inconclusive::Pass => (Verdict::Pass, "which this gate lets pass"),
    };
    (verdict, format!("{said}, across {across}, {counts}"))
}

fn kept(bound: Bound) -> String {
    match (bound.min, bound.max) {
        (Some(min), Some(max)) => format!(", between {} and {}", min, max),
        (Some(min), None) => format!(", at least {}", min),
        (None, Some(max)) => format!(", at most {}", max),
        (None, None) => String::new(),
    }
}

fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    names.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

/// `there is a, b and 3 more`.
fn there_is(known: &[String]) -> String {
    const SHOWN: usize = 6;
    match known {
        [] => "it has none".to_owned(),
        some if some.len() <= SHOWN => format!("there is {}", some.join(", ")),
        many => {
            let (shown, rest) = many.split_at(SHOWN);
            format!("there is {} and {} more", shown.join(", "), rest.len())
        }
    }
}

fn percent(share: f64) -> String {
    format!("{} %", figure(share * 100.0))
}

/// Four significant digits, without zeros at the end.
fn figure(value: f64) -> String {
    round(value, 4)
}

/// As few digits (four at least) as keep `value` visibly apart from `limit`.
fn figure_beside(value: f64, limit: f64) -> String {
    (4..17)
        .map(|digits| round(value, digits))
        .find(|text| {
            let shown: f64 = text.parse().unwrap_or(f64::NAN);
            shown.partial_cmp(&limit) == value.partial_cmp(&limit)
        })
        .unwrap_or_else(|| value.to_string())
}

/// `value` to so many significant digits, in the shortest text.
fn round(value: f64, digits: usize) -> String {
    let rounded: f64 = format!("{value:.*e}", digits.saturating_sub(1)).parse().unwrap_or(value);
    if rounded != 0.0 && !(1e-4..1e15).contains(&rounded.abs()) {
        format!("{rounded:e}")
    } else {
        rounded.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::diag::{Span, Spanned};

    fn gate(name: &str, min: Option<f64>, max: Option<f64>) -> Gate {
        Gate {
            span: Span::default(),
            metric: Spanned::new(name.into(), Span::default()),
            bound: Bound { min, max },
            confidence: None,
            slice: BTreeMap::new(),
            than: None,
            inconclusive: Inconclusive::Fail,
        }
    }

    fn confident(gate: Gate, inconclusive: Inconclusive) -> Gate {
        Gate { confidence: Some(0.95), inconclusive, ..gate }
    }

    fn slice(class: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("digit".to_owned(), class.to_owned())])
    }

    fn metrics() -> Vec<Metric> {
        let with = |low, high, confidence, metric: Metric| Metric {
            low: Some(low),
            high: Some(high),
            confidence,
            ..metric
        };
        vec![
            with(0.94, 0.98, Some(0.95), Metric::new("accuracy", 0.9612345)),
            Metric { slice: slice("3"), ..Metric::new("accuracy", 0.9) },
            Metric { slice: slice("8"), ..Metric::new("accuracy", 0.85) },
            with(
                0.01,
                0.03,
                Some(0.95),
                Metric { than: Some("baseline".into()), ..Metric::new("accuracy", 0.02) },
            ),
            with(0.2, 0.3, Some(0.9), Metric::new("log_loss", 0.25)),
            with(0.6, 0.5, Some(0.95), Metric::new("odd", 0.55)),
            with(0.5, 0.6, None, Metric::new("unsaid", 0.55)),
            Metric::new("undefined", f64::NAN),
        ]
    }

    fn say(gate: &Gate) -> String {
        let (verdict, outcomes) = judge(std::slice::from_ref(gate), &metrics(), &[]);
        assert_eq!(verdict, outcomes[0].verdict);
        format!("{verdict:?} {}: {}", outcomes[0].metric, outcomes[0].message)
    }

    #[test]
    fn a_value_keeps_its_bound_or_the_message_says_by_how_much_not() {
        let table = [
            gate("accuracy", Some(0.95), None),
            gate("accuracy", Some(0.9612345), None),
            gate("accuracy", Some(0.97), None),
            gate("accuracy", Some(0.96124), None),
            gate("accuracy", None, Some(0.97)),
            gate("accuracy", None, Some(0.9)),
            gate("accuracy", Some(0.9), Some(0.97)),
            gate("undefined", Some(0.5), None),
            Gate { slice: slice("3"), ..gate("accuracy", Some(0.89), None) },
            Gate { than: Some("baseline".into()), ..gate("accuracy", Some(0.0), None) },
        ];
        let said: Vec<String> = table.iter().map(say).collect();
        insta::assert_snapshot!(said.join("\n"), @r"
        Pass accuracy: accuracy is 0.9612, at least 0.95
        Pass accuracy: accuracy is 0.9612345, at least 0.9612345
        Fail accuracy: accuracy is 0.9612, below the minimum of 0.97
        Fail accuracy: accuracy is 0.9612, below the minimum of 0.96124
        Pass accuracy: accuracy is 0.9612, at most 0.97
        Fail accuracy: accuracy is 0.9612, above the maximum of 0.9
        Pass accuracy: accuracy is 0.9612, between 0.9 and 0.97
        Fail undefined: undefined is not a number
        Pass accuracy for digit=3: accuracy for digit=3 is 0.9, at least 0.89
        Pass accuracy over baseline: accuracy over baseline is 0.02, at least 0
        ");
    }

    #[test]
    fn an_interval_is_judged_as_a_whole() {
        let (fail, hold, pass) = (Inconclusive::Fail, Inconclusive::Hold, Inconclusive::Pass);
        let table = [
            confident(gate("accuracy", Some(0.94), None), fail),
            confident(gate("accuracy", Some(0.95), None), fail),
            confident(gate("accuracy", Some(0.95), None), hold),
            confident(gate("accuracy", Some(0.95), None), pass),
            confident(gate("accuracy", Some(0.99), None), hold),
            confident(gate("accuracy", None, Some(0.98)), fail),
            confident(gate("accuracy", None, Some(0.97)), hold),
            confident(gate("accuracy", None, Some(0.93)), hold),
            confident(gate("accuracy", Some(0.95), Some(0.97)), hold),
            confident(gate("accuracy", Some(0.9), Some(0.99)), hold),
            confident(
                Gate { than: Some("baseline".into()), ..gate("accuracy", Some(0.0), None) },
                fail,
            ),
        ];
        let said: Vec<String> = table.iter().map(say).collect();
        insta::assert_snapshot!(said.join("\n"), @r"
        Pass accuracy: accuracy is 0.9612 (95 % interval 0.94 to 0.98), at least 0.94
        Fail accuracy: accuracy is 0.9612 (95 % interval 0.94 to 0.98), across the minimum of 0.95, which this gate counts as a fail
        Inconclusive accuracy: accuracy is 0.9612 (95 % interval 0.94 to 0.98), across the minimum of 0.95, which is inconclusive
        Pass accuracy: accuracy is 0.9612 (95 % interval 0.94 to 0.98), across the minimum of 0.95, which this gate lets pass
        Fail accuracy: accuracy is 0.9612 (95 % interval 0.94 to 0.98), all below the minimum of 0.99
        Pass accuracy: accuracy is 0.9612 (95 % interval 0.94 to 0.98), at most 0.98
        Inconclusive accuracy: accuracy is 0.9612 (95 % interval 0.94 to 0.98), across the maximum of 0.97, which is inconclusive
        Fail accuracy: accuracy is 0.9612 (95 % interval 0.94 to 0.98), all above the maximum of 0.93
        Inconclusive accuracy: accuracy is 0.9612 (95 % interval 0.94 to 0.98), across both 0.95 and 0.97, which is inconclusive
        Pass accuracy: accuracy is 0.9612 (95 % interval 0.94 to 0.98), between 0.9 and 0.99
        Pass accuracy over baseline: accuracy over baseline is 0.02 (95 % interval 0.01 to 0.03), at least 0
        ");
    }

    #[test]
    fn what_the_result_lacks_is_a_fail_that_says_what_it_has() {
        let table = [
            gate("acuracy", Some(0.9), None),
            gate("zzz", Some(0.9), None),
            Gate { slice: slice("11"), ..gate("accuracy", Some(0.9), None) },
            Gate { than: Some("control".into()), ..gate("accuracy", Some(0.9), None) },
            confident(
                Gate { slice: slice("3"), ..gate("accuracy", Some(0.8), None) },
                Inconclusive::Pass,
            ),
            confident(gate("log_loss", None, Some(0.5)), Inconclusive::Pass),
            confident(gate("odd", None, Some(0.9)), Inconclusive::Pass),
            confident(gate("unsaid", None, Some(0.9)), Inconclusive::Pass),
        ];
        let said: Vec<String> = table.iter().map(say).collect();
        insta::assert_snapshot!(said.join("\n"), @r"
        Fail acuracy: the result has no metric `acuracy`; did you mean `accuracy`?
        Fail zzz: the result has no metric `zzz`; there is accuracy, log_loss, odd, undefined, unsaid
        Fail accuracy for digit=11: the result has no accuracy for digit=11; there is accuracy, accuracy for digit=3, accuracy for digit=8
        Fail accuracy over control: the result has no accuracy over control; there is accuracy, accuracy over baseline
        Fail accuracy for digit=3: accuracy for digit=3 is 0.9 without an interval, and the gate asks for one at 95 %
        Fail log_loss: log_loss has its interval at 90 %, and the gate asks for 95 %
        Fail odd: odd has an interval from 0.6 to 0.5, which is none
        Fail unsaid: unsaid has an interval that does not say its confidence, and the gate asks for 95 %
        ");
        let (verdict, outcomes) = judge(&table[..1], &[], &[]);
        assert_eq!(verdict, Verdict::Fail);
        assert_eq!(outcomes[0].message, "the result has no metric `acuracy`; it has none");
    }

    #[test]
    fn the_verdict_is_the_worst_gate_s_and_no_gate_is_a_pass() {
        let (good, bad) = (gate("accuracy", Some(0.5), None), gate("accuracy", Some(0.99), None));
        let unsure = confident(gate("accuracy", Some(0.95), None), Inconclusive::Hold);
        let verdict = |gates: &[Gate]| judge(gates, &metrics(), &[]).0;
        assert_eq!(verdict(&[]), Verdict::Pass);
        assert_eq!(verdict(&[good.clone(), unsure.clone()]), Verdict::Inconclusive);
        assert_eq!(verdict(&[bad, unsure, good]), Verdict::Fail);
    }
}
