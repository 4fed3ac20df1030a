//! [`FailedStep`]: the exec root of a step's last failure, where a build was told to keep it.
//!
//! On disk: `failed/STEP-TAG/root`, as the step left it, and beside it `step.json`, which
//! says how it ran. Invariant: no secret's value is in it; the next failure of the step
//! takes its place, whole or not at all. It is nobody's input.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::work::file_name;
use super::{Store, StoreError, kept_if_sound};
use crate::model::action::ActionKey;
use crate::sys::fs;

const VERSION: u32 = 1;
const ROOT: &str = "root";
const RECORD: &str = "step.json";

/// How a step that failed had been started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedStep {
    /// 1.
    pub version: u32,
    /// The step.
    pub step: String,
    /// Its action key.
    pub key: ActionKey,
    /// The program and its arguments.
    pub run: Vec<String>,
    /// Its environment without the secrets.
    pub environment: BTreeMap<String, String>,
    /// Names of its secrets.
    pub secrets: Vec<String>,
}

impl FailedStep {
    /// A step of this version.
    pub fn new(step: &str, key: ActionKey) -> Self {
        Self {
            version: VERSION,
            step: step.to_owned(),
            key,
            run: Vec::new(),
            environment: BTreeMap::new(),
            secrets: Vec::new(),
        }
    }

    /// The same with another exec root: program and variables name it.
    fn moved(mut self, from: &Path, to: &Path) -> Self {
        let (from, to) = (from.display().to_string(), to.display().to_string());
        for text in self.run.iter_mut().take(1).chain(self.environment.values_mut()) {
            if let Some(rest) = text.strip_prefix(&from) {
                *text = format!("{to}{rest}");
            }
        }
        self
    }
}

impl Store {
    /// Keeps the exec root of a failed step; gives where it stands now.
    pub fn keep_failed(&self, step: FailedStep, root: &Path) -> Result<PathBuf, StoreError> {
        let place = self.failed_path(&step.step);
        let kept = place.join(ROOT);
        let new = self.temporary()?;
        fs::create_dir(&new)?;
        fs::rename(root, &new.join(ROOT))?;
        let record = serde_json::to_vec_pretty(&step.moved(root, &kept)).unwrap_or_default();
        fs::write_new(&new.join(RECORD), &record, 0o644)?;
        fs::remove_all(&place)?;
        fs::rename(&new, &place)?;
        Ok(kept)
    }

    /// How a kept step ran, and its exec root.
    pub fn failed(&self, step: &str) -> Result<Option<(FailedStep, PathBuf)>, StoreError> {
        let place = self.failed_path(step);
        let Some(bytes) = kept_if_sound(&self.root, &place.join(RECORD))? else { return Ok(None) };
        let record: Option<FailedStep> = serde_json::from_slice(&bytes).ok();
        Ok(record
            .filter(|record| record.version == VERSION && record.step == step)
            .map(|record| (record, place.join(ROOT))))
    }

    /// The steps of which a failure is kept, sorted.
    pub fn failed_steps(&self) -> Result<Vec<String>, StoreError> {
        let folder = self.root.join("failed");
        let mut steps = Vec::new();
        for name in fs::names(&folder)? {
            let found = kept_if_sound(&self.root, &folder.join(name).join(RECORD))?;
            let bytes = found.unwrap_or_default();
            steps.extend(serde_json::from_slice(&bytes).ok().map(|step: FailedStep| step.step));
        }
        steps.sort();
        Ok(steps)
    }

    /// Removes every kept failure.
    pub(super) fn forget_failed(&self) -> Result<(), StoreError> {
        self.remove_own("failed")
    }

    fn failed_path(&self, step: &str) -> PathBuf {
        self.root.join("failed").join(file_name(step))
    }
}
