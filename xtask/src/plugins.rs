//! `cargo xtask plugins`: the example plugins from source, tested in the host, and the
//! one that the example workspace has compared with what was built.
//!
//! On disk: modules and components below `target/plugins`. Invariant: a machine that
//! cannot compile for WebAssembly skips this with a reason and fails nothing: no test
//! and no demo needs it. The bytes are compared only where the compiler is the one that
//! made the committed component, since another one makes others.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::stages::Stages;
use crate::{command, libtorch, workspace};

/// What Rust's standard library has for WebAssembly without a system behind it.
const TARGET: &str = "wasm32-unknown-unknown";
/// The plugins in Rust, and in C.
const RUST: [&str; 2] = ["scores", "tidy"];
const C: &str = "lines";
/// The component that the example workspace has.
const VENDORED: &str = "workspace-example/plugins/scores.wasm";
/// The compiler that made it.
const MADE_BY: &str = "rustc 1.95.0 (59807616e 2026-04-14)";

/// A compiler for WebAssembly: what to set in the environment.
struct Compiler {
    version: String,
    environment: Vec<(&'static str, String)>,
}

/// Builds, tests and compares; with `--write`, replaces the committed component.
pub(crate) fn run(stages: &mut Stages, arguments: &[&str]) -> Result<()> {
    let Some(compiler) = stages.run("a compiler for WebAssembly", || Ok(compiler()))? else {
        eprintln!(
            "skipped: there is no compiler for {TARGET} here; \
             `rustup target add {TARGET}` gets one"
        );
        return Ok(());
    };
    eprintln!("    {}", compiler.version);
    let folder = workspace::root().join("target/plugins");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let clang = clang();
    stages.run("plugins/examples/build.sh", || modules(&folder, &compiler, clang.as_deref()))?;
    stages.run("the example plugins, in the host", || {
        RUST.iter().try_for_each(|name| in_host(&folder, name))
    })?;
    match &clang {
        Some(clang) => stages.run("the example plugin in C, in the host", || in_c(clang))?,
        None => eprintln!("skipped: there is no clang for the plugin in C"),
    }
    let libtorch = libtorch::locate(stages)?;
    stages.run("the guide to plugins, word for word", || guide(&libtorch))?;
    stages.run("the example workspace's plugin, from source", || {
        let (made, committed) = (folder.join("scores.wasm"), workspace::root().join(VENDORED));
        if arguments.contains(&"--write") {
            ensure!(
                compiler.version == MADE_BY,
                "only {MADE_BY} may write it, or the constant here names another compiler"
            );
            fs::copy(&made, &committed).with_context(|| committed.display().to_string())?;
            return Ok(());
        }
        if compiler.version != MADE_BY {
            eprintln!("skipped: {MADE_BY} made {VENDORED}, this is another compiler");
            return Ok(());
        }
        let read = |path: &Path| fs::read(path).with_context(|| path.display().to_string());
        ensure!(
            read(&made)? == read(&committed)?,
            "{VENDORED} is not what its source gives: `cargo xtask plugins --write` replaces it"
        );
        Ok(())
    })
}

/// Runs the test that does what the guide says; `cargo xtask test` has built it.
fn guide(libtorch: &Path) -> Result<()> {
    let mut tests = workspace::cargo("test", libtorch)?;
    tests.args(["--workspace", "--test", "main", "--", "--exact", "--nocapture"]);
    tests.arg("docs::the_guide_to_plugins_is_followed_word_for_word");
    tests.env("INGOT_TEST_GUIDE", "yes");
    command::run(&mut tests, "see above where the guide is not true")
}

/// The compiler of rustup, with its target fetched where it can be; else Debian's, which
/// compiles the standard library itself.
fn compiler() -> Option<Compiler> {
    let version = |program: &str| {
        let said = command::output(Command::new(program).arg("--version"), "install Rust").ok()?;
        Some(said.trim().to_owned())
    };
    let has_target = || {
        let mut rustc = Command::new("rustc");
        rustc.args(["--print", "target-libdir", "--target", TARGET]);
        let folder = command::output(&mut rustc, "install Rust");
        folder.is_ok_and(|folder| Path::new(folder.trim()).is_dir())
    };
    if has_target()
        || command::output(Command::new("rustup").args(["target", "add", TARGET]), "").is_ok()
            && has_target()
    {
        return Some(Compiler { version: version("rustc")?, environment: Vec::new() });
    }
    let version = version("/usr/bin/rustc")?;
    let library = fs::read_dir("/usr/src").ok()?.flatten().find_map(|entry| {
        let library = entry.path().join("library");
        (entry.file_name().to_string_lossy().starts_with("rustc-") && library.is_dir())
            .then_some(library)
    })?;
    let linker = workspace::root().join("target/plugins-linker");
    let script = "#!/bin/sh\n[ \"$1\" = -flavor ] && shift 2\nexec wasm-ld-22 \"$@\"\n";
    fs::write(&linker, script).ok()?;
    command::output(Command::new("chmod").arg("755").arg(&linker), "").ok()?;
    let environment = vec![
        ("RUSTC", "/usr/bin/rustc".to_owned()),
        ("RUSTC_BOOTSTRAP", "1".to_owned()),
        ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort".to_owned()),
        ("__CARGO_TESTS_ONLY_SRC_ROOT", library.display().to_string()),
        ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker.display().to_string()),
    ];
    Some(Compiler { version, environment })
}

