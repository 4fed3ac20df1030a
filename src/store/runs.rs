//! [`Run`]: one build as it was: which variant of the manifest, and what it gave.
//!
//! On disk: `runs/HEX/NUMBER.json`, `HEX` the digest of the workspace's path, so that numbers
//! are each workspace's own (the form is in `docs/formats.md`). Invariant: a run appears
//! whole by a rename to a name that was free, so two builds never share a number and none is
//! lost; none is written to again. Runs are observations: no key, no result and no
//! collection depends on one. A collection that lets go of a workspace removes its runs.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use ingot_protocol::Metric;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Store, StoreError};
use crate::digest::Digest;
use crate::model::action::ActionKey;
use crate::model::result::Verdict;
use crate::sys::bounded::{self, Bound};
use crate::sys::fs;

/// The version of the form.
pub const VERSION: u32 = 1;

/// More than the metrics of a hundred thousand steps.
const MOST_BYTES: u64 = 256 << 20;

/// One build.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// [`VERSION`].
    pub version: u32,
    /// Counts the workspace's runs, from 1.
    pub number: u64,
    /// Seconds since 1970 at its start.
    pub begun: u64,
    /// Seconds it took.
    pub seconds: f64,
    /// The commit that was checked out, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// Whether files that git tracks differed from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dirty: Option<bool>,
    /// What was asked for.
    pub targets: Vec<String>,
    /// The profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// What `--set` said.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
    /// The params of the manifest as they were in effect.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, Value>,
    /// Steps in all.
    pub steps: u64,
    /// Steps that ran.
    pub executed: u64,
    /// Steps whose result the store held.
    pub cached: u64,
    /// Steps that failed.
    pub failed: u64,
    /// Steps kept back by another's failure or verdict.
    pub blocked: u64,
    /// The exit code of the build.
    pub exit: u8,
    /// The digest of what it asked for (targets, profile, `set`, params) and was given (exit
    /// code, keys and verdicts).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<Digest>,
    /// Step -> what it gave: the targets, and for one without metrics the nearest before it
    /// that have some.
    pub results: BTreeMap<String, StepRun>,
}

/// What a step gave in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRun {
    /// How it ended: `executed`, `cached`, `failed`, `blocked`, `skipped`, `cancelled`.
    pub outcome: String,
    /// Its action key, where it has a result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<ActionKey>,
    /// The verdict of its findings and gates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// Its metrics.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Metric>,
}

impl Run {
    /// How it ended, in a word.
    pub fn status(&self) -> &'static str {
        match self.exit {
            0 => "done",
            4 => "verdict",
            5 => "locked",
            6 => "environment",
            130 => "interrupted",
            _ => "failed",
        }
    }

    /// The same with the digest of its variant.
    pub fn settled(self) -> Self {
        let mut given = String::new();
        for (step, one) in &self.results {
            let key = one.key.map(|key| key.to_string()).unwrap_or_default();
            let verdict = one.verdict.map(|verdict| format!("{verdict:?}")).unwrap_or_default();
            given.push_str(&format!("{step}\0{key}\0{verdict}\0"));
        }
        let (targets, profile, set) = (&self.targets, &self.profile, &self.set);
        let asked = serde_json::json!([targets, profile, set, self.params, self.exit, given]);
        let variant = Some(Digest::of(asked.to_string().as_bytes()));
        Self { variant, ..self }
    }
}

/// What tells a run from others, without the rest of it.
#[derive(Deserialize)]
struct Head {
    version: u32,
    number: u64,
    variant: Option<Digest>,
}

/// The runs of a workspace, the first one first.
#[derive(Debug, Default)]
pub struct Runs {
    /// Those that can be read.
    pub runs: Vec<Run>,
    /// Where one stands that cannot.
    pub damaged: Vec<PathBuf>,
}

impl Store {
    /// Keeps a run under the next number, which it gives.
    pub fn add_run(&self, workspace: &Path, mut run: Run) -> Result<u64, StoreError> {
        let folder = self.runs_folder(workspace);
        match fs::metadata_optional(&folder)? {
            Some(found) if !found.is_dir() => return Err(StoreError::InTheWay { path: folder }),
            _ => fs::create_dir_all(&folder)?,
        }
        let last = fs::names(&folder)?.iter().filter_map(|name| number(name.to_str()?)).max();
        run.number = last.unwrap_or_default();
        loop {
            run.number = run.number.saturating_add(1);
            let mut bytes = serde_json::to_vec(&run).unwrap_or_default();
            bytes.push(b'\n');
            let temporary = self.temporary()?;
            let path = folder.join(format!("{}.json", run.number));
            let kept = fs::write_new(&temporary, &bytes, 0o644)
                .and_then(|()| fs::rename_new(&temporary, &path));
            if !matches!(kept, Ok(true)) {
                let _ = fs::remove_file(&temporary);
            }
            if kept? {
                return Ok(run.number);
            }
        }
    }

