//! [`Hashes`]: which of any number of values may be there twice.
//!
//! Invariant: what is held is [`HELD`] hashes; others wait in a file without a name in the
//! step's temporary folder, which ends with the process. Two values that differ may have one
//! hash: who asks compares the values of those hashes that came twice.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use ingot_protocol::Failure;
use ingot_statistics::profile::hash_bytes;
use ingot_tables::source::typed::Key;

/// Hashes that are held at once.
const HELD: usize = 4 << 20; // 32 MiB
/// Parts by the first byte of a hash; of equal hashes all are in one.
const PARTS: usize = 256;

/// The hashes of values.
pub(super) struct Hashes {
    parts: Vec<Vec<u64>>,
    held: usize,
    spill: Option<Spill>,
}

/// Hashes in a file: runs of one part each.
struct Spill {
    file: File,
    /// The part, the offset and the number of hashes of each run.
    runs: Vec<(usize, u64, usize)>,
    end: u64,
}

impl Default for Hashes {
    fn default() -> Self {
        Self { parts: vec![Vec::new(); PARTS], held: 0, spill: None }
    }
}

impl Hashes {
    /// Takes in hashes.
    pub(super) fn extend(&mut self, hashes: impl Iterator<Item = u64>) -> Result<(), Failure> {
        for hash in hashes {
            if let Some(part) = self.parts.get_mut((hash >> 56) as usize) {
                part.push(hash);
            }
            self.held += 1;
            if self.held >= HELD {
                self.spill().map_err(|error| refused(&error))?;
            }
        }
        Ok(())
    }

    /// Those that came twice or more.
    pub(super) fn repeated(self) -> Result<HashSet<u64>, Failure> {
        let Self { parts, spill, .. } = self;
        let mut repeated = HashSet::new();
        let mut file = spill;
        for (part, mut hashes) in parts.into_iter().enumerate() {
            if let Some(spill) = &mut file {
                spill.read(part, &mut hashes).map_err(|error| refused(&error))?;
            }
            hashes.sort_unstable();
            let twice = hashes.windows(2).filter(|pair| pair[0] == pair[1]);
            repeated.extend(twice.map(|pair| pair[0]));
        }
        Ok(repeated)
    }

    fn spill(&mut self) -> io::Result<()> {
        let spill = match &mut self.spill {
            Some(spill) => spill,
            none => none.insert(Spill { file: tempfile::tempfile()?, runs: Vec::new(), end: 0 }),
        };
        let mut bytes = Vec::new();
        for (part, hashes) in self.parts.iter_mut().enumerate() {
            bytes.clear();
            bytes.extend(hashes.iter().flat_map(|hash| hash.to_le_bytes()));
            spill.file.write_all(&bytes)?;
            spill.runs.push((part, spill.end, hashes.len()));
            spill.end += bytes.len() as u64;
            hashes.clear();
        }
        self.held = 0;
        Ok(())
    }
}

impl Spill {
    /// The hashes of a part, behind those that are there.
    fn read(&mut self, part: usize, hashes: &mut Vec<u64>) -> io::Result<()> {
        for (_, offset, count) in self.runs.iter().filter(|(of, ..)| *of == part) {
            let mut bytes = vec![0; count * 8];
            self.file.seek(SeekFrom::Start(*offset))?;
            self.file.read_exact(&mut bytes)?;
            hashes.extend(bytes.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)));
        }
        Ok(())
    }
}

fn refused(error: &io::Error) -> Failure {
    let folder = std::env::temp_dir();
    let message = format!("{}: values are held there to be compared: {error}", folder.display());
    Failure::new("D0341", message).help("give the disk of the temporary folder more room")
}

/// The hash of a value.
pub(super) fn hash(value: Key<'_>) -> u64 {
    match value {
        Key::Whole(whole) => hash_bytes(&whole.to_le_bytes()),
        Key::Float(bits) => hash_bytes(&bits.to_le_bytes()),
        Key::Truth(truth) => hash_bytes(&[u8::from(truth)]),
        Key::Text(text) => hash_bytes(text.as_bytes()),
        Key::Date(days) => hash_bytes(&days.to_le_bytes()),
        Key::Timestamp(micros) => hash_bytes(&micros.to_le_bytes()),
    }
}

/// The hash of each row over these columns; of equal rows one.
pub(super) fn of_rows(columns: &[&ArrayRef], rows: usize) -> Vec<u64> {
    let mut hashes = vec![0; rows];
    for array in columns {
        match array.data_type() {
            ArrowType::Int64 => {
                let values = array.as_primitive::<Int64Type>();
                mix(&mut hashes, values, |row| hash(Key::Whole(values.value(row))));
            }
            ArrowType::Float64 => {
                let values = array.as_primitive::<Float64Type>();
                mix(&mut hashes, values, |row| hash(Key::float(values.value(row))));
            }
            ArrowType::Boolean => {
                let values = array.as_boolean();
                mix(&mut hashes, values, |row| hash(Key::Truth(values.value(row))));
            }
            ArrowType::Utf8 => {
                let values = array.as_string::<i32>();
                mix(&mut hashes, values, |row| hash(Key::Text(values.value(row))));
            }
            ArrowType::Date32 => {
                let values = array.as_primitive::<Date32Type>();
                mix(&mut hashes, values, |row| hash(Key::Date(values.value(row))));
            }
            ArrowType::Timestamp(TimeUnit::Microsecond, _) => {
                let values = array.as_primitive::<TimestampMicrosecondType>();
                mix(&mut hashes, values, |row| hash(Key::Timestamp(values.value(row))));
            }
            ArrowType::Binary => {
                let values = array.as_binary::<i32>();
                mix(&mut hashes, values, |row| hash_bytes(values.value(row)));
            }
            // Rows that differ in nothing else may repeat one another.
            _ => {}
        }
    }
    hashes
}

fn mix(hashes: &mut [u64], array: &dyn Array, of: impl Fn(usize) -> u64) {
    const MISSING: u64 = 0x6a09_e667_f3bc_c909;
    for (row, hash) in hashes.iter_mut().enumerate() {
        let value = if array.is_null(row) { MISSING } else { of(row) };
        // The order of the columns counts.
        *hash = (hash.rotate_left(23) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_waits_in_a_file_is_found_too() {
        let mut hashes = Hashes::default();
        let every = (0..HELD as u64 + 10).map(|i| hash(Key::Whole(i as i64)));
        hashes.extend(every).unwrap();
        assert!(hashes.spill.is_some());
        let twice = [3, HELD as i64 + 5].map(|i| hash(Key::Whole(i)));
        hashes.extend(twice.into_iter()).unwrap();
        hashes.extend(twice.into_iter()).unwrap();
        assert_eq!(hashes.repeated().unwrap(), HashSet::from(twice));
    }

    proptest! {
        #[test]
        fn hashes_that_come_twice_are_found(values in prop::collection::vec(0u64..40, 0..60)) {
            let mut hashes = Hashes::default();
            hashes.extend(values.iter().map(|value| value.rotate_right(8))).unwrap();
            let count = |value: u64| values.iter().filter(|other| **other == value).count();
            let twice = values.iter().filter(|value| count(**value) > 1);
            let twice: HashSet<u64> = twice.map(|value| value.rotate_right(8)).collect();
            prop_assert_eq!(hashes.repeated().unwrap(), twice);
        }
    }
}
