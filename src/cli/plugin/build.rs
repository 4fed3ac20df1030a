//! `ingot plugin build`: a component from source, to the same bytes anywhere.
//!
//! On disk: `NAME.wasm` in the plugin's folder, and what the compiler keeps below
//! `target/` there. Invariant: no path of this machine is in the component: the
//! compiler is told to write others.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Global, MOST, Sort, failed, host, place, sort};
use crate::cli::output::Output;
use crate::diag::{Diagnostic, Exit};
use crate::sys::bounded::{self, Bound};
use crate::sys::process::{self, Start};
use crate::sys::{env, fs};
use crate::workspace::Stop;

/// Arguments of `ingot plugin build`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The plugin's folder
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Write the component there instead
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What Rust's standard library has for WebAssembly without a system behind it.
const TARGET: &str = "wasm32-unknown-unknown";

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let folder = place(global, &arguments.path)?;
    let to = arguments.output.as_deref().map(|path| place(global, path)).transpose()?;
    let component = build(&folder, to)?;
    let size = fs::metadata(&component).map_err(|error| failed(&error))?.len();
    output.note(&format!("made {} ({} KiB)\n", component.display(), size.div_ceil(1024)));
    output.note(&format!("`ingot plugin inspect {}` shows its kinds\n", component.display()));
    Ok(Exit::Done)
}

/// Builds the plugin in a folder; gives where its component is.
pub(super) fn build(folder: &Path, to: Option<PathBuf>) -> Result<PathBuf, Stop> {
    let folder = fs::canonical(folder).map_err(|error| failed(&error))?;
    let (wasm, _) = host()?;
    let sort = sort(&folder)?;
    let (name, built) = match sort {
        Sort::Cargo => {
            let (name, library) = names(&folder)?;
            let built = cargo(&folder, &name, &library)?;
            (name, built)
        }
        Sort::Script => {
            let name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
            let name = name.unwrap_or_else(|| "plugin".to_owned());
            let built = script(&folder, &name)?;
            (name, built)
        }
    };
    let component = to.unwrap_or_else(|| folder.join(format!("{name}.wasm")));
    refuse_others(&component)?;
    let bytes = bounded::read(&built, Bound::own(MOST)).map_err(|error| failed(&error))?;
    if bytes.starts_with(COMPONENT) {
        fs::write_atomically(&component, &bytes, 0o644).map_err(|error| failed(&error))?;
        return Ok(component);
    }
    let mut arguments = vec!["componentize".into(), built.into(), component.clone().into()];
    // A module of another compiler does not say which world it is for.
    arguments.extend(interface(&folder).map(OsString::from));
    let start =
        Start { program: &wasm, arguments, environment: Vec::new(), directory: None, stdin: None };
    let status = process::interact(start).map_err(|error| failed(&error))?;
    if !status.success() {
        return Err(Stop::of(
            Diagnostic::error("E1016", format!("the module of `{name}` is no plugin"))
                .help("export the world `step` of ingot:step: in Rust, `plugin!(..)` does"),
        ));
    }
    Ok(component)
}

/// The head of a component's file.
const COMPONENT: &[u8] = &[0, b'a', b's', b'm', 13, 0, 1, 0];

/// The folder of the interface: beside the plugin, or where this repository has it.
fn interface(folder: &Path) -> Option<PathBuf> {
    ["wit", "../wit", "../../wit"]
        .iter()
        .map(|path| folder.join(path))
        .find(|path| fs::exists(path))
}

/// The names of the crate in a folder and of its library.
fn names(folder: &Path) -> Result<(String, String), Stop> {
    let path = folder.join("Cargo.toml");
    let text = bounded::read(&path, Bound::own(MOST)).map_err(|error| failed(&error))?;
    let manifest: Option<toml::Table> = toml::from_str(&String::from_utf8_lossy(&text)).ok();
    let of = |table: &str| Some(manifest.as_ref()?.get(table)?.get("name")?.as_str()?.to_owned());
    let library = |name: &str| of("lib").unwrap_or_else(|| name.replace('-', "_"));
    of("package").map(|name| (name.clone(), library(&name))).ok_or_else(|| {
        Stop::of(
            Diagnostic::error("E1015", format!("{} has no [package] name", path.display()))
                .help("name the folder of the plugin's crate"),
        )
    })
}

