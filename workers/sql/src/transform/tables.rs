//! The tables of a query: what stands on the ports, split by split.
//!
//! Invariant: a table holds the rows of one split. On a port beside `data` that is the split
//! of the same name, or the only one; so rows of one split never meet another's. A table
//! that comes from a dataset has the column `row_key`, its rows' keys in hex.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeBinaryArray, RecordBatch, RecordBatchOptions, StringBuilder,
    UInt64Array,
};
use datafusion::arrow::datatypes::{
    DataType as ArrowType, Field, Schema as ArrowSchema, SchemaRef,
};
use datafusion::error::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use futures::stream;
use ingot_protocol::worker::single;
use ingot_protocol::{Failure, Finding, Input, Request, Severity};
use ingot_tables::dataset::{Dataset, ROW_KEY, Schema, row_key};
use ingot_tables::source::natural::{Values, natural};
use ingot_tables::source::{self, typed};

use super::session::BATCH;

/// The port whose rows are transformed.
pub(super) const DATA: &str = "data";
/// What names begin with that the engine sees and the query does not.
pub(super) const HIDDEN: &str = "__ingot_";

/// One table.
#[derive(Debug)]
pub(super) struct Table {
    /// Its name in the query.
    pub(super) name: String,
    /// Its columns as the query sees them.
    pub(super) visible: SchemaRef,
    /// What the columns mean; nothing of files.
    pub(super) about: Option<Schema>,
    rows: Rows,
}

/// Where the rows are.
#[derive(Debug, Clone)]
enum Rows {
    Split { data: Dataset, split: String },
    Held(RecordBatch),
}

/// One split of `data`, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Part {
    /// The name of the split in the output.
    pub(super) split: String,
    data: Dataset,
    within: String,
}

impl Part {
    /// What is said of rows that went through fitted states: those of the result did not.
    pub(super) fn begins_anew(&self) -> Option<Finding> {
        let message = "the rows of `data` went through a `preprocess` step, which SQL does not hand \
                       on: a model takes rows as this step gives them";
        (!self.data.schema.fitted.is_empty())
            .then(|| Finding::new(Severity::Warning, "Q0512", message))
    }
}

/// The splits of `data`, sorted by name: those of a dataset, or datasets given as splits.
pub(super) fn parts(request: &Request) -> Result<Vec<Part>, Failure> {
    let inputs = request.inputs.get(DATA).map(Vec::as_slice).unwrap_or_default();
    let given = inputs.iter().all(|input| input.split.is_some()) && !inputs.is_empty();
    let mut parts = Vec::new();
    if given {
        for input in inputs {
            let data = Dataset::open(&input.path)?;
            let split = input.split.clone().unwrap_or_default();
            let within = only(DATA, &data, &split)?;
            parts.push(Part { split, data, within });
        }
    } else {
        let data = Dataset::open(&single(request, DATA)?.path)?;
        for split in data.splits()? {
            parts.push(Part { split: split.clone(), data: data.clone(), within: split });
        }
    }
    parts.sort_by(|one, other| one.split.cmp(&other.split));
    if let [first, others @ ..] = parts.as_slice() {
        if let Some(other) = others.iter().find(|other| other.data.schema != first.data.schema) {
            let message = format!(
                "the splits `{}` and `{}` of `data` have different columns, types or roles",
                first.split, other.split
            );
            return Err(Failure::new("Q0302", message).help("check both by one contract"));
        }
    } else {
        return Err(Failure::new("Q0301", "`data` has no split"));
    }
    Ok(parts)
}

/// The split of a further table that goes with a split of `data`.
fn only(port: &str, data: &Dataset, split: &str) -> Result<String, Failure> {
    let splits = data.splits()?;
    if splits.iter().any(|known| known == split) {
        return Ok(split.to_owned());
    }
    match <[String; 1]>::try_from(splits) {
        Ok([only]) => Ok(only),
        Err(splits) => {
            let message = format!(
                "`{port}` has the splits {}, and none is `{split}`, which is run by itself",
                ingot_tables::dataset::list(&splits)
            );
            Err(Failure::new("Q0303", message)
                .help(format!("give the port one split: inputs.{port} = \"STEP.PORT/SPLIT\"")))
        }
    }
}

/// The tables that the query of one split sees, `data` first.
pub(super) fn tables(request: &Request, part: &Part) -> Result<Vec<Arc<Table>>, Failure> {
    let rows = Rows::Split { data: part.data.clone(), split: part.within.clone() };
    let mut tables = vec![Arc::new(of_dataset(DATA, &part.data, rows)?)];
    for (port, inputs) in &request.inputs {
        if port == DATA || inputs.is_empty() {
            continue;
        }
        let input = single(request, port)?;
        tables.push(Arc::new(match input.artifact_type.as_str() {
            "files" => of_files(port, input)?,
            _ => {
                let data = Dataset::open(&input.path)?;
                let split = only(port, &data, &part.split)?;
                of_dataset(port, &data, Rows::Split { data: data.clone(), split })?
            }
        }));
    }
    Ok(tables)
}

fn of_dataset(name: &str, data: &Dataset, rows: Rows) -> Result<Table, Failure> {
    let mut fields: Vec<Field> =
        data.schema.arrow().fields().iter().map(|field| field.as_ref().clone()).collect();
    fields.push(Field::new(ROW_KEY, ArrowType::Utf8, false));
    visible(name, fields, Some(data.schema.clone()), rows)
}

