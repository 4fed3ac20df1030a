//! What a command says, as a snapshot can hold it.

use super::{Project, Said};

/// What a command says, with what differs from run to run left out.
pub(crate) fn told(project: &Project, arguments: &[&str]) -> String {
    let Said { code, stdout, stderr } = project.run(arguments);
    steady(&format!("{stdout}{stderr}exit {code}\n"))
}

/// A text without its times, dates and digests.
pub(crate) fn steady(text: &str) -> String {
    let patterns = [
        (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\dZ?", "DATE"),
        (r"\b\d+\.\d\d s\b", "TIME"),
        (r"\b[0-9a-f]{64}\b", "HEX"),
        (r"\bDATE,[0-9.e-]+", "DATE,N"),
        (r#""(begun|seconds)":[0-9.e-]+"#, r#""$1":N"#),
        (r"[^ ]*/runs/HEX/", ".../runs/HEX/"),
    ];
    patterns.iter().fold(text.to_owned(), |text, (pattern, with)| {
        regex::Regex::new(pattern).unwrap().replace_all(&text, *with).into_owned()
    })
}
