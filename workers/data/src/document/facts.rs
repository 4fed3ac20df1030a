//! [`Facts`]: what the templates can say.
//!
//! Pure but for the reports it reads. Invariant: sorted, and complete: a template
//! never has to ask whether a name exists.

use std::collections::BTreeMap;

use ingot_protocol::{Failure, LineageStep, Metric, Request, Severity};
use ingot_statistics::{Direction, METRICS};
use ingot_tables::class_order;
use ingot_tables::report::Report;
use serde::Serialize;
use serde_json::Value;

use super::figures;

/// Everything that a template can use.
#[derive(Debug, Serialize)]
pub(super) struct Facts {
    pipeline: String,
    title: String,
    summary: String,
    intended_use: String,
    limitations: String,
    license: String,
    contact: String,
    data_source: String,
    /// Every `evaluate` among the ancestors.
    evaluations: Vec<Evaluation>,
    /// Every `validate` and `split` among them.
    data: Vec<DataStep>,
    /// Findings of every ancestor, errors first.
    findings: Vec<FindingOf>,
    /// What of them somebody answers for.
    waivers: Vec<WaiverOf>,
    /// Every ancestor, in order.
    steps: Vec<StepFacts>,
    sources: Vec<SourceFacts>,
    /// The lineage as a picture, for HTML alone.
    graph: String,
}

#[derive(Debug, Serialize)]
struct Evaluation {
    step: String,
    anchor: String,
    rows: u64,
    replicates: u64,
    /// Of the intervals, such as `95 %`.
    confidence: String,
    measures: Vec<Measure>,
    classes: Vec<ClassRow>,
    /// The confusion matrix as a picture, for HTML alone.
    confusion: String,
}

/// One measure: the model's, the baseline's and the difference.
#[derive(Debug, Serialize)]
struct Measure {
    name: String,
    model: Interval,
    baseline: Option<Interval>,
    difference: Option<Interval>,
    /// What the difference's interval says.
    says: String,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct Interval {
    value: f64,
    low: Option<f64>,
    high: Option<f64>,
    confidence: Option<f64>,
}

#[derive(Debug, Serialize)]
struct ClassRow {
    class: String,
    precision: Option<f64>,
    recall: Option<f64>,
    f1: Option<f64>,
    support: Option<f64>,
}

#[derive(Debug, Serialize)]
struct DataStep {
    step: String,
    kind: String,
    anchor: String,
    metrics: Vec<DataMetric>,
}

#[derive(Debug, Serialize)]
struct DataMetric {
    name: String,
    value: f64,
    of: String,
}

#[derive(Debug, Serialize)]
struct FindingOf {
    step: String,
    anchor: String,
    severity: &'static str,
    code: String,
    message: String,
}

#[derive(Debug, Serialize)]
struct WaiverOf {
    step: String,
    anchor: String,
    finding: String,
    codes: String,
    column: String,
    /// How many rows of how many at most, in words; empty where none are counted.
    rows: String,
    reason: String,
    owner: String,
    until: String,
}

#[derive(Debug, Serialize)]
struct StepFacts {
    step: String,
    anchor: String,
    kind: String,
    key: String,
    seed: String,
    params: Vec<(String, String)>,
    inputs: Vec<String>,
    outputs: Vec<(String, String)>,
}

#[derive(Debug, Serialize)]
struct SourceFacts {
    name: String,
    path: String,
    digest: String,
}

impl Facts {
    /// Gathers the facts of a request.
    pub(super) fn gather(request: &Request) -> Result<Self, Failure> {
        let lineage = request.lineage.clone().unwrap_or_default();
        let text = |name: &str| {
            request.params.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let reports = reports(request)?;
        let title = text("title");
        Ok(Self {
            title: if title.is_empty() { lineage.pipeline.clone() } else { title },
            summary: text("summary"),
            intended_use: text("intended_use"),
            limitations: text("limitations"),
            license: text("license"),
            contact: text("contact"),
            data_source: text("data_source"),
            evaluations: of_kind(&lineage.steps, &["evaluate"])
                .map(|step| evaluation(step, &reports))
                .collect(),
            data: of_kind(&lineage.steps, &["validate", "split"]).map(data_step).collect(),
            findings: findings(&lineage.steps),
            waivers: lineage.steps.iter().flat_map(waivers).collect(),
            graph: figures::graph(&lineage),
            steps: lineage.steps.iter().map(step_facts).collect(),
            sources: lineage
                .sources
                .iter()
                .map(|(name, source)| SourceFacts {
                    name: name.clone(),
                    path: source.path.clone(),
                    digest: short(&source.digest),
                })
                .collect(),
            pipeline: lineage.pipeline,
        })
    }
}

/// Reports by the digest of their folder.
fn reports(request: &Request) -> Result<BTreeMap<String, Report>, Failure> {
    let inputs = request.inputs.get("report").map(Vec::as_slice).unwrap_or_default();
    inputs.iter().map(|input| Ok((input.digest.clone(), Report::read(&input.path)?))).collect()
}

fn of_kind<'a>(
    steps: &'a [LineageStep],
    kinds: &'a [&str],
) -> impl Iterator<Item = &'a LineageStep> {
    steps.iter().filter(|step| kinds.contains(&step.kind.as_str()))
}

