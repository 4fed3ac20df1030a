//! What of a log line changes from one to the next: masked, a word at a time. Pure.
//!
//! Simpler than Drain (He and others, Drain: An Online Log Parsing Approach with Fixed Depth
//! Tree, 2017), which also learns which words change: here the form of a word decides, so
//! that a line has the same template whatever lines came before it.

use super::ANY;

/// Signs that stand around a word, and between its parts.
const SIGNS: &str = "()[]{}<>,;:=\"'|";

/// The text with what changes as `<*>`, its words parted by one space each.
///
/// A word is masked as a whole where it is a path or an address with a scheme. Of others each
/// part, between signs such as `=` and `:`, is masked where it has a digit: numbers with and
/// without units, hexadecimal ones, addresses, names of machines. Of `core.3275 at 0x1b8550
/// (10.0.0.7)` it is `<*> at <*> (<*>)`.
pub(crate) fn mask(text: &str) -> String {
    let words = text.split_whitespace().map(|word| match is_path(word) {
        true => ANY.to_owned(),
        false => parts(word),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A word whose parts between signs are masked.
fn parts(word: &str) -> String {
    let mut masked = String::new();
    let mut rest = word;
    while !rest.is_empty() {
        let end = rest.find(|c| SIGNS.contains(c)).unwrap_or(rest.len());
        let (part, behind) = rest.split_at(end);
        let digit = part.chars().any(|c| c.is_ascii_digit());
        masked.push_str(if digit { ANY } else { part });
        let sign = behind.chars().next().map_or(0, char::len_utf8);
        masked.push_str(&behind[..sign]);
        rest = &behind[sign..];
    }
    masked
}

fn is_path(word: &str) -> bool {
    let word = word.trim_matches(|c| SIGNS.contains(c));
    word.starts_with('/') && word[1..].contains('/') || word.contains("://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_is_masked_and_the_rest_stays() {
        for (text, expected) in [
            ("core.3275 at 0x1b8550 (10.0.0.7)", "<*> at <*> (<*>)"),
            ("  two   spaces\t", "two spaces"),
            ("rc=-12, took 3.5ms", "rc=<*>, took <*>"),
            ("opened /usr/a/b.c: ok", "opened <*> ok"),
            ("see https://x.org/y", "see <*>"),
            ("R00-M0-N8:J18-U11 failed", "<*>:<*> failed"),
            ("and/or dead beef", "and/or dead beef"),
            ("", ""),
        ] {
            assert_eq!(mask(text), expected);
            assert_eq!(mask(expected), expected, "a masked text stays");
        }
    }
}
