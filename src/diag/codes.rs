//! The table of diagnostic codes: what `ingot error CODE` explains.
//!
//! Invariant: codes are never reused and never change their meaning. The first
//! digits say which part speaks: 01 manifest syntax, 02 manifest form, 03 plan,
//! 04 params, 05 files and sources, 06 environment, 07 store, 08 running a
//! step, 09 lock, 10 usage, 70 a mistake of ours; each part has a table of its own. A
//! worker's codes have another letter, and stand in its descriptor.

mod environment;
mod form;
mod lock;
mod ours;
mod params;
mod plan;
mod running;
mod sources;
mod store;
mod syntax;
mod usage;

use super::Exit;

/// One code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// The code, for example `E0101`.
    pub code: &'static str,
    /// What a command ends with that ends with it.
    pub exit: Exit,
    /// One line.
    pub title: &'static str,
    /// What it means and what to do, as Markdown.
    pub explanation: &'static str,
}

/// The tables, sorted.
const TABLES: &[&[Code]] = &[
    syntax::CODES,
    form::CODES,
    plan::CODES,
    params::CODES,
    sources::CODES,
    environment::CODES,
    store::CODES,
    running::CODES,
    lock::CODES,
    usage::CODES,
    ours::CODES,
];

/// Every code, sorted.
pub fn all() -> impl Iterator<Item = &'static Code> {
    TABLES.iter().copied().flatten()
}

/// Looks a code up, whatever its case.
pub fn find(code: &str) -> Option<&'static Code> {
    all().find(|entry| entry.code.eq_ignore_ascii_case(code))
}

/// What a command ends with that ends with this code. One that stands in no table is a
/// mistake of ours.
pub fn exit(code: &str) -> Exit {
    find(code).map_or(Exit::Bug, |entry| entry.exit)
}

/// The same of a step that failed with this code. What the step did wrong is its own,
/// whatever the code says of a command; but not what the machine lacks, or what the lock has
/// otherwise.
pub fn of_step(code: &str) -> Exit {
    match find(code).map(|entry| entry.exit) {
        Some(exit @ (Exit::Environment | Exit::Locked)) => exit,
        _ => Exit::StepFailed,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;
    use std::path::Path;

    use ingot_protocol::codes::is_of_the_core;

    use super::*;

    /// Codes in the string literals of every source file but the tables.
    fn used(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                used(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") && !is_table(&path) {
                let text = std::fs::read_to_string(&path).unwrap();
                found.extend(text.split('"').filter(|word| is_code(word)).map(str::to_owned));
            }
        }
    }

    fn is_table(path: &Path) -> bool {
        path.ends_with("codes.rs")
            || path.parent().is_some_and(|folder| folder.ends_with("diag/codes"))
    }

    fn is_code(word: &str) -> bool {
        word.len() == 5
            && word.starts_with('E')
            && word[1..].bytes().all(|byte| byte.is_ascii_digit())
    }

    #[test]
    fn every_code_that_is_used_is_explained_and_no_other() {
        let mut found = BTreeSet::new();
        used(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        let known: BTreeSet<String> = all().map(|entry| entry.code.to_owned()).collect();
        assert_eq!(found, known);
    }

    #[test]
    fn the_table_is_sorted_and_each_code_says_something() {
        assert!(all().is_sorted_by_key(|entry| entry.code));
        for entry in all() {
            assert!(is_of_the_core(entry.code), "{}", entry.code);
            assert!(entry.title.len() > 5 && entry.explanation.len() > 20, "{}", entry.code);
        }
        assert_eq!(find("e0101").map(|entry| entry.code), Some("E0101"));
    }
}
