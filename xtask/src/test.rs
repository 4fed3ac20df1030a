//! `cargo xtask test`: every test in the workspace, shown as it runs, then summed
//! up, and what the example must show.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::stages::Stages;
use crate::{command, example, libtorch, plugins, reference, workspace};

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
    let mut tally = Tally::default();
    let passed = stages.run("cargo test --workspace", || {
        let mut child = workspace::cargo("test", &libtorch)?
            .args(["--workspace", "--no-fail-fast"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start `cargo test`")?;
        if let Some(stdout) = child.stdout.take() {
            for line in BufReader::new(stdout).lines() {
                let line = line.context("cannot read what `cargo test` prints")?;
                println!("{line}");
                tally.add(&line);
            }
        }
        Ok(child.wait()?.success())
    })?;
    eprintln!("\n{}", tally.summary());
    if !passed || tally.failed > 0 {
        bail!("not every test passed");
    }
    if !arguments.is_empty() {
        return Ok(());
    }
    reference::check(stages)?;
    plugins::run(stages, &[])?;
    example::check(stages)
}

/// What the test programs said, summed up.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    passed: u64,
    failed: u64,
    ignored: u64,
    failures: Vec<String>,
}

impl Tally {
    /// Reads one line of libtest's output.
    fn add(&mut self, line: &str) {
        if let Some(counts) = line.strip_prefix("test result:") {
            for part in counts.split([';', '.']) {
                let mut words = part.split_whitespace();
                let count = words.next().and_then(|word| word.parse::<u64>().ok()).unwrap_or(0);
                match words.next() {
                    Some("passed") => self.passed += count,
                    Some("failed") => self.failed += count,
                    Some("ignored") => self.ignored += count,
                    _ => {}
                }
            }
        } else if let Some(name) =
            line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED"))
        {
            self.failures.push(name.into());
        }
    }

    fn summary(&self) -> String {
        let Self { passed, failed, ignored, failures } = self;
        let mut summary = format!("tests: {passed} passed, {failed} failed, {ignored} ignored");
        for failure in failures {
            summary.push_str("\n  failed: ");
            summary.push_str(failure);
        }
        summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_several_programs_are_summed() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test store::keeps ... ok",
            "test store::loses ... FAILED",
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 4 filtered out; \
             finished in 0.31s",
            "test result: ok. 5 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out",
        ] {
            tally.add(line);
        }
        let expected = "tests: 7 passed, 1 failed, 2 ignored\n  failed: store::loses";
        assert_eq!(tally.summary(), expected);
    }
}
