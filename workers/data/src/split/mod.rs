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
mod folds;
mod missed;
mod pool;
mod quota;
mod units;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, UInt64Array};
use arrow::compute::{concat_batches, nullif, take_record_batch};
use arrow::record_batch::RecordBatch;
use ingot_protocol::worker::output;
use ingot_protocol::{
    Determinism, Event, Failure, Finding, InputPort, Kind, Metric, OutputPort, Request,
};
use ingot_tables::dataset::{self, Column, Dataset, Role, Schema, labels};
use serde_json::{Value, json};

use by_time::Untimed;
use folds::Folds;
use missed::{Dealt, Manner, warning};
use pool::Pool;
use units::Units;

/// Moves when the outputs for the same request change.
pub const REVISION: u32 = 3;

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
        findings: Default::default(),
        expands: Vec::new(),
    }
}

/// The split whose labels `labels_per_class` takes away.
const TRAIN: &str = "train";

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
    let pool = Pool::read(&datasets, &fractions)?;
    let rows = &pool.rows;
    let seed = request.seed.unwrap_or_default();
    let seed = folds.map_or(seed, |folds| folds.seed(seed));
    let strata = strata(request, &data.schema, rows)?;
    let groups = groups(request, &data.schema, rows)?;
    let manner = match (named(request, "time"), named(request, "assign")) {
        (None, Some("sticky")) => Manner::Sticky,
        (Some(_), Some("sticky")) => return Err(two("time")),
        (Some(_), _) => Manner::Time,
        (None, _) => Manner::Equal,
    };
    if manner == Manner::Sticky && strata.is_some() {
        return Err(two("stratify"));
    }
    let dealt = match named(request, "time") {
        Some(name) => timed(request, &data.schema, rows, &fractions, name)?,
        None => {
            let one = vec![0; rows.num_rows()];
            let strata = strata.as_ref().map_or(&one, |(_, strata)| strata);
            let by_group = groups.as_ref().map(|(column, _)| *column);
            let units = Units::of(&data.schema, rows, by_group, seed)?;
            match manner {
                Manner::Sticky => deal::stick(&units.of, &units.draws, &fractions),
                _ => deal::deal(strata, &units.of, &units.draws, &fractions),
            }
        }
    };
    let judged = Dealt {
        fractions: &fractions,
        splits: &dealt,
        strata: strata.as_ref().map(|(column, strata)| (*column, strata.as_slice())),
        groups: groups.as_ref().map(|(column, groups)| (*column, groups.as_slice())),
        manner,
    };
    if let Some(folds) = &folds {
        folds.check(&pool, &dealt)?;
    }
    if let Some(failure) = judged.empty() {
        return Err(failure);
    }
    // What is true of a deal is told once, by its first fold.
    if folds.is_none_or(|folds| folds.is_first()) {
        let told = judged.shares().into_iter().chain(judged.strata());
        let told = told.chain(untimed(request, &data.schema)).chain(learned_from(&data.schema));
        told.chain(measured(&data.schema, rows)?).for_each(|finding| emit(Event::Finding(finding)));
    }
    let mut schema = data.schema.clone();
    let label = schema.label().map(|label| label.name.clone());
    let take = |chosen: &Vec<usize>| {
        let indices = UInt64Array::from_iter_values(chosen.iter().map(|&row| row as u64));
        take_record_batch(rows, &indices).map_err(|error| Failure::new("D0408", error.to_string()))
    };
    let parts = dealt.iter().map(take).collect::<Result<Vec<_>, Failure>>()?;
    let one = |(split, part): (&String, RecordBatch)| (split.clone(), vec![part]);
    let mut splits: BTreeMap<String, Vec<RecordBatch>> = match &folds {
        Some(folds) => folds.splits(parts),
        None => fractions.keys().zip(parts).map(one).collect(),
    };
    splits.extend(pool.others.into_iter().map(|(split, rows)| (split, vec![rows])));
    if let Some(keep) = request.params.get("labels_per_class").and_then(Value::as_u64) {
        let Some(label) = &label else {
            return Err(no_column("labels_per_class", "@label"));
        };
        let Some(train) = splits.get_mut(TRAIN) else {
            let message = "`labels_per_class` keeps labels of `train`, which no fraction names";
            return Err(Failure::new("D0411", message)
                .help("add `train` to the fractions, or leave `labels_per_class` out"));
        };
        let all = concat_batches(&rows.schema(), train.iter())
            .map_err(|error| Failure::new("D0408", error.to_string()))?;
        *train = vec![hide_labels(&all, label, keep as usize, seed)?];
        for column in schema.columns.iter_mut().filter(|column| column.name == *label) {
            column.nullable = true;
        }
    }
    for (split, parts) in &splits {
        let slice = BTreeMap::from([("split".to_owned(), split.clone())]);
        let metric =
            |name: &str, value: usize, slice| Metric { slice, ..Metric::new(name, value as f64) };
        let held = parts.iter().map(RecordBatch::num_rows).sum();
        emit(Event::Metric(metric("rows", held, slice.clone())));
        let Some(label) = &label else { continue };
        let mut values = Vec::with_capacity(held);
        for part in parts {
            values.extend(labels(part, label)?);
        }
        for (class, count) in count(&values) {
            let mut slice = slice.clone();
            slice.insert("class".to_owned(), class);
            emit(Event::Metric(metric("labels", count, slice)));
        }
    }
    write(request, &schema, &splits)
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

