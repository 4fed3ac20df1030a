//! Lines whose parts are columns: a regular expression with named groups.
//!
//! Pure. Invariant: every line matches, and every group is a column of what it matched; a
//! line that does not match is told and never passed over.

use arrow::array::StringBuilder;
use regex::{Regex, RegexBuilder};

use super::table::Cells;

/// Most bytes that a compiled expression takes.
const MOST_BYTES: usize = 10 << 20;

/// The columns that are being filled.
pub(super) struct Pattern {
    expression: Regex,
    /// The number of each named group, and its column.
    columns: Vec<(usize, String, StringBuilder)>,
}

impl Pattern {
    /// The expression of a format, or what is wrong with it.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let expression = RegexBuilder::new(text).size_limit(MOST_BYTES).build();
        let expression = expression.map_err(|error| {
            let error = error.to_string();
            format!("`pattern`: {}", error.lines().last().unwrap_or_default().trim())
        })?;
        let groups = expression.capture_names().enumerate();
        let named = groups
            .filter_map(|(number, name)| Some((number, name?.to_owned(), Default::default())));
        let columns: Vec<_> = named.collect();
        if columns.is_empty() {
            return Err("`pattern` has no named group: write `(?P<NAME>..)`, a column each".into());
        }
        Ok(Self { expression, columns })
    }

    /// Takes a line apart; whether it matches.
    pub(super) fn line(&mut self, line: &str) -> bool {
        let Some(found) = self.expression.captures(line) else { return false };
        for (number, _, cells) in &mut self.columns {
            cells.append_option(found.get(*number).map(|part| part.as_str()));
        }
        true
    }

    /// The names of the columns, in the order of the groups.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(_, name, _)| name.as_str())
    }

    /// The cells that were filled, a column each; they are filled anew.
    pub(super) fn take(&mut self) -> Vec<Cells> {
        self.columns.iter_mut().map(|(_, _, cells)| Cells::Text(cells.finish())).collect()
    }
}
