//! Matrix products under `isa = "avx2"`: ours against those of libtorch's library. A
//! program of the training worker's measures both by turns.

use std::process::Command;

use anyhow::{Context, Result};

use super::Bench;
use super::measure::Line;
use crate::stages::Stages;
use crate::{command, libtorch, workspace};

/// How much longer than the library ours may take: a speed of 0.9.
const MOST: f64 = 1.11;

pub(super) fn run(bench: &Bench) -> Result<Vec<Line>> {
    let libtorch = libtorch::locate(&mut Stages::new())?;
    // In the profile of daily work, which has the worker already: products are built for
    // speed in it, too.
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace::root()).env("LIBTORCH", libtorch);
    cargo.args(["bench", "--profile", "dev", "--workspace", "--bench", "gemm"]);
    cargo.env("OMP_WAIT_POLICY", "passive").env("OMP_NUM_THREADS", "2");
    if bench.small {
        cargo.args(["--", "--small"]);
    }
    let said = command::output(&mut cargo, "see the compiler's message above")?;
    said.lines().filter(|said| !said.is_empty()).map(line).collect()
}

fn line(said: &str) -> Result<Line> {
    let words: Vec<&str> = said.split(' ').collect();
    let [size, threads, ours, library] = words[..] else {
        anyhow::bail!("the benchmark of matrix products says `{said}`");
    };
    let seconds = |word: &str| word.parse::<f64>().context("what the benchmark of products says");
    let plural = if threads == "1" { "" } else { "s" };
    let work = format!("matrix product, f32, {size}, {threads} thread{plural}");
    Ok(Line::ratio(&work, seconds(ours)?, "MKL", seconds(library)?, MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_program_is_a_line_of_the_table() {
        let line = line("256 2 0.0005 0.001").unwrap();
        assert_eq!(
            line,
            Line::ratio("matrix product, f32, 256, 2 threads", 5e-4, "MKL", 1e-3, MOST)
        );
        assert!(super::line("nothing measured").is_err());
    }
}
