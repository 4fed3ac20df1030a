//! One large source, hashed with an empty stat index and its pages in memory.

use std::fs::{self, File};
use std::io::Write;
use std::process::Command;

use anyhow::Result;

use super::measure::{Line, by_turns, repeated, timed};
use super::{Bench, chains};

const ROUNDS: usize = 3;

/// A file of 4 GB: `ingot plan` digests it, `b3sum` is the peer.
pub(crate) fn run(bench: &Bench) -> Result<Vec<Line>> {
    let megabytes = if bench.small { 400 } else { 4000 };
    let folder = bench.folder.join("hashing");
    fs::create_dir_all(&folder)?;
    let file = folder.join("large");
    write(&mut File::create(&file)?, megabytes)?;
    fs::write(
        folder.join("ingot.toml"),
        "[pipeline]\nname = \"large\"\nedition = 1\n[sources.large]\npath = \"large\"\n\
         [steps.size]\nkind = \"command\"\nrun = [\"wc\", \"-c\", \"{inputs.large}\"]\n\
         inputs.large = \"large\"\n",
    )?;
    let ours = || {
        let store = folder.join(".ingot");
        if store.exists() {
            fs::remove_dir_all(&store)?;
        }
        timed(chains::ingot_command(bench, &folder).arg("plan"))
    };
    // Read once, so that both find it in memory.
    timed(Command::new("cat").arg(&file))?;
    let work = format!("hashing one file of {megabytes} MB");
    Ok(vec![match &bench.peers.b3sum {
        Some(b3sum) => {
            let theirs = || timed(Command::new(b3sum).arg(&file));
            let (own, other) = by_turns(ROUNDS, ours, theirs)?;
            Line::ratio(&work, own, "b3sum", other, 1.4)
        }
        None => Line::alone(&work, repeated(ROUNDS, ours)?, "no peer", true),
    }])
}

/// Bytes that no file system can leave out or make small.
fn write(file: &mut File, megabytes: usize) -> Result<()> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"bytes of a large file");
    let mut reader = hasher.finalize_xof();
    let mut block = vec![0; 1_000_000];
    for _ in 0..megabytes {
        reader.fill(&mut block);
        file.write_all(&block)?;
    }
    Ok(file.sync_all()?)
}
