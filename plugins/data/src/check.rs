//! `inspect check`: whether what a command or a plugin wrote is an artifact of a type.
//!
//! Invariant: everything is read as the kinds read it, a batch at a time, so that what
//! passes here is refused by none of them for its form. Nothing is shown of a value.

use std::path::Path;

use ingot_protocol::Failure;

use crate::dataset::Dataset;
use crate::evaluate::Report;
use crate::predictions;
use crate::reported::{read_findings, read_metrics};

/// The types that are checked.
pub const CHECKED: [&str; 5] = ["dataset", "findings", "metrics", "predictions", "report"];

/// Rows that are held at once.
const ROWS: usize = 8192;

/// Reads the whole artifact.
pub fn check(artifact_type: &str, artifact: &Path) -> Result<(), Failure> {
    match artifact_type {
        "dataset" => {
            let dataset = Dataset::open(artifact)?;
            for split in dataset.splits()? {
                for batch in dataset.batches(&split, ROWS)? {
                    batch?;
                }
            }
        }
        "predictions" => drop(predictions::read(artifact)?),
        "findings" => drop(read_findings(artifact)?),
        "metrics" => drop(read_metrics(artifact)?),
        "report" => drop(Report::read(artifact)?),
        other => {
            let message = format!("{}: there is no type `{other}` to check", artifact.display());
            return Err(Failure::new("D0004", message));
        }
    }
    Ok(())
}
