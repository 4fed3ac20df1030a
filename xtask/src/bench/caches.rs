//! Outputs taken out of the store: `get --copy` beside `cp -r` of the same files.

use std::fs;
use std::process::Command;

use anyhow::Result;

use super::measure::{Line, by_turns, timed};
use super::{Bench, chains};

const ROUNDS: usize = 5;

/// One output of 10,000 files.
pub(crate) fn run(bench: &Bench) -> Result<Vec<Line>> {
    let files = if bench.small { 1000 } else { 10_000 };
    let folder = bench.folder.join("get");
    fs::create_dir_all(&folder)?;
    let script = format!(
        "mkdir \"$1\" && i=0 && while [ $i -lt {files} ]; do echo file $i > \"$1/$i\"; i=$((i+1)); done"
    );
    fs::write(folder.join("make.sh"), script)?;
    fs::write(
        folder.join("ingot.toml"),
        "[pipeline]\nname = \"get\"\nedition = 1\n[steps.many]\nkind = \"command\"\n\
         run = [\"sh\", \"make.sh\", \"{outputs.files}\"]\ninputs.code = \"./make.sh\"\n\
         outputs.files = \"files\"\n",
    )?;
    timed(chains::ingot_command(bench, &folder).arg("build"))?;
    let (mut round, mut turn) = (0, 0);
    let ours = || {
        round += 1;
        let copy = format!("own-{round}");
        timed(chains::ingot_command(bench, &folder).args(["get", "many.files", "--copy", &copy]))
    };
    let theirs = || {
        turn += 1;
        let mut cp = Command::new("cp");
        let from = folder.join(".ingot/out/many/files/.");
        timed(cp.arg("-r").arg(from).arg(folder.join(format!("peer-{turn}"))))
    };
    let (own, other) = by_turns(ROUNDS, ours, theirs)?;
    let work = format!("get --copy of {files} files");
    Ok(vec![Line::ratio(&work, own, "cp -r", other, 1.0)])
}
