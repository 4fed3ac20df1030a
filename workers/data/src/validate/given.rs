//! [`Given`]: what a step is given to validate, as often as it is read.

use std::path::PathBuf;

use ingot_protocol::Failure;
use ingot_tables::dataset::Image;
use ingot_tables::source::{Chunk, SourceColumn, Sources};

use super::templates;
use crate::ahead;
use crate::templates::Templates;

/// Rows that come a chunk at a time, from the first.
pub(super) type Rows<'a> = Box<dyn Iterator<Item = Result<Chunk, Failure>> + Send + 'a>;

/// A table that can be read more than once, the same rows each time.
pub(super) struct Given<'a> {
    /// The columns without a row.
    pub(super) columns: Vec<SourceColumn>,
    /// The size of the images and their column, where the rows are such.
    pub(super) image: Option<Image>,
    /// The splits, in the order of their rows.
    pub(super) splits: Vec<String>,
    /// The first file, for a message about a column.
    pub(super) first: PathBuf,
    /// Files that look like a table and are passed over.
    pub(super) passed_over: Vec<String>,
    /// What gives the column `template`.
    pub(super) templates: Option<&'a Templates>,
    /// How many threads may work at once.
    pub(super) cpus: u64,
    /// Begins to read.
    pub(super) rows: Box<dyn Fn() -> Rows<'a> + Sync + 'a>,
}

impl<'a> Given<'a> {
    /// The rows of sources, with the column that `templates` adds.
    pub(super) fn of(
        sources: &'a Sources,
        templates: Option<&'a Templates>,
        cpus: u64,
    ) -> Result<Self, Failure> {
        let mut columns = sources.columns();
        if let Some(templates) = templates {
            templates::check(&columns, templates)?;
            columns.push(templates::column(&columns, templates));
        }
        let rows = move || -> Rows<'a> {
            Box::new(sources.rows().map(move |chunk| {
                let mut chunk = chunk?;
                if let Some(templates) = templates {
                    let column = templates::column(&chunk.table.columns, templates);
                    chunk.table.columns.push(column);
                }
                Ok(chunk)
            }))
        };
        Ok(Self {
            columns,
            image: sources.image(),
            splits: sources.splits(),
            first: sources.first(),
            passed_over: sources.passed_over(),
            templates,
            cpus,
            rows: Box::new(rows),
        })
    }

    /// Reads all rows; the next chunk is read while one is worked on, where that may be.
    pub(super) fn each(
        &self,
        mut take: impl FnMut(&Chunk) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        ahead::each(self.cpus, (self.rows)(), |chunk| take(&chunk))
    }
}
