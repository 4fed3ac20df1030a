//! Locks side by side: what differs between runs, in the manifest's terms. Pure.

use std::collections::{BTreeMap, BTreeSet};

use ingot_protocol::Metric;

use super::{Lock, StepRecord};

/// What differs between some locks. A value stands in its lock's place, and nothing
/// where the lock has none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Comparison {
    /// Steps that are not in all of them.
    pub steps: Vec<Row<&'static str>>,
    /// Sources by name and path, and the other paths of the workspace that steps read.
    pub data: Vec<Row<String>>,
    /// Params, seeds and commands.
    pub params: Vec<Row<String>>,
    /// Metrics.
    pub metrics: Vec<Row<Metric>>,
    /// Verdicts.
    pub verdicts: Vec<Row<String>>,
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Row<T> {
    /// The step or the source.
    pub of: String,
    /// What of it.
    pub name: String,
    /// A value a lock.
    pub values: Vec<Option<T>>,
}

impl Comparison {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

/// Compares. Metrics of slices are left out unless `slices`.
pub fn compare(locks: &[&Lock], slices: bool) -> Comparison {
    let mut found = Comparison::default();
    let paths: BTreeSet<(&String, &String)> = locks
        .iter()
        .flat_map(|lock| lock.sources.iter().map(|(name, source)| (name, &source.path)))
        .collect();
    for (name, path) in paths {
        let of = |lock: &&Lock| {
            let source = lock.sources.get(name).filter(|source| source.path == *path);
            source.map(|source| source.content.short())
        };
        push(&mut found.data, name, path, locks.iter().map(of).collect());
    }
    let paths: Vec<BTreeMap<&str, String>> = locks.iter().map(|lock| paths_read(lock)).collect();
    for path in paths.iter().flat_map(BTreeMap::keys).collect::<BTreeSet<_>>() {
        push(&mut found.data, path, "", paths.iter().map(|read| read.get(path).cloned()).collect());
    }
    let names: BTreeSet<&String> = locks.iter().flat_map(|lock| lock.steps.keys()).collect();
    for name in names {
        let records: Vec<Option<&StepRecord>> =
            locks.iter().map(|lock| lock.steps.get(name)).collect();
        let there = records.iter().map(|record| record.map(|_| "there")).collect();
        push(&mut found.steps, name, "", there);
        // What a step that is not there lacks has been told.
        if records.iter().any(Option::is_none) {
            continue;
        }
        let by_record = |of: &dyn Fn(&StepRecord) -> BTreeMap<String, String>| {
            records.iter().map(|record| record.map(of).unwrap_or_default()).collect::<Vec<_>>()
        };
        tables(&mut found.params, name, &by_record(&params));
        let metrics: Vec<BTreeMap<String, Metric>> = records
            .iter()
            .map(|record| record.map(|record| metrics(record, slices)).unwrap_or_default())
            .collect();
        tables(&mut found.metrics, name, &metrics);
        let verdict = |record: &Option<&StepRecord>| {
            record.map(|record| format!("{:?}", record.verdict).to_lowercase())
        };
        push(&mut found.verdicts, name, "", records.iter().map(verdict).collect());
    }
    found
}

/// Adds a row where its values differ.
fn push<T: PartialEq>(rows: &mut Vec<Row<T>>, of: &str, name: &str, values: Vec<Option<T>>) {
    if values.windows(2).any(|pair| pair[0] != pair[1]) {
        rows.push(Row { of: of.to_owned(), name: name.to_owned(), values });
    }
}

fn tables<T: PartialEq + Clone>(rows: &mut Vec<Row<T>>, of: &str, tables: &[BTreeMap<String, T>]) {
    let names: BTreeSet<&String> = tables.iter().flat_map(BTreeMap::keys).collect();
    for name in names {
        push(rows, of, name, tables.iter().map(|table| table.get(name).cloned()).collect());
    }
}

/// Paths of the workspace that are no sources, with their contents: `./` inputs and
/// params whose content counts.
fn paths_read(lock: &Lock) -> BTreeMap<&str, String> {
    let inputs = lock.steps.values().flat_map(|record| &record.inputs);
    inputs
        .flat_map(|(port, inputs)| inputs.iter().map(move |input| (port, input)))
        .filter_map(|(port, input)| match input.from.strip_prefix("./") {
            Some(path) => Some((path, input)),
            None => port.starts_with("params.").then_some((input.from.as_str(), input)),
        })
        .map(|(path, input)| (path, input.content.short()))
        .collect()
}

fn params(record: &StepRecord) -> BTreeMap<String, String> {
    let mut params: BTreeMap<String, String> =
        record.params.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
    params.insert("kind".into(), format!("{} {}", record.kind, record.revision));
    params.insert("worker".into(), record.worker.clone());
    params.extend(record.seed.map(|seed| ("seed".into(), seed.to_string())));
    if let Some(platform) = &record.platform {
        params.insert("threads".into(), platform.threads.to_string());
        params.insert("isa".into(), platform.isa.clone());
        params.insert("device".into(), platform.device.clone());
        params.insert("precision".into(), platform.precision.clone());
    }
    if let Some(command) = &record.command {
        params.insert("run".into(), command.run.join(" "));
        params.insert("network".into(), command.network.to_string());
        params.insert("secrets".into(), command.secrets.join(", "));
        for (name, value) in &command.environment {
            params.insert(format!("environment.{name}"), value.clone());
        }
        for (name, tool) in &command.tools {
            params.insert(format!("tools.{name}"), tool.program.clone());
            for (file, content) in &tool.files {
                params.insert(format!("tools.{name} {file}"), content.short());
            }
        }
    }
    params
}

fn metrics(record: &StepRecord, slices: bool) -> BTreeMap<String, Metric> {
    let shown = record.metrics.iter().filter(|metric| slices || metric.slice.is_empty());
    shown.map(|metric| (metric_name(metric), metric.clone())).collect()
}

/// A metric's name with its slice and what it is compared with.
pub(super) fn metric_name(metric: &Metric) -> String {
    let mut name = metric.name.clone();
    for (column, value) in &metric.slice {
        name.push_str(&format!(" {column}={value}"));
    }
    if let Some(than) = &metric.than {
        name.push_str(&format!(" minus {than}"));
    }
    name
}
