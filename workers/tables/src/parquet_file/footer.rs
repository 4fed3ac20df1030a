//! The footer of a Parquet file, looked at before the decoder believes it.
//!
//! The decoder builds the tree of columns by recursion, takes room for as many children
//! as a column says it has, and writes each column's path out; so the tree's depth, its
//! width and its paths are counted here first, in one pass that keeps one number a level.

use std::fs::File;
use std::io::{Cursor, Read, Result, Seek, SeekFrom};

use super::thrift::{BINARY, Compact, I8, I32, LIST, STRUCT, TRUE, large, wrong};

/// Most bytes of a footer.
const MOST_BYTES: u64 = 32 << 20;
/// Most columns, groups of columns among them.
const MOST_COLUMNS: u64 = 200_000;
/// Deepest column.
const MOST_DEPTH: usize = 32;
/// Most bytes of all columns' paths together.
const MOST_PATHS: u64 = 64 << 20;
/// The footer's length and the magic number behind it.
const TAIL: u64 = 8;

/// `FileMetaData` up to the row groups: version, schema.
const FILE: &[u8] = &[I32, LIST];
/// `SchemaElement`.
const ELEMENT: &[u8] = &[I32, I32, I32, BINARY, I32, I32, I32, I32, I32, STRUCT];
/// `LogicalType`, a union of structs.
const LOGICAL: &[u8] = &[STRUCT; 18];

/// Whether the columns that the footer of a file of `size` bytes names can be.
pub(super) fn check(file: &mut File, size: u64) -> Result<()> {
    let mut tail = [0; TAIL as usize];
    if size < TAIL {
        return Err(wrong("it is shorter than a footer"));
    }
    file.seek(SeekFrom::Start(size - TAIL))?;
    file.read_exact(&mut tail)?;
    let [a, b, c, d, magic @ ..] = tail;
    if magic != *b"PAR1" {
        return Err(wrong("it does not end as a Parquet file does"));
    }
    let length = u64::from(u32::from_le_bytes([a, b, c, d]));
    if length > size - TAIL {
        return Err(wrong("its footer is longer than the file"));
    }
    if length > MOST_BYTES {
        return Err(large("its footer is larger than 32 MiB"));
    }
    file.seek(SeekFrom::Start(size - TAIL - length))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    columns(&mut Compact::new(Cursor::new(bytes)))
}

fn columns<R: Read>(footer: &mut Compact<R>) -> Result<()> {
    if footer.field(0, FILE)?.is_none_or(|(id, _)| id != 1) {
        return Err(wrong("its footer does not begin with a version"));
    }
    footer.skip(I32)?;
    if footer.field(1, FILE)?.is_none_or(|(id, _)| id != 2) {
        return Err(wrong("its footer has no schema behind the version"));
    }
    let (item, count) = footer.list()?;
    if count == 0 || item != STRUCT {
        return Err(wrong("its schema is empty"));
    }
    if count > MOST_COLUMNS {
        return Err(large("it has more than 200000 columns"));
    }
    // Of each group on the way down: the children to come, and its path's length.
    let mut open: Vec<(u64, u64)> = Vec::new();
    let mut paths = 0;
    for at in 0..count {
        let (name, children) = element(footer)?;
        let children = u64::try_from(children).map_err(|_| wrong("fewer than no columns"))?;
        if children >= count {
            return Err(wrong("a group of more columns than there are"));
        }
        let path = match open.last_mut() {
            Some((left, above)) => {
                *left -= 1;
                *above + name
            }
            // The root's name is in no path.
            None if at == 0 => 0,
            None => return Err(wrong("columns outside of the schema")),
        };
        if children > 0 {
            open.push((children, path));
        } else {
            paths += path + open.len() as u64;
        }
        if open.len() > MOST_DEPTH {
            return Err(large("its columns are nested deeper than 32"));
        }
        if paths > MOST_PATHS {
            return Err(large("its columns' names are longer than 64 MiB together"));
        }
        while open.last().is_some_and(|(left, _)| *left == 0) {
            open.pop();
        }
    }
    if open.is_empty() { Ok(()) } else { Err(wrong("a group of more columns than there are")) }
}

/// The length of a column's name and the number of its children.
fn element<R: Read>(footer: &mut Compact<R>) -> Result<(u64, i32)> {
    let (mut name, mut children, mut last) = (0, 0, 0);
    while let Some((id, value)) = footer.field(last, ELEMENT)? {
        match id {
            4 => name = footer.text()?,
            5 => children = footer.int()?,
            10 => logical(footer)?,
            _ => footer.skip(value)?,
        }
        last = id;
    }
    Ok((name, children))
}

/// Passes over a column's meaning, in which known fields have their types too.
fn logical<R: Read>(footer: &mut Compact<R>) -> Result<()> {
    let mut last = 0;
    while let Some((union, value)) = footer.field(last, LOGICAL)? {
        let types: Option<&[u8]> = match union {
            5 => Some(&[I32, I32]),         // decimal: scale, precision
            7 | 8 => Some(&[TRUE, STRUCT]), // time, timestamp: to UTC, unit
            10 => Some(&[I8, TRUE]),        // integer: bits, signed
            16 => Some(&[I8]),              // variant: version
            17 => Some(&[BINARY]),          // geometry: reference system
            18 => Some(&[BINARY, I32]),     // geography: that, algorithm
            _ => None,
        };
        match types {
            None => footer.skip(value)?,
            Some(types) => {
                let mut within = 0;
                while let Some((id, value)) = footer.field(within, types)? {
                    footer.skip(value)?;
                    within = id;
                }
            }
        }
        last = union;
    }
    Ok(())
}

/// The rows that row groups have, where the file says the same.
pub(super) fn rows(said: i64, groups: impl Iterator<Item = i64>) -> Result<u64> {
    let mut all: u64 = 0;
    for group in groups {
        let group = u64::try_from(group).map_err(|_| wrong("a row group of fewer than no rows"))?;
        all = all.checked_add(group).ok_or_else(|| wrong("more rows than can be counted"))?;
    }
    match u64::try_from(said) {
        Ok(said) if said == all => Ok(all),
        _ => Err(wrong("its footer and its row groups disagree on the number of rows")),
    }
}