    /// Every run of a workspace.
    pub fn runs(&self, workspace: &Path) -> Result<Runs, StoreError> {
        let folder = self.runs_folder(workspace);
        let mut found = Runs::default();
        if !fs::is_there(&folder)? {
            return Ok(found);
        }
        for name in fs::names(&folder)? {
            let Some(number) = name.to_str().and_then(number) else { continue };
            let path = folder.join(name);
            match self.read_run(&path, number)? {
                Some(run) => found.runs.push(run),
                None => found.damaged.push(path),
            }
        }
        found.runs.sort_by_key(|run| run.number);
        Ok(found)
    }

    /// Whether a run of a workspace is of this variant; the last one is looked at first.
    pub fn has_variant(&self, workspace: &Path, variant: Digest) -> Result<bool, StoreError> {
        let folder = self.runs_folder(workspace);
        if !fs::is_there(&folder)? {
            return Ok(false);
        }
        let names = fs::names(&folder)?;
        let mut numbers: Vec<u64> =
            names.iter().filter_map(|name| number(name.to_str()?)).collect();
        numbers.sort_unstable();
        for number in numbers.into_iter().rev() {
            let bytes = self.run_bytes(&folder.join(format!("{number}.json")))?;
            let head: Option<Head> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
            let is_run = |head: &Head| head.version == VERSION && head.number == number;
            if head.filter(is_run).is_some_and(|head| head.variant == Some(variant)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Forgets the runs of a workspace.
    pub(super) fn forget_runs(&self, workspace: &Path) -> Result<(), StoreError> {
        Ok(fs::remove_all(&self.runs_folder(workspace))?)
    }

    fn read_run(&self, path: &Path, number: u64) -> Result<Option<Run>, StoreError> {
        let Some(bytes) = self.run_bytes(path)? else { return Ok(None) };
        let run: Option<Run> = serde_json::from_slice(&bytes).ok();
        Ok(run.filter(|run| run.version == VERSION && run.number == number))
    }

    /// What stands in a run's file; nothing where it is none.
    fn run_bytes(&self, path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
        match bounded::read(path, Bound::below(&self.root, MOST_BYTES)) {
            Err(error) if error.refusal().is_some() => Ok(None),
            bytes => Ok(Some(bytes?)),
        }
    }

    fn runs_folder(&self, workspace: &Path) -> PathBuf {
        let name = Digest::of(workspace.as_os_str().as_bytes()).to_hex();
        self.root.join("runs").join(name)
    }
}

/// The number in a file's name.
fn number(name: &str) -> Option<u64> {
    let number: u64 = name.strip_suffix(".json")?.parse().ok()?;
    (name == format!("{number}.json")).then_some(number)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn run() -> Run {
        Run {
            version: VERSION,
            number: 0,
            begun: 0,
            seconds: 1.0,
            revision: None,
            dirty: None,
            targets: vec!["eval".into()],
            profile: None,
            set: BTreeMap::new(),
            params: BTreeMap::from([("epochs".to_owned(), 2.into())]),
            steps: 1,
            executed: 1,
            cached: 0,
            failed: 0,
            blocked: 0,
            exit: 0,
            variant: None,
            results: BTreeMap::new(),
        }
    }

    #[test]
    fn builds_at_once_share_no_number_and_lose_none() {
        let folder = tempfile::tempdir().unwrap();
        let (store, workspace) = (folder.path().join("store"), Path::new("/w"));
        Store::open(&store).unwrap();
        let numbers = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        let store = Store::open(&store).unwrap();
                        (0..5)
                            .map(|_| store.add_run(workspace, run()).unwrap())
                            .collect::<Vec<u64>>()
                    })
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<u64>>()
        });
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (1..=40).collect::<Vec<u64>>());
        let store = Store::open(&store).unwrap();
        let found: Vec<u64> =
            store.runs(workspace).unwrap().runs.iter().map(|run| run.number).collect();
        assert_eq!(found, sorted);
        assert_eq!(store.add_run(Path::new("/other"), run()).unwrap(), 1, "a workspace's own");
    }

    #[test]
    fn a_damaged_run_is_told_and_keeps_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let (store, workspace) =
            (Store::open(&folder.path().join("store")).unwrap(), Path::new("/w"));
        for _ in 0..3 {
            store.add_run(workspace, run()).unwrap();
        }
        let at = |number: u64| store.runs_folder(workspace).join(format!("{number}.json"));
        std::fs::write(at(3), "{\"version\": 1").unwrap();
        std::fs::copy(at(1), at(2)).unwrap();
        std::os::unix::fs::symlink(at(1), at(4)).unwrap();
        std::fs::write(at(1).with_file_name("notes.txt"), "mine").unwrap();
        let found = store.runs(workspace).unwrap();
        assert_eq!(found.runs.len(), 1);
        assert_eq!(found.damaged, [at(2), at(3), at(4)]);
        assert_eq!(store.add_run(workspace, run()).unwrap(), 5);
    }
}
