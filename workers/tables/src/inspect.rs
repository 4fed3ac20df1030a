//! What an artifact's bytes mean: `inspect show` and `inspect diff`.
//!
//! Who asks says the artifact's type. Values of `personal` columns are never shown.

mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;

use ingot_protocol::figure::figure;
use ingot_protocol::{Difference, Failure, Finding, Inspection};

use crate::bundle::Bundle;
use crate::dataset::{Dataset, DatasetError};
use crate::fitted::{FittedState, State};
use crate::predictions;
use crate::profile::Profile;
use crate::quarantine;
use crate::regular;
use crate::report::{Report, ReportMetric};
use crate::reported::{read_findings, read_metrics};
use crate::selection::Selection;

type Table = Vec<Vec<String>>;

/// What one artifact of a type holds; of a type that is not listed here its size.
pub fn show(artifact_type: &str, artifact: &Path) -> Result<Inspection, Failure> {
    Ok(match artifact_type {
        "dataset" => dataset(&Dataset::open(artifact)?)?,
        "predictions" => predicted(artifact)?,
        "profile" => profile(&Profile::read(artifact)?),
        "report" => {
            let mut inspection = report(&Report::read(artifact)?);
            if let Some(selection) = Selection::read(artifact)? {
                inspection.tables.insert("points".to_owned(), points(&selection));
            }
            inspection
        }
        "bundle" => bundle(&Bundle::read(artifact)?),
        "findings" => findings(&read_findings(artifact)?),
        "fitted" => {
            let state = FittedState::of(State::read(artifact)?)?;
            let summary = format!("{} operations", state.state.lines().len());
            let tables = [("operations".to_owned(), operations(&[state]))];
            inspection("fitted", summary, tables.into())
        }
        "metrics" => {
            let metrics: Vec<ReportMetric> =
                read_metrics(artifact)?.iter().map(ReportMetric::from).collect();
            let tables = [("metrics".to_owned(), table_of(metrics.iter()))];
            inspection("metrics", format!("{} metrics", metrics.len()), tables.into())
        }
        "quarantine" => quarantined(&quarantine::count(artifact)?),
        other => {
            let size = std::fs::metadata(artifact).map(|found| found.len()).unwrap_or(0);
            inspection(other, format!("{size} bytes"), BTreeMap::new())
        }
    })
}

fn inspection(artifact_type: &str, summary: String, tables: BTreeMap<String, Table>) -> Inspection {
    Inspection { artifact_type: artifact_type.into(), summary, tables }
}

/// Values are not shown: who asks for them opens the file.
fn quarantined(counts: &quarantine::Counts) -> Inspection {
    let mut rules: Table = vec![["split", "rule", "column", "rows"].map(str::to_owned).to_vec()];
    rules.extend(counts.iter().map(|((split, rule, column), count)| {
        let column = column.clone().unwrap_or_default();
        vec![split.clone(), rule.clone(), column, count.to_string()]
    }));
    let lines: u64 = counts.values().sum();
    let summary = format!("{lines} broken promises of rows that are left out");
    inspection("quarantine", summary, [("rules".to_owned(), rules)].into())
}

fn bundle(bundle: &Bundle) -> Inspection {
    let mut files: Table = vec![["file", "bytes"].map(str::to_owned).to_vec()];
    files.extend(
        bundle.files.iter().map(|(name, facts)| vec![name.clone(), facts.bytes.to_string()]),
    );
    let (count, actions) = (bundle.files.len(), bundle.lineage.steps.len());
    let summary = format!("`{}`: {count} files, from {actions} actions", bundle.name);
    inspection("bundle", summary, [("files".to_owned(), files)].into())
}

fn dataset(dataset: &Dataset) -> Result<Inspection, DatasetError> {
    let mut splits: Table = vec![vec!["split".into(), "rows".into()]];
    let mut all = 0;
    for split in dataset.splits()? {
        let count = dataset.rows(&split)?;
        all += count;
        splits.push(vec![split, count.to_string()]);
    }
    let header = ["column", "type", "role", "first rows"];
    let mut columns: Table = vec![header.map(str::to_owned).to_vec()];
    let mut first = rows::first(dataset)?;
    columns.extend(dataset.schema.columns.iter().map(|column| {
        let role = format!("{:?}", column.role).to_lowercase();
        let values = first.remove(&column.name).unwrap_or_default();
        vec![column.name.clone(), column.data_type.to_string(), role, values]
    }));
    let summary = format!("{all} rows, {} columns", dataset.schema.columns.len());
    let mut tables =
        BTreeMap::from([("columns".to_owned(), columns), ("splits".to_owned(), splits)]);
    if !dataset.schema.fitted.is_empty() {
        tables.insert("fitted".to_owned(), operations(&dataset.schema.fitted));
    }
    Ok(inspection("dataset", summary, tables))
}

/// What rows went through, an operation a line.
fn operations(states: &[FittedState]) -> Table {
    let mut table: Table = vec![["state", "operation", "columns"].map(str::to_owned).to_vec()];
    for FittedState { digest, state } in states {
        let short = digest.get(..12).unwrap_or(digest);
        let lines = state.lines().into_iter();
        table.extend(lines.map(|[operation, columns]| vec![short.to_owned(), operation, columns]));
    }
    table
}

