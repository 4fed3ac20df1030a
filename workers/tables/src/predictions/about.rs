//! [`Predictions`]: what predictions are about, as `predictions.json` says it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ingot_statistics::Task;
use serde::{Deserialize, Serialize};

use super::PredictionsError;
use crate::{json, regular};

const VERSION: u32 = 1;
const ABOUT_FILE: &str = "predictions.json";
/// Read as the task of choosing one class, of two or of more.
const CLASSIFICATION: &str = "classification";

/// What was predicted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predictions {
    /// The task.
    pub task: Task,
    /// The classes, in the order of the probabilities; none where the task has none.
    pub classes: Vec<String>,
}

/// `predictions.json`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    version: u32,
    task: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    classes: Vec<String>,
}

impl Predictions {
    /// Those of one class of several.
    pub fn of_classes(classes: Vec<String>) -> Self {
        Self { task: Task::of_classes(classes.len()), classes }
    }

    /// Reads the document of a folder.
    pub fn read(folder: &Path) -> Result<Self, PredictionsError> {
        let file = about_file(folder);
        let about: About = regular::within(folder, &file)
            .and_then(|()| json::read(&file))
            .map_err(|source| PredictionsError::NotPredictions { path: file.clone(), source })?;
        about.checked(&file)
    }

    /// Writes a document that somebody else wrote into a folder, in its words.
    pub(super) fn take(folder: &Path, text: &str) -> Result<Self, PredictionsError> {
        let file = about_file(folder);
        let about: About = serde_json::from_str(text).map_err(|error| {
            PredictionsError::NotPredictions { path: file.clone(), source: error.into() }
        })?;
        let predictions = about.checked(&file)?;
        json::write(&file, &about).map_err(|source| PredictionsError::Io { path: file, source })?;
        Ok(predictions)
    }

    /// Writes the document into a folder.
    pub(super) fn write(&self, folder: &Path) -> Result<(), PredictionsError> {
        let file = about_file(folder);
        if let Some(what) = self.mistake() {
            return Err(inconsistent(&file, what));
        }
        let (task, classes) = (self.task.name().to_owned(), self.classes.clone());
        let about = About { version: VERSION, task, classes };
        json::write(&file, &about).map_err(|source| PredictionsError::Io { path: file, source })
    }

    /// What of it contradicts itself.
    fn mistake(&self) -> Option<String> {
        let mut names = BTreeSet::new();
        if let Some(twice) = self.classes.iter().find(|class| !names.insert(*class)) {
            return Some(format!("two classes are named `{twice}`"));
        }
        let (task, count) = (self.task.name(), self.classes.len());
        match (self.task, count) {
            (Task::Binary, 2) => None,
            (Task::Binary, _) => Some(format!("{count} classes, where `{task}` has 2")),
            (_, 0) if self.task.has_classes() => Some("no class".to_owned()),
            (_, 1..) if !self.task.has_classes() => {
                Some(format!("{count} classes, where `{task}` has none"))
            }
            _ => None,
        }
    }
}

impl About {
    /// Whether it is of our version, of a known task, and agrees with itself.
    fn checked(&self, file: &Path) -> Result<Predictions, PredictionsError> {
        if self.version != VERSION {
            let (found, expected) = (self.version, VERSION);
            return Err(PredictionsError::Version { path: file.to_owned(), found, expected });
        }
        let task = match self.task.as_str() {
            CLASSIFICATION => Some(Task::of_classes(self.classes.len())),
            name => Task::of_name(name),
        };
        let Some(task) = task else {
            let known = Task::EVERY.map(|task| format!("`{}`", task.name())).join(", ");
            let what = format!("the task `{}`, where {known} are known", self.task);
            return Err(inconsistent(file, what));
        };
        let predictions = Predictions { task, classes: self.classes.clone() };
        match predictions.mistake() {
            None => Ok(predictions),
            Some(what) => Err(inconsistent(file, what)),
        }
    }
}

/// The text of `predictions.json`, checked.
pub fn about_text(folder: &Path) -> Result<String, PredictionsError> {
    Predictions::read(folder)?;
    let file = about_file(folder);
    regular::text(&file).map_err(|source| PredictionsError::Io { path: file, source })
}

fn about_file(folder: &Path) -> PathBuf {
    folder.join(ABOUT_FILE)
}

fn inconsistent(file: &Path, what: String) -> PredictionsError {
    PredictionsError::Inconsistent { path: file.to_owned(), what }
}
