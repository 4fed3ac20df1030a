//! What a model's bytes mean: shown, and compared.
//!
//! Showing and comparing work on the two files alone: no network is built, so that a model of a newer
//! worker can still be looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ingot_protocol::{Difference, Inspection};
use ingot_tables::regular;
use safetensors::SafeTensors;
use serde_json::Value;

use super::{CARD, Model, WEIGHTS, opaque, sound, weights};
use crate::error::Error;
use crate::heads;

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
    if let Some(runtime) = opaque::runtime(&card) {
        return opaque::show(path, &card, runtime);
    }
    let tensors = tensors(path)?;
    let text = |key: &str| match card.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => "?".into(),
    };
    let (outputs, role) = heads::card::described(&card);
    let total: usize = tensors.values().map(|values| elements(&values.shape)).sum();
    let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
    let facts = ["runtime", "family", "architecture", outputs, "input"];
    let mut about = vec![row(["property", "value"])];
    about.extend(facts.iter().map(|fact| row([fact, &text(fact)])));
    let mut list = vec![["tensor", "shape", "elements"].map(str::to_owned).to_vec()];
    for (name, values) in &tensors {
        let shape = format!("{:?}", values.shape);
        list.push(vec![name.clone(), shape, elements(&values.shape).to_string()]);
    }
    Ok(Inspection {
        artifact_type: "model".into(),
        summary: format!("{} {role}, {total} numbers in {} tensors", text("family"), tensors.len()),
        tables: BTreeMap::from([("model".into(), about), ("tensors".into(), list)]),
    })
}

/// Whether it is a model: a card with the version and the runtime, and, for a network of
/// this worker, all of the card and its tensors. What another runtime needs is its own.
///
/// The caller holds [`crate::random::alone`].
pub fn check(path: &Path) -> Result<(), Error> {
    let about = card(path)?;
    if about.get("runtime").and_then(Value::as_str) == Some("torch") {
        return sound::check(&Model::read(path)?, path);
    }
    let wrong = |what: &str| Error::Model { path: path.join(CARD), what: what.to_owned() };
    match (about.get("version").and_then(Value::as_u64), about.get("runtime")) {
        (Some(1), Some(Value::String(_))) => Ok(()),
        (Some(1), _) => Err(wrong("it has no `runtime`, the name of what runs the model")),
        _ => Err(wrong("it has no `version` of 1")),
    }
}

/// How two models differ: the card first, then the first tensor and element; the files,
/// where one of them is another runtime's.
pub fn diff(old: &Path, new: &Path) -> Result<Difference, Error> {
    let cards = (card(old)?, card(new)?);
    let mut found = Vec::new();
    compare_json(CARD, &cards.0, &cards.1, &mut found);
    let summary = if opaque::runtime(&cards.0).or(opaque::runtime(&cards.1)).is_some() {
        found.extend(opaque::differences(old, new)?);
        format!("{} differences", found.len())
    } else {
        compare_tensors(&tensors(old)?, &tensors(new)?, &mut found)
    };
    let same = found.is_empty();
    let summary = if same { "the same model".to_owned() } else { summary };
    let mut found = found.into_iter();
    Ok(Difference { same, summary, first: found.next(), details: found.take(DETAILS).collect() })
}

/// Appends a line for each tensor that differs; what is said of all of them.
fn compare_tensors(
    before: &BTreeMap<String, Values>,
    after: &BTreeMap<String, Values>,
    found: &mut Vec<String>,
) -> String {
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
    match changed {
        0 => format!("the same weights, {} differences in {CARD}", found.len()),
        changed => format!("{changed} of {} tensors differ", before.len().max(after.len())),
    }
}

fn card(path: &Path) -> Result<Value, Error> {
    let path = path.join(CARD);
    let bytes = regular::read(&path, regular::MOST_TEXT)
        .map_err(|source| Error::Io { path: path.clone(), source })?;
    serde_json::from_slice(&bytes).map_err(|error| Error::Model { path, what: error.to_string() })
}

fn tensors(path: &Path) -> Result<BTreeMap<String, Values>, Error> {
    let path = path.join(WEIGHTS);
    let bytes = weights::bytes(&path)?;
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
