//! Patterns of contracts, as regular expressions. Pure.

use regex::Regex;

/// The expression that a text matches whole. It takes time that is linear in the text.
///
/// ```
/// # use ingot_protocol::contract::whole;
/// let pattern = whole("[A-Z]{2}|x").unwrap_or_else(|what| panic!("{what}"));
/// assert!(pattern.is_match("DE") && !pattern.is_match("DEU") && !pattern.is_match("ax"));
/// assert!(whole("(").is_err());
/// ```
pub fn whole(pattern: &str) -> Result<Regex, String> {
    // By itself first: a bracket of its own must not close ours.
    let read = |text: &str| Regex::new(text).map_err(|error| told(&error));
    read(pattern)?;
    read(&format!(r"\A(?:{pattern})\z"))
}

/// The last line of an error, which says what is wrong; those before it draw where.
fn told(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default().trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}
