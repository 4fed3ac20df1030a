//! The kind `evaluate`: how good predictions are, and how sure that is.
//!
//! Reads predictions alone, never a model: predictions that are missing are made
//! by an implied `predict`. Several predictions are replicates of one procedure.
//! What other kinds measured of them, listed by `metrics` or put on the port of that
//! name, is taken up, so that one step's gates judge it all.
//! On disk: the report is a folder with `report.json`. Invariant: every compared
//! row is the same row with the same label, or the kind refuses.

mod bootstrap;
mod measures;
mod others;
mod report;

use std::collections::BTreeMap;

use ingot_protocol::worker::output;
use ingot_protocol::{
    Determinism, Event, Expansion, Failure, Finding, InputPort, Kind, Metric, OutputPort, Reads,
    Request, Severity,
};
use serde_json::json;

use crate::dataset::class_order;
use crate::predictions::{self, SplitPredictions};
use bootstrap::{Estimates, Replicates, Settings};
use measures::{Scores, mean};
pub use report::{REPORT_FILE, Report, ReportMetric};

/// Moves when the outputs for the same request change.
pub const REVISION: u32 = 3;

/// The kind, as `describe` tells it.
pub fn kind() -> Kind {
    Kind {
        name: "evaluate".into(),
        summary: "measure predictions, with intervals, and compare with a baseline".into(),
        revision: REVISION,
        params: json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "resamples": {
                    "type": "integer", "minimum": 100, "maximum": 100_000, "default": 2000,
                    "description": "bootstrap resamples"
                },
                "confidence": {
                    "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1, "default": 0.95,
                    "description": "confidence of the intervals"
                },
                "positive": {
                    "type": "string",
                    "description": "the positive class of a two-class problem; the last one without it"
                },
                "metrics": {
                    "type": "array", "x-ingot-semantic": false,
                    "description": "kinds that measure the predictions too: names, or tables with a `kind` and its params",
                    "items": {
                        "type": ["string", "object"],
                        "required": ["kind"],
                        "properties": { "kind": { "type": "string" } }
                    }
                }
            }
        }),
        inputs: vec![
            InputPort { forwarded: true, many: true, ..port("model", "model") },
            InputPort { forwarded: true, reads: test(), ..port("data", "dataset") },
            InputPort { forwarded: true, many: true, ..port("baseline", "model") },
            InputPort { required: true, many: true, ..port("predictions", "predictions") },
            InputPort { many: true, ..port("baseline_predictions", "predictions") },
            InputPort { many: true, ..port("metrics", "metrics") },
        ],
        outputs: vec![OutputPort {
            name: "report".into(),
            artifact_type: "report".into(),
            file: false,
        }],
        determinism: Determinism::Bitwise,
        random: true,
        lineage: false,
        accepts_failed: false,
        expands: vec![
            expansion("predictions", "predict", "model"),
            expansion("baseline_predictions", "baseline", "baseline"),
            Expansion {
                port: "metrics".into(),
                output: "metrics".into(),
                inputs: BTreeMap::from([("predictions".to_owned(), "predictions".to_owned())]),
                each: Some("metrics".into()),
                ..Expansion::default()
            },
        ],
    }
}

fn port(name: &str, artifact_type: &str) -> InputPort {
    InputPort { name: name.into(), types: vec![artifact_type.into()], ..InputPort::default() }
}

fn test() -> Reads {
    Reads::Splits(vec!["test".into()])
}

fn expansion(fills: &str, name: &str, model: &str) -> Expansion {
    Expansion {
        port: fills.into(),
        name: name.into(),
        kind: "predict".into(),
        output: "predictions".into(),
        inputs: BTreeMap::from([
            ("model".to_owned(), model.to_owned()),
            ("data".to_owned(), "data".to_owned()),
        ]),
        ..Expansion::default()
    }
}

