//! Artifacts as inputs, and their bytes as a digest: for the tests of every worker.

use std::collections::BTreeMap;
use std::path::Path;

use ingot_protocol::Input;

/// An artifact of an earlier step.
pub(crate) fn artifact(artifact_type: &str, path: &Path) -> Input {
    Input {
        artifact_type: artifact_type.into(),
        path: path.to_owned(),
        digest: String::new(),
        format: None,
        splits: Vec::new(),
        split: None,
    }
}

/// The first half of a digest over the paths and bytes below a folder.
pub(crate) fn digest(folder: &Path) -> String {
    let mut files = BTreeMap::new();
    collect(folder, folder, &mut files);
    let mut hasher = blake3::Hasher::new();
    for (name, bytes) in files {
        hasher.update(name.as_bytes());
        hasher.update(&[0]);
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(&bytes);
    }
    hasher.finalize().to_hex().chars().take(32).collect()
}

fn collect(root: &Path, path: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            collect(root, &entry.unwrap().path(), files);
        }
    } else {
        let name = path.strip_prefix(root).unwrap().display().to_string();
        files.insert(name, std::fs::read(path).unwrap());
    }
}
