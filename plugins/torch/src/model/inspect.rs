//! What a model's bytes mean: shown, and compared.
//!
//! Showing and comparing work on the files alone: no network is built, so that a model of
//! a newer worker can still be looked at, and one of another runtime, whose files are its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use ingot_protocol::{Difference, Inspection};
use safetensors::SafeTensors;
use serde_json::Value;

use super::{CARD, Model, WEIGHTS, sound};
use crate::error::Error;

/// Differences told besides the first.
const DETAILS: usize = 20;

/// A tensor of a file: its shape, and its values as f32 where they are.
struct Values {
    shape: Vec<usize>,
    data_type: String,
    bytes: Vec<u8>,
}

/// What a model holds: its card's main facts, and its tensors.
pub fn show(path: &Path) -> Result<Inspection, Error> {
    let card = card(path)?;
    let tensors = tensors(path, &card)?;
    let files = others(path)?;
    let text = |key: &str| match card.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => "?".into(),
    };
    let classes = card.get("classes").and_then(Value::as_array).map(Vec::len);
    let role =
        classes.map_or("encoder".to_owned(), |count| format!("classifier of {count} classes"));
    let total: usize = tensors.values().map(|values| elements(&values.shape)).sum();
    let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
    let facts = ["runtime", "family", "architecture", "classes", "input"];
    let mut about = vec![row(["property", "value"])];
    let told = facts.iter().filter(|fact| is_own(&card) || card.get(**fact).is_some());
    about.extend(told.map(|fact| row([fact, &text(fact)])));
    let mut list = vec![["tensor", "shape", "elements"].map(str::to_owned).to_vec()];
    for (name, values) in &tensors {
        let shape = format!("{:?}", values.shape);
        list.push(vec![name.clone(), shape, elements(&values.shape).to_string()]);
    }
    let mut tables = BTreeMap::from([("model".to_owned(), about)]);
    let summary = if is_own(&card) || !tensors.is_empty() {
        tables.insert("tensors".into(), list);
        format!("{} {role}, {total} numbers in {} tensors", text("family"), tensors.len())
    } else {
        format!("of the runtime `{}`, {} files", text("runtime"), files.len())
    };
    if !files.is_empty() {
        let mut rows = vec![row(["file", "bytes"])];
        for (name, path) in files {
            let size = fs::metadata(&path).map_err(|source| Error::Io { path, source })?.len();
            rows.push(row([&name, &size.to_string()]));
        }
        tables.insert("files".into(), rows);
    }
    Ok(Inspection { artifact_type: "model".into(), summary, tables })
}

/// Whether a card is of a model that this worker runs.
fn is_own(card: &Value) -> bool {
    card.get("runtime").and_then(Value::as_str) == Some("torch")
}

/// Whether it is a model: a card with the version and the runtime, and, for a network of
/// this worker, all of the card and its tensors. What another runtime needs is its own.
///
/// The caller holds [`crate::random::alone`].
pub fn check(path: &Path) -> Result<(), Error> {
    let about = card(path)?;
    if is_own(&about) {
        return sound::check(&Model::read(path)?, path);
    }
    let wrong = |what: &str| Error::Model { path: path.join(CARD), what: what.to_owned() };
    match (about.get("version").and_then(Value::as_u64), about.get("runtime")) {
        (Some(1), Some(Value::String(_))) => Ok(()),
        (Some(1), _) => Err(wrong("it has no `runtime`, the name of what runs the model")),
        _ => Err(wrong("it has no `version` of 1")),
    }
}

/// How two models differ: the card first, then the first tensor and element.
pub fn diff(old: &Path, new: &Path) -> Result<Difference, Error> {
    let mut found = Vec::new();
    let cards = (card(old)?, card(new)?);
    compare_json(CARD, &cards.0, &cards.1, &mut found);
    let (before, after) = (tensors(old, &cards.0)?, tensors(new, &cards.1)?);
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut changed = 0_usize;
    for name in names {
        let difference = match (before.get(name), after.get(name)) {
            (Some(before), Some(after)) => compare_values(before, after),
            (Some(_), None) => Some("only in the old model".into()),
            (None, _) => Some("only in the new model".into()),
        };
        if let Some(difference) = difference {
            changed += 1;
            found.push(format!("{WEIGHTS}: tensor `{name}`: {difference}"));
        }
    }
    let (old, new) = (others(old)?, others(new)?);
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut files = 0_usize;
    for name in names {
        let difference = match (old.get(name), new.get(name)) {
            (Some(old), Some(new)) if same_bytes(old, new)? => continue,
            (Some(_), Some(_)) => "other bytes",
            (Some(_), None) => "only in the old model",
            (None, _) => "only in the new model",
        };
        files += 1;
        found.push(format!("{name}: {difference}"));
    }
    let summary = match (found.is_empty(), changed) {
        (true, _) => "the same model".to_owned(),
        (false, 0) if files > 0 => format!("{files} of {} files differ", old.len().max(new.len())),
        (false, 0) => format!("the same weights, {} differences in {CARD}", found.len()),
        (false, changed) => {
            format!("{changed} of {} tensors differ", before.len().max(after.len()))
        }
    };
    let mut found = found.into_iter();
    let first = found.next();
    Ok(Difference { same: first.is_none(), summary, first, details: found.take(DETAILS).collect() })
}

