//! Texts in which what identifies somebody is replaced. Pure.
//!
//! Invariant: time is linear in the text. At each place the leftmost match is taken, of
//! several the longest, of equally long ones the pattern that is listed first; what stands
//! in its place is not looked at again.

use regex::Regex;
use serde::Deserialize;
use serde_json::{Value, json};

/// What is said of the param.
pub(super) fn schema() -> Value {
    json!({
        "type": "array",
        "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["column", "patterns"],
            "properties": {
                "column": {"type": "string", "description": "a column of text in the result"},
                "patterns": {
                    "type": "array", "minItems": 1,
                    "items": {"enum": NAMES},
                    "description": "what is replaced; of two at one place the longer, then the one listed first"
                },
                "with": {
                    "type": "string", "default": WITH,
                    "description": "what stands in its place; {kind} is the pattern's name"
                }
            }
        },
        "description": "texts in which what identifies somebody is replaced, behind the SQL"
    })
}

/// What is replaced in one column.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Redaction {
    pub(super) column: String,
    patterns: Vec<Pattern>,
    #[serde(default = "with")]
    with: String,
}

fn with() -> String {
    WITH.to_owned()
}

/// What stands in the place of a match, where nothing is said.
const WITH: &str = "<{kind}>";

/// The names of the patterns, in the order of [`Pattern`].
const NAMES: [&str; 10] =
    ["ipv4", "ipv6", "mac", "email", "url", "uuid", "hex", "path", "phone", "number"];

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Pattern {
    Ipv4,
    Ipv6,
    Mac,
    Email,
    Url,
    Uuid,
    Hex,
    Path,
    Phone,
    Number,
}

impl Pattern {
    fn name(self) -> &'static str {
        NAMES.get(self as usize).copied().unwrap_or_default()
    }

    /// The pattern, in the syntax of the `regex` crate. A word's end is looked at by
    /// [`Patterns`], so that none ends within a word.
    fn expression(self) -> &'static str {
        match self {
            Self::Ipv4 => {
                r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
            }
            Self::Ipv6 => {
                r"(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}|(?:[0-9A-Fa-f]{1,4}:){1,7}:|(?:[0-9A-Fa-f]{1,4}:){1,6}(?::[0-9A-Fa-f]{1,4}){1,6}|::(?:[0-9A-Fa-f]{1,4}:){0,6}[0-9A-Fa-f]{1,4}"
            }
            Self::Mac => r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}",
            Self::Email => {
                r"[0-9A-Za-z][0-9A-Za-z._%+-]*@[0-9A-Za-z](?:[0-9A-Za-z-]*[0-9A-Za-z])?(?:\.[0-9A-Za-z](?:[0-9A-Za-z-]*[0-9A-Za-z])?)+"
            }
            Self::Url => r#"[A-Za-z][0-9A-Za-z+.-]*://[^\s<>"']*[^\s<>"'.,;:!?)\]}]"#,
            Self::Uuid => {
                r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
            }
            Self::Hex => r"0[xX][0-9A-Fa-f]+|[0-9A-Fa-f]{8,}",
            Self::Path => {
                r"(?:~|\.{1,2})?(?:/[0-9A-Za-z._@%+-]+)+/?|[A-Za-z]:(?:\\[0-9A-Za-z._@%+ -]+)+"
            }
            Self::Phone => r"\(?(?:\+|0)[0-9]?(?:[ ()/-]{0,2}[0-9]){6,14}",
            Self::Number => r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?",
        }
    }
}

/// What is replaced in one column.
pub(super) struct Patterns {
    patterns: Vec<(Regex, String)>,
}

impl Patterns {
    /// The patterns of one column.
    pub(super) fn new(redaction: &Redaction) -> Result<Self, regex::Error> {
        let mut patterns = Vec::with_capacity(redaction.patterns.len());
        for pattern in &redaction.patterns {
            let expression = pattern.expression();
            let with = redaction.with.replace("{kind}", pattern.name());
            patterns.push((Regex::new(&format!(r"(?:{expression})\b{{end-half}}"))?, with));
        }
        Ok(Self { patterns })
    }

