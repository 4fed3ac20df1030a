//! [`Shape`]: which columns a table keeps and in which types, and rows in that shape. Pure,
//! but for reading the rows where a type is asked of them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::compute::nullif;
use arrow::datatypes::{DataType as ArrowType, Field, Float64Type, Schema as ArrowSchema};
use arrow::record_batch::RecordBatch;
use ingot_protocol::Failure;
use ingot_protocol::contract::{ColumnPromises, Contract, Nan, Unknown};
use ingot_tables::dataset::{
    Column, DataType, Image, Modality, RESERVED, Role, SCHEMA_VERSION, Schema,
};
use ingot_tables::source::natural::{Natural, Values};
use ingot_tables::source::typed::{Typed, typed};
use ingot_tables::source::{SourceColumn, Table};

use super::contract::{data_type, role};
use super::given::Given;
use super::image;
use super::promises::set::classes;

/// The columns that the contract keeps, in the order of the table, pixels too.
pub(super) struct Shape<'a> {
    contract: &'a Contract,
    pub(super) columns: Vec<Kept<'a>>,
    /// The images that the source has, where they are kept as such.
    image: Option<Image>,
}

/// One of them.
pub(super) struct Kept<'a> {
    pub(super) name: String,
    /// Its place in the table.
    at: usize,
    pub(super) promises: &'a ColumnPromises,
    pub(super) data_type: DataType,
    /// Whether nobody named the type, so that it must hold what is written.
    exact: bool,
    /// Whether it becomes a part of the image.
    pub(super) pixel: bool,
}

impl<'a> Shape<'a> {
    /// Finds the columns and their types; `unnamed` is promised of those that the contract
    /// does not name.
    pub(super) fn of(
        contract: &'a Contract,
        unnamed: &'a ColumnPromises,
        given: &Given<'_>,
    ) -> Result<Self, Failure> {
        if let Some(column) = given.columns.iter().find(|c| RESERVED.contains(&c.name.as_str())) {
            let message =
                format!("{}: `{}` is no name for a column", given.first.display(), column.name);
            return Err(Failure::new("D0322", message)
                .help("rename it: a dataset has the keys of its rows under this name"));
        }
        let mut columns = Vec::new();
        let mut natural: Vec<Option<Natural>> = Vec::new();
        for (at, column) in given.columns.iter().enumerate() {
            let pixel = is_pixel(contract, &column.name);
            let named = contract.columns.get(&column.name);
            if named.is_none() && !pixel && contract.table.unknown_columns == Unknown::Ignore {
                continue;
            }
            let promises = named.unwrap_or(unnamed);
            let known = match (pixel || promises.is_numeric(), promises.is_truth()) {
                (true, _) => Values::Numbers,
                (_, true) => Values::Truths,
                _ => Values::Any,
            };
            let text = promises.is_text().then_some(DataType::Utf8);
            let said = data_type(promises).or(text);
            natural.push(said.is_none().then(|| Natural::new(known, &column.cells)));
            columns.push(Kept {
                name: column.name.clone(),
                at,
                promises,
                data_type: said.unwrap_or(DataType::Utf8),
                exact: said.is_none(),
                pixel,
            });
        }
        if natural.iter().flatten().any(Natural::asks_cells) {
            given.each(|chunk| {
                for (kept, natural) in columns.iter().zip(&mut natural) {
                    if let (Some(natural), Some(column)) = (natural, kept.column(&chunk.table)) {
                        natural.take(&column.cells);
                    }
                }
                Ok(())
            })?;
        }
        for (kept, natural) in columns.iter_mut().zip(natural) {
            if let Some(natural) = natural {
                kept.data_type = natural.data_type(&kept.name, &given.first)?;
            }
        }
        let image = image::of_source(contract, given.image.as_ref(), &columns)?;
        Ok(Self { contract, columns, image })
    }

    /// The rows of a chunk: the arrays of the columns, as they are kept.
    pub(super) fn rows(&self, table: &Table) -> Result<Vec<ArrayRef>, Failure> {
        let columns = self.columns.iter().zip(self.typed(table)?);
        columns.map(|(kept, typed)| kept.cleaned(typed.array)).collect()
    }