fn card(path: &Path) -> Result<Value, Error> {
    let path = path.join(CARD);
    let bytes = fs::read(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
    serde_json::from_slice(&bytes).map_err(|error| Error::Model { path, what: error.to_string() })
}

/// The tensors of a model; none where another runtime has its weights elsewhere.
fn tensors(path: &Path, card: &Value) -> Result<BTreeMap<String, Values>, Error> {
    let path = path.join(WEIGHTS);
    if !is_own(card) && card.get("runtime").is_some() && !path.exists() {
        return Ok(BTreeMap::new());
    }
    let bytes = fs::read(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
    let file = SafeTensors::deserialize(&bytes).map_err(|error| Error::Model {
        path: path.clone(),
        what: format!("not a safetensors file: {error}"),
    })?;
    let values = file.tensors().into_iter().map(|(name, view)| {
        let shape = view.shape().to_vec();
        let data_type = format!("{:?}", view.dtype());
        (name, Values { shape, data_type, bytes: view.data().to_vec() })
    });
    Ok(values.collect())
}

/// The files of a model beside its card and its weights, by their paths in it.
fn others(root: &Path) -> Result<BTreeMap<String, PathBuf>, Error> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let wrong = |source| Error::Io { path: folder.clone(), source };
        for entry in fs::read_dir(&folder).map_err(wrong)? {
            let entry = entry.map_err(wrong)?;
            let path = entry.path();
            // A link is not followed: a folder could hold itself.
            if entry.file_type().map_err(wrong)?.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            if name != CARD && name != WEIGHTS && path.is_file() {
                files.insert(name, path);
            }
        }
    }
    Ok(files)
}

fn same_bytes(old: &Path, new: &Path) -> Result<bool, Error> {
    let open = |path: &Path| {
        let wrong = |source| Error::Io { path: path.to_owned(), source };
        fs::File::open(path).map(BufReader::new).map_err(wrong)
    };
    let (mut one, mut other) = (open(old)?, open(new)?);
    loop {
        let wrong = |source| Error::Io { path: new.to_owned(), source };
        let (before, after) = (one.fill_buf().map_err(wrong)?, other.fill_buf().map_err(wrong)?);
        let length = before.len().min(after.len());
        if length == 0 || before[..length] != after[..length] {
            return Ok(before.is_empty() && after.is_empty());
        }
        one.consume(length);
        other.consume(length);
    }
}

/// Appends a line for each leaf that differs, depth bounded by serde_json's own
/// limit on nesting.
fn compare_json(place: &str, old: &Value, new: &Value, found: &mut Vec<String>) {
    match (old, new) {
        (Value::Object(before), Value::Object(after)) => {
            let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for key in keys {
                let null = Value::Null;
                let (before, after) =
                    (before.get(key).unwrap_or(&null), after.get(key).unwrap_or(&null));
                compare_json(&format!("{place}: {key}"), before, after, found);
            }
        }
        _ if old == new => {}
        _ => found.push(format!("{place}: {old} became {new}")),
    }
}

fn compare_values(old: &Values, new: &Values) -> Option<String> {
    if old.shape != new.shape {
        return Some(format!("shape {:?} became {:?}", old.shape, new.shape));
    }
    if old.data_type != new.data_type {
        return Some(format!("type {} became {}", old.data_type, new.data_type));
    }
    let size = old.bytes.len() / elements(&old.shape).max(1);
    let pairs = old.bytes.chunks(size.max(1)).zip(new.bytes.chunks(size.max(1)));
    let differs: Vec<usize> = pairs
        .enumerate()
        .filter(|(_, (before, after))| before != after)
        .map(|(index, _)| index)
        .collect();
    let first = *differs.first()?;
    let value = |bytes: &[u8]| {
        let element = bytes.chunks(size.max(1)).nth(first).unwrap_or_default();
        match <[u8; 4]>::try_from(element) {
            Ok(bytes) if old.data_type == "F32" => f32::from_le_bytes(bytes).to_string(),
            _ => format!("{element:02x?}"),
        }
    };
    Some(format!(
        "element {:?}: {} became {} ({} of {} elements differ)",
        place(&old.shape, first),
        value(&old.bytes),
        value(&new.bytes),
        differs.len(),
        elements(&old.shape)
    ))
}

fn elements(shape: &[usize]) -> usize {
    shape.iter().product()
}

/// The index along each dimension of the element at a flat index.
fn place(shape: &[usize], flat: usize) -> Vec<usize> {
    let mut rest = flat;
    let mut place: Vec<usize> = shape
        .iter()
        .rev()
        .map(|size| {
            let index = rest % (*size).max(1);
            rest /= (*size).max(1);
            index
        })
        .collect();
    place.reverse();
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flat_index_has_a_place() {
        assert_eq!(place(&[2, 3, 4], 23), [1, 2, 3]);
        assert_eq!(place(&[2, 3, 4], 5), [0, 1, 1]);
        assert!(place(&[], 0).is_empty());
    }
}
