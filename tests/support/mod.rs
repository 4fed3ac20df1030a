//! [`Project`]: a workspace of its own for one test.
//!
//! Hermetic: a fresh folder, a fresh store, the worker `ingot-lines` and no
//! variable of the user's environment. Every assertion about a rebuild is about
//! the exact set of executed steps.

mod processes;
mod told;
mod words;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

pub(crate) use processes::{send, until, with_word, working_in};
pub(crate) use told::{steady, told};
pub(crate) use words::{LINES, WORDS, words};

/// A workspace in a folder that goes with it.
pub(crate) struct Project {
    folder: tempfile::TempDir,
}

/// What a command said.
pub(crate) struct Said {
    /// Exit code; -1 for a signal.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Project {
    /// A workspace with this manifest.
    pub(crate) fn new(manifest: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("ingot-test-").tempdir().unwrap();
        let project = Self { folder };
        std::fs::create_dir(project.folder.path().join("workers")).unwrap();
        std::os::unix::fs::symlink(
            lines_worker(),
            project.folder.path().join("workers/ingot-lines"),
        )
        .unwrap();
        std::fs::create_dir(project.path("")).unwrap();
        project.write("ingot.toml", manifest);
        project
    }

    /// A workspace with one more worker of the installation; nothing where it is not built.
    pub(crate) fn with(worker: &str, manifest: &str) -> Option<Self> {
        let built = Path::new(env!("CARGO_BIN_EXE_ingot")).with_file_name(worker);
        if !built.exists() {
            eprintln!("skipped: {worker} is not built");
            return None;
        }
        let project = Self::new(manifest);
        let workers = project.folder.path().join("workers");
        std::os::unix::fs::symlink(built, workers.join(worker)).unwrap();
        Some(project)
    }

    /// A path in the workspace.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join("w").join(relative)
    }

    /// Writes a file of the workspace.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Reads a file of the workspace.
    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    /// Replaces text in the manifest; it must be there.
    pub(crate) fn edit(&self, old: &str, new: &str) {
        let manifest = self.read("ingot.toml");
        assert!(manifest.contains(old), "`{old}` is not in the manifest");
        self.write("ingot.toml", manifest.replacen(old, new, 1));
    }

    /// The program with arguments, ready to run.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.other(program());
        command.args(arguments);
        command
    }

    /// Another program in the workspace; `INGOT` tells it where this one is.
    pub(crate) fn other(&self, other: &Path) -> Command {
        let mut command = Command::new(other);
        command
            .current_dir(self.path(""))
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.folder.path())
            .env("INGOT", program())
            .env("INGOT_WORKERS", self.folder.path().join("workers"))
            .env("COLUMNS", "100")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Starts the program.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        Said::from(self.command(arguments).output().unwrap())
    }

    /// Builds, and gives what happened.
    pub(crate) fn build(&self, arguments: &[&str]) -> Built {
        let mut all = vec!["build", "--json"];
        all.extend(arguments);
        Built::from(self.run(&all))
    }

    /// Builds what must succeed, and gives the executed steps, sorted.
    pub(crate) fn executed(&self) -> Vec<String> {
        let built = self.build(&[]);
        assert_eq!(built.said.code, 0, "{}\n{}", built.said.stdout, built.said.stderr);
        built.executed()
    }

    /// What the latest build gave for an output.
    pub(crate) fn output(&self, step: &str, port: &str) -> String {
        self.read(&format!(".ingot/out/{step}/{port}"))
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// A build, by its events.
pub(crate) struct Built {
    /// What the command said.
    pub(crate) said: Said,
    /// The events.
    pub(crate) events: Vec<Value>,
}

impl From<Said> for Built {
    fn from(said: Said) -> Self {
        let events = said
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no event: {line}")))
            .collect();
        Self { said, events }
    }
}

impl Built {
    /// Steps that ran, sorted.
    pub(crate) fn executed(&self) -> Vec<String> {
        self.ended("executed")
    }

    /// Steps with this outcome, sorted.
    pub(crate) fn ended(&self, outcome: &str) -> Vec<String> {
        let mut steps: Vec<String> = self
            .of("finished")
            .filter(|event| event["outcome"] == outcome)
            .map(|event| event["step"].as_str().unwrap().to_owned())
            .collect();
        steps.sort();
        steps
    }

    /// Why each step that was started runs.
    pub(crate) fn reasons(&self) -> BTreeMap<String, Vec<String>> {
        self.of("started")
            .map(|event| {
                let reasons = event["reasons"].as_array().unwrap();
                let reasons = reasons.iter().map(|r| r.as_str().unwrap().to_owned()).collect();
                (event["step"].as_str().unwrap().to_owned(), reasons)
            })
            .collect()
    }

    /// Events of one name.
    pub(crate) fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Value> {
        self.events.iter().filter(move |event| event["event"] == name)
    }

    /// The failure of a step: its code and message.
    pub(crate) fn failure(&self, step: &str) -> (String, String) {
        let event = self
            .of("finished")
            .find(|event| event["step"] == step && event["outcome"] == "failed")
            .unwrap_or_else(|| panic!("`{step}` did not fail: {}", self.said.stdout));
        let text = |name: &str| event[name].as_str().unwrap().to_owned();
        (text("code"), text("message"))
    }
}

/// The program under a second name, in a folder where no worker stands beside it. A
/// link and no copy: a program that another thread's child holds open for writing
/// cannot be started.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("alone");
        std::fs::create_dir_all(&folder).unwrap();
        let (new, program) =
            (folder.join(format!("new-{}", std::process::id())), folder.join("ingot"));
        std::fs::hard_link(env!("CARGO_BIN_EXE_ingot"), &new).unwrap();
        std::fs::rename(&new, &program).unwrap();
        let _ = std::fs::remove_file(&new);
        program
    })
}

/// The worker that cargo built from `examples/`.
fn lines_worker() -> PathBuf {
    let folder = Path::new(env!("CARGO_BIN_EXE_ingot")).parent().unwrap();
    let worker = folder.join("examples/ingot-lines");
    assert!(worker.exists(), "{} is built by `cargo test`", worker.display());
    worker
}
