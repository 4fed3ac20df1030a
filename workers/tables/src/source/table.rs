//! A table as a source has it: each column's cells as they are written, and where.
//!
//! Pure. Invariant: nothing is lost on the way here: text stays text, and what a file
//! says to be a number is that number. Which type a column gets is not decided here.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, new_null_array};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use ingot_protocol::Failure;

use super::places::{Part, Places};

/// A table, column by column.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The columns, in the file's order.
    pub columns: Vec<SourceColumn>,
    /// Where the rows stand.
    pub places: Places,
    /// Files of the source's folder that look like a table and are passed over.
    pub passed_over: Vec<String>,
}

/// One column.
#[derive(Debug, Clone)]
pub struct SourceColumn {
    /// The name in the file, or `column_0` and so on where it has none.
    pub name: String,
    /// The cells.
    pub cells: Cells,
}

/// The cells of one column.
#[derive(Debug, Clone)]
pub enum Cells {
    /// Text of a file that has no types; null where the format says so.
    Text(Vec<Option<String>>),
    /// Values of the file's own type.
    Typed(ArrayRef),
}

impl Table {
    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |column| column.cells.len())
    }
}

impl Cells {
    /// The number of cells.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(cells) => cells.len(),
            Self::Typed(values) => values.len(),
        }
    }

    /// Whether there is no cell.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One cell as text, in the spelling of Arrow; nothing where it is null.
    pub fn text(&self, row: usize) -> Option<String> {
        match self {
            Self::Text(cells) => cells.get(row).cloned().flatten(),
            Self::Typed(values) if row >= values.len() || values.is_null(row) => None,
            Self::Typed(values) => {
                let options = FormatOptions::default();
                ArrayFormatter::try_new(values, &options)
                    .and_then(|shown| shown.value(row).try_to_string())
                    .ok()
            }
        }
    }

    /// Every cell as text; nothing where the type has none.
    pub fn texts(&self) -> Option<Vec<Option<String>>> {
        match self {
            Self::Text(cells) => Some(cells.clone()),
            Self::Typed(values) => {
                let texts = cast(values, &DataType::Utf8).ok()?;
                let texts = texts.as_string::<i32>().iter();
                Some(texts.map(|text| text.map(str::to_owned)).collect())
            }
        }
    }
}

/// What one file of a source holds.
pub(super) struct Read {
    pub(super) columns: Vec<SourceColumn>,
    pub(super) part: Part,
}

impl Read {
    /// Adds a column with the file's path below the source's folder, or its name where it is
    /// the source.
    pub(super) fn name_file(&mut self, name: &str, path: &Path) -> Result<(), Failure> {
        if self.columns.iter().any(|column| column.name == name) {
            let message = format!("{}: it has a column `{name}` already", path.display());
            return Err(Failure::new("D0217", message).help("let `file_column` be another name"));
        }
        let file = self.part.file.as_deref().or_else(|| path.file_name().map(Path::new));
        let file = file.map(|file| file.display().to_string());
        let cells = Cells::Text(vec![file; self.part.rows]);
        self.columns.push(SourceColumn { name: name.to_owned(), cells });
        Ok(())
    }
}

/// The tables of a source's files, one behind the other.
pub(super) fn join(root: &Path, reads: Vec<Read>) -> Result<Table, Failure> {
    let mut places = Places::new(root);
    let mut names: Vec<String> = Vec::new();
    let mut parts: Vec<Vec<(PathBuf, Cells)>> = Vec::new();
    for Read { columns, part } in reads {
        let file = places.add(part);
        let here: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        if parts.is_empty() {
            parts = vec![Vec::new(); here.len()];
            names = here;
        } else if names != here {
            let message =
                format!("{}: its columns are not those of the files before it", file.display());
            return Err(Failure::new("D0204", message)
                .help("give every file of the source the same columns, in one order"));
        }
        for (all, column) in parts.iter_mut().zip(columns) {
            all.push((file.clone(), column.cells));
        }
    }
    let columns = names.into_iter().zip(parts).map(|(name, parts)| {
        let cells = column(&name, parts)?;
        Ok(SourceColumn { name, cells })
    });
    let columns = columns.collect::<Result<_, Failure>>()?;
    Ok(Table { columns, places, passed_over: Vec::new() })
}