/// The anchor of a step in a page: its name where that is a word, else with four
/// digits of the name's digest, so that no two names share one.
pub(super) fn anchor(step: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if step.chars().all(plain) {
        return format!("step-{step}");
    }
    let word: String =
        step.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let digits: String = blake3::hash(step.as_bytes()).to_hex().chars().take(4).collect();
    format!("step-{word}-{digits}")
}
/// The shape's word and twelve digits.
fn short(digest: &str) -> String {
    match digest.split_once(':') {
        Some((word, hex)) => format!("{word}:{}", hex.chars().take(12).collect::<String>()),
        None => digest.chars().take(12).collect(),
    }
}

fn evaluation(step: &LineageStep, reports: &BTreeMap<String, Report>) -> Evaluation {
    let report = step.outputs.values().find_map(|digest| reports.get(digest));
    Evaluation {
        step: step.step.clone(),
        anchor: anchor(&step.step),
        rows: value(step, "rows").unwrap_or(0.0) as u64,
        replicates: report.map_or(1, |report| report.replicates),
        confidence: step
            .metrics
            .iter()
            .find_map(|metric| metric.confidence)
            .map(|confidence| format!("{} %", (confidence * 1e6).round() / 1e4))
            .unwrap_or_default(),
        measures: METRICS.iter().filter_map(|metric| measure(step, metric)).collect(),
        classes: class_rows(step),
        confusion: report
            .map(|report| figures::confusion(&report.classes, &report.confusion))
            .unwrap_or_default(),
    }
}

fn value(step: &LineageStep, name: &str) -> Option<f64> {
    step.metrics.iter().find(|m| m.name == name && m.slice.is_empty()).map(|m| m.value)
}

/// A metric over all rows, where the step has it.
fn measure(step: &LineageStep, of: &ingot_statistics::Metric) -> Option<Measure> {
    let name = of.name;
    let find = |slice: Option<&str>, than: Option<&str>| {
        step.metrics
            .iter()
            .find(|metric| {
                metric.name == name
                    && metric.than.as_deref() == than
                    && metric.slice.get("model").map(String::as_str) == slice
                    && metric.slice.len() == usize::from(slice.is_some())
            })
            .map(interval)
    };
    let model = find(None, None)?;
    let difference = find(None, Some("baseline"));
    Some(Measure {
        name: name.replace('_', " "),
        model,
        baseline: find(Some("baseline"), None),
        difference,
        says: difference.map(|difference| says(of.direction, difference)).unwrap_or_default(),
    })
}

