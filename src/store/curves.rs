//! [`Curve`]: what a step observed on its way: the loss of each epoch, say.
//!
//! On disk: `curves/KEY.jsonl`, a line a [`Point`], added while the step runs (the form is in
//! `docs/formats.md`). Invariant: none of it is in an artifact, a key or a lock, and a line
//! that means nothing costs that line alone. A step that goes on from a checkpoint adds to
//! what stands there; of two points at one place the later one counts. What it does not do:
//! it knows no name of a value.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Store, StoreError, kept_if_sound};
use crate::model::action::ActionKey;
use crate::sys::fs;

const VERSION: u32 = 1;

/// What was observed at one place of a step's way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// 1.
    pub version: u32,
    /// Units done there; nothing for what is true of the whole run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<u64>,
    /// Units in all; zero where that is not known.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub total: u64,
    /// What is counted.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// Seconds of running until then, with those of the runs whose checkpoints it went on
    /// from.
    pub seconds: f64,
    /// The values, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, f64>,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Point {
    /// Values that are true of the whole run.
    pub fn of_run(seconds: f64, values: BTreeMap<String, f64>) -> Self {
        Self { version: VERSION, done: None, total: 0, unit: String::new(), seconds, values }
    }

    /// Values at a place.
    pub fn at(done: u64, total: u64, unit: &str, seconds: f64) -> Self {
        let (done, unit, values) = (Some(done), unit.to_owned(), BTreeMap::new());
        Self { version: VERSION, done, total, unit, seconds, values }
    }
}

/// What a step observed, in the order of its way.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Curve {
    /// What is counted; empty where nothing was.
    pub unit: String,
    /// Units in all; zero where that is not known.
    pub total: u64,
    /// Units done -> name -> value.
    pub points: BTreeMap<u64, BTreeMap<String, f64>>,
    /// What is true of the whole run.
    pub facts: BTreeMap<String, f64>,
    /// Seconds of running until its last line.
    pub seconds: f64,
}

impl Curve {
    fn take(&mut self, point: Point) {
        self.seconds = point.seconds;
        let Some(done) = point.done else {
            self.facts.extend(point.values);
            return;
        };
        (self.unit, self.total) = (point.unit, point.total);
        self.points.entry(done).or_default().extend(point.values);
    }

    /// The names of the values along the way, sorted.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> =
            self.points.values().flat_map(BTreeMap::keys).map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// One value along the way.
    pub fn values(&self, name: &str) -> Vec<f64> {
        self.points.values().filter_map(|values| values.get(name).copied()).collect()
    }
}

impl Store {
    /// Adds a point to the curve of an action.
    pub fn add_point(&self, key: ActionKey, point: &Point) -> Result<(), StoreError> {
        if let Ok(mut line) = serde_json::to_vec(point) {
            line.push(b'\n');
            fs::append(&self.curve_path(key), &line)?;
        }
        Ok(())
    }

    /// The curve of an action; damaged lines are passed over.
    pub fn curve(&self, key: ActionKey) -> Result<Option<Curve>, StoreError> {
        let Some(bytes) = kept_if_sound(&self.root, &self.curve_path(key))? else {
            return Ok(None);
        };
        let mut curve = Curve::default();
        let text = String::from_utf8_lossy(&bytes);
        text.lines()
            .filter_map(|line| serde_json::from_str::<Point>(line).ok())
            .filter(|point| point.version == VERSION)
            .for_each(|point| curve.take(point));
        Ok(Some(curve))
    }

    /// Forgets the curve of an action that begins anew.
    pub fn forget_curve(&self, key: ActionKey) -> Result<(), StoreError> {
        Ok(fs::remove_file(&self.curve_path(key))?)
    }

    /// Whether a run of this action left a checkpoint to go on from.
    pub fn has_checkpoint(&self, key: ActionKey) -> Result<bool, StoreError> {
        Ok(fs::names(&self.checkpoint_path(key)).is_ok_and(|names| !names.is_empty()))
    }

    fn curve_path(&self, key: ActionKey) -> PathBuf {
        self.root.join("curves").join(format!("{key}.jsonl"))
    }
}
