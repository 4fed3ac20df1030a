//! The codes of the formats: what `ingot error CODE` tells of each.
//!
//! Invariant: codes are never reused and never change their meaning. A worker that reads
//! or writes the formats puts these tables into its descriptor, beside its own.

mod artifacts;
mod fitted;
mod reports;
mod sources;

use ingot_protocol::codes::Entry;

/// The tables, each sorted.
pub const TABLES: [&[Entry]; 4] = [artifacts::CODES, sources::CODES, reports::CODES, fitted::CODES];

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
        assert!(TABLES.iter().all(|table| table.is_sorted_by_key(|entry| entry.code)));
        assert_eq!(check(&table(&TABLES)), Ok(()));
    }
}
