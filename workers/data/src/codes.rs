//! The codes of this worker: what `ingot error CODE` tells of each.
//!
//! Invariant: codes are never reused and never change their meaning. The first two digits
//! say which part speaks: 00 the worker, 01 datasets and predictions, 02 sources, 03
//! contracts and what they find, 04 `split`, 05 `augment`, 07 `evaluate`, 08 `package`, 09
//! `document`, 10 `select`, 11 findings and metrics as files.

mod artifacts;
mod contracts;
mod kinds;
mod sources;
mod splits;

use ingot_protocol::codes::Entry;

/// The tables, sorted.
pub const TABLES: &[&[Entry]] =
    &[artifacts::CODES, sources::CODES, contracts::CODES, splits::CODES, kinds::CODES];

#[cfg(test)]
#[path = "../../protocol/src/codes/said.rs"]
mod said;

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ingot_protocol::codes::{check, table};

    use super::*;

    #[test]
    fn every_code_that_is_said_is_explained_and_no_other() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let known = TABLES.iter().copied().flatten().map(|entry| entry.code.to_owned()).collect();
        assert_eq!(said::codes(&sources), known);
    }

    #[test]
    fn the_tables_are_sorted_and_keep_their_bounds() {
        assert!(TABLES.iter().copied().flatten().is_sorted_by_key(|entry| entry.code));
        assert_eq!(check(&table(TABLES)), Ok(()));
    }
}