/// The tables of several sources, one behind the other.
pub(super) fn append(tables: Vec<(PathBuf, Table)>) -> Result<Table, Failure> {
    let mut all = Table::default();
    let mut parts: Vec<(String, Vec<(PathBuf, Cells)>)> = Vec::new();
    for (index, (path, table)) in tables.into_iter().enumerate() {
        let Table { columns, places, passed_over } = table;
        all.passed_over.extend(passed_over);
        match index {
            0 => all.places = places,
            _ => all.places.append(places),
        }
        for column in columns {
            let part = (path.clone(), column.cells);
            match parts.iter_mut().find(|(name, _)| *name == column.name) {
                Some((_, parts)) => parts.push(part),
                None => parts.push((column.name, vec![part])),
            }
        }
        if let Some((name, there)) = parts.iter().find(|(_, parts)| parts.len() != index + 1) {
            let lacks = there.len() == index;
            let what = if lacks { "is not there, and" } else { "is there, and not" };
            let path = path.display();
            let message = format!("{path}: the column `{name}` {what} in the splits before it");
            return Err(Failure::new("D0204", message)
                .help("give every split the same columns, or name them: `columns = [..]`"));
        }
    }
    let columns = parts.into_iter().map(|(name, parts)| {
        let cells = column(&name, parts)?;
        Ok(SourceColumn { name, cells })
    });
    all.columns = columns.collect::<Result<_, Failure>>()?;
    Ok(all)
}

/// One column of several files.
fn column(name: &str, parts: Vec<(PathBuf, Cells)>) -> Result<Cells, Failure> {
    let mut texts = Vec::new();
    let mut arrays: Vec<(PathBuf, ArrayRef)> = Vec::new();
    for (file, cells) in parts {
        match cells {
            Cells::Text(cells) if texts.is_empty() => texts = cells,
            Cells::Text(cells) => texts.extend(cells),
            Cells::Typed(values) => arrays.push((file, values)),
        }
    }
    let Some((file, values)) = arrays.first() else { return Ok(Cells::Text(texts)) };
    if !texts.is_empty() {
        return Err(differs(file, name, values.data_type(), &DataType::Utf8));
    }
    let mut data_type = DataType::Null;
    for (file, values) in &arrays {
        data_type = common(&data_type, values.data_type())
            .ok_or_else(|| differs(file, name, values.data_type(), &data_type))?;
    }
    let mut same = Vec::with_capacity(arrays.len());
    for (file, values) in &arrays {
        let values = as_type(values, &data_type)
            .ok_or_else(|| differs(file, name, values.data_type(), &data_type))?;
        same.push(values);
    }
    let same: Vec<&dyn Array> = same.iter().map(|values| values.as_ref()).collect();
    let whole = concat(&same).map_err(|error| {
        let message = format!("the column `{name}`: {error}");
        Failure::new("D0204", message).help("give the column one type in every file")
    })?;
    Ok(Cells::Typed(whole))
}

fn differs(file: &Path, name: &str, found: &DataType, before: &DataType) -> Failure {
    let file = file.display();
    let message =
        format!("{file}: the column `{name}` is `{found}`, and `{before}` in the files before it");
    Failure::new("D0204", message).help("give the column one type in every file")
}

/// The type of both: a file in which all values are missing has none, and whole
/// numbers are numbers.
fn common(one: &DataType, other: &DataType) -> Option<DataType> {
    match (one, other) {
        (one, other) if one == other => Some(one.clone()),
        (DataType::Null, known) | (known, DataType::Null) => Some(known.clone()),
        (DataType::Int64, DataType::Float64) | (DataType::Float64, DataType::Int64) => {
            Some(DataType::Float64)
        }
        _ => None,
    }
}

/// The values in the common type; nothing where one of them would be another.
fn as_type(values: &ArrayRef, data_type: &DataType) -> Option<ArrayRef> {
    match (values.data_type(), data_type) {
        (DataType::Null, _) => Some(new_null_array(data_type, values.len())),
        (DataType::Int64, DataType::Float64) => {
            let floats = cast(values, data_type).ok()?;
            let both = values.as_primitive::<Int64Type>().iter();
            let mut both = both.zip(floats.as_primitive::<Float64Type>().iter());
            let exact = both.all(|(whole, float)| {
                whole.is_none_or(|whole| {
                    float.is_some_and(|float| float as i128 == i128::from(whole))
                })
            });
            exact.then_some(floats)
        }
        _ => Some(Arc::clone(values)),
    }
}
