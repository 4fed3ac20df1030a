//! Paths of the workspace as a manifest writes them. Pure: nothing is looked up.

use super::names;
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

/// The same of a source, which may also stand in a mount: `mount:NAME/path`.
pub(super) fn source(path: &Spanned<String>, diagnostics: &mut Vec<Diagnostic>) -> Option<String> {
    let Some(rest) = path.value.strip_prefix("mount:") else { return inside(path, diagnostics) };
    let (name, below) = rest.split_once('/').unwrap_or((rest, "."));
    if !names::check("mount", name, path.span, diagnostics) {
        return None;
    }
    let below = if below.is_empty() { "." } else { below };
    let below = inside(&Spanned::new(below.to_owned(), path.span), diagnostics)?;
    Some(format!("mount:{name}/{below}"))
}

/// What to do about a path that is not in the workspace.
const ELSEWHERE: &str = "write a path relative to ingot.toml; a source of another place is \
                         path = \"mount:NAME/..\", and your config.toml says where NAME is";

fn normal(path: &str) -> Result<String, (&'static str, &'static str)> {
    let relative = "write a path relative to ingot.toml";
    if path.is_empty() {
        return Err(("is no path", relative));
    }
    if path.starts_with('/') || path.starts_with('~') || path.contains(":\\") {
        return Err(("is not inside the workspace", ELSEWHERE));
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
                    return Err(("leads out of the workspace", ELSEWHERE));
                }
            }
            part => parts.push(part),
        }
    }
    match parts.first() {
        Some(&".ingot") => Err(("is inside the store", "name a file of your own")),
        Some(&("ingot.lock" | "ingot.local.toml")) => {
            Err(("is written by ingot or for one machine", "name a file of your own"))
        }
        Some(_) => Ok(parts.join("/")),
        None => Ok(".".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::normal;

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
            ("./ingot.lock", None),
            ("old/ingot.lock", Some("old/ingot.lock")),
        ] {
            assert_eq!(normal(path).ok().as_deref(), expected, "{path}");
        }
    }
}