    /// The text with every match replaced.
    pub(super) fn replace(&self, text: &str) -> String {
        let mut found: Vec<Option<(usize, usize)>> = vec![Some((0, 0)); self.patterns.len()];
        let mut replaced = String::with_capacity(text.len());
        let mut at = 0;
        loop {
            let mut best: Option<(usize, usize, usize)> = None;
            for (which, (pattern, _)) in self.patterns.iter().enumerate() {
                // What was found stays found as long as it lies ahead.
                if found[which].is_some_and(|(start, end)| start < at || end == 0) {
                    found[which] = ahead(pattern, text, at);
                }
                let Some((start, end)) = found[which] else { continue };
                let better = best.is_none_or(|(known, known_end, _)| {
                    start < known || (start == known && end > known_end)
                });
                if better {
                    best = Some((start, end, which));
                }
            }
            let Some((start, end, which)) = best else { break };
            replaced.push_str(&text[at..start]);
            replaced.push_str(&self.patterns[which].1);
            at = end;
        }
        replaced.push_str(&text[at..]);
        replaced
    }
}

/// The first match from a place on that does not begin within a word.
fn ahead(pattern: &Regex, text: &str, mut at: usize) -> Option<(usize, usize)> {
    while let Some(found) = pattern.find_at(text, at) {
        let before = text[..found.start()].chars().next_back();
        let first = text[found.start()..].chars().next();
        let word =
            |each: Option<char>| each.is_some_and(|each| each.is_alphanumeric() || each == '_');
        if !(word(before) && word(first)) {
            return Some((found.start(), found.end()));
        }
        // Behind the word, since no other place in it begins one.
        let rest = &text[found.start()..];
        let end = rest.find(|each: char| !(each.is_alphanumeric() || each == '_'));
        at = found.start() + end?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(names: &[&str], with: &str) -> Patterns {
        let patterns = names
            .iter()
            .map(|name| serde_json::from_value(serde_json::json!(name)).unwrap())
            .collect();
        Patterns::new(&Redaction { column: "text".into(), patterns, with: with.into() }).unwrap()
    }

    #[test]
    fn each_pattern_finds_what_its_name_says_and_no_part_of_a_word() {
        for (name, text, expected) in [
            ("ipv4", "from 10.0.0.255:80 to 999.1.1.1", "from <ipv4>:80 to 999.1.1.1"),
            ("ipv6", "fe80::1 and ::1 and 2001:db8:0:0:0:0:0:1", "<ipv6> and <ipv6> and <ipv6>"),
            ("mac", "aa:bb:cc:dd:ee:ff aa-bb-cc-dd-ee-ff", "<mac> <mac>"),
            ("email", "to a.b+c@example.co.uk, or x@y", "to <email>, or x@y"),
            ("url", "see https://a.b/c?d=e#f. Or (http://x/y)", "see <url>. Or (<url>)"),
            ("uuid", "id 123e4567-e89b-12d3-a456-426614174000!", "id <uuid>!"),
            ("hex", "0xDEADbeef deadbeef cafe", "<hex> <hex> cafe"),
            ("path", "in /var/log/x.log and ./a/b, C:\\a b\\c", "in <path> and <path>, <path>"),
            ("number", "took 12.5e-3 s, -7, v2, x_1, 3D", "took <number> s, <number>, v2, x_1, 3D"),
        ] {
            assert_eq!(patterns(&[name], WITH).replace(text), expected, "{name}");
        }
    }

    #[test]
    fn of_several_matches_the_leftmost_longest_first_listed_is_taken() {
        for (names, text, expected) in [
            (&["number", "ipv4"][..], "10.0.0.1 1.5", "[ipv4] [number]"),
            (&["number", "hex"], "12345678", "[number]"),
            (&["hex", "number"], "12345678", "[hex]"),
            (&["path", "url"], "http://a/b /c", "[url] [path]"),
            (&["email"], "nobody", "nobody"),
            (&["email"], "", ""),
        ] {
            assert_eq!(patterns(names, "[{kind}]").replace(text), expected, "{names:?}");
        }
        assert_eq!(patterns(&["email"], "").replace("é a@b.c é"), "é  é");
    }

    #[test]
    fn the_names_are_those_of_the_patterns() {
        for name in NAMES {
            let pattern: Pattern = serde_json::from_value(serde_json::json!(name)).unwrap();
            assert_eq!(pattern.name(), name);
        }
    }
}
