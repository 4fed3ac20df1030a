//! `cargo xtask bench`: Ingot beside its peers, in one run on one machine.
//!
//! Owns the table in `docs/performance.md`. Each line is a ratio: the same work by us
//! and by a peer, by turns, the median of each. A peer that is not installed is said and
//! left out. Invariant: no figure is written that this run did not measure, and none of
//! it is a test: a slow machine fails nothing.

mod caches;
mod chains;
mod data;
mod first;
mod gemm;
mod hashing;
mod measure;
mod noop;
mod page;
mod peers;
mod plugins;
mod trees;
mod why;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::stages::Stages;
use crate::{command, workspace};
use measure::Line;
use peers::Peers;

/// What every benchmark has at hand.
pub(crate) struct Bench {
    /// The program under test, built for speed.
    pub(crate) ingot: PathBuf,
    /// The peers that are installed.
    pub(crate) peers: Peers,
    /// A folder for the work, emptied first.
    pub(crate) folder: PathBuf,
    /// Whether to do a tenth of the work, to try the benchmarks themselves.
    pub(crate) small: bool,
}

type Benchmark = fn(&Bench) -> Result<Vec<Line>>;

/// Name on the command line -> benchmark.
const BENCHMARKS: [(&str, Benchmark); 10] = [
    ("noop", noop::run),
    ("first", first::run),
    ("hashing", hashing::run),
    ("tree", trees::run),
    ("get", caches::run),
    ("scheduler", scheduler),
    ("why", why::run),
    ("plugins", plugins::run),
    ("gemm", gemm::run),
    ("data", data::run),
];

/// Runs the benchmarks that are named, or all.
pub(crate) fn run(stages: &mut Stages, arguments: &[&str]) -> Result<()> {
    let small = arguments.contains(&"--small");
    let names: Vec<&str> = arguments.iter().copied().filter(|word| *word != "--small").collect();
    if let Some(unknown) = names.iter().find(|name| !BENCHMARKS.iter().any(|(b, _)| b == *name)) {
        let known: Vec<&str> = BENCHMARKS.iter().map(|(name, _)| *name).collect();
        bail!("there is no benchmark `{unknown}`; there is {}", known.join(", "));
    }
    let bench = stages.run("cargo build --release --package ingot", || prepare(small))?;
    for (peer, there) in bench.peers.all() {
        match there {
            Some(version) => eprintln!("    {peer}: {version}"),
            None => {
                eprintln!("    {peer} is not installed: what it would be compared in is left out")
            }
        }
    }
    let mut lines = Vec::new();
    for (name, benchmark) in BENCHMARKS {
        if names.is_empty() || names.contains(&name) {
            let measured = stages.run(name, || {
                empty(&bench)?;
                benchmark(&bench)
            })?;
            for line in &measured {
                println!("{}", line.text());
            }
            lines.extend(measured);
        }
    }
    empty(&bench)?;
    if !small {
        page::write(&bench, &lines)?;
    }
    Ok(())
}

fn prepare(small: bool) -> Result<Bench> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace::root()).args(["build", "--release", "--package", "ingot"]);
    command::run(&mut cargo, "see the compiler's message above")?;
    let target = workspace::program("ingot")?;
    let target = target.ancestors().nth(2).context("the target folder is not known")?;
    let folder = target.join("bench");
    Ok(Bench { ingot: target.join("release/ingot"), peers: Peers::find(), folder, small })
}

fn empty(bench: &Bench) -> Result<()> {
    if bench.folder.exists() {
        // Views are read-only folders, which `rm` opens up and the library does not.
        let mut open = Command::new("chmod");
        command::run(open.args(["-R", "u+w"]).arg(&bench.folder), "is it yours?")?;
        std::fs::remove_dir_all(&bench.folder)?;
    }
    std::fs::create_dir_all(&bench.folder).with_context(|| bench.folder.display().to_string())
}

/// The scheduler alone, without a process or a file: a program of the core's measures it.
fn scheduler(_bench: &Bench) -> Result<Vec<Line>> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace::root()).args([
        "bench",
        "--package",
        "ingot",
        "--bench",
        "scheduler",
    ]);
    let said = command::output(&mut cargo, "see the compiler's message above")?;
    said.lines()
        .filter_map(|line| line.split_once(" steps: "))
        .map(|(steps, rest)| {
            let figure = rest.trim_end_matches(" us a step").trim();
            let microseconds: f64 = figure.parse().context("what the scheduler's bench says")?;
            Ok(Line::alone(
                &format!("scheduler, {steps} steps, time a step"),
                microseconds * 1e-6,
                "below 3 us",
                microseconds < 3.0,
            ))
        })
        .collect()
}
