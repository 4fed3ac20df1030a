//! `templates`: which template each text of a column has, as a column of its own.

use std::sync::Arc;

use arrow::array::{Array, StringArray};
use ingot_protocol::{Failure, Finding, Severity};
use ingot_tables::source::{Cells, SourceColumn, Table};

use super::breaches::finding;
pub(super) use crate::templates::FORM;
use crate::templates::Templates;

/// The name of the new column.
const COLUMN: &str = "template";

/// Adds the column `template` to a table: the id of each text's template, missing where it
/// was never seen, which is what is found.
pub(super) fn add(table: &mut Table, templates: &Templates) -> Result<Option<Finding>, Failure> {
    let refused = |message: String| Failure::new("D0338", message);
    let name = &templates.column;
    if table.columns.iter().any(|column| column.name == COLUMN) {
        let message = format!("the table has a column `{COLUMN}`, which `templates` adds");
        return Err(refused(message).help("rename the column, or leave `templates` out"));
    }
    let column = table.columns.iter().find(|column| column.name == *name);
    let texts = column.and_then(|column| column.cells.texts()).ok_or_else(|| {
        refused(format!("the file of templates is of the column `{name}`, which is not there"))
            .help("correct the first line of the file: templates 1 COLUMN")
    })?;
    let ids = texts.iter().map(|text| templates.id(text.as_deref()?));
    let ids: StringArray = ids.collect();
    let new: Vec<usize> =
        (0..ids.len()).filter(|row| ids.is_null(*row) && texts[*row].is_some()).collect();
    table
        .columns
        .push(SourceColumn { name: COLUMN.to_owned(), cells: Cells::Typed(Arc::new(ids)) });
    let Some(first) = new.first() else { return Ok(None) };
    let place = table.places.of(*first).map(|place| format!(", such as in {place}"));
    let texts = if new.len() == 1 { "text has" } else { "texts have" };
    let message = format!(
        "`{name}`: {} {texts} a template that was never seen{}",
        new.len(),
        place.unwrap_or_default()
    );
    Ok(Some(finding("D0339", Severity::Warning, Some(name), message, &new)))
}
