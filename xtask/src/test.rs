//! `cargo xtask test`: every test in the workspace, shown as it runs, then summed
//! up with what was skipped, and what the example must show.

mod tally;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::stages::Stages;
use crate::{command, example, libtorch, plugins, reference, sql, workspace};
use tally::Tally;

/// Why a test may be skipped, a line each, where `CI` is set: there a skip for another
/// reason fails.
const SKIPS: &str = ".ci/skips";

/// Gets libtorch, builds every program (tests start them), runs every test; without
/// arguments the example too.
pub(crate) fn run(stages: &mut Stages, arguments: &[&str]) -> Result<()> {
    let libtorch = libtorch::locate(stages)?;
    stages.run("cargo build --workspace", || {
        command::run(
            workspace::cargo("build", &libtorch)?.arg("--workspace"),
            "see the compiler's message above",
        )
    })?;
    sql::build(stages)?;
    let mut tests = Tests::default();
    sql::test(stages, &mut tests, arguments)?;
    stages.run("cargo test --workspace", || {
        tests.run(workspace::cargo("test", &libtorch)?.arg("--workspace"), arguments)
    })?;
    tests.judge()?;
    if !arguments.is_empty() {
        return Ok(());
    }
    reference::check(stages)?;
    plugins::run(stages, &[])?;
    example::check(stages)
}

/// The tests of this run.
#[derive(Default)]
pub(crate) struct Tests {
    tally: Tally,
    failed: bool,
}

impl Tests {
    /// Runs `cargo test`, each line of it shown as it comes.
    pub(crate) fn run(&mut self, cargo: &mut Command, arguments: &[&str]) -> Result<()> {
        let mut child = cargo
            .arg("--no-fail-fast")
            .args(shown(arguments))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start `cargo test`")?;
        if let Some(stdout) = child.stdout.take() {
            for line in BufReader::new(stdout).lines() {
                let line = line.context("cannot read what `cargo test` prints")?;
                if self.tally.add(&line) {
                    println!("{line}");
                }
            }
        }
        self.failed |= !child.wait()?.success();
        Ok(())
    }

    /// Sums the tests up; an error where one failed, or was skipped and may not be.
    pub(crate) fn judge(&self) -> Result<()> {
        eprintln!("\n{}", self.tally.summary());
        if self.failed || self.tally.failed > 0 {
            bail!("not every test passed");
        }
        if std::env::var_os("CI").is_some() {
            let text = std::fs::read_to_string(workspace::root().join(SKIPS)).context(SKIPS)?;
            let allowed: Vec<&str> =
                text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
            if let Some(skip) = self.tally.unexpected(&allowed) {
                bail!("a test was skipped for a reason that {SKIPS} does not list: {skip}");
            }
        }
        Ok(())
    }
}

/// The arguments, with what makes a test that passed show why it was skipped.
fn shown<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    let mut shown = arguments.to_vec();
    if !shown.contains(&"--") {
        shown.push("--");
    }
    shown.push("--show-output");
    shown
}
