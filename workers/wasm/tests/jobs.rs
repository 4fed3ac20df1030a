//! A job of a plugin's step, run by a store that holds what a build put there, on a machine
//! that has neither the workspace nor anything compiled.

use std::path::{Path, PathBuf};

use crate::guest::Guest;
use crate::workspace::{Said, Workspace};

/// Where a store has what this digest names, below one of its folders.
fn place(store: &Path, folder: &str, hex: &str) -> PathBuf {
    store.join(folder).join(&hex[..2]).join(&hex[2..])
}

/// Every file below a folder, with its path in it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// A step of a plugin that was built, and a store elsewhere that has its job and what it reads,
/// and no result of it.
struct Elsewhere {
    workspace: Workspace,
    folder: tempfile::TempDir,
    job: String,
    key: String,
}

impl Elsewhere {
    fn new() -> Option<Self> {
        let workspace = Workspace::new(&Guest::good().component())?;
        workspace.plugin("grants = [\"seed\"]\nlimits = { memory = \"64MiB\" }");
        let built = workspace.build();
        assert_eq!(built.code, 0, "{}", built.text);
        let told = |name: &str, at: &str| {
            let is_it =
                |event: &&serde_json::Value| event["event"] == name && event["step"] == "evil";
            let event = built.events.iter().find(is_it).unwrap();
            event.pointer(at).and_then(|value| value.as_str()).unwrap().to_owned()
        };
        let (job, key) = (told("started", "/job"), told("finished", "/result/key"));
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = Self { workspace, folder, job, key };
        let from = elsewhere.workspace.path(".ingot");
        for blob in files(&from.join("cas")) {
            let to = elsewhere.store().join(blob.strip_prefix(&from).unwrap());
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(&blob, &to).unwrap();
        }
        std::fs::create_dir(elsewhere.folder.path().join("w")).unwrap();
        Some(elsewhere)
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// Runs a job there.
    fn execute(&self, job: &str) -> Said {
        self.workspace.call_elsewhere(&["exec-action", job], self.folder.path())
    }

    fn component(&self) -> String {
        let bytes = std::fs::read(self.workspace.path("evil.wasm")).unwrap();
        blake3::hash(&bytes).to_hex().to_string()
    }
}

#[test]
fn a_job_of_a_plugin_gives_the_same_result_elsewhere() {
    let Some(elsewhere) = Elsewhere::new() else { return };
    let bytes = std::fs::read(place(&elsewhere.store(), "cas", &elsewhere.job)).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let folder = elsewhere.workspace.path("..").canonicalize().unwrap();
    assert!(text.contains("wasm component="), "{text}");
    assert!(!text.contains(folder.to_str().unwrap()) && !text.contains("evil.wasm"), "{text}");
    let ran = elsewhere.execute(&elsewhere.job);
    assert_eq!(ran.code, 0, "{}", ran.text);
    assert_eq!(ran.executed(), std::slice::from_ref(&elsewhere.job));
    let record = |store: &Path| std::fs::read(place(store, "actions", &elsewhere.key)).unwrap();
    assert_eq!(record(&elsewhere.store()), record(&elsewhere.workspace.path(".ingot")));
    // What was compiled there is of that machine's user.
    let compiled = std::fs::read_dir(elsewhere.folder.path().join("cache/plugins")).unwrap();
    assert_eq!(compiled.count(), 2, "the code and its sum");
    let again = elsewhere.execute(&elsewhere.job);
    assert_eq!((again.code, again.executed().len()), (0, 0), "{}", again.text);
}

#[test]
fn a_job_of_a_plugin_that_is_not_here_or_another_one_is_refused() {
    let Some(elsewhere) = Elsewhere::new() else { return };
    let refused = |job: &str| {
        let said = elsewhere.execute(job);
        assert_eq!(said.code, 6, "{}", said.text);
        let component = elsewhere.component();
        let error = said.text.lines().find(|line| line.starts_with("error"));
        error.unwrap_or_default().replace(&component, "COMPONENT")
    };
    // The same job of a host with another meaning of the interface.
    let job = std::fs::read(place(&elsewhere.store(), "cas", &elsewhere.job)).unwrap();
    let text = b"interface=ingot:step@1.0.0";
    let at = job.windows(text.len()).position(|window| window == text).unwrap();
    let mut other = job.clone();
    other[at + text.len() - 1] = b'9';
    let name = blake3::hash(&other).to_hex().to_string();
    let to = place(&elsewhere.store(), "cas", &name);
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::write(&to, other).unwrap();
    let said = refused(&name);
    assert!(said.contains("error[E0618]: `evil` is `wasm component=COMPONENT"), "{said}");
    assert!(
        said.contains("and the job wants `wasm component=COMPONENT interface=ingot:step@1.0.9"),
        "{said}"
    );

    let blob = place(&elsewhere.store(), "cas", &elsewhere.component());
    std::fs::remove_file(blob).unwrap();
    std::fs::remove_dir_all(elsewhere.store().join("views")).unwrap();
    let said = refused(&elsewhere.job);
    assert!(
        said.starts_with("error[E0618]: the store does not hold the plugin of `evil`"),
        "{said}"
    );
}
