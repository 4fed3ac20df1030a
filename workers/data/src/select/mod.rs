//! The kind `select`: of several models the one that is best, by their reports.
//!
//! Reads reports alone and hands one model on as it is; it opens no model. Reports that
//! are missing are made by an implied `evaluate` on the split `valid`. Invariant: the
//! order of the manifest breaks every tie, and a seed is never chosen for its luck: of
//! a point's replicates the first comes out. On disk: `model` is a copy of the chosen
//! folder, `report` one of its report with `selection.json` added.

mod copy;

use std::collections::BTreeMap;

use ingot_protocol::worker::output;
use ingot_protocol::{
    Determinism, Event, Expansion, Failure, Input, InputPort, Kind, Metric, OutputPort, Reads,
    Request,
};
use ingot_statistics::choice::{Measured, Rule, choose};
use ingot_statistics::standard_error::{of_interval, of_replicates};
use ingot_statistics::{Direction, find};
use ingot_tables::report::{Report, ReportMetric};
use ingot_tables::selection::{self, Selection, SelectionPoint};
use serde_json::{Value, json};

/// Moves when the outputs for the same request change.
pub const REVISION: u32 = 1;

/// The kind, as `describe` tells it.
pub fn kind() -> Kind {
    let many = |name: &str, artifact_type: &str| InputPort {
        name: name.into(),
        types: vec![artifact_type.into()],
        required: true,
        many: true,
        ordered: true,
        ..InputPort::default()
    };
    let out =
        |name: &str| OutputPort { name: name.into(), artifact_type: name.into(), file: false };
    Kind {
        name: "select".into(),
        summary: "the best of several models, by their reports on another split than test".into(),
        revision: REVISION,
        params: json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "metric": {
                    "type": "string", "default": "accuracy",
                    "description": "the metric of the reports that points are compared by"
                },
                "goal": {
                    "enum": ["max", "min"],
                    "description": "which way the metric is better; known for common ones"
                },
                "rule": {
                    "enum": ["best", "one-standard-error"], "default": "best",
                    "description": "the best point, or the first within one standard error of it"
                },
                "replicates_per_point": {
                    "type": "integer", "minimum": 1, "maximum": 1000, "default": 1,
                    "description": "so many models, one behind the other, are replicates of one point"
                }
            }
        }),
        inputs: vec![
            many("models", "model"),
            InputPort { refuses: vec!["test".into()], ..many("reports", "report") },
            InputPort {
                name: "data".into(),
                types: vec!["dataset".into()],
                reads: Reads::Splits(vec!["valid".into()]),
                forwarded: true,
                ..InputPort::default()
            },
        ],
        outputs: vec![out("model"), out("report")],
        further: None,
        determinism: Determinism::Bitwise,
        random: false,
        lineage: false,
        waivers: false,
        accepts_failed: false,
        metrics: Vec::new(),
        findings: Default::default(),
        expands: vec![Expansion {
            port: "reports".into(),
            name: "evaluate".into(),
            kind: "evaluate".into(),
            output: "report".into(),
            inputs: BTreeMap::from([
                ("model".to_owned(), "models".to_owned()),
                ("data".to_owned(), "data".to_owned()),
            ]),
            ..Expansion::default()
        }],
    }
}

/// What the step's params ask for.
struct SelectParams {
    metric: String,
    /// Nothing where nobody knows it.
    goal: Option<Direction>,
    rule: Rule,
    replicates: usize,
}