/// Builds a crate for WebAssembly; gives its core module.
fn cargo(folder: &Path, name: &str, library: &str) -> Result<PathBuf, Stop> {
    let target = folder.join("target");
    let arguments: Vec<OsString> = ["build", "--release", "--target", TARGET, "--target-dir"]
        .map(OsString::from)
        .into_iter()
        .chain([target.clone().into()])
        .collect();
    let mut environment = env::variables();
    environment.push(("CARGO_ENCODED_RUSTFLAGS".to_owned(), flags(folder)));
    // Some crates seed their tables while they are compiled.
    environment.push(("CONST_RANDOM_SEED".to_owned(), "ingot".into()));
    let program = env::variable_os("CARGO").unwrap_or_else(|| "cargo".into());
    let start = Start {
        program: Path::new(&program),
        arguments,
        environment,
        directory: Some(folder),
        stdin: None,
    };
    let status = process::interact(start).map_err(|error| {
        Stop::of(
            Diagnostic::error("E1016", "cargo cannot be started")
                .caused_by(&error)
                .help("install Rust: a plugin in Rust is built with cargo"),
        )
    })?;
    if !status.success() {
        return Err(Stop::of(
            Diagnostic::error("E1016", format!("`{name}` was not built"))
                .help(format!("see the compiler's message above; where the target is missing: rustup target add {TARGET}")),
        ));
    }
    Ok(target.join(TARGET).join("release").join(format!("{library}.wasm")))
}

/// Refuses to write over what is no WebAssembly: a build did not make it.
fn refuse_others(component: &Path) -> Result<(), Stop> {
    use std::io::Read;
    let found = fs::metadata_optional(component).map_err(|error| failed(&error))?;
    let mut start = [0; 4];
    let is_built = match found {
        None => true,
        Some(found) if found.is_file() => {
            let mut reader = fs::reader(component).map_err(|error| failed(&error))?;
            reader.read_exact(&mut start).is_ok() && start == *b"\0asm"
        }
        Some(_) => false,
    };
    match is_built {
        true => Ok(()),
        false => Err(Stop::of(
            Diagnostic::error("E1008", format!("{} is no component", component.display()))
                .help("name another file: `--output FILE`"),
        )),
    }
}

/// Flags that keep this machine's paths out of the module.
fn flags(folder: &Path) -> OsString {
    let home = env::variable_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::variable_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    let mut flags = OsString::new();
    // The compiler takes the last one that fits: the folder may lie in the home.
    for (from, to) in [(home, "/cargo"), (Some(folder.to_owned()), "/plugin")] {
        let Some(from) = from else { continue };
        if !flags.is_empty() {
            flags.push("\u{1f}");
        }
        flags.push("--remap-path-prefix=");
        flags.push(from);
        flags.push("=");
        flags.push(to);
    }
    flags
}

/// Builds a plugin of another language by its script; gives what that made.
fn script(folder: &Path, name: &str) -> Result<PathBuf, Stop> {
    let made = folder.join("target").join(format!("{name}.wasm"));
    fs::create_dir_all(&folder.join("target")).map_err(|error| failed(&error))?;
    let start = Start {
        program: Path::new("/bin/sh"),
        arguments: vec!["build.sh".into(), made.clone().into()],
        environment: env::variables(),
        directory: Some(folder),
        stdin: None,
    };
    let status = process::interact(start).map_err(|error| failed(&error))?;
    if status.success() {
        return Ok(made);
    }
    Err(Stop::of(
        Diagnostic::error("E1016", format!("`{name}` was not built"))
            .help("see what build.sh says above; it names the tools that it needs"),
    ))
}
