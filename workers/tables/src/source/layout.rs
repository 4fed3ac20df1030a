//! [`Layout`]: the columns that all files of all sources of a table have, their types, and
//! the size of their images.
//!
//! Pure. Invariant: it is known before any row is: what does not fit together is told first,
//! with the file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use ingot_protocol::Failure;

use super::reader::FileColumn;
use super::{Cells, times};
use crate::dataset::Image;

/// The columns, in the order of the first file.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    pub(super) columns: Vec<FileColumn>,
    /// The size of the images, and the first file that has it.
    pub(super) image: Option<(PathBuf, Image)>,
}

impl Layout {
    /// Takes in the next file of a source, whose columns stand in the order of the others'.
    pub(super) fn file(&mut self, file: &Path, columns: Vec<FileColumn>) -> Result<(), Failure> {
        if self.columns.is_empty() {
            self.columns = columns;
            return Ok(());
        }
        let names = |columns: &[FileColumn]| -> Vec<String> {
            columns.iter().map(|column| column.name.clone()).collect()
        };
        if names(&self.columns) != names(&columns) {
            let message =
                format!("{}: its columns are not those of the files before it", file.display());
            return Err(Failure::new("D0204", message)
                .help("give every file of the source the same columns, in one order"));
        }
        for (known, found) in self.columns.iter_mut().zip(columns) {
            known.data_type = both(file, known, &found)?;
        }
        Ok(())
    }

    /// Takes in the image of the next file.
    pub(super) fn image(&mut self, file: &Path, found: Image) -> Result<(), Failure> {
        let Some((first, known)) = &self.image else {
            self.image = Some((file.to_owned(), found));
            return Ok(());
        };
        if found == *known {
            return Ok(());
        }
        let size = |Image { channels, height, width, .. }: &Image| {
            let colours = if *channels == 1 { "grey" } else { "RGB" };
            format!("{width}x{height} {colours}")
        };
        let (file, first) = (file.display(), first.display());
        let message =
            format!("{file}: the image is {}, and {first} is {}", size(&found), size(known));
        Err(Failure::new("D0225", message)
            .help("bring all images of the source to one size, or leave some out: `exclude`"))
    }

    /// Takes in the next source, whose columns may stand in another order.
    pub(super) fn source(&mut self, path: &Path, other: Self) -> Result<(), Failure> {
        if self.columns.is_empty() {
            *self = other;
            return Ok(());
        }
        let refused = |name: &str, what: &str| {
            let message =
                format!("{}: the column `{name}` {what} in the splits before it", path.display());
            Failure::new("D0204", message)
                .help("give every split the same columns, or name them: `columns = [..]`")
        };
        for known in &mut self.columns {
            let Some(found) = other.columns.iter().find(|found| found.name == known.name) else {
                return Err(refused(&known.name, "is not there, and"));
            };
            known.data_type = both(path, known, found)?;
        }
        if let Some(found) = other.columns.iter().find(|found| self.at(&found.name).is_none()) {
            return Err(refused(&found.name, "is there, and not"));
        }
        match other.image {
            Some((file, found)) => self.image(&file, found),
            None => Ok(()),
        }
    }

    /// The place of a column.
    pub(super) fn at(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

/// Cells of a file in the type of the whole column.
pub(super) fn in_type(file: &Path, column: &FileColumn, cells: Cells) -> Result<Cells, Failure> {
    let (Cells::Typed(values), Some(data_type)) = (&cells, &column.data_type) else {
        return Ok(cells);
    };
    let typed = as_type(values, data_type).ok_or_else(|| {
        let (file, name, found) = (file.display(), &column.name, values.data_type());
        let message = format!(
            "{file}: the column `{name}` is `{found}`, of which `{data_type}`, the type of all \
             files together, does not hold every value"
        );
        Failure::new("D0204", message).help("give the column one type in every file")
    })?;
    Ok(Cells::Typed(typed))
}

/// No cells of a column.
pub(super) fn empty(column: &FileColumn) -> Cells {
    match &column.data_type {
        None => Cells::Text(arrow::array::StringArray::new_null(0)),
        Some(data_type) => Cells::Typed(new_null_array(data_type, 0)),
    }
}

/// The type of a column in two files.
fn both(file: &Path, known: &FileColumn, found: &FileColumn) -> Result<Option<DataType>, Failure> {
    let (before, here) = match (&known.data_type, &found.data_type) {
        (None, None) => return Ok(None),
        (Some(before), Some(here)) => (before, here),
        (before, here) => {
            let text = DataType::Utf8;
            let (before, here) = (before.as_ref().unwrap_or(&text), here.as_ref().unwrap_or(&text));
            return Err(differs(file, &known.name, here, before));
        }
    };
    common(before, here).map(Some).ok_or_else(|| differs(file, &known.name, here, before))
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
        // Programs differ in the unit that they write; zones are UTC by now.
        (DataType::Timestamp(_, zone), DataType::Timestamp(_, other)) if zone == other => {
            Some(DataType::Timestamp(TimeUnit::Microsecond, zone.clone()))
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
        (DataType::Timestamp(from, _), DataType::Timestamp(to, zone)) if from != to => {
            let micros = times::of_times(values, crate::dataset::DataType::Timestamp);
            let values = micros.array.as_primitive_opt::<TimestampMicrosecondType>()?.clone();
            let zoned: ArrayRef = Arc::new(values.with_timezone_opt(zone.clone()));
            micros.misfits.is_empty().then_some(zoned)
        }
        _ => Some(Arc::clone(values)),
    }
}