    /// The same with what is not of its type, before NaN is taken out.
    pub(super) fn typed(&self, table: &Table) -> Result<Vec<Typed>, Failure> {
        let columns = self.columns.iter().map(|kept| {
            let column = kept.column(table).ok_or_else(|| {
                Failure::new("D0312", format!("the column `{}` is gone", kept.name))
            })?;
            Ok(typed(&column.cells, kept.data_type, kept.exact))
        });
        columns.collect()
    }

    /// What a dataset of it says of its columns, of which some have missing values.
    pub(super) fn schema(&self, nulls: &dyn Fn(usize) -> bool) -> Result<Schema, Failure> {
        let mut columns: Vec<Column> = Vec::new();
        for (at, kept) in self.columns.iter().enumerate().filter(|(_, kept)| !kept.pixel) {
            columns.push(Column {
                name: kept.name.clone(),
                data_type: kept.data_type,
                role: role(kept.promises),
                nullable: kept.promises.is_nullable() || nulls(at),
                classes: classes(kept.promises, kept.data_type),
            });
        }
        let packed = self.contract.image.as_ref().map(|promise| image::describe(promise.get_ref()));
        if packed.is_some() {
            let pixels = self.columns.iter().enumerate().filter(|(_, kept)| kept.pixel);
            let nullable = pixels.into_iter().any(|(at, _)| nulls(at));
            let (name, data_type) = (image::COLUMN.to_owned(), DataType::Binary);
            columns.push(Column { name, data_type, role: Role::Feature, nullable, classes: None });
        }
        if columns.is_empty() {
            let message = "no column of the table is kept";
            return Err(Failure::new("D0312", message).help(
                "name the table's columns in the contract, or leave out \
                 `unknown_columns = \"ignore\"`",
            ));
        }
        let image = packed.or_else(|| self.image.clone());
        Ok(Schema {
            version: SCHEMA_VERSION,
            modality: if image.is_some() { Modality::Image } else { Modality::Table },
            image,
            columns,
            fitted: Vec::new(),
        })
    }

    /// Rows as the dataset has them: pixels are an image.
    pub(super) fn batch(&self, arrays: &[ArrayRef]) -> Result<RecordBatch, Failure> {
        let mut columns: Vec<(&str, ArrayRef)> = Vec::new();
        let mut pixels: Vec<(&str, ArrayRef)> = Vec::new();
        for (kept, array) in self.columns.iter().zip(arrays) {
            let side = if kept.pixel { &mut pixels } else { &mut columns };
            side.push((&kept.name, Arc::clone(array)));
        }
        if let Some(promise) = &self.contract.image {
            pixels.sort_by_key(|(name, _)| image::natural(name));
            let arrays: Vec<ArrayRef> = pixels.into_iter().map(|(_, array)| array).collect();
            columns.push((image::COLUMN, image::pack(promise.get_ref(), &arrays)?));
        }
        batch(columns)
    }
}

impl Kept<'_> {
    /// The array without what is missing by the contract: NaN with `nan = "null"`.
    pub(super) fn cleaned(&self, array: ArrayRef) -> Result<ArrayRef, Failure> {
        if *array.data_type() != ArrowType::Float64 || self.promises.nan() != Nan::Null {
            return Ok(array);
        }
        let floats = array.as_primitive::<Float64Type>();
        let mask: BooleanArray =
            floats.iter().map(|value| value.map(|value| value.is_nan())).collect();
        nullif(&array, &mask).map_err(|error| Failure::new("D0312", error.to_string()))
    }

    /// What the source has of it; the columns of a table stand in one order.
    pub(super) fn column<'t>(&self, table: &'t Table) -> Option<&'t SourceColumn> {
        table.columns.get(self.at)
    }

    /// Whether no value of it may be told.
    pub(super) fn is_personal(&self) -> bool {
        role(self.promises) == Role::Personal
    }
}

/// Arrays as rows, each of which may lack a value.
pub(super) fn batch(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch, Failure> {
    let field =
        |(name, array): &(&str, ArrayRef)| Field::new(*name, array.data_type().clone(), true);
    let fields: Vec<Field> = columns.iter().map(field).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(ArrowSchema::new(fields)), arrays)
        .map_err(|error| Failure::new("D0312", error.to_string()))
}

/// Whether a column is one of the pixels of the contract's image.
pub(super) fn is_pixel(contract: &Contract, column: &str) -> bool {
    contract.image.as_ref().is_some_and(|promise| image::holds(promise.get_ref(), column))
}
