//! `ingot plugin test`: a plugin's own tests, natively and in the host.
//!
//! In Rust, `cargo test`: the tests find the host in `INGOT_WASM` and the component in
//! `INGOT_PLUGIN`, or compiled in `INGOT_PLUGIN_COMPILED`; a case of the SDK then runs both ways, and the bytes must be equal. In
//! any other language the folders below `cases/`: `case.json` and `in/` are what one step
//! is given, `expected/` what must come of it.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Global, MOST, Sort, build, failed, host, place, sort};
use crate::cli::output::Output;
use crate::diag::{Diagnostic, Exit};
use crate::sys::bounded::{self, Bound};
use crate::sys::process::{self, Start};
use crate::sys::{env, fs};
use crate::workspace::Stop;

/// Arguments of `ingot plugin test`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The plugin's folder
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Take what comes of the cases as what is expected
    #[arg(long)]
    accept: bool,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let folder = place(global, &arguments.path)?;
    let component = build::build(&folder, None)?;
    let folder = fs::canonical(&folder).map_err(|error| failed(&error))?;
    let (wasm, _) = host()?;
    // Compiled once, not by every case.
    let compiled = folder.join("target/plugin.compiled");
    ask(&wasm, &["compile".into(), component.into(), compiled.clone().into()])?;
    match sort(&folder)? {
        Sort::Cargo => cargo(&folder, &wasm, &compiled)?,
        Sort::Script => cases(&folder, &wasm, &compiled, arguments.accept, output)?,
    }
    output.note("its tests passed\n");
    Ok(Exit::Done)
}

fn cargo(folder: &Path, wasm: &Path, compiled: &Path) -> Result<(), Stop> {
    let program = env::variable_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut environment = env::variables();
    environment.push(("INGOT_WASM".to_owned(), wasm.into()));
    environment.push(("INGOT_PLUGIN_COMPILED".to_owned(), compiled.into()));
    let start = Start {
        program: Path::new(&program),
        arguments: vec!["test".into(), "--target-dir".into(), folder.join("target").into()],
        environment,
        directory: Some(folder),
        stdin: None,
    };
    let status = process::interact(start).map_err(|error| failed(&error))?;
    match status.success() {
        true => Ok(()),
        false => Err(wrong("its tests failed".to_owned(), "see above which")),
    }
}

/// Runs every case, each in a copy of its folder.
fn cases(
    folder: &Path,
    wasm: &Path,
    compiled: &Path,
    accept: bool,
    output: &Output,
) -> Result<(), Stop> {
    let all = folder.join("cases");
    let mut names = fs::names(&all).unwrap_or_default();
    names.sort();
    if names.is_empty() {
        return Err(wrong(
            format!("{} holds no case", all.display()),
            "make one: case.json, in/0/0, and then `ingot plugin test --accept`",
        ));
    }
    let mut differing = Vec::new();
    for name in names {
        let case = all.join(&name);
        let copy = fs::temporary_folder("ingot-case").map_err(|error| failed(&error))?;
        copy_all(&case, copy.path())?;
        ask(wasm, &["try-compiled".into(), compiled.into(), copy.path().into()])?;
        let (name, expected) = (name.to_string_lossy().into_owned(), case.join("expected"));
        if accept {
            fs::remove_all(&expected).map_err(|error| failed(&error))?;
            copy_all(&copy.path().join("out"), &expected.join("out"))?;
            copy_all(&copy.path().join("result.json"), &expected.join("result.json"))?;
        } else if !same(&expected.join("out"), &copy.path().join("out"))?
            || !same(&expected.join("result.json"), &copy.path().join("result.json"))?
        {
            let path = copy.path().join("result.json");
            let found = bounded::read(&path, Bound::below(copy.path(), MOST)).unwrap_or_default();
            output.note(&format!("{name} gives\n{}\n", String::from_utf8_lossy(&found)));
            differing.push(name);
            continue;
        }
        output.note(&format!("{name} ... ok\n"));
    }
    match differing.is_empty() {
        true => Ok(()),
        false => Err(wrong(
            format!("not as expected: {}", differing.join(", ")),
            "`ingot plugin test --accept` takes what came of them as expected",
        )),
    }
}

fn wrong(message: String, help: &str) -> Stop {
    Stop::of(Diagnostic::error("E1016", message).help(help))
}

fn ask(wasm: &Path, arguments: &[std::ffi::OsString]) -> Result<(), Stop> {
    let arguments = arguments.to_vec();
    let environment = Vec::new();
    let start = Start { program: wasm, arguments, environment, directory: None, stdin: None };
    let status = process::interact(start).map_err(|error| failed(&error))?;
    match status.success() {
        true => Ok(()),
        false => Err(wrong("the host refused it".to_owned(), "see above why")),
    }
}

/// Copies a file, or a folder with all that is in it; nothing where there is nothing.
fn copy_all(from: &Path, to: &Path) -> Result<(), Stop> {
    let Some(found) = fs::metadata_optional(from).map_err(|error| failed(&error))? else {
        return Ok(());
    };
    if !found.is_dir() {
        return fs::copy(from, to, 0o644).map(drop).map_err(|error| failed(&error));
    }
    fs::create_dir_all(to).map_err(|error| failed(&error))?;
    for name in fs::names(from).map_err(|error| failed(&error))? {
        copy_all(&from.join(&name), &to.join(&name))?;
    }
    Ok(())
}

/// Whether two files, or two folders with all that is in them, are the same.
fn same(one: &Path, other: &Path) -> Result<bool, Stop> {
    let of = |path| fs::metadata_optional(path).map_err(|error| failed(&error));
    match (of(one)?, of(other)?) {
        (Some(left), Some(right)) if left.is_dir() && right.is_dir() => {
            let names = |path| {
                let names = fs::names(path).map_err(|error| failed(&error));
                names.map(|mut names| {
                    names.sort();
                    names
                })
            };
            let (left, right) = (names(one)?, names(other)?);
            if left != right {
                return Ok(false);
            }
            for name in &left {
                if !same(&one.join(name), &other.join(name))? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Some(left), Some(right)) if left.is_file() && right.is_file() => {
            fs::same_bytes(one, other).map_err(|error| failed(&error))
        }
        (left, right) => Ok(left.is_none() && right.is_none()),
    }
}