fn predicted(artifact: &Path) -> Result<Inspection, Failure> {
    let (splits, about) = predictions::counts(artifact)?;
    let mut table: Table = vec![vec!["split".into(), "rows".into()]];
    table.extend(splits.iter().map(|(name, rows)| vec![name.clone(), rows.to_string()]));
    let rows: u64 = splits.values().fold(0, |all, rows| all.saturating_add(*rows));
    let of = match about.classes.len() {
        0 => format!("of the task {}", about.task.name()),
        classes => format!("{classes} classes"),
    };
    let summary = format!("{rows} rows, {of}");
    Ok(inspection("predictions", summary, [("splits".to_owned(), table)].into()))
}

/// A line a column and split; the values themselves stand on the profile's page.
fn profile(profile: &Profile) -> Inspection {
    let header = ["column", "split", "rows", "missing", "distinct", "min", "mean", "max"];
    let mut table: Table = vec![header.map(str::to_owned).to_vec()];
    for column in &profile.columns {
        for (split, summary) in &column.splits {
            let numbers = summary.numbers.as_ref();
            let distinct = summary.distinct.map(|distinct| distinct.count.to_string());
            table.push(vec![
                column.name.clone(),
                split.clone(),
                summary.rows.to_string(),
                summary.nulls.to_string(),
                distinct.unwrap_or_default(),
                number(numbers.and_then(|numbers| numbers.min)),
                number(numbers.and_then(|numbers| numbers.mean)),
                number(numbers.and_then(|numbers| numbers.max)),
            ]);
        }
    }
    let summary = format!("{} columns", profile.columns.len());
    inspection("profile", summary, [("columns".to_owned(), table)].into())
}

fn findings(findings: &[Finding]) -> Inspection {
    let mut table: Table = vec![["severity", "code", "finding"].map(str::to_owned).to_vec()];
    table.extend(findings.iter().map(|finding| {
        let severity = format!("{:?}", finding.severity).to_lowercase();
        vec![severity, finding.code.clone(), finding.message.clone()]
    }));
    let tables = [("findings".to_owned(), table)];
    inspection("findings", format!("{} findings", findings.len()), tables.into())
}

fn number(value: Option<f64>) -> String {
    value.map(figure).unwrap_or_default()
}

fn report(report: &Report) -> Inspection {
    let table = table_of(report.metrics.iter().filter(|metric| metric.slice.is_empty()));
    let summary = format!("{} rows, {} classes", report.rows, report.classes.len());
    inspection("report", summary, [("metrics".to_owned(), table)].into())
}

fn table_of<'a>(metrics: impl Iterator<Item = &'a ReportMetric>) -> Table {
    let mut table: Table = vec![["metric", "value", "low", "high"].map(str::to_owned).to_vec()];
    for metric in metrics {
        let than = metric.than.as_ref().map(|than| format!(" minus {than}")).unwrap_or_default();
        let slice: String =
            metric.slice.iter().map(|(column, value)| format!(" {column}={value}")).collect();
        table.push(vec![
            format!("{}{than}{slice}", metric.name),
            number(Some(metric.value)),
            number(metric.low),
            number(metric.high),
        ]);
    }
    table
}

/// The points that `select` chose from, one a row; a model is its digest.
fn points(selection: &Selection) -> Table {
    let header = ["point", "model", &selection.metric, "low", "high", "standard error", ""];
    let mut table: Table = vec![header.map(str::to_owned).to_vec()];
    for (at, point) in (1..).zip(&selection.points) {
        table.push(vec![
            at.to_string(),
            point.models.first().cloned().unwrap_or_default(),
            number(Some(point.value)),
            number(point.low),
            number(point.high),
            number(point.standard_error),
            if at == selection.selected { "selected" } else { "" }.to_owned(),
        ]);
    }
    table
}

/// How two artifacts of one type differ.
pub fn diff(artifact_type: &str, old: &Path, new: &Path) -> Result<Difference, Failure> {
    let (before, after) = (show(artifact_type, old)?, show(artifact_type, new)?);
    if artifact_type == "dataset" {
        let [old, new] = [old, new].map(|path| Dataset::open(path).map(Dataset::with_parents));
        return Ok(rows::diff(&old?, &new?)?);
    }
    let mut details = Vec::new();
    for (title, rows) in &after.tables {
        let old_rows: BTreeSet<&Vec<String>> =
            before.tables.get(title).into_iter().flatten().collect();
        for row in rows.iter().filter(|row| !old_rows.contains(row)) {
            details.push(format!("{title}: {}", row.join(" ")));
        }
    }
    let same = before == after && same_bytes(old, new);
    let summary = match same {
        true => "the same".to_owned(),
        false => format!("{} -> {}", before.summary, after.summary),
    };
    Ok(Difference { same, summary, first: details.first().cloned(), details })
}

/// Whether two files have the same bytes; of two folders their tables have told it.
fn same_bytes(old: &Path, new: &Path) -> bool {
    let (mut old, mut new) = match (regular::open(old), regular::open(new)) {
        (Ok(old), Ok(new)) => (BufReader::new(old), BufReader::new(new)),
        (old, new) => return old.is_err() && new.is_err(),
    };
    while let (Ok(one), Ok(other)) = (old.fill_buf(), new.fill_buf()) {
        let length = one.len().min(other.len());
        if length == 0 {
            return one.len() == other.len();
        }
        if one[..length] != other[..length] {
            return false;
        }
        old.consume(length);
        new.consume(length);
    }
    false
}
