//! [`Sources`]: the rows of sources, a chunk at a time.
//!
//! Invariant: what is held at once is a chunk, which has a bound, whatever the size of the
//! sources. What the columns are is known before the first row. Rows come in the order of
//! the splits' names, of the files' paths and of the file, however often they are read.

use std::path::{Path, PathBuf};

use arrow::array::StringArray;
use ingot_protocol::{Failure, Input};

use super::layout::{self, Layout};
use super::named::Named;
use super::places::{Part, Places};
use super::reader::{FileColumn, FileReader, Piece, Room};
use super::table::{Cells, SourceColumn, Table};
use super::{Format, files, format, packed, partitions};
use crate::dataset::{Image, WHOLE};

/// Sources that are one table.
pub struct Sources {
    sources: Vec<Source>,
    layout: Layout,
}

/// Rows of a table that stand one behind the other, those of small files together.
pub struct Chunk {
    /// The split that their source was given as.
    pub split: String,
    /// The number of the first one in the table, all splits together.
    pub first: usize,
    /// The rows; their places are those of the files.
    pub table: Table,
}

/// One source.
struct Source {
    path: PathBuf,
    format: Format,
    /// The columns that say which file a row is of.
    named: Named,
    files: Vec<PathBuf>,
    passed_over: Vec<String>,
    split: Option<String>,
}

impl Sources {
    /// Looks at sources that are given as splits, one behind the other in the order of the
    /// names; a source that is no split is the only one.
    pub fn open(inputs: &[Input]) -> Result<Self, Failure> {
        let mut sorted: Vec<&Input> = inputs.iter().collect();
        sorted.sort_by_key(|input| &input.split);
        let sources = sorted.into_iter().map(Source::of).collect::<Result<Vec<_>, _>>()?;
        let mut layout = Layout::default();
        for source in &sources {
            layout.source(&source.path, source.layout()?)?;
        }
        Ok(Self { sources, layout })
    }

    /// The splits, in the order of their rows.
    pub fn splits(&self) -> Vec<String> {
        self.sources.iter().map(|source| source.split().to_owned()).collect()
    }

    /// The columns without a row.
    pub fn columns(&self) -> Vec<SourceColumn> {
        let columns = self.layout.columns.iter();
        let columns = columns
            .map(|column| SourceColumn { name: column.name.clone(), cells: layout::empty(column) });
        columns.collect()
    }

    /// The size of the images and their column, where the rows are such.
    pub fn image(&self) -> Option<Image> {
        self.layout.image.as_ref().map(|(_, image)| image.clone())
    }

    /// The first file, for a message about a column.
    pub fn first(&self) -> PathBuf {
        let file = self.sources.iter().find_map(|source| source.files.first().cloned());
        file.unwrap_or_default()
    }

    /// Files that look like a table and are passed over.
    pub fn passed_over(&self) -> Vec<String> {
        self.sources.iter().flat_map(|source| source.passed_over.clone()).collect()
    }

