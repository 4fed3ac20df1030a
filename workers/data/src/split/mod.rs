//! The kind `split`: rows dealt to train, valid and test, or into folds.
//!
//! A row's place is decided by a hash of (seed, what it holds), so it depends on no order and
//! on no row beside it, or by its time where that is asked for. Of a dataset that has splits
//! already, `train` is dealt and the others stay. Invariant: every row is in exactly one
//! split, no split is empty, equal rows, rows of one group, and a row and what was made of it
//! are never torn apart, each part of a deal keeps the input's order, and what of the fractions
//! was not met is said.

mod by_time;
mod deal;
mod facts;
mod folds;
mod hide;
mod leaks;
mod missed;
mod numbers;
mod params;
mod pool;
mod quota;
mod units;
mod write;

use std::collections::BTreeMap;

use ingot_protocol::{
    Determinism, Event, Failure, Finding, InputPort, Kind, Metric, OutputPort, Request,
};
use ingot_tables::dataset::{self, Dataset, Role, Schema, TRAIN};
use serde_json::{Value, json};

use by_time::Untimed;
use facts::{Facts, Wanted};
use folds::Folds;
use hide::Hidden;
use leaks::Splits;
use missed::{Dealt, Manner, warning};
use numbers::Numbers;
use params::{fractions, named, no_column, two};
use pool::Pool;
use units::Units;
use write::{Counts, Deal};

use crate::findings;

/// Moves when the outputs for the same request change.
pub const REVISION: u32 = 4;

/// The kind, as `describe` tells it.
pub fn kind() -> Kind {
    Kind {
        name: "split".into(),
        summary: "deal rows to train, valid and test".into(),
        revision: REVISION,
        params: json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": false,
            "if": { "required": ["folds"] },
            "then": { "properties": { "fractions": false, "time": false } },
            "else": { "required": ["fractions"], "properties": { "repeats": false } },
            "properties": {
                "folds": {
                    "type": "integer", "minimum": 2, "maximum": 1000, "x-ingot-axis": "fold",
                    "description": "deal into so many equal parts: the axis `fold` has a point for each, at which that part is test and the others are train"
                },
                "repeats": {
                    "type": "integer", "minimum": 1, "maximum": 1000, "x-ingot-axis": "repeat",
                    "description": "deal into folds so often, each time by other draws: the axis `repeat`; needs `folds`"
                },
                "fold": {
                    "type": "integer", "minimum": 1,
                    "description": "which fold is test; set by the axis"
                },
                "repeat": {
                    "type": "integer", "minimum": 1,
                    "description": "which repeat this is; set by the axis"
                },
                "fractions": {
                    "type": "object", "minProperties": 1, "x-ingot-sum": 1,
                    "additionalProperties": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
                    "description": "split = its share of the rows; together 1; without `folds`"
                },
                "stratify": {
                    "type": "string",
                    "description": "a column, or @label: each value is dealt in these shares"
                },
                "group": {
                    "type": "string",
                    "description": "a column whose rows of one value stay together; by itself the one of the role `group`"
                },
                "time": {
                    "type": "string",
                    "description": "a column, or @time: the earliest rows go to train, the latest to test; without `folds`"
                },
                "assign": {
                    "enum": ["exact", "sticky"], "default": "exact",
                    "description": "exact: the fractions hold, and new rows move rows at the cuts; sticky: no row ever moves, and the shares are what they come to"
                },
                "labels_per_class": {
                    "type": "integer", "minimum": 1,
                    "description": "keep so many labels of each class in train; the others become null"
                }
            }
        }),
        inputs: vec![InputPort {
            name: "data".into(),
            types: vec!["dataset".into()],
            required: true,
            many: true,
            ordered: true,
            ..InputPort::default()
        }],
        outputs: vec![OutputPort {
            name: "data".into(),
            artifact_type: "dataset".into(),
            file: false,
        }],
        further: None,
        determinism: Determinism::Bitwise,
        random: true,
        lineage: false,
        waivers: false,
        accepts_failed: false,
        metrics: Vec::new(),
        findings: findings::names(&[findings::GIVEN, findings::DEALT]),
        expands: Vec::new(),
    }
}

