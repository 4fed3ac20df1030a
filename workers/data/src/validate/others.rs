//! [`Others`]: the tables on the further ports of the step, which the contract names, and the
//! profiles of such.

use std::collections::BTreeMap;

use arrow::array::ArrayRef;
use arrow::compute::concat_batches;
use arrow::record_batch::RecordBatch;
use ingot_protocol::contract::{Contract, Reference};
use ingot_protocol::{Failure, Input, Request};
use ingot_tables::dataset::{Dataset, WHOLE};
use ingot_tables::profile::Profile;
use ingot_tables::source;

/// Port -> what stands there.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// The rows of every split, one behind the other.
    pub(super) tables: BTreeMap<String, RecordBatch>,
    /// The splits of the tables.
    pub(super) splits: BTreeMap<String, Vec<(String, usize)>>,
    /// What stands for a table where its distributions are all that is asked.
    pub(super) profiles: BTreeMap<String, Profile>,
}

impl Others {
    /// Reads the tables that a contract names, and no other.
    pub(super) fn read(contract: &Contract, request: &Request) -> Result<Self, Failure> {
        let mut others = Self::default();
        for port in contract.ports().into_keys() {
            let given = request.inputs.get(port).map_or(&[][..], Vec::as_slice);
            if given.is_empty() {
                let message = format!("the contract names the table `{port}`, which is not given");
                return Err(Failure::new("D0332", message)
                    .help(format!("add inputs.{port} = \"..\" to the step, or correct the name")));
            }
            if let [one] = given
                && is_profile(one)
            {
                others.profiles.insert(port.to_owned(), Profile::read(&one.path)?);
                continue;
            }
            let (mut batches, mut splits) = (Vec::new(), Vec::new());
            for input in given {
                for (split, rows) in read(input)? {
                    splits.push((split, rows.num_rows()));
                    batches.push(rows);
                }
            }
            let schema = batches.first().map(RecordBatch::schema);
            let whole = schema.map(|schema| concat_batches(&schema, &batches));
            let wrong = |error: arrow::error::ArrowError| {
                Failure::new("D0332", format!("`{port}`: its parts are not of one form: {error}"))
                    .help("give it one table")
            };
            if let Some(whole) = whole.transpose().map_err(wrong)? {
                others.tables.insert(port.to_owned(), whole);
                others.splits.insert(port.to_owned(), splits);
            }
        }
        Ok(others)
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

/// Whether a profile stands there: the artifact, or a file that is no table.
fn is_profile(input: &Input) -> bool {
    match input.artifact_type.as_str() {
        "profile" => true,
        "files" => input.format.is_none(),
        _ => false,
    }
}

/// The splits of a table with their rows.
fn read(input: &Input) -> Result<Vec<(String, RecordBatch)>, Failure> {
    if input.artifact_type != "dataset" {
        return Ok(vec![(WHOLE.to_owned(), source::unpromised(input)?.1)]);
    }
    let dataset = Dataset::open(&input.path)?;
    let mut splits = Vec::new();
    for split in dataset.splits()? {
        let rows = dataset.read(&split)?;
        splits.push((split, rows));
    }
    Ok(splits)
}