/// A clang that is here.
fn clang() -> Option<String> {
    let names = std::env::var("CLANG").into_iter();
    let mut names = names.chain(["clang-22", "clang"].map(str::to_owned));
    names.find(|name| {
        let mut clang = Command::new(name);
        clang.args(["--target=wasm32", "--version"]);
        command::output(&mut clang, "").is_ok()
            && command::output(Command::new("wasm-ld-22").arg("--version"), "").is_ok()
    })
}

/// Core modules, then components, of every plugin in Rust.
fn modules(folder: &Path, compiler: &Compiler, clang: Option<&str>) -> Result<()> {
    let script = workspace::root().join("plugins/examples/build.sh");
    let mut build = Command::new("sh");
    build.arg(script).arg(folder.join("modules"));
    build.env("C", if clang.is_some() { "yes" } else { "no" });
    build.env("CLANG", clang.unwrap_or_default());
    build.envs(compiler.environment.iter().map(|(name, value)| (name, value)));
    // Cargo's own variables of this run are not meant for another workspace.
    build.env_remove("CARGO_TARGET_DIR").env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
    command::run(&mut build, "see the compiler's message above")?;
    for name in RUST {
        let module = folder.join("modules").join(format!("{name}.wasm"));
        let mut host = Command::new(workspace::program("ingot-wasm")?);
        host.arg("componentize").arg(module).arg(component(folder, name));
        command::run(&mut host, "see its message above")?;
    }
    Ok(())
}

fn component(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.wasm"))
}

/// The tests of one plugin, each case natively and in the host.
fn in_host(folder: &Path, name: &str) -> Result<()> {
    let host = workspace::program("ingot-wasm")?;
    let compiled = folder.join(format!("{name}.compiled"));
    let mut compile = Command::new(&host);
    compile.arg("compile").arg(component(folder, name)).arg(&compiled);
    command::run(&mut compile, "see its message above")?;
    let mut tests = Command::new("cargo");
    tests.current_dir(workspace::root().join("plugins/examples"));
    tests.args(["test", "--quiet", "--package", name]);
    tests.env("INGOT_WASM", host).env("INGOT_PLUGIN_COMPILED", compiled);
    tests.env_remove("CARGO_TARGET_DIR");
    command::run(&mut tests, "see above which test failed")
}

fn in_c(clang: &str) -> Result<()> {
    let folder = workspace::root().join("plugins/examples").join(C);
    let mut native = Command::new("sh");
    command::run(native.arg(folder.join("build.sh")).arg("test"), "see above which test failed")?;
    let mut host = Command::new(workspace::program("ingot")?);
    host.args(["plugin", "test"]).arg(&folder).env("CLANG", clang);
    command::run(&mut host, "see its message above")
}