/// Runs one step of the kind.
pub fn run(request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    let model = procedure(request, "predictions")?;
    let Some(first) = model.first() else {
        return Err(Failure::new("D0701", "there are no predictions")
            .help("give `inputs.model` and `inputs.data`, or `inputs.predictions`"));
    };
    let baseline = procedure(request, "baseline_predictions")?;
    for other in model.iter().chain(&baseline) {
        same_rows(first, other)?;
    }
    let unlabelled = first.table.labels.iter().filter(|label| label.is_none()).count();
    if unlabelled > 0 {
        let message = format!("{unlabelled} rows have no label and are not evaluated");
        let finding = Finding::new(Severity::Info, "D0710", message);
        emit(Event::Finding(Finding { rows: Some(unlabelled as u64), ..finding }));
    }
    if unlabelled == first.table.labels.len() {
        return Err(Failure::new(
            "D0702",
            "no row has a label, so there is nothing to compare with",
        )
        .help("evaluate on a split with labels: `inputs.data = \"split.data/test\"`"));
    }
    let classes = classes(first, &model, &baseline);
    let positive = positive(request, &classes)?;
    let scores = |all: &[Predicted]| -> Replicates {
        all.iter().map(|one| one.scores(&classes, positive)).collect()
    };
    let (model, base) = (scores(&model), scores(&baseline));
    let settings = Settings {
        resamples: request.params.get("resamples").and_then(|v| v.as_u64()).unwrap_or(2000),
        confidence: confidence(request),
        seed: request.seed.unwrap_or_default(),
    };
    let compared = (!base.is_empty()).then_some(&base);
    let (estimates, differences) = bootstrap::estimate(&model, compared, &settings);
    let mut metrics = interval_metrics(&estimates, None, settings.confidence);
    if let Some(base) = compared {
        let (alone, _) = bootstrap::estimate(base, None, &settings);
        metrics.extend(interval_metrics(&alone, None, settings.confidence).into_iter().map(
            |metric| Metric {
                slice: BTreeMap::from([("model".into(), "baseline".into())]),
                ..metric
            },
        ));
        metrics.extend(interval_metrics(&differences, Some("baseline"), settings.confidence));
    }
    metrics.extend(class_metrics(&classes, &model));
    undefined(&classes, &model).into_iter().for_each(|finding| emit(Event::Finding(finding)));
    let rows = model.first().map_or(0, Scores::rows);
    metrics.push(Metric::new("rows", rows as f64));
    metrics.extend(others::read(request)?);
    let report = Report {
        version: report::VERSION,
        rows: rows as u64,
        replicates: model.len() as u64,
        baseline_replicates: base.len() as u64,
        classes: classes.clone(),
        confusion: confusion(&model, classes.len()),
        metrics: metrics.iter().map(ReportMetric::from).collect(),
    };
    report.write(&output(request, "report")?)?;
    metrics.into_iter().for_each(|metric| emit(Event::Metric(metric)));
    Ok(())
}

fn confidence(request: &Request) -> f64 {
    request.params.get("confidence").and_then(|value| value.as_f64()).unwrap_or(0.95)
}

/// One predictions artifact, its splits one behind the other by name.
struct Predicted {
    classes: Vec<String>,
    table: SplitPredictions,
}

fn procedure(request: &Request, port: &str) -> Result<Vec<Predicted>, Failure> {
    let inputs = request.inputs.get(port).map(Vec::as_slice).unwrap_or_default();
    inputs
        .iter()
        .map(|input| {
            let (about, splits) = predictions::read(&input.path)?;
            let mut table = SplitPredictions::default();
            for split in splits.into_values() {
                table.rows.extend(split.rows);
                table.labels.extend(split.labels);
                table.predicted.extend(split.predicted);
                table.probabilities.extend(split.probabilities);
            }
            Ok(Predicted { classes: about.classes, table })
        })
        .collect()
}

fn same_rows(one: &Predicted, other: &Predicted) -> Result<(), Failure> {
    if one.table.rows == other.table.rows && one.table.labels == other.table.labels {
        return Ok(());
    }
    Err(Failure::new(
        "D0703",
        "the predictions differ in their rows or labels, so they cannot be compared",
    )
    .help("predict the same split of the same data with every model"))
}

/// Every class that a model knows or predicts or a row has, in their order.
fn classes(first: &Predicted, model: &[Predicted], baseline: &[Predicted]) -> Vec<String> {
    let all = || model.iter().chain(baseline);
    let known = all().flat_map(|one| &one.classes);
    let predicted = all().flat_map(|one| &one.table.predicted);
    let mut classes: Vec<&String> =
        known.chain(predicted).chain(first.table.labels.iter().flatten()).collect();
    classes.sort_by(|one, other| class_order(one, other));
    classes.dedup();
    classes.into_iter().cloned().collect()
}

