//! Which type the text of a column is. Pure.
//!
//! Invariant: a type that is inferred holds every cell: written out again, a whole
//! number has the digits it had. So leading zeros, a plus sign, and whole numbers that
//! the type cannot hold make a column text.

use crate::dataset::DataType;

/// The narrowest type that holds every cell: whole numbers, numbers, truth values,
/// text. A column of nulls is text. `nan` is a number where another one is there.
pub fn infer(cells: &[Option<String>]) -> DataType {
    let all = |fits: fn(&str) -> bool| {
        let mut present = cells.iter().flatten().peekable();
        present.peek().is_some() && present.all(|cell| fits(cell))
    };
    let any = |fits: fn(&str) -> bool| cells.iter().flatten().any(|cell| fits(cell));
    if all(is_whole) {
        DataType::Int64
    } else if all(|cell| is_number(cell) || is_nan(cell)) && any(is_number) {
        DataType::Float64
    } else if all(|cell| cell == "true" || cell == "false") {
        DataType::Bool
    } else {
        DataType::Utf8
    }
}

/// The type of a column of which the contract says that it is numeric: whole numbers,
/// unless a cell is a number with a fraction. What is none is told later.
pub fn numeric(cells: &[Option<String>]) -> DataType {
    let mut present = cells.iter().flatten().peekable();
    let whole = |cell: &String| digits(cell).is_some();
    let fraction = |cell: &String| cell.parse::<f64>().is_ok() && !whole(cell);
    if present.peek().is_none() || cells.iter().flatten().any(fraction) {
        return DataType::Float64;
    }
    if present.any(whole) { DataType::Int64 } else { DataType::Float64 }
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

fn is_whole(cell: &str) -> bool {
    cell.parse::<i64>().is_ok() && !is_padded(cell) && cell != "-0"
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

    fn cells(words: &[&str]) -> Vec<Option<String>> {
        words.iter().map(|word| Some((*word).to_owned())).collect()
    }

    #[test]
    fn the_narrowest_type_that_holds_every_cell_is_inferred() {
        for (words, expected) in [
            (&["1", "-2", "0"][..], DataType::Int64),
            (&["9223372036854775807", "-9223372036854775808"], DataType::Int64),
            (&["9223372036854775808"], DataType::Utf8),
            (&["18446744073709551615", "0.5"], DataType::Utf8),
            (&["9007199254740993", "0.5"], DataType::Utf8),
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
            assert_eq!(infer(&cells(words)), expected, "{words:?}");
        }
        assert_eq!(infer(&[None, None]), DataType::Utf8);
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
            assert_eq!(numeric(&cells(words)), expected, "{words:?}");
        }
    }
}
