//! `ingot shell STEP`: a shell where the step would run.

use clap::Args;

use super::Global;
use super::exit::{Exit, Stop};
use super::output::Output;

/// Arguments of `ingot shell`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The step
    step: String,
}

pub(super) fn run(
    _arguments: &Arguments,
    _global: &Global,
    _output: &Output,
) -> Result<Exit, Stop> {
    Ok(Exit::Done)
}
