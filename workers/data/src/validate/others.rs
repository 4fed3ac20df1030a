//! [`Others`]: the tables on the further ports of the step, which the contract names.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::compute::concat_batches;
use arrow::record_batch::RecordBatch;
use ingot_protocol::contract::{Contract, Reference};
use ingot_protocol::{Failure, Input, Request};
use ingot_tables::dataset::Dataset;
use ingot_tables::source;

/// Port -> its table.
#[derive(Debug, Default)]
pub(super) struct Others {
    pub(super) tables: BTreeMap<String, RecordBatch>,
}

impl Others {
    /// Reads the tables that a contract names, and no other.
    pub(super) fn read(contract: &Contract, request: &Request) -> Result<Self, Failure> {
        let mut tables = BTreeMap::new();
        for port in contract.ports().into_keys() {
            let given = request.inputs.get(port).map_or(&[][..], Vec::as_slice);
            if given.is_empty() {
                let message = format!("the contract names the table `{port}`, which is not given");
                return Err(Failure::new("D0332", message)
                    .help(format!("add inputs.{port} = \"..\" to the step, or correct the name")));
            }
            let batches = given.iter().map(read).collect::<Result<Vec<_>, _>>()?;
            let schema = batches.first().map(RecordBatch::schema);
            let whole = schema.map(|schema| concat_batches(&schema, &batches));
            let wrong = |error: arrow::error::ArrowError| {
                Failure::new("D0332", format!("`{port}`: its parts are not of one form: {error}"))
                    .help("give it one table")
            };
            if let Some(whole) = whole.transpose().map_err(wrong)? {
                tables.insert(port.to_owned(), whole);
            }
        }
        Ok(Self { tables })
    }

    /// A column that a contract refers to.
    pub(super) fn column(&self, reference: &Reference) -> Result<ArrayRef, Failure> {
        let table = self.tables.get(&reference.port);
        let column = table.and_then(|table| table.column_by_name(&reference.column));
        column.cloned().ok_or_else(|| {
            let Reference { port, column } = reference;
            let message = format!("the contract refers to `{reference}`, and there is no such");
            Failure::new("D0332", message)
                .help(format!("let the table on inputs.{port} have a column `{column}`"))
        })
    }
}

fn read(input: &Input) -> Result<RecordBatch, Failure> {
    match input.artifact_type.as_str() {
        "dataset" => dataset(input),
        _ => Ok(source::unpromised(input)?.1),
    }
}

/// The rows of every split.
fn dataset(input: &Input) -> Result<RecordBatch, Failure> {
    let dataset = Dataset::open(&input.path)?;
    let mut batches = Vec::new();
    for split in dataset.splits()? {
        batches.push(dataset.read(&split)?);
    }
    let schema = batches
        .first()
        .map_or_else(|| Arc::new(arrow::datatypes::Schema::empty()), RecordBatch::schema);
    concat_batches(&schema, &batches).map_err(|error| {
        let message = format!("{}: its splits are not of one form: {error}", input.path.display());
        Failure::new("D0332", message).help("give the step one table")
    })
}
