//! [`Workspace`]: a workspace with one plugin, for tests through the whole of `ingot build`.
//!
//! The program `ingot` stands beside `ingot-wasm` where the workspace was built as a
//! whole; where it does not, such a test says that it was skipped. Everything is of the
//! test alone: the store, the cache of compiled plugins, the folder of workers.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::bench::watch;

/// Longest that a command may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Such a workspace.
pub(crate) struct Workspace {
    folder: tempfile::TempDir,
    ingot: PathBuf,
}

/// What a command said.
pub(crate) struct Said {
    /// Exit code; -1 for a signal.
    pub(crate) code: i32,
    /// Standard output and error, without what is another in each run.
    pub(crate) text: String,
    /// Most memory that `ingot` itself was seen to have, MiB.
    pub(crate) peak: u64,
    /// The events of `--json`.
    pub(crate) events: Vec<serde_json::Value>,
}

/// A pipeline of one step by a plugin, and of a good one.
pub(crate) const MANIFEST: &str = r#"[pipeline]
name = "hostile"
edition = 1

[sources.text]
path = "text.txt"

[plugins.evil]
path = "evil.wasm"

[steps.good]
kind = "command"
run = ["cp", "{inputs.text}", "{outputs.copy}"]
inputs.text = "text"
outputs.copy = "files"

[steps.evil]
kind = "evil"
inputs.in = "text"
"#;

impl Workspace {
    /// A workspace with this component; none where there is no `ingot`.
    pub(crate) fn new(component: &[u8]) -> Option<Self> {
        let host = Path::new(env!("CARGO_BIN_EXE_ingot-wasm"));
        let ingot = host.parent().unwrap().join("ingot");
        if !ingot.is_file() {
            println!("skipped: there is no {}; `cargo build` makes it", ingot.display());
            return None;
        }
        let folder = tempfile::Builder::new().prefix("ingot-wasm-test-").tempdir().unwrap();
        let workspace = Self { folder, ingot };
        std::fs::create_dir_all(workspace.path("")).unwrap();
        std::fs::create_dir(workspace.folder.path().join("workers")).unwrap();
        std::os::unix::fs::symlink(host, workspace.folder.path().join("workers/ingot-wasm"))
            .unwrap();
        workspace.write("ingot.toml", MANIFEST);
        workspace.write("text.txt", "a text\n");
        workspace.write("evil.wasm", component);
        Some(workspace)
    }

    /// A path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("w").join(name)
    }

    /// The folder of this user's cache.
    pub(crate) fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Replaces text in the manifest; it must be there.
    pub(crate) fn edit(&self, old: &str, new: &str) {
        let manifest = self.read("ingot.toml");
        assert!(manifest.contains(old), "`{old}` is not in the manifest");
        self.write("ingot.toml", manifest.replacen(old, new, 1));
    }

    /// Adds fields to the plugin.
    pub(crate) fn plugin(&self, fields: &str) {
        self.edit("path = \"evil.wasm\"\n", &format!("path = \"evil.wasm\"\n{fields}\n"));
    }

    /// Adds fields to the plugin's step.
    pub(crate) fn step(&self, fields: &str) {
        self.edit("kind = \"evil\"\n", &format!("kind = \"evil\"\n{fields}\n"));
    }

    /// Calls the program.
    pub(crate) fn call(&self, words: &[&str]) -> Said {
        self.call_in(words, self.folder.path(), &[])
    }

    /// Calls the program as somebody else, in `w` of a folder of theirs, with `store` beside it.
    pub(crate) fn call_elsewhere(&self, words: &[&str], folder: &Path) -> Said {
        self.call_in(words, folder, &[("INGOT_STORE", folder.join("store"))])
    }

    fn call_in(&self, words: &[&str], folder: &Path, more: &[(&str, PathBuf)]) -> Said {
        let outer = |name: &str| folder.join(name);
        let (peak, status) = watch(
            Command::new(&self.ingot)
                .args(words)
                .current_dir(outer("w"))
                .env_clear()
                .env("PATH", "/usr/local/bin:/usr/bin:/bin")
                .env("HOME", folder)
                .env("INGOT_CACHE", outer("cache"))
                .env("INGOT_WORKERS", self.folder.path().join("workers"))
                .envs(more.iter().map(|(name, value)| (*name, value)))
                .env("COLUMNS", "100")
                .stdin(Stdio::null())
                .stdout(std::fs::File::create(outer("stdout")).unwrap())
                .stderr(std::fs::File::create(outer("stderr")).unwrap()),
            PATIENCE,
        );
        let read =
            |name| String::from_utf8_lossy(&std::fs::read(outer(name)).unwrap()).into_owned();
        let stdout = read("stdout");
        let events = stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        Said { code: status.code().unwrap_or(-1), text: stdout + &read("stderr"), peak, events }
    }

    /// Builds and goes on after a failure.
    pub(crate) fn build(&self) -> Said {
        self.call(&["build", "-k", "--json"])
    }
}

impl Said {
    /// Code, message and help of the step that failed.
    #[track_caller]
    pub(crate) fn failure(&self) -> String {
        let failed =
            self.events.iter().find(|event| event["step"] == "evil" && event["code"].is_string());
        let Some(failed) = failed else { panic!("no step failed: {}", self.text) };
        let word = |name: &str| failed[name].as_str().unwrap_or_default().to_owned();
        format!("{}: {}\nhelp: {}", word("code"), word("message"), word("help"))
    }

    /// The steps that were executed, sorted.
    pub(crate) fn executed(&self) -> Vec<String> {
        let mut steps: Vec<String> = self
            .events
            .iter()
            .filter(|event| event["event"] == "started")
            .filter_map(|event| Some(event["step"].as_str()?.to_owned()))
            .collect();
        steps.sort();
        steps
    }
}
