//! `model.json`: what a model is, apart from its weights.

use std::fs;
use std::path::Path;

use ingot_tables::fitted::FittedState;
use ingot_tables::regular;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::dataset::{InputSchema, Preprocessing};
use crate::error::Error;
use crate::heads::{self, Outputs};
use crate::networks::Architecture;

const VERSION: u32 = 1;

/// The content of `model.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// The version of this format.
    pub version: u32,
    /// What runs the weights: `torch`.
    pub runtime: String,
    /// `family` and `architecture`.
    #[serde(flatten)]
    pub architecture: Architecture,
    /// Fitted on the training split alone.
    pub preprocessing: Preprocessing,
    /// What the outputs of the head mean, under its name; none of an encoder.
    #[serde(flatten, with = "heads::card")]
    pub outputs: Option<Outputs>,
    /// What a row must look like, behind `fitted`.
    pub input: InputSchema,
    /// The fitted states that the training rows went through, and every row must.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fitted: Vec<FittedState>,
}

impl Card {
    /// The card of a network of this worker, whose rows went through no fitted state.
    pub fn new(
        architecture: Architecture,
        preprocessing: Preprocessing,
        outputs: Option<Outputs>,
        input: InputSchema,
    ) -> Self {
        let runtime = "torch".into();
        let fitted = Vec::new();
        Self { version: VERSION, runtime, architecture, preprocessing, outputs, input, fitted }
    }

    /// Reads and checks a card.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let text = regular::read(path, regular::MOST_TEXT)
            .map_err(|source| Error::Io { path: path.to_owned(), source })?;
        let wrong = |what: String| Error::Model { path: path.to_owned(), what };
        let value: Value =
            serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
        let runtime = value.get("runtime").and_then(Value::as_str).unwrap_or("?");
        if runtime != "torch" {
            return Err(wrong(format!("runtime `{runtime}`, and this worker runs `torch`")));
        }
        let version = value.get("version").and_then(Value::as_u64).unwrap_or(0);
        if version != u64::from(VERSION) {
            return Err(wrong(format!("version {version}, and this worker knows {VERSION}")));
        }
        let card: Self =
            serde_json::from_value(value.clone()).map_err(|error| wrong(error.to_string()))?;
        let known = serde_json::to_value(&card).map_err(|error| wrong(error.to_string()))?;
        if let Some(error) = card.fitted.iter().find_map(|fitted| fitted.check().err()) {
            return Err(wrong(error.to_string()));
        }
        match unknown(&value, &known) {
            None => Ok(card),
            Some(key) => Err(wrong(format!("unknown field `{key}`"))),
        }
    }

    /// Writes sorted, indented JSON with a newline at its end.
    pub(super) fn write(&self, path: &Path) -> Result<(), Error> {
        // A `Value` keeps its keys sorted.
        let text = serde_json::to_value(self)
            .and_then(|value| serde_json::to_string_pretty(&value))
            .map_err(|error| Error::Io { path: path.to_owned(), source: error.into() })?;
        fs::write(path, text + "\n").map_err(|source| Error::Io { path: path.to_owned(), source })
    }
}

/// A key of `value` that `known`, the same as it is understood, does not have. What is
/// flattened cannot refuse one by itself.
fn unknown(value: &Value, known: &Value) -> Option<String> {
    match (value, known) {
        (Value::Object(keys), Value::Object(known)) => {
            keys.iter().find_map(|(key, value)| match known.get(key) {
                None => Some(key.clone()),
                Some(known) => unknown(value, known).map(|below| format!("{key}.{below}")),
            })
        }
        (Value::Array(items), Value::Array(known)) => {
            items.iter().zip(known).find_map(|(item, known)| unknown(item, known))
        }
        _ => None,
    }
}
