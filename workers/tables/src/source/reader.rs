//! [`FileReader`]: the rows of one file of a source, so many at a time.

use arrow::datatypes::DataType;
use ingot_protocol::Failure;

use super::Cells;
use super::places::Lines;
use crate::dataset::Image;

/// Most rows of a piece.
pub(super) const ROWS: usize = 65_536;
/// Most cells of a piece, but for those of its last row.
const CELLS: usize = 1 << 20;
/// Most bytes of a piece's texts, but for those of its last row.
const BYTES: usize = 16 << 20;

/// What a format reads a file with. Whoever opens one has its columns.
pub(super) trait FileReader: Send {
    /// The columns, in the file's order.
    fn columns(&self) -> Vec<FileColumn>;

    /// The size of its images and their column, where it has such.
    fn image(&self) -> Option<Image> {
        None
    }

    /// The next rows, at least one; nothing behind the last. A mistake names its line.
    fn next(&mut self) -> Result<Option<Piece>, Failure>;
}

/// A column of a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FileColumn {
    pub(super) name: String,
    /// The file's own type; text of a file without types has none.
    pub(super) data_type: Option<DataType>,
}

/// Rows that stand one behind the other in a file.
pub(super) struct Piece {
    /// One a column.
    pub(super) cells: Vec<Cells>,
    pub(super) rows: usize,
    /// Where they stand, in a file that has lines.
    pub(super) lines: Option<Lines>,
}

/// How full a piece is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Room {
    rows: usize,
    cells: usize,
    bytes: usize,
}

impl Room {
    /// Takes in a row.
    pub(super) fn row(&mut self, cells: usize, bytes: usize) {
        self.rows += 1;
        self.cells = self.cells.saturating_add(cells);
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Takes in the rows of a piece, which has so many columns.
    pub(super) fn piece(&mut self, rows: usize, columns: usize, bytes: usize) {
        self.rows = self.rows.saturating_add(rows);
        self.cells = self.cells.saturating_add(rows.saturating_mul(columns));
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Whether so little is there that the rows of further files may go with these.
    pub(super) fn is_small(self) -> bool {
        self.rows < ROWS / 4 && self.cells < CELLS / 4 && self.bytes < BYTES / 4
    }

    /// Whether the piece ends here.
    pub(super) fn is_full(self) -> bool {
        self.rows >= ROWS || self.cells >= CELLS || self.bytes >= BYTES
    }
}

/// The rows of a piece whose rows are all as wide.
pub(super) fn rows(columns: usize) -> usize {
    (CELLS / columns.max(1)).clamp(1, ROWS)
}
