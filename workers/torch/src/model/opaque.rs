//! A model of another runtime: what can be said of it without knowing what its files mean.
//!
//! Invariant: its card and its files are told and compared as bytes; links are named and
//! never followed, so that nothing outside of the model is read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Cursor};
use std::path::{Path, PathBuf};

use ingot_protocol::Inspection;
use serde_json::Value;

use super::CARD;
use crate::error::Error;

/// The runtime that a card names, where it is not this worker's.
pub(super) fn runtime(card: &Value) -> Option<&str> {
    card.get("runtime").and_then(Value::as_str).filter(|runtime| *runtime != "torch")
}

/// What the card says, a row a key, and which files there are.
pub(super) fn show(path: &Path, card: &Value, runtime: &str) -> Result<Inspection, Error> {
    let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
    let mut about = vec![row(["property", "value"])];
    for (key, value) in card.as_object().into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        about.push(row([key, &text]));
    }
    let mut list = vec![row(["file", "bytes"])];
    let files = files(path)?;
    list.extend(files.iter().map(|(name, size)| row([name, &size.to_string()])));
    let total: u64 = files.values().sum();
    Ok(Inspection {
        artifact_type: "model".into(),
        summary: format!("model for `{runtime}`, {} files of {total} bytes", files.len()),
        tables: BTreeMap::from([("model".into(), about), ("files".into(), list)]),
    })
}

/// A line for each file beside the card that one model lacks, or that differs, with the
/// first byte.
pub(super) fn differences(old: &Path, new: &Path) -> Result<Vec<String>, Error> {
    let (before, after) = (files(old)?, files(new)?);
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut found = Vec::new();
    for name in names.into_iter().filter(|name| name.as_str() != CARD) {
        match (before.get(name), after.get(name)) {
            (Some(_), None) => found.push(format!("{name}: only in the old model")),
            (None, _) => found.push(format!("{name}: only in the new model")),
            (Some(was), Some(is)) if was != is => {
                found.push(format!("{name}: {was} bytes became {is}"));
            }
            _ => {
                let at = first_byte(&old.join(name), &new.join(name))?;
                found.extend(at.map(|at| format!("{name}: differs from byte {at}")));
            }
        }
    }
    Ok(found)
}

/// Path below the model -> size; of a link, that of its text.
fn files(root: &Path) -> Result<BTreeMap<String, u64>, Error> {
    let mut found = BTreeMap::new();
    let mut folders: Vec<PathBuf> = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let wrong = |source| Error::Io { path: folder.clone(), source };
        for entry in fs::read_dir(&folder).map_err(wrong)? {
            let entry = entry.map_err(wrong)?;
            let facts = entry.metadata().map_err(wrong)?;
            let path = entry.path();
            if facts.is_dir() {
                folders.push(path);
            } else if let Ok(below) = path.strip_prefix(root) {
                found.insert(below.display().to_string(), facts.len());
            }
        }
    }
    Ok(found)
}

/// The first byte in which two files of one size differ.
fn first_byte(old: &Path, new: &Path) -> Result<Option<usize>, Error> {
    let wrong = |source| Error::Io { path: old.to_path_buf(), source };
    let (mut before, mut after) = (open(old)?, open(new)?);
    let mut at = 0;
    loop {
        let (was, is) = (before.fill_buf().map_err(wrong)?, after.fill_buf().map_err(wrong)?);
        let length = was.len().min(is.len());
        if length == 0 {
            return Ok(None);
        }
        if let Some(place) = was.iter().zip(is).position(|(was, is)| was != is) {
            return Ok(Some(at + place));
        }
        before.consume(length);
        after.consume(length);
        at += length;
    }
}

/// A file's bytes; of a link, its text.
fn open(path: &Path) -> Result<Box<dyn BufRead>, Error> {
    let wrong = |source| Error::Io { path: path.to_path_buf(), source };
    if fs::symlink_metadata(path).map_err(wrong)?.is_file() {
        return Ok(Box::new(BufReader::new(File::open(path).map_err(wrong)?)));
    }
    let target = fs::read_link(path).map_err(wrong)?.into_os_string().into_encoded_bytes();
    Ok(Box::new(Cursor::new(target)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_runtimes_model_is_told_and_compared_as_files() {
        let folder = tempfile::tempdir().unwrap();
        let model = |name: &str, weights: &[u8], extra: bool| {
            let root = folder.path().join(name);
            fs::create_dir_all(root.join("trees")).unwrap();
            fs::write(root.join(CARD), r#"{"version":1,"runtime":"sklearn","classes":["a","b"]}"#)
                .unwrap();
            fs::write(root.join("trees/weights.bin"), weights).unwrap();
            if extra {
                fs::write(root.join("notes.txt"), "1").unwrap();
            }
            root
        };
        let (old, new) = (model("old", b"12345", false), model("new", b"12945", true));
        let shown = super::super::show(&old).unwrap();
        assert_eq!(shown.summary, "model for `sklearn`, 2 files of 58 bytes");
        assert_eq!(shown.tables["files"][2], ["trees/weights.bin", "5"]);
        let difference = super::super::diff(&old, &new).unwrap();
        assert_eq!(difference.summary, "2 differences");
        assert_eq!(difference.first.as_deref(), Some("notes.txt: only in the new model"));
        assert_eq!(difference.details, ["trees/weights.bin: differs from byte 2"]);
        assert!(super::super::diff(&old, &old).unwrap().same);
    }
}
