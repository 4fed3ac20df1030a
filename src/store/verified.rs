//! What rebuilds of an action gave: observations, never part of its result.
//!
//! On disk: `verified/KEY`, a JSON object a rebuild; a damaged line is passed over.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Store, StoreError, kept_if_sound};
use crate::model::action::ActionKey;
use crate::sys::fs;

/// One rebuild.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// 1.
    pub version: u32,
    /// Seconds since 1970 at its end.
    pub at: u64,
    /// The first difference; nothing where the bytes were the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub differs: Option<String>,
}

impl Store {
    /// Adds what a rebuild gave.
    pub fn verified(&self, key: ActionKey, found: &Verification) -> Result<(), StoreError> {
        if let Ok(mut line) = serde_json::to_vec(found) {
            line.push(b'\n');
            fs::append(&self.verified_path(key), &line)?;
        }
        Ok(())
    }

    /// Every rebuild of an action, the oldest first.
    pub fn verifications(&self, key: ActionKey) -> Result<Vec<Verification>, StoreError> {
        let bytes = kept_if_sound(&self.root, &self.verified_path(key))?.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
    }

    fn verified_path(&self, key: ActionKey) -> PathBuf {
        self.root.join("verified").join(key.0.to_hex())
    }
}
