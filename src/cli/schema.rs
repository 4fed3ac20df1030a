//! `ingot schema NAME`: the JSON Schemas of what Ingot reads and writes.

use clap::{Args, ValueEnum};

use super::exit::{Exit, Stop};
use super::output::Output;

/// Arguments of `ingot schema`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Which one
    #[arg(value_enum, default_value_t = Name::Manifest)]
    name: Name,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Name {
    Manifest,
    Lock,
    Events,
}

pub(super) fn run(arguments: &Arguments, output: &Output) -> Result<Exit, Stop> {
    output.data(match arguments.name {
        Name::Manifest => include_str!("../../schemas/manifest.json"),
        Name::Lock => include_str!("../../schemas/lock.json"),
        Name::Events => include_str!("../../schemas/events.json"),
    });
    Ok(Exit::Done)
}
