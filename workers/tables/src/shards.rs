//! The files of an artifact's splits: `data/<split>-00000-of-00001.parquet`, its shards.
//!
//! Ingot writes one shard a split, and of folds one a fold. It reads several too, numbered as Hugging Face numbers
//! them, and in the place of a shard a folder of files, as Spark writes one. Invariant: a
//! split is all there or refused, and so is a Parquet file that belongs to no split; what
//! writers keep for themselves (`_SUCCESS`, checksums) is passed over. Nothing here looks
//! into a file.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::regular;

/// The folder of the splits.
pub(crate) const DATA_FOLDER: &str = "data";
/// Endings of Parquet files.
const ENDINGS: [&str; 3] = ["parquet", "parq", "pq"];

/// Why the files of a split could not be told.
#[derive(Debug, thiserror::Error)]
pub enum ShardsError {
    /// A folder could not be read, or a file stands outside of the artifact.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A split's name that cannot be part of a file's name.
    #[error("{path}: `{split}` is no name for a split")]
    SplitName {
        /// The artifact.
        path: PathBuf,
        /// The name.
        split: String,
    },
    /// A Parquet file that is no split's.
    #[error("{path}: a Parquet file that belongs to no split")]
    Stray {
        /// The file.
        path: PathBuf,
    },
    /// A folder in the place of a shard that holds something else than files of rows.
    #[error("{path}: no Parquet file, in a folder that stands for one")]
    Other {
        /// What stands there.
        path: PathBuf,
    },
    /// A folder in the place of a shard without any file.
    #[error("{path}: a folder without a Parquet file")]
    Empty {
        /// The folder.
        path: PathBuf,
    },
    /// Shards are missing.
    #[error("{path}: `{split}` is in {count} files by their names, and has {found}")]
    Missing {
        /// The folder.
        path: PathBuf,
        /// The split.
        split: String,
        /// How many there are.
        found: usize,
        /// How many there should be.
        count: u32,
    },
    /// Shards of two countings: some are left from another write.
    #[error("{path}: files of `{split}` say that they are of {fewer} and of {count}")]
    Counts {
        /// The folder.
        path: PathBuf,
        /// The split.
        split: String,
        /// One count.
        fewer: u32,
        /// Another one.
        count: u32,
    },
}

impl ShardsError {
    /// Whether the system refused, and not the name.
    pub(crate) fn is_io(&self) -> bool {
        matches!(self, Self::Io { .. })
    }

    /// What to do about it.
    pub(crate) fn help(&self) -> Option<&'static str> {
        match self {
            Self::Io { .. } => None,
            Self::SplitName { .. } => Some("use letters, digits and `_`"),
            Self::Stray { .. } => Some("name it `<split>-00000-of-00001.parquet`"),
            Self::Other { .. } => Some("a folder in the place of a file holds Parquet files alone"),
            Self::Empty { .. } => Some("write the rows into it, or leave the split out"),
            Self::Missing { .. } => Some(
                "write every file of the split, numbered from 0: `<split>-00000-of-00002.parquet`",
            ),
            Self::Counts { .. } => Some("remove the files of the other write"),
        }
    }
}

/// The splits of an artifact, each with its files in the order of their rows.
pub(crate) fn shards(root: &Path) -> Result<BTreeMap<String, Vec<PathBuf>>, ShardsError> {
    let folder = root.join(DATA_FOLDER);
    let mut found: BTreeMap<String, BTreeMap<(u32, u32), PathBuf>> = BTreeMap::new();
    for (name, path) in entries(&folder)? {
        if !is_table(&name) {
            continue;
        }
        let (split, place) =
            parse(&name).ok_or_else(|| ShardsError::Stray { path: path.clone() })?;
        found.entry(check_split(&folder, split)?.to_owned()).or_default().insert(place, path);
    }
    let mut splits = BTreeMap::new();
    for (split, shards) in found {
        let counts = || shards.keys().map(|(count, _)| *count);
        let (fewer, count) = (counts().min().unwrap_or(0), counts().max().unwrap_or(0));
        let (path, found) = (folder.clone(), shards.len());
        if fewer != count {
            return Err(ShardsError::Counts { path, split, fewer, count });
        }
        if u32::try_from(found) != Ok(count) {
            return Err(ShardsError::Missing { path, split, found, count });
        }
        let mut files = Vec::with_capacity(shards.len());
        for path in shards.into_values() {
            files.extend(files_of(root, path)?);
        }
        splits.insert(split, files);
    }
    Ok(splits)
}

/// The file of a split that is written.
pub(crate) fn only(root: &Path, split: &str) -> Result<PathBuf, ShardsError> {
    of(root, split, 0, 1)
}

/// The file of one part of a split that is written in several.
pub(crate) fn of(
    root: &Path,
    split: &str,
    number: usize,
    count: usize,
) -> Result<PathBuf, ShardsError> {
    check_split(root, split)?;
    Ok(root.join(DATA_FOLDER).join(format!("{split}-{number:05}-of-{count:05}.parquet")))
}

/// The name, where it can be a split's: a word, so that a file's name can be taken apart.
pub(crate) fn check_split<'a>(path: &Path, split: &'a str) -> Result<&'a str, ShardsError> {
    let word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    if !split.is_empty() && split.chars().all(word) {
        return Ok(split);
    }
    Err(ShardsError::SplitName { path: path.to_owned(), split: split.to_owned() })
}

