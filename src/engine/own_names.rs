//! What a worker says of `in/data`, with the user's own names for it.
//!
//! Pure. A worker knows its inputs by their places in the exec root; a person knows the
//! path in the workspace, or the step that made it.

use super::inputs::{Inputs, SourceContent};
use super::places::prefix;
use crate::model::action::Action;
use crate::plan::{Feed, Origin, Step};

/// A message with the user's names of the inputs in it.
pub fn in_own_names(message: &str, step: &Step, action: &Action, inputs: &Inputs) -> String {
    let mut names: Vec<(String, String)> = Vec::new();
    for (param, path) in &step.params.paths {
        let own = path.value.strip_prefix("./").unwrap_or(&path.value);
        names.push((format!("in/params/{param}"), own.to_owned()));
    }
    for (port, feed) in step.feeds() {
        let Some(placed) = action.inputs.get(port) else { continue };
        if !step.takes_many(port) && placed.len() == 1 {
            names.push((format!("in/{port}"), own_name(feed, inputs)));
            continue;
        }
        // On a port of many the order is that of the digests.
        let content = match &feed.origin {
            Origin::Source(name) => inputs.source(name).map(|source| source.content).ok(),
            Origin::Path(path) => inputs.path(&step.home.path(path)).ok(),
            Origin::Code(path) => inputs.code(&step.home.path(path)).ok(),
            Origin::Output { .. } => None,
        };
        let index = placed.iter().position(|input| Some(input.content) == content);
        if let Some(index) = index {
            names.push((format!("in/{port}/{index}"), own_name(feed, inputs)));
        }
    }
    // The longer ones first: a place may be the beginning of another one.
    names.sort_by_key(|(place, _)| std::cmp::Reverse(place.len()));
    names.iter().fold(message.to_owned(), |text, (place, own)| replaced(&text, place, own))
}

/// The path of a source in its manifest, or the reference to what another step made.
fn own_name(feed: &Feed, inputs: &Inputs) -> String {
    match &feed.origin {
        Origin::Source(name) => {
            let own = |source: &SourceContent| {
                source.at.clone().unwrap_or_else(|| prefix(&source.path).to_owned())
            };
            inputs.source(name).map_or_else(|_| name.clone(), own)
        }
        Origin::Path(path) | Origin::Code(path) => path.clone(),
        Origin::Output { .. } => feed.reference.clone(),
    }
}

/// A text with a place exchanged where it stands as a whole name.
fn replaced(text: &str, place: &str, own: &str) -> String {
    let part = |character: char| character.is_alphanumeric() || "_-".contains(character);
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(place) {
        let (before, behind) = (&rest[..at], &rest[at + place.len()..]);
        told.push_str(before);
        let inside = told.ends_with(|last| part(last) || last == '/' || last == '.');
        let longer = behind.starts_with(part);
        told.push_str(if inside || longer { place } else { own });
        rest = behind;
    }
    told.push_str(rest);
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_exchanged_where_it_is_a_whole_name() {
        let told = |text| replaced(text, "in/data", "data/rows.csv");
        for (text, expected) in [
            ("in/data: line 2: a NUL byte", "data/rows.csv: line 2: a NUL byte"),
            ("`in/data` and in/data", "`data/rows.csv` and data/rows.csv"),
            ("in/data/a.csv: gone", "data/rows.csv/a.csv: gone"),
            ("in/data-old, in/database, main/data", "in/data-old, in/database, main/data"),
            ("./in/data", "./in/data"),
            ("", ""),
        ] {
            assert_eq!(told(text), expected);
        }
    }
}
