//! Pseudonyms: each value of a column replaced by a keyed hash of it.
//!
//! Invariant: equal values have one pseudonym under one key, whatever their column, table and
//! type, so that tables can still be joined; without the key nobody can find a value by
//! trying all of them. The key is a file of the workspace: it is no param, and nothing is
//! drawn from the pipeline's seed, which everybody knows.
//!
//! Of a key `K`, the bytes of the file as they are, and of a value `V`, its text in UTF-8 (a
//! whole number in digits), the pseudonym is the first 16 bytes of
//! `BLAKE3(key = derive_key("ingot 2026 pseudonym v1", K), V)`, in hex.

use std::path::Path;

use datafusion::arrow::array::{ArrayRef, AsArray, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType as ArrowType;
use ingot_protocol::Failure;
use ingot_tables::regular;
use serde_json::{Value, json};

/// Fewest bytes of a key: 128 bits.
const LEAST: usize = 16;
/// Most bytes of a key's file.
const MOST: u64 = 1 << 20;
/// What BLAKE3 derives its key from the file's bytes for.
const CONTEXT: &str = "ingot 2026 pseudonym v1";

/// What is said of the param `pseudonymise`.
pub(super) fn columns() -> Value {
    json!({
        "type": "array", "items": {"type": "string"},
        "description": "columns of the result, text or whole numbers, whose values a keyed hash replaces, behind the SQL"
    })
}

/// What is said of the param `pseudonym_key`.
pub(super) fn key() -> Value {
    json!({
        "type": "string", "format": "ingot-path",
        "description": "a file of 16 random bytes or more; who has it can find a value by its pseudonym"
    })
}

/// The pseudonyms under one key.
pub(super) struct Pseudonyms {
    secret: [u8; 32],
}

impl Pseudonyms {
    /// Those under the key in a file.
    pub(super) fn open(file: Option<&Path>) -> Result<Self, Failure> {
        let fix = "make one, and keep it out of version control: head -c 32 /dev/urandom > \
                   people.key, pseudonym_key = \"./people.key\"";
        let wrong = |message: String| Failure::new("Q0509", message).help(fix);
        let Some(file) = file else {
            return Err(wrong("`pseudonymise` needs `pseudonym_key`, a file with a key".into()));
        };
        let key = regular::read(file, MOST)
            .map_err(|error| wrong(format!("`pseudonym_key`: {}: {error}", file.display())))?;
        if key.len() < LEAST {
            let message = format!(
                "`pseudonym_key`: {} holds {} bytes; {LEAST} are the fewest of a key",
                file.display(),
                key.len()
            );
            return Err(wrong(message));
        }
        Ok(Self { secret: blake3::derive_key(CONTEXT, &key) })
    }

    /// Texts or whole numbers, each replaced by its pseudonym; what is missing stays so.
    pub(super) fn replace(&self, values: &ArrayRef) -> Result<ArrayRef, Failure> {
        let texts = cast(values, &ArrowType::Utf8)
            .map_err(|error| Failure::new("Q0003", error.to_string()))?;
        let replaced = texts.as_string::<i32>().iter().map(|text| Some(self.of(text?)));
        Ok(std::sync::Arc::new(replaced.collect::<StringArray>()))
    }

    fn of(&self, text: &str) -> String {
        let hash = blake3::keyed_hash(&self.secret, text.as_bytes());
        hash.to_hex().chars().take(32).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{Array, Int64Array};

    use super::*;

    #[test]
    fn a_pseudonym_is_of_the_text_and_the_key_and_of_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let under = |key: &[u8]| {
            let file = folder.path().join("key");
            std::fs::write(&file, key).unwrap();
            Pseudonyms::open(Some(&file))
        };
        let one = under(b"0123456789abcdef").unwrap();
        let other = under(b"0123456789abcdeg").unwrap();
        // From Python: blake3(b"7", key=blake3(b"0123456789abcdef", derive_key_context=
        // "ingot 2026 pseudonym v1").digest()).hexdigest()[:32]
        insta::assert_snapshot!(one.of("7"), @"609b56decfc05ed0b7f90e26e0513724");
        assert_ne!(one.of("7"), other.of("7"));
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("7"), None, Some("x")]));
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(7), None, Some(-1)]));
        let (texts, numbers) = (one.replace(&texts).unwrap(), one.replace(&numbers).unwrap());
        let (texts, numbers) = (texts.as_string::<i32>(), numbers.as_string::<i32>());
        assert_eq!(texts.value(0), numbers.value(0));
        assert!(texts.is_null(1) && numbers.is_null(1));
        assert_ne!(texts.value(2), numbers.value(2));
        assert_eq!(under(b"0123456789abcde").map(|_| ()).unwrap_err().code, "Q0509");
    }
}