/// Runs one step of the kind.
pub fn run(request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    let asked = asked(request)?;
    let inputs = |port: &str| request.inputs.get(port).map(Vec::as_slice).unwrap_or_default();
    let (models, reports) = (inputs("models"), inputs("reports"));
    if models.is_empty() || models.len() != reports.len() {
        let message =
            format!("there are {} models and {} reports of them", models.len(), reports.len());
        return Err(Failure::new("D1001", message)
            .help("give each model its report, in the same order, or `inputs.data` alone"));
    }
    if !models.len().is_multiple_of(asked.replicates) {
        let message =
            format!("{} models are no points of {} replicates", models.len(), asked.replicates);
        return Err(Failure::new("D1005", message)
            .help("give `replicates_per_point` the value of the models' `replicates`"));
    }
    let points = models
        .chunks(asked.replicates)
        .zip(reports.chunks(asked.replicates))
        .map(|(models, reports)| point(&asked.metric, models, reports))
        .collect::<Result<Vec<_>, _>>()?;
    let Some(goal) = asked.goal else {
        let message = format!("nothing says whether more or less of `{}` is better", asked.metric);
        return Err(Failure::new("D1003", message).help("add `goal = \"max\"` or `goal = \"min\"`"));
    };
    let measured: Vec<Measured> = points
        .iter()
        .map(|point| Measured { value: point.value, standard_error: point.standard_error })
        .collect();
    let Some(chosen) = choose(&measured, goal, asked.rule) else {
        let message = format!("nothing says how sure `{}` is of the best point", asked.metric);
        return Err(Failure::new("D1004", message).help(
            "give reports with intervals, or models with `replicates`, or `rule = \"best\"`",
        ));
    };
    let first = chosen * asked.replicates;
    copy::copy(&models[first].path, &output(request, "model")?)?;
    let report = output(request, "report")?;
    copy::copy(&reports[first].path, &report)?;
    let SelectionPoint { value, low, high, .. } = points[chosen];
    let selected = chosen as u64 + 1;
    emit(Event::Metric(Metric::new("selected", selected as f64)));
    emit(Event::Metric(Metric { low, high, ..Metric::new(asked.metric.clone(), value) }));
    let selection = Selection {
        version: selection::VERSION,
        metric: asked.metric,
        goal: if goal == Direction::Higher { "max" } else { "min" }.into(),
        rule: if asked.rule == Rule::Best { "best" } else { ONE_STANDARD_ERROR }.into(),
        selected,
        points,
    };
    selection.write(&report)
}

const ONE_STANDARD_ERROR: &str = "one-standard-error";

fn asked(request: &Request) -> Result<SelectParams, Failure> {
    let text = |name: &str| request.params.get(name).and_then(Value::as_str);
    let metric = text("metric").unwrap_or("accuracy").to_owned();
    let goal = match text("goal") {
        Some("max") => Some(Direction::Higher),
        Some("min") => Some(Direction::Lower),
        _ => find(&metric).map(|known| known.direction).filter(|way| *way != Direction::Neither),
    };
    let rule = match text("rule") {
        Some(ONE_STANDARD_ERROR) => Rule::OneStandardError,
        _ => Rule::Best,
    };
    let replicates = request.params.get("replicates_per_point").and_then(Value::as_u64);
    Ok(SelectParams { metric, goal, rule, replicates: replicates.unwrap_or(1).max(1) as usize })
}

/// A point from its models and their reports, as many of each.
fn point(metric: &str, models: &[Input], reports: &[Input]) -> Result<SelectionPoint, Failure> {
    let found =
        reports.iter().map(|report| value(metric, report)).collect::<Result<Vec<_>, _>>()?;
    let values: Vec<f64> = found.iter().map(|metric| metric.value).collect();
    let mut measured = of_replicates(&values);
    let (mut low, mut high) = (None, None);
    if let [only] = found.as_slice() {
        (low, high) = (only.low, only.high);
        measured.standard_error = low
            .zip(high)
            .map(|(low, high)| of_interval(low, high, only.confidence.unwrap_or(CONFIDENCE)));
    }
    let models = models.iter().map(|model| model.digest.clone()).collect();
    let Measured { value, standard_error } = measured;
    Ok(SelectionPoint { models, value, low, high, standard_error })
}

/// What an interval's confidence is where a report does not say it.
const CONFIDENCE: f64 = 0.95;

/// A metric over all of a report's rows.
fn value(metric: &str, input: &Input) -> Result<ReportMetric, Failure> {
    let report = Report::read(&input.path)?;
    let whole = |metric: &&ReportMetric| metric.slice.is_empty() && metric.than.is_none();
    let names = report.metrics.iter().filter(whole).map(|metric| metric.name.as_str());
    let names = names.collect::<Vec<_>>().join(", ");
    let found = report.metrics.iter().filter(whole).find(|found| found.name == metric).cloned();
    found.ok_or_else(|| {
        Failure::new("D1002", format!("{}: there is no metric `{metric}`", input.path.display()))
            .help(format!("`metric` is one of {names}"))
    })
}
