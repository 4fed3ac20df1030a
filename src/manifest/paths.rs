//! Paths of the workspace as a manifest writes them. Pure: nothing is looked up.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Spanned};

/// The path without `./` and doubled slashes, where it is one inside the
/// workspace.
pub(super) fn inside(path: &Spanned<String>, diagnostics: &mut Vec<Diagnostic>) -> Option<String> {
    match normal(&path.value) {
        Ok(normal) => Some(normal),
        Err((message, help)) => {
            diagnostics.push(
                Diagnostic::error("E0207", format!("`{}` {message}", path.value))
                    .label(path.span, "")
                    .help(help),
            );
            None
        }
    }
}

/// Whether a path lies below another one.
pub(super) fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// One of these paths that is the same as `path`, above it or below it.
pub(super) fn overlapping<'a, T>(
    paths: &'a BTreeMap<String, T>,
    path: &str,
) -> Option<(&'a String, &'a T)> {
    if path == "." {
        return paths.first_key_value();
    }
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    let above = ends.map(|end| &path[..end]).chain(["."]);
    let below = format!("{path}/");
    above.into_iter().find_map(|above| paths.get_key_value(above)).or_else(|| {
        let (first, value) = paths.range(below.clone()..).next()?;
        first.starts_with(&below).then_some((first, value))
    })
}

fn normal(path: &str) -> Result<String, (&'static str, &'static str)> {
    let relative = "write a path relative to ingot.toml";
    if path.is_empty() {
        return Err(("is no path", relative));
    }
    if path.starts_with('/') || path.starts_with('~') || path.contains(":\\") {
        return Err(("is not inside the workspace", relative));
    }
    if path.contains('\\') {
        return Err(("has a backslash", "write `/` between folders, on every system"));
    }
    if path.chars().any(char::is_control) {
        return Err(("has a control character", relative));
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    let help = "copy or link the data into the workspace, or move ingot.toml up";
                    return Err(("leads out of the workspace", help));
                }
            }
            part => parts.push(part),
        }
    }
    match parts.first() {
        Some(&".ingot") => Err(("is inside the store", "name a file of your own")),
        Some(_) => Ok(parts.join("/")),
        None => Ok(".".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{BTreeMap, normal, overlapping};

    #[test]
    fn paths_overlap_where_one_lies_in_the_other() {
        let paths = ["a/b", "a/b.c", "d", "e/f/g"].map(|path| (path.to_owned(), ()));
        let paths: BTreeMap<String, ()> = paths.into();
        let found = |path| overlapping(&paths, path).map(|(found, ())| found.as_str());
        for (path, expected) in [
            ("a/b", Some("a/b")),
            ("a/b/x/y", Some("a/b")),
            ("a", Some("a/b")),
            ("e", Some("e/f/g")),
            (".", Some("a/b")),
            ("a/bc", None),
            ("dd", None),
            ("e/f/gg", None),
        ] {
            assert_eq!(found(path), expected, "{path}");
        }
        assert!(overlapping(&BTreeMap::from([(".".to_owned(), ())]), "x").is_some());
    }

    #[test]
    fn a_path_stays_inside_the_workspace() {
        for (path, expected) in [
            ("data/x.csv", Some("data/x.csv")),
            ("./data//x.csv", Some("data/x.csv")),
            ("data/../x", Some("x")),
            ("./", Some(".")),
            ("../x", None),
            ("a/../../x", None),
            ("/etc/passwd", None),
            ("C:\\x", None),
            ("a\\b", None),
            ("", None),
            (".ingot/cas", None),
        ] {
            assert_eq!(normal(path).ok().as_deref(), expected, "{path}");
        }
    }
}
