//! The codes of this worker: what `ingot error CODE` tells of each.
//!
//! Invariant: codes are never reused and never change their meaning. The first two digits
//! say which part speaks: 00 the worker, 03 contracts and what they find, 04 `split`, 05
//! `augment`, 06 `fit`, 07 `evaluate`, 08 `package`, 09 `document`, 10 `select`, 13 tests, 15
//! `balance`, 16 `anomalies`, 17 `labels`, 18 `leaks`, 19 faults, 20 `fidelity`. Those of the formats (01,
//! 02, 11, 12, and the files of 07 and 10) stand in
//! [`ingot_tables::codes`].

mod anomalies;
mod balance;
mod contracts;
mod fidelity;
mod kinds;
mod labels;
mod leaks;
mod splits;
mod trials;
mod worker;

use ingot_protocol::codes::Entry;

/// The tables of the worker's own codes, each sorted.
const OWN: [&[Entry]; 10] = [
    worker::CODES,
    contracts::CODES,
    splits::CODES,
    kinds::CODES,
    trials::CODES,
    balance::CODES,
    anomalies::CODES,
    labels::CODES,
    leaks::CODES,
    fidelity::CODES,
];

/// Every table: the worker's own, and those of the formats.
pub fn tables() -> Vec<&'static [Entry]> {
    OWN.into_iter().chain(ingot_tables::codes::TABLES).collect()
}

#[cfg(test)]
#[path = "../../protocol/src/codes/said.rs"]
mod said;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use ingot_protocol::codes::{check, table};

    use super::*;

    #[test]
    fn every_code_that_is_said_is_explained_and_no_other() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let known = OWN.iter().copied().flatten().map(|entry| entry.code.to_owned()).collect();
        assert_eq!(said::codes(&sources), known);
    }

    #[test]
    fn the_tables_are_sorted_keep_their_bounds_and_share_no_code() {
        assert!(OWN.iter().all(|table| table.is_sorted_by_key(|entry| entry.code)));
        assert_eq!(check(&table(&tables())), Ok(()));
        let entries: Vec<&str> = tables().into_iter().flatten().map(|entry| entry.code).collect();
        let different: BTreeSet<&str> = entries.iter().copied().collect();
        assert_eq!(entries.len(), different.len());
    }
}
