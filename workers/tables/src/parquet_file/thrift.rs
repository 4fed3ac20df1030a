//! Thrift's compact protocol, as far as a size is looked for in it.
//!
//! Invariant: what is read here has one meaning. The decoder takes a known field's
//! bytes by its number, whatever type they say; so a known field of another type, a
//! field out of order, and lists of truth values, which readers take in two ways, are
//! refused. Nothing is kept, and nothing recurses deeper than [`DEPTH`].

use std::io::{Error, ErrorKind, Read, Result};

/// Types of fields and of items.
pub(super) const TRUE: u8 = 1;
pub(super) const FALSE: u8 = 2;
pub(super) const I8: u8 = 3;
pub(super) const I32: u8 = 5;
pub(super) const I64: u8 = 6;
pub(super) const BINARY: u8 = 8;
pub(super) const LIST: u8 = 9;
pub(super) const STRUCT: u8 = 12;

/// Structs in structs that are passed over.
const DEPTH: u8 = 32;

/// Bytes in the compact protocol.
pub(super) struct Compact<R> {
    input: R,
    /// How many bytes were read.
    pub(super) taken: u64,
}

impl<R: Read> Compact<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, taken: 0 }
    }

    fn byte(&mut self) -> Result<u8> {
        let mut byte = [0];
        self.input.read_exact(&mut byte)?;
        self.taken += 1;
        Ok(byte[0])
    }

    fn pass(&mut self, bytes: u64) -> Result<()> {
        let passed = std::io::copy(&mut (&mut self.input).take(bytes), &mut std::io::sink())?;
        self.taken += passed;
        if passed == bytes { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
    }

    fn unsigned(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(wrong("a number of more than ten bytes"))
    }

    fn signed(&mut self) -> Result<i64> {
        let value = self.unsigned()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    /// A number of 32 bits.
    pub(super) fn int(&mut self) -> Result<i32> {
        i32::try_from(self.signed()?).map_err(|_| wrong("a number of more than 32 bits"))
    }

    /// The length of a text, which is passed over.
    pub(super) fn text(&mut self) -> Result<u64> {
        let length = self.unsigned()?;
        self.pass(length)?;
        Ok(length)
    }

    /// The type and the number of a list's items.
    pub(super) fn list(&mut self) -> Result<(u8, u64)> {
        let head = self.byte()?;
        let length = if head >> 4 == 15 { self.unsigned()? } else { u64::from(head >> 4) };
        let item = head & 15;
        if length > 0 && (item == TRUE || item == FALSE || item == 0) {
            return Err(wrong("a list of truth values"));
        }
        Ok((item, length))
    }

    /// The next field of a struct behind field `last`, or nothing at its end. Known
    /// fields are those of `types`, by number from 1; zero is any type.
    pub(super) fn field(&mut self, last: i16, types: &[u8]) -> Result<Option<(i16, u8)>> {
        let head = self.byte()?;
        let found = head & 15;
        if found == 0 {
            return Ok(None);
        }
        let id = match head >> 4 {
            0 => i16::try_from(self.signed()?).map_err(|_| wrong("a field out of range"))?,
            step => last.checked_add(step.into()).ok_or_else(|| wrong("a field out of range"))?,
        };
        if id <= last {
            return Err(wrong("fields out of order"));
        }
        let known = usize::try_from(id - 1).ok().and_then(|at| types.get(at)).copied();
        let same = |known: u8| known == 0 || known == found || (known == TRUE && found == FALSE);
        match known {
            Some(known) if !same(known) => Err(wrong("a field of another type")),
            _ => Ok(Some((id, found))),
        }
    }

    /// Passes over a value.
    pub(super) fn skip(&mut self, value: u8) -> Result<()> {
        self.skip_below(value, DEPTH)
    }

    fn skip_below(&mut self, value: u8, depth: u8) -> Result<()> {
        let Some(below) = depth.checked_sub(1) else {
            return Err(wrong("structs nested too deep"));
        };
        match value {
            TRUE | FALSE => Ok(()),
            I8 => self.pass(1),
            4 | I32 | I64 => self.unsigned().map(drop),
            7 => self.pass(8),
            BINARY => self.text().map(drop),
            LIST | 10 => {
                let (item, length) = self.list()?;
                (0..length).try_for_each(|_| self.skip_below(item, below))
            }
            STRUCT => {
                let mut last = 0;
                while let Some((id, value)) = self.field(last, &[])? {
                    self.skip_below(value, below)?;
                    last = id;
                }
                Ok(())
            }
            _ => Err(wrong("a value of a type that Parquet does not have")),
        }
    }
}

pub(super) fn wrong(message: &str) -> Error {
    Error::new(ErrorKind::InvalidData, message)
}

/// Refused because it asks for too much.
pub(super) fn large(message: &str) -> Error {
    Error::new(ErrorKind::FileTooLarge, message)
}