/// Runs one step of the kind.
pub fn run(request: &Request, emit: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    let datasets = datasets(request)?;
    let Some(data) = datasets.first() else {
        return Err(Failure::new("D0401", "there is no dataset").help("give `inputs.data`"));
    };
    let folds = Folds::read(request)?;
    let fractions = match &folds {
        Some(folds) => folds.shares(),
        None => fractions(request)?,
    };
    let pool = Pool::of(&datasets, &|split| fractions.contains_key(split))?;
    let wanted = Wanted::of(request, &data.schema)?;
    let manner = manner(request, wanted)?;
    let facts = Facts::read(wanted, (&pool, &pool.split), request.cpus)?;
    let seed = request.seed.unwrap_or_default();
    let seed = folds.map_or(seed, |folds| folds.seed(seed));
    let strata = facts.strata.as_ref().map(|strata| strata.of.as_slice());
    let parts = match manner {
        Manner::Time => timed(wanted, &facts, &fractions)?,
        Manner::Sticky => deal::stick(&Units::of(&facts, seed), &fractions),
        Manner::Equal => deal::deal(strata, &Units::of(&facts, seed), &fractions),
    };
    let groups = facts.groups.as_ref().map(|groups| groups.of.as_slice());
    let dealt = Dealt {
        fractions: &fractions,
        parts: &parts,
        strata: wanted.stratify.zip(strata),
        groups: wanted.group.zip(groups),
        manner,
    };
    if let Some(folds) = &folds {
        folds.check(&pool, &dealt.sizes())?;
    }
    if let Some(failure) = dealt.empty() {
        return Err(failure);
    }
    // What is true of a deal is told once, by its first fold.
    if folds.is_none_or(|folds| folds.is_first()) {
        let told = dealt.shares().into_iter().chain(dealt.strata());
        let told = told.chain(untimed(request, &data.schema)).chain(learned_from(&data.schema));
        let told = told.chain(measured(&data.schema, facts.labels.as_ref()));
        told.for_each(|finding| emit(Event::Finding(finding)));
    }
    let splits = match &folds {
        Some(folds) => folds.splits(),
        None => fractions.keys().cloned().zip((0..).map(|part| vec![part])).collect(),
    };
    for leak in leaks(wanted, (&pool, &splits), (&facts, &parts), request.cpus)? {
        emit(Event::Finding(leak));
    }
    let hidden = hidden(request, wanted, (&facts, &parts), (&splits, seed))?;
    drop(facts);
    let mut schema = data.schema.clone();
    if let Some(hidden) = &hidden {
        let mut columns = schema.columns.iter_mut();
        columns
            .find(|column| column.name == hidden.label)
            .into_iter()
            .for_each(|c| c.nullable = true);
    }
    let written = Deal { pool: &pool, parts: &parts, splits, hidden }.write(request, &schema)?;
    written.iter().for_each(|(split, counts)| measures(split, counts, emit));
    Ok(())
}

/// How rows are dealt.
fn manner(request: &Request, wanted: Wanted<'_>) -> Result<Manner, Failure> {
    let sticky = named(request, "assign") == Some("sticky");
    match (wanted.time, wanted.stratify) {
        (Some(_), _) if sticky => Err(two("time")),
        (_, Some(_)) if sticky => Err(two("stratify")),
        (Some(_), _) => Ok(Manner::Time),
        _ if sticky => Ok(Manner::Sticky),
        _ => Ok(Manner::Equal),
    }
}

/// What the splits know of one another.
fn leaks(
    wanted: Wanted<'_>,
    (pool, splits): (&Pool<'_>, &BTreeMap<String, Vec<u32>>),
    (facts, parts): (&Facts, &[u32]),
    cpus: u64,
) -> Result<Vec<Finding>, Failure> {
    let read = |split: &String| Facts::read(wanted, (pool, split), cpus);
    let given = pool.others.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let mut names = vec![String::new(); splits.values().map(Vec::len).sum()];
    for (split, of) in splits {
        of.iter().for_each(|part| names[*part as usize].clone_from(split));
    }
    names.extend(pool.others.iter().cloned());
    let (group, time) = (wanted.group, wanted.time);
    Ok(Splits { names, pool: facts, parts, given: &given, group, time }.leaks())
}

/// The labels that `labels_per_class` takes away.
fn hidden<'a>(
    request: &Request,
    wanted: Wanted<'a>,
    (facts, parts): (&Facts, &[u32]),
    (splits, seed): (&BTreeMap<String, Vec<u32>>, u64),
) -> Result<Option<Hidden<'a>>, Failure> {
    let Some(keep) = request.params.get("labels_per_class").and_then(Value::as_u64) else {
        return Ok(None);
    };
    let Some(label) = wanted.label.zip(facts.labels.as_ref()) else {
        return Err(no_column("labels_per_class", "@label"));
    };
    let Some(train) = splits.get(TRAIN) else {
        let message = "`labels_per_class` keeps labels of `train`, which no fraction names";
        return Err(Failure::new("D0411", message)
            .help("add `train` to the fractions, or leave `labels_per_class` out"));
    };
    let rows = train.iter().flat_map(|part| {
        let rows = parts.iter().enumerate().filter(move |(_, of)| *of == part);
        rows.map(|(row, _)| row as u32)
    });
    Hidden::of(label, &rows.collect::<Vec<u32>>(), keep, seed).map(Some)
}

