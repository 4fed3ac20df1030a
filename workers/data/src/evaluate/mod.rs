//! The kind `evaluate`: how good predictions are, and how sure that is.
//!
//! Reads predictions alone, never a model: predictions that are missing are made
//! by an implied `predict`. Several predictions are replicates of one procedure, those of
//! folds are [`pool`]ed into such; their
//! task says which metrics there are ([`ingot_statistics::METRICS`]).
//! What other kinds measured of them, listed by `metrics` or put on the port of that
//! name, is taken up, so that one step's gates judge it all.
//! On disk: the report is a folder with `report.json`. Invariant: every compared
//! row is the same row with the same label, or the kind refuses.

mod of_classes;
mod others;
mod pool;
mod procedure;
mod samples;

use std::collections::BTreeMap;

use ingot_protocol::seed::derive;
use ingot_protocol::worker::output;
use ingot_protocol::{
    Better, Determinism, Event, Expansion, Failure, Finding, InputPort, Kind, KindMetric, Metric,
    OutputPort, Reads, Request, Severity,
};
use ingot_statistics::bootstrap::{Estimate, Settings, estimate};
use ingot_statistics::{Direction, METRICS, Sample, of_task};
use ingot_tables::report::{self, Report, ReportMetric};
use serde_json::json;

use procedure::Procedure;

/// Moves when the outputs for the same request change.
pub const REVISION: u32 = 4;

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
            InputPort { forwarded: true, many: true, reads: test(), ..port("data", "dataset") },
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
        further: None,
        determinism: Determinism::Bitwise,
        random: true,
        lineage: false,
        waivers: false,
        accepts_failed: false,
        metrics: METRICS.iter().map(described).collect(),
        findings: Default::default(),
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

fn described(metric: &ingot_statistics::Metric) -> KindMetric {
    KindMetric {
        name: metric.name.into(),
        summary: format!("{}: {}", tasks(metric), metric.summary),
        better: match metric.direction {
            Direction::Higher => Some(Better::Higher),
            Direction::Lower => Some(Better::Lower),
            Direction::Neither => None,
        },
    }
}

/// The tasks that a metric is of.
fn tasks(metric: &ingot_statistics::Metric) -> String {
    let tasks = metric.function.tasks().iter().map(|task| task.name());
    match tasks.collect::<Vec<_>>().join(", ") {
        of_each_class if of_each_class.is_empty() => "each class".to_owned(),
        tasks => tasks,
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
    let procedure = Procedure::read(request)?;
    let unlabelled = procedure.unlabelled();
    if unlabelled > 0 {
        let message = format!("{unlabelled} rows have no label and are not evaluated");
        let finding = Finding::new(Severity::Info, "D0710", message);
        emit(Event::Finding(Finding { rows: Some(unlabelled as u64), ..finding }));
    }
    if let [first, .., last] = procedure.splits.as_slice() {
        let count = procedure.splits.len();
        let message =
            format!("the {count} splits `{first}` to `{last}` are measured together, as one");
        emit(Event::Finding(Finding::new(Severity::Warning, "D0712", message)));
    }
    if let Some(finding) = procedure.pooled() {
        emit(Event::Finding(finding));
    }
    let samples = procedure.samples(positive(request))?;
    let (model, base) = (samples.model.as_slice(), samples.baseline.as_slice());
    let seed = request.seed.unwrap_or_default();
    let measured: Vec<_> = of_task(procedure.task).collect();
    let settings = Settings {
        metrics: &measured,
        resamples: request.params.get("resamples").and_then(|v| v.as_u64()).unwrap_or(2000),
        confidence: confidence(request),
        seed: &|resample| derive(seed, "bootstrap", resample),
    };
    let compared = (!base.is_empty()).then_some(base);
    let estimates = estimate(model, compared, &settings);
    let mut metrics = interval_metrics(&settings, &estimates.values, None);
    if let Some(base) = compared {
        let alone = estimate(base, None, &settings).values;
        metrics.extend(interval_metrics(&settings, &alone, None).into_iter().map(|metric| {
            let slice = BTreeMap::from([("model".into(), "baseline".into())]);
            Metric { slice, ..metric }
        }));
        metrics.extend(interval_metrics(&settings, &estimates.differences, Some("baseline")));
    }
    metrics.extend(of_classes::metrics(&samples.classes, model));
    undefined(&settings, &estimates.values, &samples)
        .into_iter()
        .for_each(|finding| emit(Event::Finding(finding)));
    let rows = model.first().map_or(0, Sample::rows);
    metrics.push(Metric::new("rows", rows as f64));
    metrics.extend(others::read(request, procedure.task)?);
    let report = Report {
        version: report::VERSION,
        task: Some(procedure.task.name().to_owned()),
        rows: rows as u64,
        replicates: model.len() as u64,
        baseline_replicates: base.len() as u64,
        confusion: of_classes::confusion(model, samples.classes.len()),
        classes: samples.classes,
        metrics: metrics.iter().map(ReportMetric::from).collect(),
    };
    report.write(&output(request, "report")?)?;
    metrics.into_iter().for_each(|metric| emit(Event::Metric(metric)));
    Ok(())
}

fn confidence(request: &Request) -> f64 {
    request.params.get("confidence").and_then(|value| value.as_f64()).unwrap_or(0.95)
}

fn positive(request: &Request) -> Option<&str> {
    request.params.get("positive").and_then(|value| value.as_str())
}

/// The estimates that are defined, as metrics.
fn interval_metrics(
    settings: &Settings<'_>,
    estimates: &[Option<Estimate>],
    than: Option<&str>,
) -> Vec<Metric> {
    let defined = settings.metrics.iter().zip(estimates);
    defined
        .filter_map(|(metric, estimate)| Some((metric, (*estimate)?)))
        .map(|(metric, estimate)| Metric {
            low: Some(estimate.low),
            high: Some(estimate.high),
            confidence: Some(settings.confidence),
            than: than.map(str::to_owned),
            ..Metric::new(metric.name, estimate.value)
        })
        .collect()
}

/// Why metrics are not there.
fn undefined(
    settings: &Settings<'_>,
    estimates: &[Option<Estimate>],
    samples: &procedure::Samples,
) -> Vec<Finding> {
    let mut findings = of_classes::undefined(&samples.classes, &samples.model);
    for (metric, estimate) in settings.metrics.iter().zip(estimates) {
        let told = findings.iter().any(|told| told.metric.as_deref() == Some(metric.name));
        if estimate.is_none() && !told {
            let message = format!("{} is undefined: {}", metric.name, metric.undefined);
            findings.push(of_classes::warning(metric.name, message));
        }
    }
    findings
}
