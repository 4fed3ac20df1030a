//! Where a byte of a TOML string's content stands in the file. Pure.

use std::ops::Range;

/// The bytes of `text` that write the bytes `within` of a string whose literal, with its
/// quotes, stands at `literal`. What is no literal is its own place.
pub(super) fn within(text: &str, literal: Range<usize>, within: Range<usize>) -> Range<usize> {
    let Some(raw) = text.get(literal.clone()) else { return literal };
    let Some(starts) = starts(raw) else { return literal };
    let place = |at: usize| starts.get(at).or(starts.last()).map_or(0, |start| *start);
    let start = place(within.start);
    let end = place(within.end).max(start);
    literal.start + start..literal.start + end
}

/// For each byte of the content, and for its end, where in the literal it is written.
fn starts(raw: &str) -> Option<Vec<usize>> {
    let quote = raw.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let triple: String = [quote; 3].iter().collect();
    let width = if raw.len() >= 6 && raw.starts_with(&triple) { 3 } else { 1 };
    let end = raw.len().checked_sub(width).filter(|end| *end >= width)?;
    let mut at = width;
    if width == 3 {
        // The line break behind the quotes is not of the content.
        at += [b"\r\n".as_slice(), b"\n"]
            .iter()
            .find(|line| raw.as_bytes()[at..end].starts_with(line))
            .map_or(0, |line| line.len());
    }
    let mut starts = Vec::with_capacity(end);
    while let Some(next) = raw.get(at..end).and_then(|rest| rest.chars().next()) {
        let (written, read) = match (quote, next) {
            ('"', '\\') => escape(&raw[at..end]),
            (_, next) => (next.len_utf8(), next.len_utf8()),
        };
        starts.extend(std::iter::repeat_n(at, read));
        at += written;
    }
    starts.push(end);
    Some(starts)
}

/// How many bytes an escape is written in, and how many it stands for.
fn escape(rest: &str) -> (usize, usize) {
    let digits = match rest.as_bytes().get(1) {
        Some(b'x') => 2,
        Some(b'u') => 4,
        Some(b'U') => 8,
        Some(b'\n' | b'\r' | b' ' | b'\t') => {
            let space = rest[1..].len() - rest[1..].trim_start().len();
            return (1 + space, 0);
        }
        _ => return (rest.len().min(2), 1),
    };
    let code = rest.get(2..2 + digits).and_then(|code| u32::from_str_radix(code, 16).ok());
    let read = code.and_then(char::from_u32).map_or(1, char::len_utf8);
    (rest.len().min(2 + digits), read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_of_the_content_is_found_in_the_literal() {
        for (literal, sought) in [
            ("\"a <> b\"", "<>"),
            ("'a <> b'", "<>"),
            ("\"\"\"\na\n<> b\"\"\"", "<>"),
            ("'''\r\na <> b'''", "<>"),
            ("\"\\\"\\u00e9\\\" <> b\"", "<>"),
            ("\"\"\"a \\\n   <> b\"\"\"", "<>"),
            ("\"\"", ""),
        ] {
            let text = format!("sql = {literal}\n");
            let content: toml::Table = toml::from_str(&text).unwrap_or_default();
            let content = content["sql"].as_str().unwrap_or_default();
            let at = content.find(sought).unwrap_or_default();
            let found = within(&text, 6..6 + literal.len(), at..at + sought.len());
            assert_eq!(&text[found], sought, "{literal}");
        }
    }
}
