//! The pages of a Parquet file, looked at before they are decoded.
//!
//! A page says how many bytes it has when it is decompressed, and how many values; the
//! decoder takes room for both. So each page's header is read first: the bytes must be
//! such that its codec could have made them of what is there ([`inflate`]), the values of
//! a column must be those of its rows, and all of it together must be in proportion to the
//! file.
//! Texts that a dictionary repeats are counted in `texts`.

use std::fs::File;
use std::io::{BufReader, Error, Read, Result, Seek, SeekFrom};
use std::sync::Arc;

use parquet::arrow::ProjectionMask;
use parquet::basic::{Compression, Encoding, Type};
use parquet::column::page::Page;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::file::serialized_reader::SerializedPageReader;

use super::thrift::{Compact, I32, STRUCT, TRUE, large, wrong};
use super::{delta, inflate};

/// What any file may ask for.
const FREE: u64 = 1 << 30;
/// What a file may ask for beyond, for each of its bytes.
const RATIO: u64 = 256;
/// What a value takes in memory at the least; of a text, its place.
const VALUE: u64 = 16;

/// `PageHeader`, and its parts.
const PAGE: &[u8] = &[I32, I32, I32, I32, STRUCT, STRUCT, STRUCT, STRUCT];
const DATA: &[u8] = &[I32, I32, I32, I32, STRUCT];
const DICTIONARY: &[u8] = &[I32, I32, TRUE];
const DATA_2: &[u8] = &[I32, I32, I32, I32, I32, I32, TRUE, STRUCT];

/// The encodings of texts by their lengths.
const DELTA_LENGTH: i32 = 6;
const DELTA_BYTES: i32 = 7;

/// What a header says of its page.
#[derive(Debug, Default)]
struct Header {
    plain: i32,
    compressed: i32,
    /// Values, absent ones among them; of a dictionary, its entries.
    values: i32,
    encoding: i32,
    /// Bytes of levels before what is compressed, and whether anything is.
    levels: i64,
    packed: bool,
    dictionary: bool,
    data: bool,
}

/// What the pages of some columns ask for.
#[derive(Debug, Default, Clone, Copy)]
struct Demand {
    bytes: u64,
    values: u64,
    /// Whether a dictionary may repeat its bytes, and the most bytes of one value.
    repeated: bool,
    longest: u64,
}

/// How many bytes a file of `size` bytes may ask for.
pub(super) fn allowed(size: u64) -> u64 {
    FREE.saturating_add(size.saturating_mul(RATIO))
}

/// Checks the pages of the columns in `mask`; row groups are decoded one at a time, or
/// all of them where `whole`. `viewed` says of a leaf that its texts are counted later.
pub(super) fn check(
    file: &Arc<File>,
    metadata: &ParquetMetaData,
    mask: &ProjectionMask,
    viewed: &dyn Fn(usize) -> bool,
    whole: bool,
) -> Result<()> {
    let size = file.metadata()?.len();
    let mut asked: u64 = 0;
    for group in metadata.row_groups() {
        let rows = u64::try_from(group.num_rows()).map_err(|_| wrong("fewer than no rows"))?;
        if group.columns().is_empty() && rows > FREE / VALUE {
            return Err(large("it has rows without columns"));
        }
        if !whole {
            asked = 0;
        }
        for (leaf, column) in group.columns().iter().enumerate() {
            if !mask.leaf_included(leaf) {
                continue;
            }
            let pages = chunk(file, size, column, group.num_rows())?;
            let flat = column.column_descr().max_rep_level() == 0;
            if pages.values < rows || (flat && pages.values != rows) {
                return Err(wrong(&format!(
                    "column `{}` has {} values for {rows} rows",
                    column.column_path(),
                    pages.values
                )));
            }
            let width = match column.column_type() {
                Type::FIXED_LEN_BYTE_ARRAY => {
                    VALUE.max(u64::try_from(column.column_descr().type_length()).unwrap_or(VALUE))
                }
                Type::BYTE_ARRAY if pages.repeated && !viewed(leaf) => VALUE + pages.longest,
                _ => VALUE,
            };
            asked = asked
                .saturating_add(pages.values.saturating_mul(width))
                .saturating_add(pages.bytes);
            if asked > allowed(size) {
                return Err(large(&format!(
                    "it asks for more than {} MiB, which is out of proportion to its {size} bytes",
                    allowed(size) >> 20
                )));
            }
        }
    }
    Ok(())
}

