//! [`Seal`]: what stands beside a record in a remote: how large its outputs are, and who
//! signed it.
//!
//! On disk: `seals/AB/REST` of a remote, JSON with a version (`docs/formats.md`). A
//! signature is over the canonical bytes of the whole result, its key among them, and of
//! the sizes; so it fits no other record. Pure. Invariant: nothing that a seal says counts
//! before a signature of it was checked, but for sizes, which only ever bound what is taken.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::canonical::{self, CanonicalError};
use crate::model::result::ActionResult;
use crate::model::signature::{PrivateKey, PublicKey};

/// The version of the form.
const VERSION: u32 = 1;

/// What the signatures are for.
const PURPOSE: &str = "ingot-seal 1";

/// What stands beside a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    version: u32,
    /// Output port -> the bytes of its blob; of a tree, of its root's node.
    pub sizes: BTreeMap<String, u64>,
    signatures: Vec<Signed>,
}

/// One signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    /// The public key.
    key: String,
    /// 64 bytes in hex digits.
    signature: String,
}

/// What is signed.
#[derive(Debug, Serialize)]
struct Statement<'a> {
    result: &'a ActionResult,
    sizes: &'a BTreeMap<String, u64>,
}

impl Seal {
    /// A seal that nobody has signed.
    pub fn unsigned(sizes: BTreeMap<String, u64>) -> Self {
        Self { version: VERSION, sizes, signatures: Vec::new() }
    }

    /// The seal in these bytes, if they are one of this version.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice::<Self>(bytes).ok().filter(|seal| seal.version == VERSION)
    }

    /// Its bytes.
    pub fn render(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Adds a signature of `result`.
    pub fn sign(&mut self, result: &ActionResult, key: &PrivateKey) -> Result<(), CanonicalError> {
        let signature = key.sign(PURPOSE, &self.statement(result)?);
        let key = key.public().to_string();
        self.signatures.retain(|signed| signed.key != key);
        self.signatures.push(Signed { key, signature });
        self.signatures.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(())
    }

    /// Whether one of these keys signed `result`.
    pub fn is_signed_by(&self, result: &ActionResult, keys: &[PublicKey]) -> bool {
        let Ok(statement) = self.statement(result) else { return false };
        keys.iter().any(|key| {
            let named = key.to_string();
            let mut own = self.signatures.iter().filter(|signed| signed.key == named);
            own.any(|signed| key.has_signed(PURPOSE, &statement, &signed.signature))
        })
    }

    /// Whether anybody signed `result`, known or not.
    pub fn is_signed(&self, result: &ActionResult) -> bool {
        self.sound(result).next().is_some()
    }

    /// Takes over what others signed of the same result, in place of a seal that is replaced.
    pub fn keep_of(&mut self, other: &Self, result: &ActionResult) {
        if other.sizes != self.sizes {
            return;
        }
        for signed in other.sound(result) {
            if !self.signatures.iter().any(|own| own.key == signed.key) {
                self.signatures.push(signed.clone());
            }
        }
        self.signatures.sort_by(|one, other| one.key.cmp(&other.key));
    }

    fn sound<'a>(&'a self, result: &ActionResult) -> impl Iterator<Item = &'a Signed> {
        let statement = self.statement(result).ok();
        self.signatures.iter().filter(move |signed| {
            let key = signed.key.parse::<PublicKey>().ok();
            key.zip(statement.as_ref())
                .is_some_and(|(key, text)| key.has_signed(PURPOSE, text, &signed.signature))
        })
    }

    fn statement(&self, result: &ActionResult) -> Result<Vec<u8>, CanonicalError> {
        canonical::encode(&Statement { result, sizes: &self.sizes })
    }
}