/// The split of a shard's name, how many shards it has and which one this is.
fn parse(name: &str) -> Option<(&str, (u32, u32))> {
    let number = |text: &str| match text.len() {
        5 if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    };
    let (rest, count) = name.strip_suffix(".parquet")?.rsplit_once("-of-")?;
    let (split, place) = rest.rsplit_once('-')?;
    let (place, count) = (number(place)?, number(count)?);
    (place < count).then_some((split, (count, place)))
}

/// The files that stand for one shard: itself, or those of a folder, sorted.
fn files_of(root: &Path, path: PathBuf) -> Result<Vec<PathBuf>, ShardsError> {
    within(root, &path)?;
    if !path.is_dir() {
        return Ok(vec![path]);
    }
    let mut files = Vec::new();
    for (name, file) in entries(&path)? {
        within(root, &file)?;
        if !is_table(&name) || file.is_dir() {
            return Err(ShardsError::Other { path: file });
        }
        files.push(file);
    }
    if files.is_empty() {
        return Err(ShardsError::Empty { path });
    }
    Ok(files)
}

fn within(root: &Path, path: &Path) -> Result<(), ShardsError> {
    regular::within(root, path).map_err(|source| ShardsError::Io { path: path.to_owned(), source })
}

/// What stands in a folder, sorted, but for what writers keep for themselves.
fn entries(folder: &Path) -> Result<BTreeMap<String, PathBuf>, ShardsError> {
    let io = |source| ShardsError::Io { path: folder.to_owned(), source };
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        // A name that is no text is nobody's split.
        if let Some(name) = entry.file_name().to_str()
            && !name.starts_with(['.', '_'])
        {
            found.insert(name.to_owned(), entry.path());
        }
    }
    Ok(found)
}

fn is_table(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The shards of a folder with these files, or what is wrong.
    fn of(names: &[&str]) -> String {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(DATA_FOLDER).join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match name.strip_suffix('/') {
                Some(_) => fs::create_dir_all(path).unwrap(),
                None => fs::write(path, "").unwrap(),
            }
        }
        let root = folder.path().display().to_string();
        match shards(folder.path()) {
            Err(error) => error.to_string().replace(&format!("{root}/"), ""),
            Ok(splits) => {
                let told = splits.iter().map(|(split, files)| {
                    let files = files.iter().map(|file| {
                        file.strip_prefix(folder.path().join(DATA_FOLDER))
                            .unwrap()
                            .display()
                            .to_string()
                    });
                    format!("{split}: {}", files.collect::<Vec<_>>().join(" "))
                });
                told.collect::<Vec<_>>().join("; ")
            }
        }
    }

    #[test]
    fn a_split_is_all_there_or_refused() {
        let spark = "all-00000-of-00001.parquet";
        let told = [
            of(&["test-00000-of-00001.parquet", "_SUCCESS", ".x.parquet", "about.md"]),
            of(&[
                "a-00001-of-00002.parquet",
                "a-00000-of-00002.parquet",
                "b-00000-of-00001.parquet",
            ]),
            of(&[
                &format!("{spark}/part-00001-5e.c000.snappy.parquet"),
                &format!("{spark}/part-00000-5e.c000.snappy.parquet"),
                &format!("{spark}/.part-00000-5e.c000.snappy.parquet.crc"),
                &format!("{spark}/_SUCCESS"),
            ]),
            of(&["a-00001-of-00002.parquet"]),
            of(&[
                "a-00000-of-00001.parquet",
                "a-00000-of-00002.parquet",
                "a-00001-of-00002.parquet",
            ]),
            of(&["a-00001-of-00001.parquet"]),
            of(&["train.parquet"]),
            of(&["a-0-of-1.parquet"]),
            of(&["train-00000-of-00001.pq"]),
            of(&["a-b-00000-of-00001.parquet"]),
            of(&[&format!("{spark}/")]),
            of(&[&format!("{spark}/year=2024/part-0.parquet")]),
            of(&[&format!("{spark}/part-0.csv")]),
        ];
        insta::assert_snapshot!(told.join("\n"), @r"
        test: test-00000-of-00001.parquet
        a: a-00000-of-00002.parquet a-00001-of-00002.parquet; b: b-00000-of-00001.parquet
        all: all-00000-of-00001.parquet/part-00000-5e.c000.snappy.parquet all-00000-of-00001.parquet/part-00001-5e.c000.snappy.parquet
        data: `a` is in 2 files by their names, and has 1
        data: files of `a` say that they are of 1 and of 2
        data/a-00001-of-00001.parquet: a Parquet file that belongs to no split
        data/train.parquet: a Parquet file that belongs to no split
        data/a-0-of-1.parquet: a Parquet file that belongs to no split
        data/train-00000-of-00001.pq: a Parquet file that belongs to no split
        data: `a-b` is no name for a split
        data/all-00000-of-00001.parquet: a folder without a Parquet file
        data/all-00000-of-00001.parquet/year=2024: no Parquet file, in a folder that stands for one
        data/all-00000-of-00001.parquet/part-0.csv: no Parquet file, in a folder that stands for one
        ");
    }
}
