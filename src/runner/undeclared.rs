//! A path that a failed command missed, and that the workspace has.
//!
//! An undeclared file is not in the exec root, so a program says that it is not
//! there, or that it may not be read. Its log names the path; if the workspace
//! has it, the fix is one line. Pure but for the look into the workspace.

use std::path::{Component, Path, PathBuf};

use super::launch::STEP;
use crate::sys::fs;

/// The first path in the log's tail that exists in the workspace and was not
/// placed in the exec root; relative to the workspace.
pub fn find(tail: &[String], workspace: &Path, root: &Path) -> Option<String> {
    tail.iter().rev().flat_map(|line| words(line)).find_map(|word| {
        let relative = relative(word, workspace, root)?;
        let text = relative.to_str()?.to_owned();
        let there = fs::exists(&workspace.join(&relative));
        (there && !fs::exists(&root.join(&relative))).then_some(text)
    })
}

/// What could be a path in a line.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| c.is_whitespace() || "'\"`‘’“”()[]<>,;=|".contains(c))
        .map(|word| word.trim_end_matches([':', '.', '!', '?']))
        .filter(|word| !word.is_empty())
}

/// The path below the workspace; nothing for one that is outside it.
fn relative(word: &str, workspace: &Path, root: &Path) -> Option<PathBuf> {
    let path = Path::new(word);
    let below = if path.is_absolute() {
        let places = [root, Path::new(STEP), workspace];
        places.iter().find_map(|place| path.strip_prefix(place).ok())?
    } else {
        path
    };
    let normal: PathBuf = below
        .components()
        .filter(|part| *part != Component::CurDir)
        .map(|part| matches!(part, Component::Normal(_)).then(|| part.as_os_str()))
        .collect::<Option<_>>()?;
    let own = normal.starts_with(".ingot")
        || ["in", "out", "tmp"].iter().any(|own| normal.starts_with(own));
    (!normal.as_os_str().is_empty() && !own).then_some(normal)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_missing_file_of_the_workspace_is_found_in_what_programs_say() {
        let folder = tempfile::tempdir().unwrap();
        let (workspace, root) = (folder.path().join("w"), folder.path().join("r"));
        std::fs::create_dir_all(workspace.join("data")).unwrap();
        std::fs::create_dir_all(root.join("tools")).unwrap();
        std::fs::create_dir_all(workspace.join("tools")).unwrap();
        std::fs::write(workspace.join("data/x.csv"), "").unwrap();
        let absolute = format!("PermissionError: '{}/data/x.csv'", workspace.display());
        for (line, found) in [
            (
                "FileNotFoundError: [Errno 2] No such file or directory: 'data/x.csv'",
                Some("data/x.csv"),
            ),
            ("cat: data/x.csv: No such file or directory", Some("data/x.csv")),
            ("cat: ./data/x.csv: Permission denied", Some("data/x.csv")),
            ("cat: /step/data/x.csv: Permission denied", Some("data/x.csv")),
            (absolute.as_str(), Some("data/x.csv")),
            ("cat: tools: Is a directory", None),
            ("cat: ../w/data/x.csv: nothing", None),
            ("no such thing: data/y.csv", None),
        ] {
            let tail = vec!["first line".to_owned(), line.to_owned()];
            assert_eq!(find(&tail, &workspace, &root).as_deref(), found, "{line}");
        }
    }
}