    /// The rows, from the first.
    pub fn rows(&self) -> Rows<'_> {
        Rows { sources: self, source: 0, file: 0, open: None, first: 0 }
    }

    /// All of it as one table, with the splits' numbers of rows.
    pub(super) fn table(&self) -> Result<(Table, Vec<(String, usize)>), Failure> {
        let root = self.sources.first().map(|source| source.path.clone()).unwrap_or_default();
        let places = Places::new(&root);
        let mut tables = vec![Table { columns: self.columns(), places, ..Table::default() }];
        let mut splits: Vec<(String, usize)> =
            self.splits().into_iter().map(|split| (split, 0)).collect();
        for chunk in self.rows() {
            let Chunk { split, table, .. } = chunk?;
            if let Some((_, rows)) = splits.iter_mut().find(|(name, _)| *name == split) {
                *rows += table.rows();
            }
            tables.push(table);
        }
        Ok((Table { passed_over: self.passed_over(), ..self.joined(tables)? }, splits))
    }

    /// Tables of the layout, one behind the other.
    fn joined(&self, mut tables: Vec<Table>) -> Result<Table, Failure> {
        if tables.len() == 1 {
            return Ok(tables.remove(0));
        }
        let mut parts: Vec<Vec<Cells>> = self.layout.columns.iter().map(|_| Vec::new()).collect();
        let mut places: Option<Places> = None;
        for table in tables {
            match &mut places {
                Some(places) => places.append(table.places),
                None => places = Some(table.places),
            }
            for (parts, column) in parts.iter_mut().zip(table.columns) {
                parts.push(column.cells);
            }
        }
        let columns = self.layout.columns.iter().zip(parts).map(|(column, parts)| {
            let cells = Cells::joined(&column.name, &parts)?;
            Ok(SourceColumn { name: column.name.clone(), cells })
        });
        let columns = columns.collect::<Result<_, Failure>>()?;
        Ok(Table { columns, places: places.unwrap_or_default(), passed_over: Vec::new() })
    }

    /// Opens a file whose rows are read.
    fn opened(&self, source: &Source, file: &Path) -> Result<Open, Failure> {
        let open = source.open(file)?;
        match open.reader.image() == self.image() {
            true => Ok(open),
            false => Err(changed(file)),
        }
    }
}

impl Source {
    fn of(input: &Input) -> Result<Self, Failure> {
        let Some(stated) = &input.format else {
            return Err(Failure::new("D0201", "these files have no format").help(
                "add format = { type = \"csv\" } to [sources.NAME], or say it of the command's \
                 output: outputs.NAME = { type = \"files\", format = { type = \"csv\" } }",
            ));
        };
        let (format, named) = format(stated)?;
        let files = files::files(&input.path)?;
        Ok(Self {
            path: input.path.clone(),
            format,
            named,
            files: files.found,
            passed_over: files.passed_over,
            split: input.split.clone(),
        })
    }

    fn split(&self) -> &str {
        self.split.as_deref().unwrap_or(WHOLE)
    }

    fn layout(&self) -> Result<Layout, Failure> {
        let mut layout = Layout::default();
        for file in &self.files {
            let open = self.open(file)?;
            layout.file(file, open.columns)?;
            if let Some(image) = open.reader.image() {
                layout.image(file, image)?;
            }
        }
        Ok(layout)
    }

    /// Opens one of the files.
    fn open(&self, file: &Path) -> Result<Open, Failure> {
        let reader = self.format.open(file).map_err(|failure| told(file, failure))?;
        let below =
            (file != self.path).then(|| file.strip_prefix(&self.path).unwrap_or(file).to_owned());
        let mut columns = reader.columns();
        let mut constants = Vec::new();
        let named = below.iter().flat_map(|below| partitions::partitions(below));
        for (name, value) in named {
            if columns.iter().any(|column| column.name == name) {
                let message = format!(
                    "{}: the column `{name}` is in the file and in the name of its folder",
                    file.display()
                );
                return Err(Failure::new("D0217", message).help("rename the folder or the column"));
            }
            columns.push(FileColumn { name, data_type: None });
            constants.push(value);
        }
        let whole = below.as_deref().or_else(|| file.file_name().map(Path::new));
        for (name, value) in whole.map(|file| self.named.columns(file)).unwrap_or_default() {
            if columns.iter().any(|column| column.name == name) {
                let message = format!("{}: it has a column `{name}` already", file.display());
                let help = "let `file_column` and `folder_column` be other names";
                return Err(Failure::new("D0217", message).help(help));
            }
            columns.push(FileColumn { name, data_type: None });
            constants.push(value);
        }
        let path = file.to_owned();
        Ok(Open { path, below, reader, columns, constants, row: 0 })
    }
}

/// A failure, or what is wrong with how its file is packed, which explains it.
fn told(file: &Path, failure: Failure) -> Failure {
    match packed::damage(file) {
        Some(packing) => {
            let (code, help) = packing.told();
            Failure::new(code, format!("{}: {packing}", file.display())).help(help)
        }
        None => failure,
    }
}

