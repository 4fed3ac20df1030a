//! The table of operations: what each is called, takes, learns and does.
//!
//! A new operation is its own file, a variant of [`Operation`] and of [`FittedOperation`], and a line
//! in [`TABLE`]; the compiler names the rest.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::FittedError;
use super::frame::Frame;
use super::train::Train;
use super::{bucket, encode, hash, impute, scale, text_statistics};

/// An operation's name, and the JSON Schema of its keys.
type Entry = (&'static str, fn() -> Value);

/// Every operation, sorted by name.
const TABLE: [Entry; 6] = [
    (bucket::NAME, bucket::schema),
    (encode::NAME, encode::schema),
    (hash::NAME, hash::schema),
    (impute::NAME, impute::schema),
    (scale::NAME, scale::schema),
    (text_statistics::NAME, text_statistics::schema),
];

/// An operation, as it is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Operation {
    Bucket(bucket::Bucket),
    Encode(encode::Encode),
    Hash(hash::Hash),
    Impute(impute::Impute),
    Scale(scale::Scale),
    TextStatistics(text_statistics::TextStatistics),
}

/// An operation, fitted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum FittedOperation {
    Bucket(bucket::Fit),
    Encode(encode::Fit),
    Hash(hash::Fit),
    Impute(impute::Fit),
    Scale(scale::Fit),
    TextStatistics(text_statistics::TextStatistics),
}

/// The JSON Schema of one operation: a table of one key, its name.
pub(super) fn schema() -> Value {
    let properties = TABLE.map(|(name, schema)| (name.to_owned(), schema()));
    json!({
        "type": "object", "additionalProperties": false,
        "minProperties": 1, "maxProperties": 1,
        "properties": Map::from_iter(properties)
    })
}

/// The JSON Schema of the key `columns`, which every operation has.
pub(super) fn columns_schema() -> Value {
    json!({
        "type": "array", "minItems": 1, "uniqueItems": true, "items": {"type": "string"},
        "description": "names; @numeric and @text are the features of these types"
    })
}

impl Operation {
    /// What contradicts itself in it, where no schema says it.
    pub(super) fn mistake(&self) -> Option<String> {
        match self {
            Self::Bucket(bucket) => bucket.mistake(),
            Self::Hash(hash) => hash.mistake(),
            Self::Impute(impute) => impute.mistake(),
            Self::Encode(_) | Self::Scale(_) | Self::TextStatistics(_) => None,
        }
    }

    pub(super) fn fit(&self, train: &Train<'_>) -> Result<FittedOperation, FittedError> {
        Ok(match self {
            Self::Bucket(bucket) => FittedOperation::Bucket(bucket.fit(train)?),
            Self::Encode(encode) => FittedOperation::Encode(encode.fit(train)?),
            Self::Hash(hash) => FittedOperation::Hash(hash.fit(train)?),
            Self::Impute(impute) => FittedOperation::Impute(impute.fit(train)?),
            Self::Scale(scale) => FittedOperation::Scale(scale.fit(train)?),
            Self::TextStatistics(statistics) => {
                FittedOperation::TextStatistics(statistics.fit(train)?)
            }
        })
    }
}

impl FittedOperation {
    /// The name of the operation.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Bucket(_) => bucket::NAME,
            Self::Encode(_) => encode::NAME,
            Self::Hash(_) => hash::NAME,
            Self::Impute(_) => impute::NAME,
            Self::Scale(_) => scale::NAME,
            Self::TextStatistics(_) => text_statistics::NAME,
        }
    }

    /// The columns that it reads.
    pub(super) fn reads(&self) -> Vec<&str> {
        match self {
            Self::Bucket(bucket) => bucket.reads().collect(),
            Self::Encode(encode) => encode.reads().collect(),
            Self::Hash(hash) => hash.reads().collect(),
            Self::Impute(impute) => impute.reads().collect(),
            Self::Scale(scale) => scale.reads().collect(),
            Self::TextStatistics(statistics) => statistics.reads().collect(),
        }
    }

    /// What contradicts itself in it.
    pub(super) fn mistake(&self) -> Option<String> {
        match self {
            Self::Bucket(bucket) => bucket.mistake(),
            Self::Encode(encode) => encode.mistake(),
            Self::Hash(hash) => hash.mistake(),
            Self::Impute(impute) => impute.mistake(),
            Self::Scale(scale) => scale.mistake(),
            Self::TextStatistics(_) => None,
        }
    }

    /// Changes the columns of a frame.
    pub(super) fn apply(&self, frame: &mut Frame) -> Result<(), FittedError> {
        match self {
            Self::Bucket(bucket) => bucket.apply(frame),
            Self::Encode(encode) => encode.apply(frame),
            Self::Hash(hash) => hash.apply(frame),
            Self::Impute(impute) => impute.apply(frame),
            Self::Scale(scale) => scale.apply(frame),
            Self::TextStatistics(statistics) => statistics.apply(frame),
        }
    }
}
