//! A source that is a tree of very many small files, none of which changed.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::measure::{Line, by_turns, timed};
use super::{Bench, chains};

const ROUNDS: usize = 3;
const FILES_A_FOLDER: usize = 1000;

/// 1,000,000 files: `ingot plan` beside `find`, which looks at each one too.
pub(crate) fn run(bench: &Bench) -> Result<Vec<Line>> {
    let files = if bench.small { 100_000 } else { 1_000_000 };
    let folder = bench.folder.join("tree");
    make(&folder.join("files"), files)?;
    fs::write(
        folder.join("ingot.toml"),
        "[pipeline]\nname = \"tree\"\nedition = 1\n[sources.files]\npath = \"files\"\n\
         [steps.count]\nkind = \"command\"\nrun = [\"ls\", \"{inputs.files}\"]\n\
         inputs.files = \"files\"\n",
    )?;
    let ours = || timed(chains::ingot_command(bench, &folder).arg("plan"));
    // The first one reads every file; the second knows those that were too young then.
    for _ in 0..2 {
        ours()?;
    }
    let theirs = || {
        let mut find = Command::new("find");
        timed(find.arg(folder.join("files")).args(["-size", "+0", "-printf", ""]))
    };
    let (own, other) = by_turns(ROUNDS, ours, theirs)?;
    let work = format!("an unchanged tree of {files} files");
    Ok(vec![
        Line::ratio(&work, own, "find", other, 1.3),
        Line::alone(&format!("{work}, alone"), own, "below 3 s", own < 3.0),
    ])
}

fn make(folder: &Path, files: usize) -> Result<()> {
    for at in 0..files / FILES_A_FOLDER {
        let below = folder.join(format!("{:02}/{at:04}", at / 100));
        fs::create_dir_all(&below)?;
        for file in 0..FILES_A_FOLDER {
            fs::write(below.join(format!("{file:03}")), format!("{at} {file}\n"))?;
        }
    }
    Ok(())
}