/// A file that is open.
struct Open {
    path: PathBuf,
    /// Its path below the source's folder; nothing where it is the source.
    below: Option<PathBuf>,
    reader: Box<dyn FileReader>,
    /// The reader's, and behind them those of the names of folders and of the file.
    columns: Vec<FileColumn>,
    /// What the latter hold in every row.
    constants: Vec<Option<String>>,
    /// Rows that were read.
    row: usize,
}

impl Open {
    fn next(&mut self) -> Result<Option<Piece>, Failure> {
        let piece = self.reader.next().map_err(|failure| told(&self.path, failure))?;
        Ok(piece.map(|mut piece| {
            let constant = |value: &Option<String>| {
                Cells::Text((0..piece.rows).map(|_| value.as_deref()).collect::<StringArray>())
            };
            let constants: Vec<Cells> = self.constants.iter().map(constant).collect();
            piece.cells.extend(constants);
            piece
        }))
    }
}

/// The rows of sources.
pub struct Rows<'a> {
    sources: &'a Sources,
    /// The source that is read, and the number of its file to come.
    source: usize,
    file: usize,
    open: Option<Open>,
    /// Rows that came.
    first: usize,
}

impl Rows<'_> {
    fn read(&mut self) -> Result<Option<Chunk>, Failure> {
        let (mut tables, mut room) = (Vec::new(), Room::default());
        while let Some(source) = self.sources.sources.get(self.source) {
            let Some(open) = &mut self.open else {
                match source.files.get(self.file) {
                    Some(file) => self.open = Some(self.sources.opened(source, file)?),
                    // A chunk is of one split.
                    None if !tables.is_empty() => break,
                    None => (self.source, self.file) = (self.source + 1, 0),
                }
                continue;
            };
            let Some(piece) = open.next()? else {
                (self.open, self.file) = (None, self.file + 1);
                continue;
            };
            let rows = piece.rows;
            let bytes =
                piece.cells.iter().fold(0, |all: usize, cells| all.saturating_add(cells.bytes()));
            room.piece(rows, piece.cells.len(), bytes);
            tables.push(arranged(&self.sources.layout, source, open, piece)?);
            open.row += rows;
            if !room.is_small() {
                break;
            }
        }
        let (Some(source), false) = (self.sources.sources.get(self.source), tables.is_empty())
        else {
            return Ok(None);
        };
        let table = self.sources.joined(tables)?;
        let first = self.first;
        self.first += table.rows();
        Ok(Some(Chunk { split: source.split().to_owned(), first, table }))
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Chunk, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.read();
        if next.is_err() {
            // Told once.
            self.source = self.sources.sources.len();
        }
        next.transpose()
    }
}

/// The rows of a piece, their columns in the layout's order and types.
fn arranged(layout: &Layout, source: &Source, open: &Open, piece: Piece) -> Result<Table, Failure> {
    let mut places = Places::new(&source.path);
    places.add(Part {
        file: open.below.clone(),
        first: open.row,
        rows: piece.rows,
        lines: piece.lines,
        split: source.split.clone(),
    });
    let mut cells: Vec<Option<Cells>> = piece.cells.into_iter().map(Some).collect();
    let columns = layout.columns.iter().enumerate().map(|(place, column)| {
        // Most files have the columns where the layout has them; wide ones are searched long.
        let is_there = open.columns.get(place).is_some_and(|found| found.name == column.name);
        let at = match is_there {
            true => Some(place),
            false => open.columns.iter().position(|found| found.name == column.name),
        };
        let found = at.and_then(|at| cells.get_mut(at)).and_then(Option::take);
        let cells = found.ok_or_else(|| changed(&open.path))?;
        let cells = layout::in_type(&open.path, column, cells)?;
        Ok(SourceColumn { name: column.name.clone(), cells })
    });
    let columns = columns.collect::<Result<_, Failure>>()?;
    Ok(Table { columns, places, passed_over: Vec::new() })
}

/// What is said where a file has other columns than a moment ago.
fn changed(file: &Path) -> Failure {
    Failure::new("D0203", format!("{}: the file changed while it was read", file.display()))
        .help("run the step again")
}
