//! Where a row of a source stands: in which of its files, and in which line.
//!
//! Pure. Lines are kept as runs: rows of one line each, as most are, take no memory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::partitions::partitions;

/// Where the rows of a table stand.
#[derive(Debug, Clone, Default)]
pub struct Places {
    root: PathBuf,
    parts: Vec<Part>,
}

/// Where one row stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its file, below the source's folder; nothing where the source is one file.
    pub file: Option<PathBuf>,
    /// The line in which it begins, from 1, where the file has lines.
    pub line: Option<u64>,
    /// The row of the file, from 0.
    pub row: u64,
    /// The split that its source was given as.
    pub split: Option<String>,
}

/// One file.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    /// Its path below the source's folder; nothing where it is the source.
    pub(super) file: Option<PathBuf>,
    /// The row of the file with which these begin.
    pub(super) first: usize,
    pub(super) rows: usize,
    /// The lines, where the file has such.
    pub(super) lines: Option<Lines>,
    /// The split that its source was given as.
    pub(super) split: Option<String>,
}

/// The line of each row: where it is not the one behind that of the row before.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    runs: Vec<(usize, u64)>,
    rows: usize,
    next: u64,
}

impl Lines {
    /// The line in which the next row begins.
    pub(super) fn push(&mut self, line: u64) {
        if self.runs.is_empty() || line != self.next {
            self.runs.push((self.rows, line));
        }
        self.rows += 1;
        self.next = line + 1;
    }

    /// The number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The lines of the rows behind these.
    fn extend(&mut self, other: &Self) {
        let (rows, next) = (self.rows, self.next);
        let goes_on = |(row, line): &&(usize, u64)| !(*row == 0 && rows > 0 && *line == next);
        let runs = other.runs.iter().filter(goes_on);
        self.runs.extend(runs.map(|(row, line)| (rows + row, *line)));
        self.rows += other.rows;
        self.next = other.next;
    }

    fn of(&self, row: usize) -> Option<u64> {
        let after = self.runs.partition_point(|(first, _)| *first <= row);
        let (first, line) = self.runs.get(after.checked_sub(1)?)?;
        Some(line + (row - first) as u64)
    }
}

impl Part {
    /// Takes in the rows behind these, where they are those of the same file.
    fn extend(&mut self, other: &Self) -> bool {
        let goes_on = self.file == other.file
            && self.split == other.split
            && self.first + self.rows == other.first
            && self.lines.is_some() == other.lines.is_some();
        if goes_on {
            self.rows += other.rows;
            if let (Some(lines), Some(others)) = (&mut self.lines, &other.lines) {
                lines.extend(others);
            }
        }
        goes_on
    }
}

impl Places {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), parts: Vec::new() }
    }

    /// Adds rows behind those that are there.
    pub(super) fn add(&mut self, part: Part) {
        if !self.parts.last_mut().is_some_and(|last| last.extend(&part)) {
            self.parts.push(part);
        }
    }

    fn path(&self, part: &Part) -> PathBuf {
        part.file.as_ref().map_or_else(|| self.root.clone(), |below| self.root.join(below))
    }

    /// The first file, for a message about a column.
    pub fn first(&self) -> PathBuf {
        self.parts.first().map_or_else(|| self.root.clone(), |part| self.path(part))
    }

    /// The rows of another table behind these.
    pub(super) fn append(&mut self, other: Self) {
        other.parts.into_iter().for_each(|part| self.add(part));
    }

    /// The columns that the names of folders give, and the fewest rows that one combination
    /// of them has; nothing where no folder names one.
    pub fn by_partition(&self) -> Option<(BTreeSet<String>, usize)> {
        let mut rows: BTreeMap<Vec<(String, Option<String>)>, usize> = BTreeMap::new();
        for part in &self.parts {
            let named = part.file.as_deref().map(partitions).unwrap_or_default();
            *rows.entry(named).or_default() += part.rows;
        }
        let names = rows.keys().flatten().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>();
        let fewest = rows.values().copied().min()?;
        (!names.is_empty()).then_some((names, fewest))
    }

    /// Where a row stands.
    pub fn place(&self, row: usize) -> Option<Place> {
        let mut first = 0;
        let part = self.parts.iter().find(|part| {
            let here = row < first + part.rows;
            if !here {
                first += part.rows;
            }
            here
        })?;
        let within = row - first;
        let line = match &part.lines {
            Some(lines) => Some(lines.of(within)?),
            None => None,
        };
        let (file, split) = (part.file.clone(), part.split.clone());
        Some(Place { file, line, row: (part.first + within) as u64, split })
    }

    /// The same for a person: `line 3`, `line 3 of b.csv`, `row 2 of b.parquet of the split
    /// test`.
    ///
    /// The source's own path is not in it: what is found in data must not change with
    /// where the data stand.
    pub fn of(&self, row: usize) -> Option<String> {
        let Place { file, line, row, split } = self.place(row)?;
        let mut text = match line {
            Some(line) => format!("line {line}"),
            None => format!("row {row}"),
        };
        if let Some(file) = file {
            text.push_str(&format!(" of {}", file.display()));
        }
        if let Some(split) = split {
            text.push_str(&format!(" of the split {split}"));
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_the_line_in_which_it_begins() {
        let mut lines = Lines::default();
        [2, 3, 7, 8, 9, 20].iter().for_each(|line| lines.push(*line));
        assert_eq!(lines.runs, [(0, 2), (2, 7), (5, 20)]);
        let mut places = Places::new(Path::new("x"));
        let part = Part { file: Some("a.csv".into()), rows: 6, ..Part::default() };
        places.add(Part { lines: Some(lines), ..part });
        places.add(Part { file: Some("b/c.parquet".into()), rows: 2, ..Part::default() });
        let told = |row| places.of(row).unwrap_or_default();
        assert_eq!(told(3), "line 8 of a.csv");
        assert_eq!(told(5), "line 20 of a.csv");
        assert_eq!(told(7), "row 1 of b/c.parquet");
        assert_eq!(told(8), "");
    }

    #[test]
    fn rows_of_one_file_go_on() {
        let every: Vec<u64> = vec![2, 3, 7, 8, 9, 20, 21];
        for cut in 1..every.len() {
            let mut places = Places::new(Path::new("x"));
            for (first, here) in [(0, &every[..cut]), (cut, &every[cut..])] {
                let mut lines = Lines::default();
                here.iter().for_each(|line| lines.push(*line));
                let part = Part { first, rows: here.len(), ..Part::default() };
                places.add(Part { lines: Some(lines), ..part });
            }
            assert_eq!(places.parts.len(), 1);
            let found = (0..every.len()).map(|row| places.place(row).unwrap());
            let found = found.map(|place| (place.row, place.line.unwrap()));
            let wanted: Vec<(u64, u64)> = (0..).zip(every.iter().copied()).collect();
            assert_eq!(found.collect::<Vec<_>>(), wanted, "{cut}");
        }
    }
}