/// Writes the dataset, a part a file.
fn write(
    request: &Request,
    schema: &Schema,
    splits: &BTreeMap<String, Vec<RecordBatch>>,
) -> Result<(), Failure> {
    let writer = dataset::Writer::begin(&output(request, "data")?, schema)?;
    for (split, parts) in splits {
        for (number, part) in parts.iter().enumerate() {
            let mut rows = writer.shard(split, number, parts.len())?;
            rows.write(part)?;
            rows.finish()?;
        }
    }
    Ok(())
}

fn two(param: &str) -> Failure {
    let message = format!("with `assign = \"sticky\"` a row's own draw decides, and not `{param}`");
    Failure::new("D0418", message).help("leave one of them out")
}

fn fractions(request: &Request) -> Result<BTreeMap<String, f64>, Failure> {
    let given = request.params.get("fractions").and_then(Value::as_object);
    let fractions: BTreeMap<String, f64> = given
        .into_iter()
        .flatten()
        .filter_map(|(split, share)| Some((split.clone(), share.as_f64()?)))
        .collect();
    let sum: f64 = fractions.values().sum();
    if (sum - 1.0).abs() > 1e-9 {
        return Err(Failure::new("D0402", format!("the fractions add up to {sum}, not to 1"))
            .help("let them add up to 1; a split that nobody reads can take the rest"));
    }
    Ok(fractions)
}

/// A param that names a column.
fn named<'a>(request: &'a Request, param: &str) -> Option<&'a str> {
    request.params.get(param).and_then(Value::as_str)
}

/// A column by name, or `@role`; of a role there must be one.
fn resolve<'a>(schema: &'a Schema, param: &str, name: &str) -> Result<&'a str, Failure> {
    let found: Vec<&Column> = match name.strip_prefix('@') {
        Some(role) => schema.columns.iter().filter(|column| column.role.name() == role).collect(),
        None => schema.column(name).into_iter().collect(),
    };
    match found.as_slice() {
        [] => Err(no_column(param, name)),
        [column] => Ok(&column.name),
        several => {
            let names: Vec<String> = several.iter().map(|column| column.name.clone()).collect();
            let message =
                format!("{} have the role of `{param} = \"{name}\"`", dataset::list(&names));
            Err(Failure::new("D0409", message)
                .help(format!("name one of them: {param} = \"{}\"", names[0])))
        }
    }
}

fn no_column(param: &str, name: &str) -> Failure {
    Failure::new("D0403", format!("`{param}` names `{name}`, which the dataset does not have"))
        .help("name a column, or a role such as @label that the contract gives one")
}

/// Each row's number of a column's value, and the column's name.
type Numbered<'a> = (&'a str, Vec<usize>);

/// Each row's stratum, where rows are stratified.
fn strata<'a>(
    request: &Request,
    schema: &'a Schema,
    rows: &RecordBatch,
) -> Result<Option<Numbered<'a>>, Failure> {
    let Some(name) = named(request, "stratify") else { return Ok(None) };
    let column = resolve(schema, "stratify", name)?;
    Ok(Some((column, numbered(&labels(rows, column)?))))
}