fn positive(request: &Request, classes: &[String]) -> Result<usize, Failure> {
    let Some(wanted) = request.params.get("positive").and_then(|value| value.as_str()) else {
        return Ok(classes.len().saturating_sub(1));
    };
    classes.iter().position(|class| class == wanted).ok_or_else(|| {
        Failure::new("D0704", format!("`positive = \"{wanted}\"` is no class"))
            .help(format!("the classes are {}", classes.join(", ")))
    })
}

impl Predicted {
    /// The rows with a label, by index into `classes`.
    fn scores(&self, classes: &[String], positive: usize) -> Scores {
        let index: BTreeMap<&str, usize> =
            classes.iter().enumerate().map(|(at, class)| (class.as_str(), at)).collect();
        let at: Vec<Option<&usize>> =
            self.classes.iter().map(|class| index.get(class.as_str())).collect();
        let (mut truth, mut predicted, mut probabilities) = (Vec::new(), Vec::new(), Vec::new());
        for (row, label) in self.table.labels.iter().enumerate() {
            let Some(&label) = label.as_ref().and_then(|label| index.get(label.as_str())) else {
                continue;
            };
            let mut spread = vec![0.0; classes.len()]; // (classes)
            for (at, p) in at.iter().zip(&self.table.probabilities[row]) {
                if let Some(at) = at {
                    spread[**at] = *p;
                }
            }
            // What a row predicts is one of `classes`, which are made of all of them.
            let Some(&said) = index.get(self.table.predicted[row].as_str()) else { continue };
            truth.push(label);
            predicted.push(said);
            probabilities.push(spread);
        }
        Scores::new(classes.len(), positive, truth, predicted, &probabilities)
    }
}

fn interval_metrics(estimates: &Estimates, than: Option<&str>, confidence: f64) -> Vec<Metric> {
    estimates
        .iter()
        .map(|(name, estimate)| Metric {
            low: Some(estimate.low),
            high: Some(estimate.high),
            confidence: Some(confidence),
            than: than.map(str::to_owned),
            ..Metric::new(*name, estimate.value)
        })
        .collect()
}

/// Each class's measures, the mean over replicates.
fn class_metrics(classes: &[String], model: &Replicates) -> Vec<Metric> {
    let measured: Vec<Vec<measures::OfClass>> = model.iter().map(Scores::classes).collect();
    let mut metrics = Vec::new();
    for (at, class) in classes.iter().enumerate() {
        let mut add = |name: &str, values: Vec<f64>| {
            if let Some(value) = mean(&values) {
                let slice = BTreeMap::from([("class".to_owned(), class.clone())]);
                metrics.push(Metric { slice, ..Metric::new(name, value) });
            }
        };
        let of = |value: fn(&measures::OfClass) -> f64| {
            measured.iter().map(|classes| value(&classes[at])).collect::<Vec<f64>>()
        };
        add("precision", of(|class| class.precision));
        add("recall", of(|class| class.recall));
        add("f1", of(|class| class.f1));
        add("support", of(|class| class.support as f64));
        add("roc_auc", measured.iter().filter_map(|classes| classes[at].roc_auc).collect());
    }
    metrics
}

/// Why areas are not there: one needs rows of a class and rows of another.
fn undefined(classes: &[String], model: &Replicates) -> Vec<Finding> {
    let supports: Vec<u64> = match model.first() {
        Some(scores) => scores.classes().iter().map(|class| class.support).collect(),
        None => return Vec::new(),
    };
    let why = |message: String| Finding {
        metric: Some("roc_auc".to_owned()),
        ..Finding::new(Severity::Warning, "D0711", message)
    };
    let of = classes.iter().zip(&supports);
    let present: Vec<&String> =
        of.clone().filter(|(_, support)| **support > 0).map(|(class, _)| class).collect();
    match present.as_slice() {
        [only] => {
            vec![why(format!(
                "roc_auc is undefined: every row with a label is of the class `{only}`"
            ))]
        }
        _ => of
            .filter(|(_, support)| **support == 0)
            .map(|(class, _)| {
                why(format!("roc_auc for class={class} is undefined: no row has that label"))
            })
            .collect(),
    }
}

/// The confusion matrices of all replicates, added up.
fn confusion(model: &Replicates, classes: usize) -> Vec<Vec<u64>> {
    let mut sum = vec![vec![0; classes]; classes]; // (true, predicted)
    for matrix in model.iter().map(Scores::confusion) {
        for (sums, row) in sum.iter_mut().zip(matrix) {
            for (sum, count) in sums.iter_mut().zip(row) {
                *sum += count;
            }
        }
    }
    sum
}
