//! [`Rows`]: what is looked at, and where it stands.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType as ArrowType, Float64Type};
use arrow::error::ArrowError;
use ingot_protocol::{Failure, Input};
use ingot_tables::dataset::row_key::{self, RowKey};
use ingot_tables::dataset::{DataType, Dataset, Role, Schema};
use ingot_tables::source::natural::{Values, natural};
use ingot_tables::source::typed::typed;
use ingot_tables::source::{self, Places};

/// A table, column by column.
pub(super) struct Rows {
    pub(super) columns: Vec<Column>,
    /// The splits with their numbers of rows, one behind the other.
    pub(super) splits: Vec<(String, usize)>,
    /// Whether they are a dataset's.
    pub(super) of_dataset: bool,
    whereabouts: Whereabouts,
}

/// One column.
pub(super) struct Column {
    pub(super) name: String,
    /// Of any type of a dataset but bytes. // (rows)
    pub(super) array: ArrayRef,
    /// What it is for; of files nobody said.
    pub(super) role: Option<Role>,
}

/// Where rows stand.
enum Whereabouts {
    /// In the files of a source.
    Source(Places),
    /// In a dataset, by their keys.
    Dataset(Vec<RowKey>),
}

impl Column {
    /// Whether its values may be told.
    pub(super) fn may_be_told(&self) -> bool {
        !matches!(self.role, None | Some(Role::Personal))
    }

    /// Whether its values are measures, so that one may lie far from the others.
    pub(super) fn measures(&self) -> bool {
        let names = matches!(self.role, Some(Role::Id | Role::Group | Role::Time));
        !names && matches!(self.array.data_type(), ArrowType::Int64 | ArrowType::Float64)
    }

    /// Its numbers, NaN where there is none; nothing of other types.
    pub(super) fn numbers(&self) -> Option<Vec<f64>> {
        if !matches!(self.array.data_type(), ArrowType::Int64 | ArrowType::Float64) {
            return None;
        }
        let floats = cast(&self.array, &ArrowType::Float64).ok()?;
        let floats = floats.as_primitive_opt::<Float64Type>()?;
        Some(floats.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
    }

    /// Its texts; nothing of other types.
    pub(super) fn texts(&self) -> Option<impl Iterator<Item = Option<&str>>> {
        Some(self.array.as_string_opt::<i32>()?.iter())
    }
}

impl Rows {
    /// The number of rows.
    pub(super) fn count(&self) -> usize {
        self.splits.iter().map(|(_, rows)| rows).sum()
    }

    /// A row's place, for a person.
    pub(super) fn place(&self, row: usize) -> Option<String> {
        match &self.whereabouts {
            Whereabouts::Source(places) => places.of(row),
            Whereabouts::Dataset(keys) => {
                let mut within = row;
                let split = self.splits.iter().find(|(_, rows)| {
                    let here = within < *rows;
                    if !here {
                        within -= rows;
                    }
                    here
                })?;
                let key = row_key::hex(keys.get(row)?);
                Some(format!("row {within} of `{}` (row_key {key})", split.0))
            }
        }
    }
}

/// Reads what stands on the port.
pub(super) fn read(inputs: &[Input]) -> Result<Rows, Failure> {
    match inputs {
        [input] if input.artifact_type == "dataset" => of_dataset(&Dataset::open(&input.path)?),
        sources => of_sources(sources),
    }
}

fn of_dataset(data: &Dataset) -> Result<Rows, Failure> {
    let kept = |schema: &Schema| -> Vec<(String, Role)> {
        let columns = schema.columns.iter().filter(|column| column.data_type != DataType::Binary);
        columns.map(|column| (column.name.clone(), column.role)).collect()
    };
    let mut parts: BTreeMap<String, Vec<ArrayRef>> = BTreeMap::new();
    let (mut splits, mut keys) = (Vec::new(), Vec::new());
    for split in data.splits()? {
        let rows = data.read(&split)?;
        for (name, _) in kept(&data.schema) {
            if let Some(array) = rows.column_by_name(&name) {
                parts.entry(name).or_default().push(array.clone());
            }
        }
        keys.extend(row_key::values(&rows).unwrap_or_default());
        splits.push((split, rows.num_rows()));
    }
    let columns = kept(&data.schema).into_iter().filter_map(|(name, role)| {
        let parts = parts.remove(&name)?;
        let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
        Some(concat(&parts).map(|array| Column { name, array, role: Some(role) }))
    });
    let columns = columns.collect::<Result<_, _>>().map_err(wrong)?;
    Ok(Rows { columns, splits, of_dataset: true, whereabouts: Whereabouts::Dataset(keys) })
}

/// The columns have the types that `validate` gives them where a contract says nothing; a
/// column of a type that a dataset cannot hold is text.
fn of_sources(sources: &[Input]) -> Result<Rows, Failure> {
    let (table, splits) = source::read_splits(sources)?;
    let columns = table.columns.iter().map(|column| {
        let data_type = natural(column, Values::Any, &table.places).unwrap_or(DataType::Utf8);
        let array = typed(&column.cells, data_type, true).array;
        Column { name: column.name.clone(), array, role: None }
    });
    let columns = columns.collect();
    let whereabouts = Whereabouts::Source(table.places);
    Ok(Rows { columns, splits, of_dataset: false, whereabouts })
}

fn wrong(error: ArrowError) -> Failure {
    Failure::new("D1610", error.to_string())
}
