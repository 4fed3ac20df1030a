//! Which type the text of a column is. Pure.
//!
//! Invariant: a type that is inferred holds every cell: written out again, a whole
//! number has the digits it had. So leading zeros, a plus sign, and whole numbers that
//! the type cannot hold make a column text.

use arrow::array::StringArray;

use crate::dataset::DataType;

/// Up to here every whole number is a float.
const EXACT: u64 = 1 << 53;

/// What the cells of a column are, as they are come upon. Cells that are null say nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Inference {
    /// Whether there is a cell.
    any: bool,
    /// Whether every cell is a whole number as `int64` writes it.
    wholes: bool,
    /// Whether every cell is a number, or NaN.
    numbers: bool,
    /// Whether one of them is a number.
    number: bool,
    /// Whether every cell is a truth value.
    truths: bool,
    /// Whether a cell is digits alone, with zeros before them perhaps.
    digits: bool,
    /// Whether a cell is a number and not digits alone.
    fraction: bool,
}

impl Default for Inference {
    fn default() -> Self {
        Self {
            any: false,
            wholes: true,
            numbers: true,
            number: false,
            truths: true,
            digits: false,
            fraction: false,
        }
    }
}

impl Inference {
    /// Takes in the next cells.
    pub(super) fn take(&mut self, cells: &StringArray) {
        cells.iter().flatten().for_each(|cell| self.cell(cell));
    }

    fn cell(&mut self, cell: &str) {
        self.any = true;
        // A question that is answered is not asked again: it costs a parser.
        let whole = if self.wholes { whole(cell) } else { None };
        self.wholes = whole.is_some();
        match whole {
            Some(whole) if whole.unsigned_abs() <= EXACT => self.number = true,
            _ if self.numbers => {
                let number = is_number(cell);
                self.number |= number;
                self.numbers = number || is_nan(cell);
            }
            _ => {}
        }
        if self.truths {
            self.truths = cell == "true" || cell == "false";
        }
        if whole.is_some() {
            self.digits = true;
        } else if !(self.digits && self.fraction) {
            match digits(cell).is_some() {
                true => self.digits = true,
                false if !self.fraction => self.fraction = cell.parse::<f64>().is_ok(),
                false => {}
            }
        }
    }

    /// The narrowest type that holds every cell: whole numbers, numbers, truth values,
    /// text. A column of nulls is text. `nan` is a number where another one is there.
    pub(super) fn narrowest(&self) -> DataType {
        if !self.any {
            DataType::Utf8
        } else if self.wholes {
            DataType::Int64
        } else if self.numbers && self.number {
            DataType::Float64
        } else if self.truths {
            DataType::Bool
        } else {
            DataType::Utf8
        }
    }

    /// The type of a column of which the contract says that it is numeric: whole numbers,
    /// unless a cell is a number with a fraction. What is none is told later.
    pub(super) fn numeric(&self) -> DataType {
        if self.digits && !self.fraction { DataType::Int64 } else { DataType::Float64 }
    }
}

/// The digits of a whole number, behind its sign.
pub fn digits(cell: &str) -> Option<&str> {
    let digits = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// Whether a float is the whole number that a text writes; true of what is no whole number.
pub fn is_exact(cell: &str, float: f64) -> bool {
    digits(cell).is_none()
        || cell.parse::<i128>().is_ok_and(|whole| {
            // Beyond 2^63 only the float's own digits can tell, and nobody writes them.
            i64::try_from(whole).is_ok() && float as i128 == whole
        })
}

/// A whole number as `int64` writes it.
fn whole(cell: &str) -> Option<i64> {
    cell.parse().ok().filter(|_| !is_padded(cell) && cell != "-0")
}

fn is_number(cell: &str) -> bool {
    let Ok(float) = cell.parse::<f64>() else { return false };
    let mantissa = cell.split(['e', 'E']).next().unwrap_or_default();
    let vanished = float == 0.0 && mantissa.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    float.is_finite() && !vanished && !is_padded(cell) && is_exact(cell, float)
}

/// Whether a number begins with what is lost in it: a plus sign, or zeros.
fn is_padded(cell: &str) -> bool {
    let unsigned = cell.strip_prefix('-').unwrap_or(cell).as_bytes();
    match unsigned {
        [b'+', ..] => true,
        [b'0', next, ..] => next.is_ascii_digit(),
        _ => false,
    }
}

fn is_nan(cell: &str) -> bool {
    cell.parse::<f64>().is_ok_and(f64::is_nan)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &[&str]) -> Inference {
        let mut found = Inference::default();
        found.take(&StringArray::from(words.to_vec()));
        // However the cells are dealt out, the answer is one.
        let mut parted = Inference::default();
        words.iter().rev().for_each(|word| parted.take(&StringArray::from(vec![*word])));
        let of = |found: &Inference| (found.narrowest(), found.numeric());
        assert_eq!(of(&found), of(&parted), "{words:?}");
        found
    }

    #[test]
    fn the_narrowest_type_that_holds_every_cell_is_inferred() {
        for (words, expected) in [
            (&["1", "-2", "0"][..], DataType::Int64),
            (&["9223372036854775807", "-9223372036854775808"], DataType::Int64),
            (&["9223372036854775808"], DataType::Utf8),
            (&["18446744073709551615", "0.5"], DataType::Utf8),
            (&["9007199254740993", "0.5"], DataType::Utf8),
            (&["1", "9007199254740993", "0.5"], DataType::Utf8),
            (&["9007199254740992", "0.5"], DataType::Float64),
            (&["00501", "501"], DataType::Utf8),
            (&["-007"], DataType::Utf8),
            (&["00.5"], DataType::Utf8),
            (&["+8", "8"], DataType::Utf8),
            (&["+0.5"], DataType::Utf8),
            (&["-0", "1"], DataType::Float64),
            (&["1", "2.5", ".5", "1e-3"], DataType::Float64),
            (&["0.1234567890123456789"], DataType::Float64),
            (&["1e999"], DataType::Utf8),
            (&["1e-999"], DataType::Utf8),
            (&["0e-999", "0.0"], DataType::Float64),
            (&["true", "false"], DataType::Bool),
            (&["True"], DataType::Utf8),
            (&["1", "x"], DataType::Utf8),
            (&["1", "nan", "NaN"], DataType::Float64),
            (&["nan"], DataType::Utf8),
            (&["inf", "1"], DataType::Utf8),
        ] {
            assert_eq!(found(words).narrowest(), expected, "{words:?}");
        }
        assert_eq!(found(&[]).narrowest(), DataType::Utf8);
    }

    #[test]
    fn a_numeric_column_is_whole_unless_a_cell_has_a_fraction() {
        for (words, expected) in [
            (&["31", "forty", "007"][..], DataType::Int64),
            (&["18446744073709551616"], DataType::Int64),
            (&["1", "0.5", "x"], DataType::Float64),
            (&["1", "nan"], DataType::Float64),
            (&["x"], DataType::Float64),
            (&[], DataType::Float64),
        ] {
            assert_eq!(found(words).numeric(), expected, "{words:?}");
        }
    }
}
