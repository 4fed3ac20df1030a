//! `cargo xtask sql`: the worker of `transform`, built beside the other programs and tested.
//!
//! It is a Cargo workspace of its own, so that nobody has to build its query engine.
//! Invariant: the engine is built once.

use std::process::Command;

use anyhow::Result;

use crate::stages::Stages;
use crate::test::Tests;
use crate::{command, workspace};

/// Builds the program, and runs its tests.
pub(crate) fn run(stages: &mut Stages) -> Result<()> {
    build(stages)?;
    let mut tests = Tests::default();
    test(stages, &mut tests, &[])?;
    tests.judge()
}

/// Builds the program.
pub(crate) fn build(stages: &mut Stages) -> Result<()> {
    stages.run("workers/sql: cargo build --locked", || {
        command::run(workspace::sql("build")?.arg("--locked"), "see the compiler's message above")
    })
}

/// Runs the tests; while they are compiled, Clippy looks at the code.
pub(crate) fn test(stages: &mut Stages, tests: &mut Tests, arguments: &[&str]) -> Result<()> {
    stages.run("workers/sql: cargo test, with Clippy", || {
        tests.run(linted(workspace::sql("test")?.arg("--locked")), arguments)
    })
}

/// With Clippy as the compiler of the workspace's own packages, warnings denied. `cargo
/// clippy` does the same with `cargo check`, for which the engine would be read once more.
fn linted(cargo: &mut Command) -> &mut Command {
    cargo
        .env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver")
        .env("CLIPPY_ARGS", "--deny__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__")
}
