//! The documents of this folder, changed in one place at a time.
//!
//! A document is what a worker writes, to the byte; its type is its name up to the first
//! dot. The tests of the core hold the schemas against them and their mutants, the tests of
//! the workers what is written and what is read, all by the one list `accepted.txt`: a
//! mutant that it does not name is refused by the schema and by the reader. It begins with
//! `schema` where the schema alone accepts it, since the reader knows more, else with `both`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// The folder of the documents; `above` leads from the package to the workspace.
pub(crate) fn folder(package: &str, above: &str) -> PathBuf {
    Path::new(package).join(above).join("tests/formats")
}

/// The documents of some types: the name without its ending, and the text.
pub(crate) fn documents(folder: &Path, types: &[&str]) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<(String, String)> = entries
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), path))
        .filter(|(name, _)| types.contains(&type_of(name)))
        .map(|(name, path)| (name, std::fs::read_to_string(path).unwrap()))
        .collect();
    found.sort();
    found
}

/// The type of a document.
pub(crate) fn type_of(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// The lines of the list that begin with one of `words`, without the word; those of the
/// documents alone.
pub(crate) fn accepted(
    folder: &Path,
    words: &[&str],
    documents: &[(String, String)],
) -> BTreeSet<String> {
    let list = std::fs::read_to_string(folder.join("accepted.txt")).unwrap();
    let lines = list.lines().filter_map(|line| line.split_once(' '));
    let known = |line: &str| {
        documents.iter().any(|(name, _)| line.split(' ').next() == Some(name.as_str()))
    };
    lines
        .filter(|(word, line)| words.contains(word) && known(line))
        .map(|(_, line)| line.to_owned())
        .collect()
}

/// The mutants that are accepted, as lines of the list.
pub(crate) fn judged(
    documents: &[(String, String)],
    accepts: impl Fn(&str, &Value) -> bool,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (name, text) in documents {
        let document: Value = serde_json::from_str(text).unwrap();
        assert!(accepts(name, &document), "{name}");
        let mut changed = Vec::new();
        mutants(&document, &mut |mutant, what| changed.push((mutant, what)));
        let accepted = changed.into_iter().filter(|(mutant, _)| accepts(name, mutant));
        found.extend(accepted.map(|(_, what)| format!("{name} {what}")));
    }
    found
}

/// Every value of a document left out and replaced, and every object with one key more.
fn mutants(document: &Value, each: &mut dyn FnMut(Value, String)) {
    let mut places = Vec::new();
    collect(document, "", &mut places);
    for place in places {
        let (parent, key) = place.rsplit_once('/').unwrap_or_default();
        if document.pointer(&place).is_some_and(Value::is_object) {
            let mut more = document.clone();
            let object = more.pointer_mut(&place).and_then(Value::as_object_mut).unwrap();
            object.insert("more".to_owned(), json!(1));
            each(more, format!("{place}/more added"));
        }
        if place.is_empty() {
            continue;
        }
        let mut less = document.clone();
        match less.pointer_mut(parent).unwrap() {
            Value::Object(object) => drop(object.remove(key)),
            Value::Array(items) => drop(items.remove(key.parse().unwrap())),
            _ => unreachable!("a value in a value that is none"),
        }
        each(less, format!("{place} removed"));
        for value in
            [json!(null), json!(true), json!(-1), json!(0.5), json!("x"), json!([]), json!({})]
        {
            if document.pointer(&place) != Some(&value) {
                let what = format!("{place} {value}");
                let mut other = document.clone();
                *other.pointer_mut(&place).unwrap() = value;
                each(other, what);
            }
        }
    }
}

/// The pointers of a document's values; of an array the first and the last item's.
fn collect(value: &Value, place: &str, places: &mut Vec<String>) {
    places.push(place.to_owned());
    match value {
        Value::Object(object) => {
            object
                .iter()
                .for_each(|(key, value)| collect(value, &format!("{place}/{key}"), places));
        }
        Value::Array(items) => {
            let ends = [0, items.len().saturating_sub(1)];
            let items = items.iter().enumerate().filter(|(at, _)| ends.contains(at));
            items.for_each(|(at, value)| collect(value, &format!("{place}/{at}"), places));
        }
        _ => {}
    }
}
