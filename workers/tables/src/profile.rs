//! The profile artifact: what each column of a table is like, a split at a time.
//!
//! On disk: a folder with `profile.json`, and `profile.html`, which nothing reads. A source
//! may be the one file `profile.json` under any name, for which [`Profile::read`] takes its
//! path. Invariant: of a `personal` column it has numbers of rows and nothing else. How the
//! figures are computed is the business of who writes it, and `docs/reference/formats.md`'s.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ingot_protocol::Failure;
use serde::{Deserialize, Serialize};

use crate::dataset::{DataType, Role};
use crate::{json, regular};

/// The version of `profile.json`.
pub const VERSION: u32 = 1;

/// The file in the profile's folder.
pub const PROFILE_FILE: &str = "profile.json";

/// What the columns of a table are like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// 1.
    pub version: u32,
    /// In the order of the table.
    pub columns: Vec<ColumnProfile>,
}

/// What one column is like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnProfile {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub data_type: DataType,
    /// What it is for.
    pub role: Role,
    /// Split -> what it is like there.
    pub splits: BTreeMap<String, Summary>,
}

/// What a column is like in one split.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// How many rows.
    pub rows: u64,
    /// How many of them lack a value.
    pub nulls: u64,
    /// How many different values; not of `personal` columns, nor of bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct: Option<Count>,
    /// Of numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbers: Option<Numbers>,
    /// Of text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lengths: Option<Lengths>,
    /// The most frequent values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<Top>,
}

/// A count that may be an estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// The count.
    pub count: u64,
    /// Its standard error, as a share of it; 0 where it is exact.
    pub standard_error: f64,
}

/// Figures of numbers: of the finite values alone, but for the first two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    /// How many values are NaN.
    pub nan: u64,
    /// How many are infinite.
    pub infinite: u64,
    /// The least value; nothing of none.
    pub min: Option<f64>,
    /// The greatest value.
    pub max: Option<f64>,
    /// The mean, where a number holds it.
    pub mean: Option<f64>,
    /// The standard deviation, over count - 1.
    pub deviation: Option<f64>,
    /// Quantiles, by rising share.
    pub quantiles: Vec<Quantile>,
    /// What the error of a quantile's share passes once in a hundred; 0 where all are exact.
    pub rank_error: f64,
    /// Exact counts.
    pub histogram: Bins,
    /// Values of some rows, rising; all of few rows.
    pub sample: Vec<f64>,
}

/// A quantile.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quantile {
    /// The share of values up to it, in (0, 1).
    pub share: f64,
    /// The value.
    pub value: f64,
}

/// Bins `[start + i width, start + (i + 1) width)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bins {
    /// The lower edge of the first one.
    pub start: f64,
    /// The width of each.
    pub width: f64,
    /// How many values each has.
    pub counts: Vec<u64>,
}

/// Characters of texts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lengths {
    /// Fewest.
    pub min: u64,
    /// Most.
    pub max: u64,
    /// The mean.
    pub mean: f64,
}

/// Frequent values, by falling count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Top {
    /// Each with how many rows have it, or up to `error` fewer.
    pub values: Vec<Frequency>,
    /// How far a count may lie below the truth.
    pub error: u64,
    /// How many rows have another value than these.
    pub others: u64,
}

/// A value and how often it is there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frequency {
    /// The value.
    pub value: Scalar,
    /// How many rows have it.
    pub count: u64,
}

/// A value as JSON has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// A truth value.
    Truth(bool),
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

impl std::fmt::Display for Scalar {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Truth(truth) => truth.fmt(formatter),
            Self::Whole(whole) => whole.fmt(formatter),
            Self::Number(number) => number.fmt(formatter),
            Self::Text(text) => text.fmt(formatter),
        }
    }
}

impl Profile {
    /// Writes `profile.json` into the profile's folder.
    pub fn write(&self, folder: &Path) -> Result<(), Failure> {
        let file = folder.join(PROFILE_FILE);
        std::fs::create_dir_all(folder)
            .and_then(|()| json::write(&file, self))
            .map_err(|error| Failure::new("D1105", format!("{}: {error}", file.display())))
    }

    /// Reads a profile's folder, or a file that is `profile.json`.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let (file, within) = match path.is_dir() {
            true => (path.join(PROFILE_FILE), regular::within(path, &path.join(PROFILE_FILE))),
            false => (path.to_owned(), Ok(())),
        };
        let wrong = |what: String| Failure::new("D1106", format!("{}: {what}", file.display()));
        let profile: Self =
            within.and_then(|()| json::read(&file)).map_err(|error| wrong(error.to_string()))?;
        match profile.mistake() {
            None => Ok(profile),
            Some(what) => Err(wrong(what)),
        }
    }

    /// What of it is of another version, or contradicts itself.
    fn mistake(&self) -> Option<String> {
        if self.version != VERSION {
            return Some(format!("version {}, where version {VERSION} is read", self.version));
        }
        let mut names = BTreeSet::new();
        if let Some(twice) = self.columns.iter().find(|column| !names.insert(&column.name)) {
            return Some(format!("two columns are named `{}`", twice.name));
        }
        self.columns.iter().find_map(|column| {
            let what = column
                .splits
                .values()
                .find_map(|summary| summary.mistake(column.role == Role::Personal))?;
            Some(format!("the column `{}`: {what}", column.name))
        })
    }
}

impl Summary {
    fn mistake(&self, personal: bool) -> Option<&'static str> {
        if self.nulls > self.rows {
            return Some("more values are missing than there are rows");
        }
        let bare = Self { rows: self.rows, nulls: self.nulls, ..Self::default() };
        if personal && *self != bare {
            return Some("it is personal, and something is said of its values");
        }
        if self.distinct.is_some_and(|distinct| distinct.standard_error < 0.0) {
            return Some("the standard error is below 0");
        }
        let numbers = self.numbers.as_ref()?;
        if numbers.rank_error < 0.0 || numbers.histogram.width < 0.0 {
            return Some("the error of a rank, or the width of a bin, is below 0");
        }
        let shares = numbers.quantiles.iter().map(|quantile| quantile.share);
        if !shares.clone().all(|share| share > 0.0 && share < 1.0) || !shares.is_sorted() {
            return Some("the shares of quantiles do not rise between 0 and 1");
        }
        (!numbers.sample.is_sorted()).then_some("the values of `sample` do not rise")
    }
}