/// The metrics of a split.
fn measures(split: &str, counts: &Counts, emit: &mut dyn FnMut(Event)) {
    let slice = BTreeMap::from([("split".to_owned(), split.to_owned())]);
    let mut metric = |name: &str, value: usize, slice| {
        emit(Event::Metric(Metric { slice, ..Metric::new(name, value as f64) }));
    };
    metric("rows", counts.rows, slice.clone());
    for (class, count) in &counts.classes {
        let mut slice = slice.clone();
        slice.insert("class".to_owned(), class.clone());
        metric("labels", *count, slice);
    }
}

/// What is dealt: one dataset, or several of the same columns, such as partitions.
fn datasets(request: &Request) -> Result<Vec<Dataset>, Failure> {
    let inputs = request.inputs.get("data").map(Vec::as_slice).unwrap_or_default();
    let datasets = inputs
        .iter()
        .map(|input| Ok(Dataset::open(&input.path)?.with_parents()))
        .collect::<Result<Vec<_>, Failure>>()?;
    let schema = datasets.first().map(|first| &first.schema);
    match datasets.iter().position(|data| Some(&data.schema) != schema) {
        None => Ok(datasets),
        Some(other) => {
            let message =
                format!("dataset {} has other columns, types or roles than the first", other + 1);
            Err(Failure::new("D0421", message)
                .help("check them by one contract that says the type of each column"))
        }
    }
}

/// The deal by a column of time.
fn timed(
    wanted: Wanted<'_>,
    facts: &Facts,
    fractions: &BTreeMap<String, f64>,
) -> Result<Vec<u32>, Failure> {
    let other = wanted.stratify.map(|_| "`stratify`").or(wanted.group.map(|_| "a group"));
    if let Some(other) = other {
        let message = format!("rows are dealt by `time`, or with {other}, not both");
        return Err(Failure::new("D0414", message).help("leave one of them out"));
    }
    let column = wanted.time.unwrap_or_default();
    let times = facts.times.as_ref().ok_or_else(|| no_column("time", column))?;
    by_time::by_time(times, fractions).map_err(|why| match why {
        Untimed::Split(split) => {
            let message = format!("`{split}` is neither before nor behind the other splits");
            Failure::new("D0414", message).help("name the splits `train`, `valid` and `test`")
        }
        Untimed::Row(row) => {
            Failure::new("D0404", format!("row {row} has no `{column}`, so its time is not known"))
                .help("give every row a time, or leave such rows out")
        }
        Untimed::Type(found) => {
            let message = format!("`{column}` holds {found}, which is in no order of time");
            Failure::new("D0414", message)
                .help("use dates, timestamps, numbers, or text such as 2024-05-31")
        }
    })
}

/// What is said of a label that no classifier should learn, before one tries.
fn measured(schema: &Schema, labels: Option<&Numbers>) -> Option<Finding> {
    let measure = dataset::check_counts(schema, labels?.counts()).err();
    measure.map(|measure| warning("D0416", measure.to_string()))
}

/// What is said of rows that have a time and are dealt at random.
fn untimed(request: &Request, schema: &Schema) -> Option<Finding> {
    let column = schema.columns.iter().find(|column| column.role == Role::Time)?;
    let grouped = schema.columns.iter().any(|column| column.role == Role::Group);
    let dealt = grouped || ["time", "group"].iter().any(|param| named(request, param).is_some());
    let message = format!(
        "`{}` is the time of a row, and rows are dealt at random: `train` has later rows than \
         `test`; `time = \"@time\"` gives the earliest to `train`",
        column.name
    );
    (!dealt).then(|| warning("D0415", message))
}

/// What is said of rows that are dealt after something was learned from all of them.
fn learned_from(schema: &Schema) -> Option<Finding> {
    let message = "the rows went through a `preprocess` step, which learned from those of every new \
                   split: put it behind this step";
    (!schema.fitted.is_empty()).then(|| warning("D0420", message.to_owned()))
}
