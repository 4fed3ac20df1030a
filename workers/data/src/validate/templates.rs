//! `templates`: which template each text of a column has, as a column of its own.

use std::sync::Arc;

use arrow::array::{Array, StringArray};
use ingot_protocol::{Failure, Finding, Severity};
use ingot_tables::source::{Cells, Chunk, SourceColumn};

use super::breaches::finding;
use super::tally::{At, Tally};
pub(super) use crate::templates::FORM;
use crate::templates::Templates;

/// The name of the new column.
const COLUMN: &str = "template";

/// Refuses columns to which none can be added.
pub(super) fn check(columns: &[SourceColumn], templates: &Templates) -> Result<(), Failure> {
    let refused = |message: String| Failure::new("D0338", message);
    let name = &templates.column;
    if columns.iter().any(|column| column.name == COLUMN) {
        let message = format!("the table has a column `{COLUMN}`, which `templates` adds");
        return Err(refused(message).help("rename the column, or leave `templates` out"));
    }
    if texts(columns, templates).is_none() {
        let message =
            format!("the file of templates is of the column `{name}`, which is not there");
        return Err(refused(message).help("correct the first line of the file: templates 1 COLUMN"));
    }
    Ok(())
}

/// The id of each text's template, missing where it was never seen.
pub(super) fn column(columns: &[SourceColumn], templates: &Templates) -> SourceColumn {
    let texts = texts(columns, templates).unwrap_or_else(|| StringArray::new_null(0));
    let ids: StringArray = texts.iter().map(|text| templates.id(text?)).collect();
    SourceColumn { name: COLUMN.to_owned(), cells: Cells::Typed(Arc::new(ids)) }
}

fn texts(columns: &[SourceColumn], templates: &Templates) -> Option<StringArray> {
    columns.iter().find(|column| column.name == templates.column)?.cells.texts()
}

/// Texts whose template was never seen.
pub(super) struct Unseen<'a> {
    templates: &'a Templates,
    tally: Tally,
}

impl<'a> Unseen<'a> {
    pub(super) fn new(templates: &'a Templates) -> Self {
        Self { templates, tally: Tally::default() }
    }

    /// Takes in the next rows, which have the new column.
    pub(super) fn take(&mut self, chunk: &Chunk, at: At<'_>) {
        let texts = texts(&chunk.table.columns, self.templates);
        let ids = chunk.table.column(COLUMN).and_then(|column| column.cells.texts());
        let (Some(texts), Some(ids)) = (texts, ids) else { return };
        let new = |row: &usize| ids.is_null(*row) && texts.is_valid(*row);
        let new: Vec<usize> = (0..ids.len()).filter(new).collect();
        self.tally.add(at, &new, |_| None);
    }

    /// What is said of them.
    pub(super) fn finding(self) -> Option<Finding> {
        let (name, found) = (&self.templates.column, self.tally.all());
        if found.is_empty() {
            return None;
        }
        let place = found.shown.place.as_ref().map(|place| format!(", such as in {place}"));
        let (count, place) = (found.rows, place.unwrap_or_default());
        let texts = if count == 1 { "text has" } else { "texts have" };
        let message = format!("`{name}`: {count} {texts} a template that was never seen{place}");
        Some(finding("D0339", Severity::Warning, Some(name), message, &found))
    }
}