fn interval(metric: &Metric) -> Interval {
    Interval {
        value: metric.value,
        low: metric.low,
        high: metric.high,
        confidence: metric.confidence,
    }
}

/// What a difference's interval says, and no more than that.
fn says(direction: Direction, difference: Interval) -> String {
    let lower_is_better = direction == Direction::Lower;
    match (difference.low, difference.high) {
        (Some(low), Some(high)) if low <= 0.0 && high >= 0.0 => {
            "no difference shown: the interval holds zero".to_owned()
        }
        (Some(low), Some(_)) if (low > 0.0) != lower_is_better => {
            "better than the baseline".to_owned()
        }
        (Some(_), Some(_)) => "worse than the baseline".to_owned(),
        _ => String::new(),
    }
}

fn class_rows(step: &LineageStep) -> Vec<ClassRow> {
    let mut classes: Vec<&String> =
        step.metrics.iter().filter_map(|metric| metric.slice.get("class")).collect();
    classes.sort_by(|one, other| class_order(one, other));
    classes.dedup();
    classes
        .into_iter()
        .map(|class| {
            let of = |name: &str| {
                let mut metrics = step.metrics.iter();
                let found = metrics.find(|m| m.name == name && m.slice.get("class") == Some(class));
                found.map(|metric| metric.value)
            };
            ClassRow {
                class: class.clone(),
                precision: of("precision"),
                recall: of("recall"),
                f1: of("f1"),
                support: of("support"),
            }
        })
        .collect()
}

fn data_step(step: &LineageStep) -> DataStep {
    DataStep {
        step: step.step.clone(),
        kind: step.kind.clone(),
        anchor: anchor(&step.step),
        metrics: step
            .metrics
            .iter()
            .map(|metric| DataMetric {
                name: metric.name.replace('_', " "),
                value: metric.value,
                of: metric
                    .slice
                    .iter()
                    .map(|(column, value)| format!("{column} {value}"))
                    .collect::<Vec<_>>()
                    .join(", "),
            })
            .collect(),
    }
}

fn findings(steps: &[LineageStep]) -> Vec<FindingOf> {
    let mut found: Vec<(Severity, FindingOf)> = Vec::new();
    for step in steps {
        for finding in &step.findings {
            let severity = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info => "info",
            };
            found.push((
                finding.severity,
                FindingOf {
                    step: step.step.clone(),
                    anchor: anchor(&step.step),
                    severity,
                    code: finding.code.clone(),
                    message: finding.message.clone(),
                },
            ));
        }
    }
    found.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    found.into_iter().map(|(_, finding)| finding).collect()
}

fn waivers(step: &LineageStep) -> impl Iterator<Item = WaiverOf> {
    step.waivers.iter().map(|waiver| WaiverOf {
        step: step.step.clone(),
        anchor: anchor(&step.step),
        finding: waiver.finding.clone(),
        codes: waiver.codes.join(", "),
        column: waiver.column.clone().unwrap_or_default(),
        rows: match (waiver.rows, waiver.limit) {
            (Some(rows), Some(limit)) => format!("{rows} of at most {limit}"),
            _ => String::new(),
        },
        reason: waiver.reason.clone(),
        owner: waiver.owner.clone(),
        until: waiver.until.clone(),
    })
}

fn step_facts(step: &LineageStep) -> StepFacts {
    StepFacts {
        step: step.step.clone(),
        anchor: anchor(&step.step),
        kind: step.kind.clone(),
        key: step.key.chars().take(12).collect(),
        seed: step.seed.map(|seed| seed.to_string()).unwrap_or_default(),
        params: step.params.iter().map(|(name, value)| (name.clone(), value.to_string())).collect(),
        inputs: step.inputs.values().flatten().cloned().collect(),
        outputs: step.outputs.iter().map(|(port, digest)| (port.clone(), short(digest))).collect(),
    }
}
