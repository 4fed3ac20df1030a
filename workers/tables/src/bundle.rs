//! The bundle artifact: a model with everything that is needed to use it and to say where
//! it came from.
//!
//! On disk: a folder with `bundle.json`, which is [`Bundle`], `model/`, `schema.json` and
//! `README.md`. Invariant: every file but `bundle.json` is listed there by digest and size;
//! what was opened had those bytes.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use ingot_protocol::{Failure, Lineage};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{json, regular};

/// The version of `bundle.json`.
pub const VERSION: u32 = 1;

/// The file that lists the others.
pub const BUNDLE_FILE: &str = "bundle.json";

/// The folder of the model.
pub const MODEL_FOLDER: &str = "model";

/// `bundle.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// 1.
    pub version: u32,
    /// The bundle's name.
    pub name: String,
    /// The model's licence.
    pub license: String,
    /// Path in the bundle -> what stands there.
    pub files: BTreeMap<String, FileFacts>,
    /// `model.json` as the model has it: architecture, preprocessing, classes.
    pub model: Value,
    /// Metrics over all rows, with their intervals.
    pub metrics: Vec<Value>,
    /// The actions that the model came from, in order.
    pub lineage: Lineage,
}

/// What is said of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileFacts {
    /// The digest of its bytes, in hexadecimal digits.
    pub blake3: String,
    /// Its size.
    pub bytes: u64,
}

/// Why a bundle could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// `bundle.json` is missing or says something else.
    #[error("{path}: not a bundle: {source}")]
    NotBundle {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: std::io::Error,
    },
    /// `bundle.json` is of another version.
    #[error("{path}: version {found}, where version {VERSION} is read")]
    Version {
        /// The file.
        path: PathBuf,
        /// The version in it.
        found: u32,
    },
    /// A file cannot be read, or stands outside of the bundle.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file has other bytes than the bundle says.
    #[error("{path}: its bytes are not those that `bundle.json` lists")]
    Differs {
        /// The file.
        path: PathBuf,
    },
}

impl From<BundleError> for Failure {
    fn from(error: BundleError) -> Self {
        let code = match &error {
            BundleError::NotBundle { .. } | BundleError::Version { .. } => "D0802",
            BundleError::File { .. } | BundleError::Differs { .. } => "D0803",
        };
        let failure = Self::new(code, error.to_string());
        match error {
            BundleError::Version { .. } => failure.help("make it again with this version"),
            BundleError::Differs { .. } => failure.help("take the bundle again from its source"),
            _ => failure,
        }
    }
}

impl Bundle {
    /// Reads what a bundle says of itself; its files are not looked at.
    pub fn read(folder: &Path) -> Result<Self, BundleError> {
        let path = folder.join(BUNDLE_FILE);
        let bundle: Self = regular::within(folder, &path)
            .and_then(|()| json::read(&path))
            .map_err(|source| BundleError::NotBundle { path: path.clone(), source })?;
        match bundle.version {
            VERSION => Ok(bundle),
            found => Err(BundleError::Version { path, found }),
        }
    }

    /// Opens a bundle: each of its files has the bytes that it lists.
    pub fn open(folder: &Path) -> Result<Self, BundleError> {
        let bundle = Self::read(folder)?;
        for (name, facts) in &bundle.files {
            let path = folder.join(name);
            let below = |part: Component<'_>| matches!(part, Component::Normal(_));
            if !Path::new(name).components().all(below) {
                let source = std::io::Error::other("its path leads out of the bundle");
                return Err(BundleError::File { path, source });
            }
            let found = regular::within(folder, &path)
                .and_then(|()| digest(&path))
                .map_err(|source| BundleError::File { path: path.clone(), source })?;
            if found != *facts {
                return Err(BundleError::Differs { path });
            }
        }
        Ok(bundle)
    }
}

fn digest(path: &Path) -> std::io::Result<FileFacts> {
    let mut file = regular::open(path)?;
    let (mut digest, mut bytes) = (blake3::Hasher::new(), 0);
    let mut buffer = vec![0; 1 << 20];
    loop {
        let length = file.read(&mut buffer)?;
        if length == 0 {
            return Ok(FileFacts { blake3: digest.finalize().to_hex().to_string(), bytes });
        }
        digest.update(&buffer[..length]);
        bytes += length as u64;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;

    use super::*;

    fn bundle(folder: &Path, name: &str) {
        fs::create_dir_all(folder.join(MODEL_FOLDER)).unwrap();
        fs::write(folder.join("model/model.json"), "{}").unwrap();
        let facts = digest(&folder.join("model/model.json")).unwrap();
        let bundle = Bundle {
            version: VERSION,
            name: "m".into(),
            license: String::new(),
            files: BTreeMap::from([(name.to_owned(), facts)]),
            model: Value::Null,
            metrics: Vec::new(),
            lineage: Lineage::default(),
        };
        json::write(&folder.join(BUNDLE_FILE), &bundle).unwrap();
    }

    #[test]
    fn a_bundle_is_whole_or_refused() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let code = |error: BundleError| Failure::from(error).code;
        assert_eq!(Bundle::open(root).map(drop).map_err(code), Err("D0802".into()));
        bundle(root, "model/model.json");
        assert_eq!(Bundle::open(root).unwrap(), Bundle::read(root).unwrap());
        fs::write(root.join("model/model.json"), "[]").unwrap();
        assert_eq!(Bundle::open(root).map(drop).map_err(code), Err("D0803".into()));
        bundle(root, "model/../model/model.json");
        assert_eq!(Bundle::open(root).map(drop).map_err(code), Err("D0803".into()));
        bundle(root, "model/other.json");
        assert_eq!(Bundle::open(root).map(drop).map_err(code), Err("D0803".into()));
    }
}
