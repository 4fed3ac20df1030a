//! A build that has nothing to do, with the memo and without it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::measure::{Line, by_turns, peak_memory, repeated, timed};
use super::{Bench, chains};

const ROUNDS: usize = 11;

/// 500, 10,000 and 100,000 steps.
pub(crate) fn run(bench: &Bench) -> Result<Vec<Line>> {
    let scale = if bench.small { 10 } else { 1 };
    let (few, many, most) = (500 / scale, 10_000 / scale, 100_000 / scale);
    let mut lines = vec![with_dvc(bench, few)?];
    let folder = built(bench, many)?;
    let memo = folder.join(".ingot/memo");
    let ours = || timed(&mut build(bench, &folder));
    let without_memo = || {
        std::fs::remove_dir_all(&memo)?;
        timed(&mut build(bench, &folder))
    };
    let with;
    match &bench.peers.ninja {
        Some(ninja) => {
            let peer = ninja_built(bench, ninja, many)?;
            let theirs = || timed(Command::new(ninja).current_dir(&peer));
            let (own, other) = by_turns(ROUNDS, ours, theirs)?;
            with = own;
            lines.push(Line::ratio(&format!("no-op, {many} steps"), own, "ninja", other, 1.0));
            let (own, other) = by_turns(ROUNDS, without_memo, theirs)?;
            let work = format!("no-op, {many} steps, memo thrown away");
            lines.push(Line::ratio(&work, own, "ninja", other, 8.0));
        }
        None => {
            with = repeated(ROUNDS, ours)?;
            lines.push(Line::alone(&format!("no-op, {many} steps"), with, "no peer", true));
        }
    }
    let folder = built(bench, most)?;
    let own = repeated(ROUNDS, || timed(&mut build(bench, &folder)))?;
    let work = format!("no-op, {most} steps");
    let peer = format!("itself, {many} steps");
    lines.push(Line::ratio(&work, own, &peer, with, 12.0));
    let megabytes = peak_memory(&mut build(bench, &folder))? as f64 / 1e6;
    eprintln!("    {most} steps: {megabytes:.1} MB of memory at most");
    Ok(lines)
}

fn with_dvc(bench: &Bench, steps: usize) -> Result<Line> {
    let folder = built(bench, steps)?;
    let own = repeated(ROUNDS, || timed(&mut build(bench, &folder)))?;
    let work = format!("no-op, {steps} steps");
    let mut line = Line::alone(&work, own, "below 10 ms", own < 0.010);
    if let Some(dvc) = &bench.peers.dvc {
        let peer = bench.folder.join("dvc");
        chains::for_dvc(bench, dvc, &peer, steps)?;
        let repro = || timed(chains::dvc_command(bench, dvc, &peer).arg("repro"));
        repro()?;
        line.peer = Some(("dvc repro".to_owned(), repeated(3, repro)?));
    }
    Ok(line)
}

fn build(bench: &Bench, folder: &Path) -> Command {
    let mut command = chains::ingot_command(bench, folder);
    command.arg("build");
    command
}

/// A workspace in which everything is built, and whose files are old enough to be known.
fn built(bench: &Bench, steps: usize) -> Result<PathBuf> {
    let folder = bench.folder.join(format!("ingot-{steps}"));
    chains::for_ingot(&folder, steps)?;
    timed(build(bench, &folder).arg("--no-sandbox"))?;
    std::thread::sleep(std::time::Duration::from_millis(100));
    for _ in 0..2 {
        timed(&mut build(bench, &folder))?;
    }
    Ok(folder)
}

fn ninja_built(bench: &Bench, ninja: &Path, steps: usize) -> Result<PathBuf> {
    let folder = bench.folder.join("ninja");
    chains::for_ninja(&folder, steps, "")?;
    for _ in 0..2 {
        timed(Command::new(ninja).current_dir(&folder))?;
    }
    Ok(folder)
}
