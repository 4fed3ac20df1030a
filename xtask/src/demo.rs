//! `cargo xtask demo`: from a fresh clone to a model card.

use std::process::Command;

use anyhow::{Result, bail};

use crate::stages::Stages;
use crate::{command, libtorch, workspace};

/// Where the example's manifest exports its model card.
const CARD: &str = "reports/card.html";

/// Gets libtorch, builds the programs, builds a copy of the example workspace.
pub(crate) fn run(stages: &mut Stages) -> Result<()> {
    let libtorch = libtorch::locate(stages)?;
    stages.run("cargo build", || {
        let mut cargo = workspace::cargo("build", &libtorch)?;
        for program in workspace::PROGRAMS {
            cargo.args(["--package", program]);
        }
        command::run(&mut cargo, "see the compiler's message above")
    })?;
    // A copy: what a build writes, such as the card, is none of the repository's.
    let example = workspace::root().join("target/demo");
    workspace::copy_example(&example, &[])?;
    let ingot = workspace::program("ingot")?;
    stages.run("ingot build -C target/demo", || {
        command::run(
            Command::new(&ingot).arg("build").arg("-C").arg(&example),
            "its message is above; `ingot error CODE` explains a code",
        )
    })?;
    let card = example.join(CARD);
    if !card.is_file() {
        bail!("the build ended well, but {} is not there", card.display());
    }
    eprintln!("\nThe model card: {}", card.display());
    eprintln!("Next: {} build -C {}   (again: nothing runs)", ingot.display(), example.display());
    Ok(())
}
