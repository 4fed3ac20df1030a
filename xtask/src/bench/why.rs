//! `ingot why` in a large workspace.

use anyhow::Result;

use super::measure::{Line, repeated, timed};
use super::{Bench, chains};

const ROUNDS: usize = 11;

/// Why one of 10,000 steps runs.
pub(crate) fn run(bench: &Bench) -> Result<Vec<Line>> {
    let steps = if bench.small { 1000 } else { 10_000 };
    let folder = bench.folder.join("why");
    chains::for_ingot(&folder, steps)?;
    timed(chains::ingot_command(bench, &folder).arg("build"))?;
    std::fs::write(folder.join("data/7"), "another source\n")?;
    let own =
        repeated(ROUNDS, || timed(chains::ingot_command(bench, &folder).args(["why", "c7-9"])))?;
    Ok(vec![Line::alone(&format!("why, {steps} steps"), own, "below 50 ms", own < 0.050)])
}
