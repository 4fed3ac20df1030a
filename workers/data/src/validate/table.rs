//! Promises about the table as a whole. Pure.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use arrow::array::ArrayRef;
use ingot_protocol::contract::{Contract, Unknown};
use ingot_protocol::{Failure, Finding, Severity};
use ingot_tables::dataset;
use ingot_tables::source::Table;
use ingot_tables::source::typed::{Owned, key};

use super::breaches::{finding, of_no_rows};
use super::given::Given;
use super::repeats::{Hashes, of_rows};
use super::shape::{Shape, is_pixel};
use super::splits::{Splits, of_split};
use super::tally::{At, Tally};

/// What of them is broken: numbers of rows in each split, all else over all.
pub(super) fn findings(contract: &Contract, given: &Given<'_>, splits: &Splits) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut tell = |severity, code: &str, message: String| {
        findings.push(of_no_rows(code, severity, None, message));
    };
    let least = contract.table.min_rows.as_ref().map(|least| *least.get_ref());
    for (split, rows) in splits {
        let rows = *rows as u64;
        let what = match of_split(splits, split).is_empty() {
            true => "the table".to_owned(),
            false => format!("the split {split}"),
        };
        if least.is_some_and(|least| rows < least)
            || contract.table.max_rows.is_some_and(|most| rows > most)
        {
            let bounds = match (least, contract.table.max_rows) {
                (Some(least), _) if rows < least => format!("fewer than {least}"),
                (_, most) => format!("more than {}", most.unwrap_or_default()),
            };
            let message = format!("{what} has {rows} rows, {bounds}");
            tell(Severity::Error, "D0313", message);
        } else if rows == 0 && least.is_none() {
            tell(Severity::Warning, "D0313", format!("{what} has no row"));
        }
    }
    let there: BTreeSet<&str> = given.columns.iter().map(|column| column.name.as_str()).collect();
    let named = contract.columns.keys();
    let together = contract.table.unique.iter().flat_map(|names| names.get_ref());
    let named: BTreeSet<&String> = named.chain(together).collect();
    for name in named.into_iter().filter(|name| !there.contains(name.as_str())) {
        let columns = listed(&there);
        let message = format!("the column `{name}` is not there, only {columns}");
        tell(Severity::Error, "D0314", message);
    }
    for column in &given.columns {
        if contract.table.unknown_columns == Unknown::Refuse
            && !is_pixel(contract, &column.name)
            && !contract.columns.contains_key(&column.name)
        {
            let message = format!("the column `{}` is not in the contract", column.name);
            tell(Severity::Error, "D0315", message);
        }
    }
    for file in &given.passed_over {
        let message = format!("the file `{file}` is passed over: its name begins with `_` or `.`");
        tell(Severity::Warning, "D0320", message);
    }
    findings
}

/// Columns whose values, together, are unique.
pub(super) struct Together<'a> {
    names: &'a [String],
    hashes: Hashes,
    /// Hashes that came twice.
    repeated: HashSet<u64>,
    /// Values of those hashes.
    seen: HashSet<Vec<Option<Owned>>>,
    tally: Tally,
}

impl<'a> Together<'a> {
    /// Those of a contract.
    pub(super) fn of(contract: &'a Contract) -> Vec<Self> {
        let every = contract.table.unique.iter().map(|names| Self {
            names: names.get_ref(),
            hashes: Hashes::default(),
            repeated: HashSet::new(),
            seen: HashSet::new(),
            tally: Tally::default(),
        });
        every.collect()
    }

    /// The arrays of the columns, in the order of the table; a column that is left out has no
    /// type, and its text is its value.
    fn arrays(&self, table: &Table, shape: &Shape<'_>, arrays: &[ArrayRef]) -> Vec<ArrayRef> {
        let columns = table.columns.iter().filter(|column| self.names.contains(&column.name));
        let arrays = columns.filter_map(|column| {
            let at = shape.columns.iter().position(|kept| kept.name == column.name);
            match at {
                Some(at) => arrays.get(at).map(Arc::clone),
                None => Some(Arc::new(column.cells.texts()?) as ArrayRef),
            }
        });
        arrays.collect()
    }

    /// Takes in the next rows.
    pub(super) fn take(
        &mut self,
        table: &Table,
        (shape, arrays): (&Shape<'_>, &[ArrayRef]),
    ) -> Result<(), Failure> {
        let arrays = self.arrays(table, shape, arrays);
        let hashes = of_rows(&arrays.iter().collect::<Vec<_>>(), table.rows());
        self.hashes.extend(hashes.into_iter())
    }

    /// Whether all rows have to be seen again.
    pub(super) fn asks_again(&mut self) -> Result<bool, Failure> {
        self.repeated = std::mem::take(&mut self.hashes).repeated()?;
        Ok(!self.repeated.is_empty())
    }

    /// Takes in the next rows of those that are seen again.
    pub(super) fn again(
        &mut self,
        table: &Table,
        (shape, arrays): (&Shape<'_>, &[ArrayRef]),
        at: At<'_>,
    ) {
        let arrays = self.arrays(table, shape, arrays);
        let hashes = of_rows(&arrays.iter().collect::<Vec<_>>(), table.rows());
        let Self { repeated, seen, .. } = self;
        let values = |row| arrays.iter().map(|array| key(array, row).map(Owned::from)).collect();
        let twice = hashes.iter().enumerate();
        let twice =
            twice.filter(|(row, hash)| repeated.contains(hash) && !seen.insert(values(*row)));
        let twice: Vec<usize> = twice.map(|(row, _)| row).collect();
        self.tally.add(at, &twice, |_| None);
    }

    /// What is said of rows whose values stand in an earlier row.
    pub(super) fn finding(self) -> Option<Finding> {
        let found = self.tally.all();
        if found.is_empty() {
            return None;
        }
        let count = found.rows;
        let rows = if count == 1 { "row repeats" } else { "rows repeat" };
        let place = found.shown.place.as_ref().map(|place| format!(", such as in {place}"));
        let (names, place) = (self.names.join(", "), place.unwrap_or_default());
        let message = format!("{count} {rows} the values of {names}{place}");
        Some(finding("D0316", Severity::Error, Some(&names), message, &found))
    }
}

/// Most columns that a message lists.
const LISTED: usize = 20;

/// The columns that are there, for one that is not.
fn listed(names: &BTreeSet<&str>) -> String {
    let first: Vec<String> = names.iter().take(LISTED).map(|&name| name.to_owned()).collect();
    match names.len().checked_sub(LISTED) {
        None | Some(0) => dataset::list(&first),
        Some(more) => format!("{} and {more} more", dataset::list(&first)),
    }
}
