//! `ingot plugin test`: a plugin's own tests, natively and in the host.
//!
//! The tests find the host in `INGOT_WASM` and the component in `INGOT_PLUGIN`; a case of
//! the SDK then runs both ways, and the bytes must be equal.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Global, Sort, build, failed, host, place, sort, whole_environment};
use crate::cli::exit::{Exit, Stop};
use crate::cli::output::Output;
use crate::diag::Diagnostic;
use crate::sys::process::{self, Start};
use crate::sys::{env, fs};

/// Arguments of `ingot plugin test`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The plugin's folder
    #[arg(default_value = ".")]
    path: PathBuf,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let folder = place(global, &arguments.path)?;
    let component = build::build(&folder, None)?;
    let folder = fs::canonical(&folder).map_err(|error| failed(&error))?;
    let (wasm, _) = host()?;
    let more =
        vec![("INGOT_WASM".to_owned(), wasm.into()), ("INGOT_PLUGIN".to_owned(), component.into())];
    match sort(&folder)? {
        Sort::Script => build::run_script(&folder, &["test".into()], more, "its tests", "failed")?,
        Sort::Cargo => {
            let program = env::variable_os("CARGO").unwrap_or_else(|| "cargo".into());
            let target = folder.join("target").into();
            let start = Start {
                program: Path::new(&program),
                arguments: vec!["test".into(), "--target-dir".into(), target],
                environment: whole_environment().into_iter().chain(more).collect(),
                directory: Some(&folder),
                stdin: None,
            };
            let status = process::interact(start).map_err(|error| failed(&error))?;
            if !status.success() {
                return Err(Stop::of(
                    Diagnostic::error("E1016", "its tests failed").help("see above which"),
                ));
            }
        }
    }
    output.note("its tests passed, natively and in the host\n");
    Ok(Exit::Done)
}
