//! The codes that a crate's sources say: what its table is held to. Only for tests, of this
//! crate and of the workers.

use std::collections::BTreeSet;
use std::path::Path;

/// The string literals below a folder that are a letter and four digits, without those of
/// tests and of tables (`codes.rs`, `codes/`).
pub(crate) fn codes(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk(folder, &mut found);
    assert!(!found.is_empty(), "no code is said in {}", folder.display());
    found
}

fn walk(folder: &Path, found: &mut BTreeSet<String>) {
    let entries = std::fs::read_dir(folder);
    let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !["codes", "snapshots", "tests"].contains(&name.as_ref()) {
                walk(&path, found);
            }
        } else if name.ends_with(".rs") && !["codes.rs", "tests.rs"].contains(&name.as_ref()) {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            found.extend(text.split('"').filter(|word| is_code(word)).map(str::to_owned));
        }
    }
}

fn is_code(word: &str) -> bool {
    word.len() == 5
        && word.starts_with(|first: char| first.is_ascii_uppercase())
        && word.bytes().skip(1).all(|byte| byte.is_ascii_digit())
}