/// The pages of one column in one row group.
fn chunk(file: &Arc<File>, size: u64, column: &ColumnChunkMetaData, rows: i64) -> Result<Demand> {
    let negative = |_| wrong("a column that begins or ends nowhere");
    let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
    let start = u64::try_from(start).map_err(negative)?;
    let length = u64::try_from(column.compressed_size()).map_err(negative)?;
    let end = start.checked_add(length).filter(|&end| end <= size);
    let end = end.ok_or_else(|| wrong("a column that ends behind the file"))?;
    let mut input = BufReader::new(file.as_ref());
    let (mut at, mut asked, mut lengths) = (start, Demand::default(), false);
    while at < end {
        input.seek(SeekFrom::Start(at))?;
        let mut compact = Compact::new(&mut input);
        let header = header(&mut compact)?;
        at += compact.taken;
        let compressed = u64::try_from(header.compressed).map_err(negative)?;
        let plain = u64::try_from(header.plain).map_err(negative)?;
        let values = u64::try_from(header.values).map_err(negative)?;
        let place = at;
        at = at
            .checked_add(compressed)
            .filter(|&at| at <= end)
            .ok_or_else(|| wrong("a page that ends behind its column"))?;
        let codec = column.compression();
        if plain > inflate::most(codec, compressed) && plain > compressed {
            return Err(large("a page that is larger than what it is compressed from"));
        }
        let levels = u64::try_from(header.levels).map_err(negative)?;
        if header.packed && plain > levels && compressed > levels {
            input.seek(SeekFrom::Start(place.saturating_add(levels)))?;
            inflate::count(codec, (&mut input).take(compressed - levels), plain - levels)?;
        }
        let held = if codec == Compression::UNCOMPRESSED { compressed } else { plain };
        if header.dictionary {
            // An entry takes a byte at the least; an entry of none can be there once.
            if values > held + 1 {
                return Err(large("a dictionary of more entries than it has bytes"));
            }
            asked.repeated = true;
        }
        if header.data {
            asked.values = asked.values.saturating_add(values);
            lengths |= header.encoding == DELTA_LENGTH || header.encoding == DELTA_BYTES;
        }
        asked.longest = asked.longest.max(held);
        asked.bytes = asked.bytes.saturating_add(held);
    }
    if lengths && asked.values.saturating_mul(VALUE) <= allowed(size) {
        asked.bytes = asked.bytes.saturating_add(by_lengths(file, column, rows)?);
    }
    Ok(asked)
}

/// Reads the header of a page.
fn header<R: Read>(page: &mut Compact<R>) -> Result<Header> {
    let mut header = Header { packed: true, ..Header::default() };
    let (mut kind, mut last) = (-1, 0);
    while let Some((id, value)) = page.field(last, PAGE)? {
        match id {
            1 => kind = page.int()?,
            2 => header.plain = page.int()?,
            3 => header.compressed = page.int()?,
            5 if kind == 0 => part(page, DATA, 2, &mut header)?,
            7 if kind == 2 => part(page, DICTIONARY, 2, &mut header)?,
            8 if kind == 3 => part(page, DATA_2, 4, &mut header)?,
            // The header of another kind than the page's is read by nobody, and may
            // only be passed over where its fields have their types.
            5 => part(page, DATA, 2, &mut Header::default())?,
            7 => part(page, DICTIONARY, 2, &mut Header::default())?,
            8 => part(page, DATA_2, 4, &mut Header::default())?,
            _ => page.skip(value)?,
        }
        last = id;
    }
    header.dictionary = kind == 2;
    header.data = kind == 0 || kind == 3;
    Ok(header)
}

/// A part: the number of values, the encoding, which is field `encoding`, and of the
/// second form of data pages what of them is compressed.
fn part<R: Read>(
    page: &mut Compact<R>,
    types: &[u8],
    encoding: i16,
    header: &mut Header,
) -> Result<()> {
    let second = types.len() == DATA_2.len();
    let mut last = 0;
    while let Some((id, value)) = page.field(last, types)? {
        match id {
            1 => header.values = page.int()?,
            _ if id == encoding => header.encoding = page.int()?,
            5 | 6 if second => header.levels += i64::from(page.int()?),
            7 if second => header.packed = value == TRUE,
            _ => page.skip(value)?,
        }
        last = id;
    }
    Ok(())
}

/// The bytes of texts that are written by their lengths; a length is believed where
/// the page has that many values.
fn by_lengths(file: &Arc<File>, column: &ColumnChunkMetaData, rows: i64) -> Result<u64> {
    let rows = usize::try_from(rows).map_err(|_| wrong("fewer than no rows"))?;
    let pages = SerializedPageReader::new(Arc::clone(file), column, rows, None);
    let mut bytes: u64 = 0;
    for page in pages.map_err(Error::other)? {
        let page = page.map_err(Error::other)?;
        let prefixed = match page.encoding() {
            Encoding::DELTA_LENGTH_BYTE_ARRAY => false,
            Encoding::DELTA_BYTE_ARRAY => true,
            _ => continue,
        };
        let texts = delta::texts(values(&page, column)?, page.num_values().into(), prefixed)?;
        bytes = bytes.saturating_add(texts);
    }
    Ok(bytes)
}

/// The bytes of a page behind its levels.
fn values<'a>(page: &'a Page, column: &ColumnChunkMetaData) -> Result<&'a [u8]> {
    let short = || wrong("a page that is shorter than its levels");
    let mut rest: &[u8] = page.buffer();
    if let Page::DataPageV2 { def_levels_byte_len, rep_levels_byte_len, .. } = page {
        let levels = u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len);
        return usize::try_from(levels).ok().and_then(|at| rest.get(at..)).ok_or_else(short);
    }
    let about = column.column_descr();
    for most in [about.max_rep_level(), about.max_def_level()] {
        if most > 0 {
            let (length, behind) = rest.split_first_chunk().ok_or_else(short)?;
            let length = u32::from_le_bytes(*length) as usize;
            rest = behind.get(length..).ok_or_else(short)?;
        }
    }
    Ok(rest)
}