/// Files of a format, each column in the type that its cells have.
fn of_files(name: &str, input: &Input) -> Result<Table, Failure> {
    let table = source::read(input)?;
    let mut fields = Vec::with_capacity(table.columns.len());
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        let data_type = natural(column, Values::Any, &table.places)?;
        let typed = typed::typed(&column.cells, data_type, true);
        fields.push(Field::new(&column.name, data_type.arrow(), true));
        arrays.push(typed.array);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(table.rows()));
    let schema = Arc::new(ArrowSchema::new(fields.clone()));
    let held = RecordBatch::try_new_with_options(schema, arrays, &options)
        .map_err(|error| Failure::new("Q0304", format!("the files on `{name}`: {error}")))?;
    visible(name, fields, None, Rows::Held(held))
}

fn visible(
    name: &str,
    fields: Vec<Field>,
    about: Option<Schema>,
    rows: Rows,
) -> Result<Table, Failure> {
    if let Some(hidden) = fields.iter().find(|field| field.name().starts_with(HIDDEN)) {
        let message = format!("the table `{name}` has a column `{}`", hidden.name());
        return Err(Failure::new("Q0305", message)
            .help(format!("rename it: names that begin with {HIDDEN} are the worker's own")));
    }
    let visible = Arc::new(ArrowSchema::new(fields));
    Ok(Table { name: name.to_owned(), visible, about, rows })
}

/// A table as the engine reads it: some of the visible columns, behind them the row's key
/// where there is one, and its place among the rows.
#[derive(Debug)]
pub(super) struct Scan {
    table: Arc<Table>,
    /// Places among the visible columns.
    columns: Vec<usize>,
    keyed: bool,
    schema: SchemaRef,
}

impl Scan {
    /// The visible columns alone.
    pub(super) fn visible(table: &Arc<Table>) -> Self {
        let columns = (0..table.visible.fields().len()).collect();
        let schema = Arc::clone(&table.visible);
        Self { table: Arc::clone(table), columns, keyed: false, schema }
    }

    /// These columns, and two more of these names; the key is that of rows of a dataset.
    pub(super) fn with(
        table: &Arc<Table>,
        columns: Vec<usize>,
        key: Option<&str>,
        at: &str,
    ) -> Self {
        let mut fields: Vec<Field> = columns
            .iter()
            .filter_map(|&column| table.visible.fields().get(column))
            .map(|field| field.as_ref().clone())
            .collect();
        if let Some(key) = key {
            fields.push(row_key::field().with_name(key));
        }
        fields.push(Field::new(at, ArrowType::UInt64, false));
        let schema = Arc::new(ArrowSchema::new(fields));
        Self { table: Arc::clone(table), columns, keyed: key.is_some(), schema }
    }

    /// A batch of the table as this scan gives it; `first` is the place of its first row.
    fn arrange(&self, batch: &RecordBatch, first: u64) -> Result<RecordBatch, DataFusionError> {
        let rows = batch.num_rows();
        let keys = match &self.table.about {
            Some(_) => Some(keys(batch)?),
            None => None,
        };
        let hex_at = self.table.about.as_ref().map(|about| about.columns.len());
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        for &column in &self.columns {
            match &keys {
                Some(keys) if Some(column) == hex_at => arrays.push(hex(keys)),
                _ => arrays.push(Arc::clone(batch.column(column))),
            }
        }
        if self.schema.fields().len() > self.columns.len() {
            if let Some(keys) = keys.filter(|_| self.keyed) {
                arrays.push(Arc::new(keys));
            }
            let places = (first..).take(rows);
            arrays.push(Arc::new(UInt64Array::from_iter_values(places)));
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)?)
    }
}

impl PartitionStream for Scan {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let scan = Self {
            table: Arc::clone(&self.table),
            columns: self.columns.clone(),
            keyed: self.keyed,
            schema: Arc::clone(&self.schema),
        };
        let schema = Arc::clone(&self.schema);
        let failed = |failure: Failure| DataFusionError::External(Box::new(OwnFailure(failure)));
        let batches: Box<dyn Iterator<Item = Result<RecordBatch, Failure>> + Send> =
            match &self.table.rows {
                Rows::Held(held) => {
                    let held = held.clone();
                    let starts = (0..held.num_rows()).step_by(BATCH);
                    Box::new(starts.map(move |start| {
                        Ok(held.slice(start, BATCH.min(held.num_rows() - start)))
                    }))
                }
                Rows::Split { data, split } => match data.batches(split, BATCH) {
                    Ok(batches) => Box::new(batches.map(|batch| batch.map_err(Failure::from))),
                    Err(error) => Box::new(std::iter::once(Err(Failure::from(error)))),
                },
            };
        let mut first = 0;
        let arranged = batches.map(move |batch| {
            let batch = batch.map_err(failed)?;
            let arranged = scan.arrange(&batch, first);
            first += batch.num_rows() as u64;
            arranged
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, stream::iter(arranged)))
    }
}

/// A failure of ours on its way through the engine.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.message)]
pub(super) struct OwnFailure(pub(super) Failure);

/// The keys of a batch's rows: every dataset that is read has some.
fn keys(batch: &RecordBatch) -> Result<FixedSizeBinaryArray, DataFusionError> {
    let keys = batch.column_by_name(ROW_KEY).and_then(|keys| keys.as_fixed_size_binary_opt());
    keys.cloned().ok_or_else(|| DataFusionError::Internal("rows without keys".to_owned()))
}

/// Keys as text.
fn hex(keys: &FixedSizeBinaryArray) -> ArrayRef {
    let mut texts = StringBuilder::with_capacity(keys.len(), keys.len() * 32);
    let mut text = String::with_capacity(32);
    for row in 0..keys.len() {
        text.clear();
        for byte in keys.value(row) {
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
            }
        }
        texts.append_value(&text);
    }
    Arc::new(texts.finish())
}
