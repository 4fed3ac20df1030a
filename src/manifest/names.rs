//! Names of steps, sources, tools, targets and params. Pure.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Span};

/// Longest name.
const LONGEST: usize = 100;

/// Whether a word can be a name: letters, digits, `_` and `-`.
pub(super) fn is_name(word: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    !word.is_empty() && word.len() <= LONGEST && word.chars().all(fits) && !word.starts_with('-')
}

/// Tells of a name that is none.
pub(crate) fn check(what: &str, name: &str, span: Span, diagnostics: &mut Vec<Diagnostic>) -> bool {
    if is_name(name) {
        return true;
    }
    diagnostics.push(
        Diagnostic::error("E0205", format!("`{name}` cannot be the name of a {what}"))
            .label(span, "")
            .help(format!("use letters, digits, `_` and `-`, at most {LONGEST}")),
    );
    false
}

/// Tells of names that differ in case alone, and of a step that is called like
/// a source: a reference could mean either.
pub(super) fn check_distinct(
    names: &[(&'static str, String, Span)],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut seen: BTreeMap<String, (&'static str, &str, Span)> = BTreeMap::new();
    for (what, name, span) in names {
        let Some((other, first, place)) = seen.insert(name.to_lowercase(), (what, name, *span))
        else {
            continue;
        };
        diagnostics.push(
            Diagnostic::error(
                "E0217",
                format!("the {what} `{name}` is called like the {other} `{first}`"),
            )
            .label(*span, "")
            .label(place, format!("the {other} is here"))
            .help("rename one of them"),
        );
    }
}
