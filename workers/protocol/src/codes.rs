//! A worker's codes: what `ingot error CODE` tells of each.
//!
//! A worker in Rust keeps a table of [`Entry`], sorted, and puts it into its descriptor by
//! [`table`], beside the codes that every such worker may say ([`SHARED`]). Invariant: a
//! code is never reused and never changes its meaning. Codes explain: they enter no action
//! key and no identity.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What one code means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// One line.
    pub title: String,
    /// What it means, why it is refused and what to do, as Markdown.
    pub explanation: String,
}

/// One row of a worker's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The code, for example `D0104`.
    pub code: &'static str,
    /// One line.
    pub title: &'static str,
    /// What it means, why it is refused and what to do, as Markdown.
    pub explanation: &'static str,
}

/// The codes that [`crate::worker`] says in every worker.
pub const SHARED: &[Entry] = &[
    Entry {
        code: "W0001",
        title: "a request cannot be read",
        explanation: "The file that the worker was given is not there, is no request, or is one of another version of the protocol. Install `ingot` and its workers from one release.",
    },
    Entry {
        code: "W0002",
        title: "an input port does not have what the kind takes",
        explanation: "A port that the kind must have is empty, or one that takes a single artifact has several. The plan checks both by what the worker says of its kinds, so the two are of different versions: install `ingot` and its workers from one release.",
    },
    Entry {
        code: "W0003",
        title: "an output port is missing",
        explanation: "The request does not say where an output of the kind is to be written. Install `ingot` and its workers from one release.",
    },
    Entry {
        code: "W0004",
        title: "a worker has no answer",
        explanation: "It was asked to check an artifact of a type that it does not check, or what it prints could not be written. The message says which.",
    },
];

/// Most codes of one worker.
pub const MOST_CODES: usize = 1_000;
/// Most bytes of a title.
pub const LONGEST_TITLE: usize = 200;
/// Most bytes of an explanation.
pub const LONGEST_EXPLANATION: usize = 4_000;

/// The codes of a descriptor: those of a worker's tables, and the shared ones.
pub fn table(tables: &[&[Entry]]) -> BTreeMap<String, Code> {
    let entries = tables.iter().copied().chain([SHARED]).flatten();
    let code = |entry: &Entry| Code {
        title: entry.title.to_owned(),
        explanation: entry.explanation.to_owned(),
    };
    entries.map(|entry| (entry.code.to_owned(), code(entry))).collect()
}

/// Whether a worker may call something so: a capital letter, then capital letters and
/// digits, sixteen at most.
pub fn is_code(code: &str) -> bool {
    code.len() <= 16
        && code.starts_with(|first: char| first.is_ascii_uppercase())
        && code.chars().all(|each| each.is_ascii_uppercase() || each.is_ascii_digit())
}

/// Whether a code is of the form that the core keeps for its own: E and digits.
pub fn is_of_the_core(code: &str) -> bool {
    let digits = code.strip_prefix('E').unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
}

/// What is wrong with the codes that a descriptor holds.
///
/// ```
/// # use ingot_protocol::codes::{Code, check};
/// let code = Code { title: "rows are odd".into(), explanation: "Make them even.".into() };
/// assert_eq!(check(&[("X0001".to_owned(), code.clone())].into()), Ok(()));
/// assert_eq!(
///     check(&[("E0101".to_owned(), code)].into()),
///     Err("the code `E0101` is one of Ingot's own: a worker's has another letter".to_owned())
/// );
/// ```
pub fn check(codes: &BTreeMap<String, Code>) -> Result<(), String> {
    if codes.len() > MOST_CODES {
        return Err(format!("it has {} codes; {MOST_CODES} are the most", codes.len()));
    }
    for (code, Code { title, explanation }) in codes {
        if !is_code(code) {
            let shown: String = code.chars().take(16).collect();
            return Err(format!(
                "the code `{shown}` is none: it is a capital letter, then capital letters and \
                 digits, 16 at most"
            ));
        }
        if is_of_the_core(code) {
            return Err(format!(
                "the code `{code}` is one of Ingot's own: a worker's has another letter"
            ));
        }
        if title.is_empty() || title.len() > LONGEST_TITLE || title.contains('\n') {
            return Err(format!(
                "the title of the code `{code}` is not one line of {LONGEST_TITLE} bytes at most"
            ));
        }
        if explanation.is_empty() || explanation.len() > LONGEST_EXPLANATION {
            return Err(format!(
                "the explanation of the code `{code}` is empty, or longer than \
                 {LONGEST_EXPLANATION} bytes"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod said;

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_code_that_a_worker_in_rust_says_is_shared() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let shared = SHARED.iter().map(|entry| entry.code.to_owned()).collect();
        assert_eq!(said::codes(&sources), shared);
    }

    #[test]
    fn a_table_that_is_no_table_is_refused_with_its_reason() {
        let title = || "t".repeat(LONGEST_TITLE);
        let explanation = || "e".repeat(LONGEST_EXPLANATION);
        let said = |code: &str, title: String, explanation: String| {
            check(&BTreeMap::from([(code.to_owned(), Code { title, explanation })]))
        };
        assert_eq!(said("X1", title(), explanation()), Ok(()));
        assert_eq!(said("EXTRA1", title(), explanation()), Ok(()));
        for (code, title, explanation, expected) in [
            ("x1", title(), explanation(), "the code `x1` is none"),
            ("", title(), explanation(), "the code `` is none"),
            ("1X", title(), explanation(), "the code `1X` is none"),
            ("X234567890123456789", title(), explanation(), "the code `X234567890123456` is none"),
            ("E1", title(), explanation(), "the code `E1` is one of Ingot's own"),
            ("X1", title() + "t", explanation(), "the title of the code `X1`"),
            ("X1", "a\nb".to_owned(), explanation(), "the title of the code `X1`"),
            ("X1", String::new(), explanation(), "the title of the code `X1`"),
            ("X1", title(), explanation() + "e", "the explanation of the code `X1`"),
            ("X1", title(), String::new(), "the explanation of the code `X1`"),
        ] {
            let wrong = said(code, title, explanation).err().unwrap_or_default();
            assert!(wrong.starts_with(expected), "{wrong}");
        }
        let code = Code { title: title(), explanation: explanation() };
        let many = (0..=MOST_CODES).map(|at| (format!("X{at}"), code.clone())).collect();
        assert_eq!(check(&many), Err("it has 1001 codes; 1000 are the most".to_owned()));
    }

    #[test]
    fn a_table_keeps_its_bounds() {
        assert_eq!(check(&table(&[])), Ok(()));
        assert!(SHARED.is_sorted_by_key(|entry| entry.code));
    }
}
