//! How a measured number is written for people: by its significant digits. Pure.
//!
//! A fixed number of digits behind the point shows an error of 5e-9 as none.

/// Significant digits of a number that is not whole.
const DIGITS: i32 = 4;

/// A number with four significant digits, zeros at the end included, so that numbers below
/// each other line up: `0.9404`, `0.9000`, `12.35`, `5.017e-9`. Whole numbers have no point;
/// digits before the point are never rounded away below 1e15, and from 1000 one stands
/// behind it.
///
/// ```
/// # use ingot_protocol::figure::figure;
/// assert_eq!(figure(0.9), "0.9000");
/// assert_eq!(figure(5.0172e-9), "5.017e-9");
/// assert_eq!(figure(12345.678), "12345.7");
/// assert_eq!(figure(360.0), "360");
/// ```
pub fn figure(value: f64) -> String {
    if !value.is_finite() || value.fract() == 0.0 && value.abs() < 1e15 {
        // A zero has no sign.
        return (value + 0.0).to_string();
    }
    let scientific = format!("{value:.*e}", DIGITS as usize - 1);
    // After rounding: 0.99999 is 1.000.
    let exponent: i32 =
        scientific.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    match exponent {
        -4..15 => format!("{value:.*}", (DIGITS - 1 - exponent).max(1) as usize),
        _ => scientific,
    }
}

/// A difference: the same with its sign.
pub fn signed(value: f64) -> String {
    let figure = figure(value);
    if value > 0.0 { format!("+{figure}") } else { figure }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_four_significant_digits() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-3.0, "-3"),
            (0.94039, "0.9404"),
            (0.99999, "1.000"),
            (9.99996, "10.00"),
            (0.1, "0.1000"),
            (0.0123456, "0.01235"),
            (0.000123456, "0.0001235"),
            (0.0000123456, "1.235e-5"),
            (5.0172e-9, "5.017e-9"),
            (-5e-324, "-4.941e-324"),
            (2.5, "2.500"),
            (1234.5678, "1234.6"),
            (1e15, "1.000e15"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(figure(value), expected);
        }
        assert_eq!([signed(0.25), signed(-0.25), signed(0.0)], ["+0.2500", "-0.2500", "0"]);
    }
}