/// Each row's group, where a param or the role names one.
fn groups<'a>(
    request: &Request,
    schema: &'a Schema,
    rows: &RecordBatch,
) -> Result<Option<Numbered<'a>>, Failure> {
    let by_role = schema.columns.iter().any(|column| column.role == Role::Group);
    let name = named(request, "group").or(by_role.then_some("@group"));
    let Some(name) = name else { return Ok(None) };
    let column = resolve(schema, "group", name)?;
    let values = labels(rows, column)?;
    if let Some(row) = values.iter().position(Option::is_none) {
        return Err(Failure::new(
            "D0404",
            format!("row {row} has no `{column}`, so its group is not known"),
        )
        .help("give every row a group, or leave such rows out"));
    }
    Ok(Some((column, numbered(&values))))
}

/// The deal by a column of time.
fn timed(
    request: &Request,
    schema: &Schema,
    rows: &RecordBatch,
    fractions: &BTreeMap<String, f64>,
    name: &str,
) -> Result<Vec<Vec<usize>>, Failure> {
    let by_role = schema.columns.iter().any(|column| column.role == Role::Group);
    let other = named(request, "stratify").map(|_| "`stratify`");
    let other = other.or((by_role || named(request, "group").is_some()).then_some("a group"));
    if let Some(other) = other {
        let message = format!("rows are dealt by `time`, or with {other}, not both");
        return Err(Failure::new("D0414", message).help("leave one of them out"));
    }
    let column = resolve(schema, "time", name)?;
    let times = rows.column_by_name(column).ok_or_else(|| no_column("time", name))?;
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
fn measured(schema: &Schema, rows: &RecordBatch) -> Result<Option<Finding>, Failure> {
    let Some(label) = schema.label() else { return Ok(None) };
    let measure = dataset::check_measure(schema, &labels(rows, &label.name)?).err();
    Ok(measure.map(|measure| warning("D0416", measure.to_string())))
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

/// Values as numbers, in the order of the values.
fn numbered(values: &[Option<String>]) -> Vec<usize> {
    let known: BTreeSet<&Option<String>> = values.iter().collect();
    let numbers: BTreeMap<_, usize> = known.into_iter().enumerate().map(|(n, v)| (v, n)).collect();
    values.iter().map(|value| numbers[value]).collect()
}

/// Null labels but for the first `keep` of each class, in the order of the draw.
fn hide_labels(
    train: &RecordBatch,
    label: &str,
    keep: usize,
    seed: u64,
) -> Result<RecordBatch, Failure> {
    let values = labels(train, label)?;
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by_key(|&row| (ingot_protocol::seed::derive(seed, "label", row as u64), row));
    let mut kept: BTreeMap<&str, usize> = BTreeMap::new();
    let mut hidden = vec![true; values.len()];
    for row in order {
        if let Some(class) = &values[row] {
            let count = kept.entry(class).or_default();
            *count += 1;
            hidden[row] = *count > keep;
        }
    }
    if let Some((class, count)) = kept.iter().find(|(_, count)| **count < keep) {
        let message = format!("train has {count} rows of the class `{class}`, fewer than {keep}");
        return Err(Failure::new("D0405", message).help("lower `labels_per_class`"));
    }
    let wrong = |error: arrow::error::ArrowError| Failure::new("D0408", error.to_string());
    let at = train.schema().index_of(label).map_err(wrong)?;
    let mut columns: Vec<ArrayRef> = train.columns().to_vec();
    columns[at] = nullif(&columns[at], &BooleanArray::from(hidden)).map_err(wrong)?;
    let fields: Vec<_> = train
        .schema()
        .fields()
        .iter()
        .map(|field| {
            if field.name() == label {
                Arc::new(field.as_ref().clone().with_nullable(true))
            } else {
                Arc::clone(field)
            }
        })
        .collect();
    RecordBatch::try_new(Arc::new(arrow::datatypes::Schema::new(fields)), columns).map_err(wrong)
}

fn count(values: &[Option<String>]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for value in values {
        let class = value.clone().unwrap_or_else(|| "unlabelled".to_owned());
        *counts.entry(class).or_default() += 1;
    }
    counts
}
