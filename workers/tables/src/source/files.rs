//! The files of a source, in the order in which they are read.
//!
//! Of a folder, names that begin with a dot or an underscore are passed over, as Spark,
//! Hive and Arrow do: `_SUCCESS`, `_metadata`, checksums. A file that is the source
//! itself is read whatever its name. A folder whose log says which of its files count is
//! no table: the others hold rows that were deleted or written twice.

use std::fs;
use std::path::{Path, PathBuf};

use ingot_protocol::Failure;

/// What is read, and what looks like a table and is not.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Paths, sorted.
    pub(super) found: Vec<PathBuf>,
    /// Paths below the source's folder.
    pub(super) passed_over: Vec<String>,
}

/// Endings of files that hold tables.
const TABLES: [&str; 13] = [
    "csv", "tsv", "txt", "log", "parquet", "parq", "arrow", "feather", "ipc", "jsonl", "ndjson",
    "gz", "zst",
];

/// Folders with the log of a table format, and whose it is.
const LOGS: [(&str, &str); 3] = [
    ("_delta_log", "a Delta table"),
    (".hoodie", "a Hudi table"),
    ("_spark_metadata", "the output of a stream"),
];

/// The files of a source.
pub(super) fn files(source: &Path) -> Result<Files, Failure> {
    let mut files = Files::default();
    // A source may be a link to where it stands; what is in it may not lead into folders,
    // which would be read twice or without end.
    let about = fs::metadata(source).map_err(|error| unreadable(source, &error))?;
    if !about.is_dir() {
        files.found.push(source.to_owned());
        return Ok(files);
    }
    walk(source, source, &mut files)?;
    if files.found.is_empty() {
        let message = format!("{}: the folder has no file that is read", source.display());
        return Err(Failure::new("D0216", message)
            .help("put the tables there; names that begin with `.` or `_` are passed over"));
    }
    Ok(files)
}

fn walk(source: &Path, folder: &Path, files: &mut Files) -> Result<(), Failure> {
    let wrong = |error: std::io::Error| unreadable(folder, &error);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(wrong)?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()
        .map_err(wrong)?;
    paths.sort();
    for path in paths {
        let about = fs::symlink_metadata(&path).map_err(|error| unreadable(&path, &error))?;
        let below = || path.strip_prefix(source).unwrap_or(&path).display().to_string();
        if let Some((_, what)) = LOGS.iter().find(|(log, _)| path.ends_with(log)) {
            let message = format!(
                "{}: the folder is {what}, whose log says which files count",
                folder.display()
            );
            return Err(Failure::new("D0218", message)
                .help("write its rows as Parquet into a folder of their own"));
        }
        if is_marker(&path) {
            let table = |ending: &std::ffi::OsStr| TABLES.iter().any(|known| ending == *known);
            if !about.is_dir() && path.extension().is_some_and(table) {
                files.passed_over.push(below());
            }
            continue;
        }
        if about.is_symlink() && path.is_dir() {
            let message = format!("{}: a link to a folder", path.display());
            return Err(
                Failure::new("D0203", message).help("name the folder itself as the source's path")
            );
        }
        match path.is_dir() {
            true => walk(source, &path, files)?,
            false => files.found.push(path),
        }
    }
    Ok(())
}

/// Whether a name is one that writers of tables keep for themselves. Folders such as
/// `_year=2024` hold rows.
fn is_marker(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || (name.starts_with('_') && !name.contains('='))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new("D0203", format!("{}: {error}", path.display()))
        .help("look whether the file is there and can be read")
}
