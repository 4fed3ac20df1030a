//! The project's chores, as `cargo xtask CHORE`.
//!
//! Owns what a fresh machine needs before `cargo` alone is enough: libtorch. Invariant: it
//! changes nothing outside the target folder, the user's cache folder and the
//! files that a chore names; every chore can be killed and run again. It knows
//! nothing of how Ingot works inside.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a chore talks to the terminal")]

mod bench;
mod command;
mod demo;
mod example;
mod install;
mod kinds;
mod libtorch;
mod plugins;
mod reference;
mod sql;
mod stages;
mod test;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;

use stages::Stages;

const USAGE: &str = "\
usage: cargo xtask CHORE

  demo         get libtorch, build, run a copy of the example workspace
  install [--sql] [--root FOLDER]
               the same programs, built for speed, into FOLDER/bin (by itself
               cargo's own folder); --sql: and the worker of `transform`
  test [ARG..] the same set-up, then every test and the example twice; arguments go to
               `cargo test`, and then the example is left out
  bench [NAME..] [--small]
               Ingot beside ninja, dvc, b3sum, find and cp where they are installed;
               writes docs/performance.md
  example      the example workspace alone: from nothing twice, and its lock
  kinds        record the digest of each built-in kind's sources beside its revision
  plugins [--write]
               the example plugins from source, tested in the host; the one of the
               example workspace compared with what was built, or replaced by it
  reference    write the pages and schemas that the programs themselves know
  sql          the worker of `transform`, which the demo does not need, and its tests
  libtorch     print the folder that LIBTORCH should name, getting it first

Environment: LIBTORCH names a libtorch of your own; INGOT_CACHE moves the cache.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut stages = Stages::new();
    let result = match words.as_slice() {
        ["demo"] => demo::run(&mut stages),
        ["install", arguments @ ..] => install::run(&mut stages, arguments),
        ["test", arguments @ ..] => test::run(&mut stages, arguments),
        ["bench", arguments @ ..] => bench::run(&mut stages, arguments),
        ["example"] => example::check(&mut stages),
        ["kinds"] => kinds::run(),
        ["plugins", arguments @ ..] => plugins::run(&mut stages, arguments),
        ["reference"] => reference::run(&mut stages),
        ["sql"] => sql::run(&mut stages),
        ["libtorch"] => print_libtorch(&mut stages),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    eprint!("{}", stages.table());
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn print_libtorch(stages: &mut Stages) -> Result<()> {
    let libtorch = libtorch::locate(stages)?;
    println!("{}", libtorch.display());
    Ok(())
}
