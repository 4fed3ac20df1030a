//! Whether a column looks like a person's: by its name, or by what its texts look like. Pure.
//!
//! A guess in doubt says yes: then the draft holds no value, which is all that follows.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::DataType;

use super::column::words;

/// Words of names.
const NAMES: [&str; 24] = [
    "name",
    "firstname",
    "lastname",
    "surname",
    "forename",
    "fullname",
    "username",
    "email",
    "mail",
    "phone",
    "telephone",
    "mobile",
    "fax",
    "address",
    "street",
    "birthday",
    "birthdate",
    "birth",
    "ssn",
    "passport",
    "iban",
    "ip",
    "person",
    "patient",
];

/// The share of texts that look alike.
const MOST: f64 = 0.5;

/// Why a column looks like a person's.
pub(super) fn looks_like(name: &str, array: &ArrayRef) -> Option<&'static str> {
    if words(name).iter().any(|word| NAMES.contains(&word.as_str())) {
        return Some("its name is that of something personal");
    }
    if *array.data_type() != DataType::Utf8 {
        return None;
    }
    let texts = array.as_string::<i32>();
    let there = texts.len() - texts.null_count();
    let often = |looks: fn(&str) -> bool| {
        let found = texts.iter().flatten().filter(|text| looks(text)).count();
        there > 0 && found as f64 >= MOST * there as f64
    };
    [
        (is_mail as fn(&str) -> bool, "its texts look like e-mail addresses"),
        (is_phone, "its texts look like telephone numbers"),
    ]
    .into_iter()
    .find_map(|(looks, why)| often(looks).then_some(why))
}

fn is_mail(text: &str) -> bool {
    let text = text.trim();
    let Some((person, host)) = text.split_once('@') else { return false };
    let dotted =
        host.split_once('.').is_some_and(|(one, other)| !one.is_empty() && !other.is_empty());
    !person.is_empty() && dotted && !text.contains(char::is_whitespace)
}

fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let signs = text.chars().all(|c| c.is_ascii_digit() || " +-()/.".contains(c));
    // A date has eight digits and no sign in front; a number alone may be anything.
    let marked = text.trim_start().starts_with(['+', '(']);
    signs && marked && (7..=15).contains(&digits)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::StringArray;

    use super::*;

    #[test]
    fn names_and_texts_of_persons_are_known() {
        let looks = |name: &str, texts: &[&str]| {
            let array: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
            looks_like(name, &array).is_some()
        };
        for name in ["name", "first_name", "LastName", "customer e-mail", "Phone No."] {
            assert!(looks(name, &[]), "{name}");
        }
        assert!(looks("contact", &["ann@example.org", "bob@example.com", "none"]));
        assert!(looks("contact", &["+49 30 1234567", "(030) 1234567"]));
        for (name, texts) in [
            ("filenames", &["a.csv"][..]),
            ("day", &["2026-11-01", "2026-11-02"]),
            ("code", &["12345678", "@x"]),
        ] {
            assert!(!looks(name, texts), "{name}");
        }
    }
}
