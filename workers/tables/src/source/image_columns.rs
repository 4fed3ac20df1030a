//! One picture as a table of one row, its pixels.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::BinaryArray;
use arrow::datatypes::DataType;
use ingot_protocol::Failure;

use super::Cells;
use super::reader::{FileColumn, FileReader, Piece};
use crate::dataset::Image;
use crate::image_file::{ImageFile, ImageFileError};

/// The column of the pixels.
const COLUMN: &str = "image";

/// A file that is read.
pub(super) struct ImageColumns {
    path: PathBuf,
    file: ImageFile,
    read: bool,
}

impl ImageColumns {
    /// Looks at the header of a picture.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let file = ImageFile::open(path, COLUMN).map_err(|error| unreadable(path, &error))?;
        Ok(Self { path: path.to_owned(), file, read: false })
    }
}

impl FileReader for ImageColumns {
    fn columns(&self) -> Vec<FileColumn> {
        vec![FileColumn { name: COLUMN.to_owned(), data_type: Some(DataType::Binary) }]
    }

    fn image(&self) -> Option<Image> {
        Some(self.file.image.clone())
    }

    fn next(&mut self) -> Result<Option<Piece>, Failure> {
        if std::mem::replace(&mut self.read, true) {
            return Ok(None);
        }
        let pixels = self.file.pixels().map_err(|error| unreadable(&self.path, &error))?;
        let cells = Cells::Typed(Arc::new(BinaryArray::from_vec(vec![&pixels])));
        Ok(Some(Piece { cells: vec![cells], rows: 1, lines: None }))
    }
}

fn unreadable(path: &Path, error: &ImageFileError) -> Failure {
    let (code, help) = match error {
        ImageFileError::Io(_) => ("D0203", "look whether the file is there and can be read"),
        ImageFileError::Damaged(_) => {
            ("D0223", "write the file anew, or leave it out: `exclude` in the source")
        }
        ImageFileError::Refused(_) => {
            ("D0224", "convert it to grey or RGB of 8 bits a value, without alpha")
        }
        ImageFileError::Large => ("D0213", "make the image smaller"),
        ImageFileError::Panicked(_) => ("D0214", "write the file anew, with another program"),
    };
    Failure::new(code, format!("{}: {error}", path.display())).help(help)
}
