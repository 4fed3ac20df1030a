//! Texts that others wrote, fit for a terminal. Pure.
//!
//! Invariant: what comes out holds no control character but those that a line or a block
//! is made of, and nothing that turns the direction of writing: both are written out, as
//! `\u{1b}`. So a name cannot move the cursor, set a title, hide a word or begin a line.

use std::borrow::Cow;

/// A text of several lines: line feeds and tabs stay.
pub fn block(text: &str) -> Cow<'_, str> {
    written_out(
        text,
        |c| is_control(c) && !matches!(c, '\n' | '\t'),
        |c, to| {
            to.extend(c.escape_default());
        },
    )
}

/// A text that is one line, such as a name: nothing in it ends the line.
pub fn line(text: &str) -> Cow<'_, str> {
    written_out(text, is_control, |c, to| to.extend(c.escape_default()))
}

/// A block in which this program's own colours stand.
pub fn coloured(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return block(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("\u{1b}[") {
        shown.push_str(&block(before));
        let length = behind.bytes().take_while(|b| b.is_ascii_digit() || *b == b';').count();
        rest = match behind[length..].strip_prefix('m') {
            Some(after) => {
                shown.push_str("\u{1b}[");
                shown.push_str(&behind[..=length]);
                after
            }
            None => {
                shown.push_str(&block("\u{1b}["));
                behind
            }
        };
    }
    shown.push_str(&block(rest));
    Cow::Owned(shown)
}

/// A JSON text that means the same: between its values stand none of these, and in a
/// string they can be written out.
pub fn json(text: &str) -> Cow<'_, str> {
    let turns = |c: char| is_control(c) && !matches!(c, '\n' | '\t' | '\r');
    written_out(text, turns, |c, to| to.push_str(&format!("\\u{:04x}", u32::from(c))))
}

/// Control characters, separators of lines, and what turns the direction of writing.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2066}'..='\u{2069}')
}

fn written_out(
    text: &str,
    is_written_out: impl Fn(char) -> bool,
    write: impl Fn(char, &mut String),
) -> Cow<'_, str> {
    let Some(first) = text.find(&is_written_out) else { return Cow::Borrowed(text) };
    let mut shown = String::with_capacity(text.len() + 16);
    shown.push_str(&text[..first]);
    for c in text[first..].chars() {
        if is_written_out(c) { write(c, &mut shown) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const HOSTILE: &str =
        "a\u{1b}]0;t\u{7}\u{9b}2J\r\u{7f}\u{202e}b\u{2066}\u{61c}\tc\u{2028}\nd\u{e9}";

    #[test]
    fn control_characters_are_written_out() {
        insta::assert_snapshot!(block(HOSTILE).into_owned(), @r"
        a\u{1b}]0;t\u{7}\u{9b}2J\r\u{7f}\u{202e}b\u{2066}\u{61c}	c\u{2028}
        dé
        ");
        insta::assert_snapshot!(line(HOSTILE).into_owned(), @r"a\u{1b}]0;t\u{7}\u{9b}2J\r\u{7f}\u{202e}b\u{2066}\u{61c}\tc\u{2028}\ndé");
        assert!(matches!(block("plain é\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn of_escapes_only_colours_stay_and_only_where_they_may() {
        let text = "\u{1b}[1;31mred\u{1b}[0m \u{1b}[2J \u{1b}[38;5;1m \u{1b}]0;t\u{7} \u{1b}[";
        let shown = coloured(text);
        assert_eq!(
            shown,
            "\u{1b}[1;31mred\u{1b}[0m \\u{1b}[2J \u{1b}[38;5;1m \\u{1b}]0;t\\u{7} \\u{1b}["
        );
        assert_eq!(block(text).matches('\u{1b}').count(), 0);
    }

    #[test]
    fn json_stays_the_same_value() {
        let value = serde_json::json!({ "name": HOSTILE });
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let shown = json(&text);
            assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
            assert!(shown.chars().all(|c| !is_control(c) || c == '\n'));
        }
    }
}
