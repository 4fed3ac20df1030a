//! The fitted pair `clip-fit` and `clip`: numeric columns cut to quantiles.
//!
//! `clip-fit` sees the split `train` alone and writes what it learnt as `state`;
//! `clip` has that made for it where its port `state` is empty. So no row but
//! those of `train` has a say in what is done to the others.
//!
//! On disk: `state` is one file of JSON, [`State`], with a version.

use std::collections::BTreeMap;
use std::io::Write;

use ingot_plugin::arrow::array::RecordBatch;
use ingot_plugin::arrow::array::cast::AsArray;
use ingot_plugin::arrow::array::types::{Float64Type, Int64Type};
use ingot_plugin::{Expansion, Failure, InputPort, Kind, Metric, Run, Step, columns, json};
use serde::{Deserialize, Serialize};

use crate::quantile;

/// The version of [`State`] that is written and read.
const VERSION: u32 = 1;

/// The kind `clip`.
pub struct Clip;

/// The kind `clip-fit`.
pub struct ClipFit;

#[derive(Deserialize)]
struct Params {
    columns: Vec<String>,
    lower: f64,
    upper: f64,
}

/// What `clip-fit` learnt.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    version: u32,
    columns: BTreeMap<String, Bounds>,
}

/// lower <= upper.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds {
    lower: f64,
    upper: f64,
}

fn with_params(kind: Kind) -> Kind {
    let share = |what: &str, default: f64| {
        json!({
            "type": "number",
            "description": what,
            "minimum": 0,
            "maximum": 1,
            "default": default,
        })
    };
    kind.params(
        json!({
            "columns": {
                "type": "array",
                "description": "the int64 and float64 columns to clip",
                "items": {"type": "string"},
                "minItems": 1,
            },
            "lower": share("the quantile below which values are raised", 0.01),
            "upper": share("the quantile above which values are lowered", 0.99),
        }),
        &["columns"],
    )
}

impl Step for ClipFit {
    fn kind() -> Kind {
        with_params(Kind::new("clip-fit", "learn quantiles on the split train"))
            .port(InputPort::new("data", &["dataset"]).splits(&["train"]))
            .output_file("state", "files")
    }

    fn run(run: &Run) -> Result<(), Failure> {
        let params: Params = run.params()?;
        if params.lower > params.upper {
            return Err(Failure::new("QUANTILES", "`lower` is above `upper`").help("swap them"));
        }
        let mut columns = BTreeMap::new();
        for (name, mut values) in collect(run, &params.columns)? {
            let lower = quantile(&mut values, params.lower);
            let upper = quantile(&mut values, params.upper);
            let (Some(lower), Some(upper)) = (lower, upper) else {
                let message = format!("column `{name}` has no value in the split `train`");
                return Err(Failure::new("EMPTY", message).help("leave it out of `columns`"));
            };
            columns.insert(name, Bounds { lower, upper });
        }
        let state = serde_json::to_vec_pretty(&State { version: VERSION, columns })?;
        Ok(run.output("state")?.bytes("")?.write_all(&state)?)
    }
}

/// The values of each column that are finite numbers.
fn collect(run: &Run, names: &[String]) -> Result<BTreeMap<String, Vec<f64>>, Failure> {
    let mut found: BTreeMap<_, _> = names.iter().map(|name| (name.clone(), Vec::new())).collect();
    let data = run.input("data")?;
    for split in data.streams() {
        for batch in data.batches(&split)? {
            let batch = batch?;
            for (name, values) in &mut found {
                let column = columns::numbers(&batch, name)?;
                values.extend(column.iter().flatten().filter(|value| value.is_finite()));
            }
        }
    }
    Ok(found)
}

impl Step for Clip {
    fn kind() -> Kind {
        let fit = Expansion::new("state", "clip-fit", "state").input("data", "data");
        with_params(Kind::new("clip", "cut numbers to quantiles of the split train"))
            .input("data", "dataset")
            .input("state", "files")
            .output("data", "dataset")
            .expands(fit.param("columns").param("lower").param("upper"))
    }

    fn run(run: &Run) -> Result<(), Failure> {
        let params: Params = run.params()?;
        let bounds = State::read(&run.input("state")?.bytes("")?)?.bounds(&params.columns)?;
        let mut clipped = vec![0_u64; bounds.len()];
        run.map("data", "data", |mut batch| {
            for ((name, bounds), clipped) in bounds.iter().zip(&mut clipped) {
                batch = clip(&batch, name, *bounds, clipped)?;
            }
            Ok(batch)
        })?;
        bounds.iter().zip(clipped).try_for_each(|((name, _), clipped)| {
            run.metric(Metric::new("clipped", clipped as f64).slice("column", name))
        })
    }
}

impl State {
    fn read(bytes: &[u8]) -> Result<Self, Failure> {
        let state: Self = serde_json::from_slice(bytes)
            .map_err(|error| Failure::from(error).at("port `state`"))?;
        if state.version != VERSION {
            let message = format!("port `state` is of version {}, not {VERSION}", state.version);
            return Err(Failure::new("STATE", message).help("fit it again"));
        }
        Ok(state)
    }

    fn bounds(&self, names: &[String]) -> Result<Vec<(String, Bounds)>, Failure> {
        let bounds = |name: &String| match self.columns.get(name) {
            Some(bounds) if bounds.lower <= bounds.upper => Ok((name.clone(), *bounds)),
            _ => Err(Failure::new("STATE", format!("port `state` has no bounds for `{name}`"))
                .help("fit it with the same `columns`")),
        };
        names.iter().map(bounds).collect()
    }
}

/// Each value v of a column as min(max(v, lower), upper); null and NaN stay.
///
/// An int64 column's bounds are rounded to whole numbers first, half away from
/// zero, so that its values stay whole. By hand: 1, 5, 9 within [2.5, 8] is 3, 5,
/// 8 in an int64 column, and 2.5, 5, 8 in a float64 one.
fn clip(
    batch: &RecordBatch,
    name: &str,
    Bounds { lower, upper }: Bounds,
    clipped: &mut u64,
) -> Result<RecordBatch, Failure> {
    let column = columns::column(batch, name)?;
    if let Some(values) = column.as_primitive_opt::<Float64Type>() {
        let outside = |value: &f64| *value < lower || *value > upper;
        *clipped += values.iter().flatten().filter(outside).count() as u64;
        let array = values.unary::<_, Float64Type>(|value| value.clamp(lower, upper));
        columns::replace(batch, name, array)
    } else if let Some(values) = column.as_primitive_opt::<Int64Type>() {
        let (lower, upper) = (lower.round() as i64, upper.round() as i64);
        let outside = |value: &i64| *value < lower || *value > upper;
        *clipped += values.iter().flatten().filter(outside).count() as u64;
        let array = values.unary::<_, Int64Type>(|value| value.clamp(lower, upper));
        columns::replace(batch, name, array)
    } else {
        Err(columns::wrong_type(name, column, "int64 or float64"))
    }
}
