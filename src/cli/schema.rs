//! `ingot schema NAME`: the JSON Schemas of what Ingot reads and writes.

use clap::{Args, ValueEnum};

use super::Global;
use super::output::Output;
use crate::diag::Exit;
use crate::kinds::manifest_schema::manifest_schema;
use crate::workspace::{Stop, anywhere};

/// Arguments of `ingot schema`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Which one
    #[arg(value_enum, default_value_t = Name::Manifest)]
    name: Name,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Name {
    /// `ingot.toml`, with the params of every installed kind
    Manifest,
    /// `ingot.lock`
    Lock,
    /// The lines of `--json`
    Events,
    /// `dataset.json`
    Dataset,
    /// `predictions.json`
    Predictions,
    /// `model.json`
    Model,
    /// `profile.json`
    Profile,
    /// `report.json`
    Report,
    /// A file of findings
    Findings,
    /// `fitted.json`
    Fitted,
    /// A file of metrics
    Metrics,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let schema = match arguments.name {
        Name::Manifest => {
            let (kinds, _) = anywhere::kinds(&global.opener())?;
            let schema = manifest_schema(&kinds);
            output.document(&format!(
                "{}\n",
                serde_json::to_string_pretty(&schema).unwrap_or_default()
            ));
            return Ok(Exit::Done);
        }
        Name::Lock => include_str!("../../schemas/lock.json"),
        Name::Events => include_str!("../../schemas/events.json"),
        Name::Dataset => include_str!("../../schemas/dataset.json"),
        Name::Predictions => include_str!("../../schemas/predictions.json"),
        Name::Model => include_str!("../../schemas/model.json"),
        Name::Profile => include_str!("../../schemas/profile.json"),
        Name::Report => include_str!("../../schemas/report.json"),
        Name::Findings => include_str!("../../schemas/findings.json"),
        Name::Fitted => include_str!("../../schemas/fitted.json"),
        Name::Metrics => include_str!("../../schemas/metrics.json"),
    };
    output.document(schema);
    Ok(Exit::Done)
}
