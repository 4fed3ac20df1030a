//! A first build: every step runs, in its sandbox and outside of one.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use super::measure::{Line, by_turns, repeated, timed};
use super::{Bench, chains};

const ROUNDS: usize = 5;

/// 1,000 `cp` steps on two cores.
pub(crate) fn run(bench: &Bench) -> Result<Vec<Line>> {
    let steps = if bench.small { 100 } else { 1000 };
    let mut round = 0;
    let mut ours = |sandbox: bool| -> Result<Duration> {
        round += 1;
        let folder = bench.folder.join(format!("first-{round}"));
        chains::for_ingot(&folder, steps)?;
        let mut command = chains::ingot_command(bench, &folder);
        command.args(["build", "-j2"]);
        if !sandbox {
            command.arg("--no-sandbox");
        }
        timed(&mut command)
    };
    let mut lines = Vec::new();
    let Some(ninja) = &bench.peers.ninja else {
        let own = repeated(ROUNDS, || ours(true))?;
        return Ok(vec![Line::alone(&format!("first build, {steps} steps"), own, "no peer", true)]);
    };
    for (what, sandbox, most) in [("sandboxed", true, 2.5), ("without sandbox", false, 1.7)] {
        let mut turn = 0;
        let theirs = || {
            turn += 1;
            ninja_first(bench, ninja, steps, &format!("ninja-{what}-{turn}"), "")
        };
        let (own, other) = by_turns(ROUNDS, || ours(sandbox), theirs)?;
        let work = format!("first build, {steps} steps, -j2, {what}");
        lines.push(Line::ratio(&work, own, "ninja", other, most));
    }
    let mut turn = 0;
    let walled = || {
        turn += 1;
        ninja_first(bench, ninja, steps, &format!("walled-{turn}"), WALL)
    };
    // Where a user may make no namespaces there is nothing to compare with.
    if Command::new("sh").args(["-c", &format!("{WALL}true")]).status().is_ok_and(|it| it.success())
    {
        let (own, other) = by_turns(ROUNDS, || ours(true), walled)?;
        let work = format!("first build, {steps} steps, -j2, both in namespaces");
        lines.push(Line::beside(&work, own, "ninja with unshare", other));
    }
    if let Some(dvc) = &bench.peers.dvc {
        let few = steps / 5;
        let folder = bench.folder.join("dvc");
        chains::for_dvc(bench, dvc, &folder, few)?;
        let theirs = timed(chains::dvc_command(bench, dvc, &folder).arg("repro"))?;
        let folder = bench.folder.join("beside-dvc");
        chains::for_ingot(&folder, few)?;
        let own = timed(chains::ingot_command(bench, &folder).args(["build", "-j2"]))?;
        let work = format!("first build, {few} steps");
        lines.push(Line::beside(&work, own.as_secs_f64(), "dvc repro", theirs.as_secs_f64()));
    }
    Ok(lines)
}

/// What makes the kernel do for ninja what a sandbox asks of it, and no more: the same
/// namespaces, made for each step, with nothing mounted, filtered or measured.
const WALL: &str = "unshare --user --map-root-user --pid --fork --mount --net --ipc --uts ";

fn ninja_first(
    bench: &Bench,
    ninja: &Path,
    steps: usize,
    name: &str,
    wall: &str,
) -> Result<Duration> {
    let folder = bench.folder.join(name);
    chains::for_ninja(&folder, steps, wall)?;
    timed(Command::new(ninja).arg("-j2").current_dir(&folder))
}
