//! Bounds with slack: what the next data of the same source will keep too, and what a person
//! reads easily. Pure.

use std::collections::HashSet;

use ingot_tables::source::typed::Key;

/// The share of the range by which bounds are wider.
const SLACK: f64 = 0.1;
/// Up to here every whole number is a float.
const WHOLE: f64 = 9_007_199_254_740_992.0; // 2^53

/// `min` and `max` as the contract writes them: wider than the values by a tenth of their
/// range, rounded outwards to two digits of it, and never across 0. Nothing of no finite
/// number, where a float does not hold the numbers, or where their range is hardly one.
///
/// Of 17 and 90 the range is 73: 9 and 98.
pub(super) fn of(values: &HashSet<Key<'_>>) -> Option<(String, String)> {
    let mut whole = true;
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in values {
        let value = match value {
            Key::Whole(value) => *value as f64,
            Key::Float(bits) => {
                whole = false;
                f64::from_bits(*bits)
            }
            _ => continue,
        };
        if value.is_infinite() {
            return None;
        }
        (low, high) = (low.min(value), high.max(value));
    }
    if low > high || low.abs() >= WHOLE || high.abs() >= WHOLE {
        return None;
    }
    let range = if high > low { high - low } else { high.abs().max(1.0) };
    let unit = libm::pow(10.0, libm::floor(libm::log10(range)) - 1.0);
    let unit = if whole { unit.max(1.0) } else { unit };
    if !unit.is_normal() {
        return None;
    }
    let down = (((low - SLACK * range) / unit).floor() * unit).min(low);
    let up = (((high + SLACK * range) / unit).ceil() * unit).max(high);
    let down = if low >= 0.0 { down.max(0.0) } else { down };
    let up = if high <= 0.0 { up.min(0.0) } else { up };
    Some((
        written(down, whole, |digits| digits <= low),
        written(up, whole, |digits| digits >= high),
    ))
}

/// A bound, with twelve digits where the values are within it then: 0.1 * 3 is 0.3.
fn written(bound: f64, whole: bool, holds: impl Fn(f64) -> bool) -> String {
    if whole {
        return format!("{:.0}", bound + 0.0);
    }
    let digits = format!("{bound:.11e}").parse::<f64>().ok().filter(|digits| holds(*digits));
    format!("{:?}", digits.unwrap_or(bound) + 0.0)
}

/// A share of missing values: half as much again, to two digits, at most 1.
pub(super) fn share(nulls: usize, rows: usize) -> String {
    let share = 1.5 * nulls as f64 / rows.max(1) as f64;
    let unit = libm::pow(10.0, libm::floor(libm::log10(share)) - 1.0);
    let share = ((share / unit).ceil() * unit).min(1.0);
    format!("{:?}", format!("{share:.11e}").parse::<f64>().unwrap_or(1.0))
}

/// Fewest rows: half of those that there are.
pub(super) fn fewest(rows: usize) -> usize {
    rows / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(values: &[f64]) -> (String, String) {
        of(&values.iter().map(|value| Key::float(*value)).collect()).unwrap()
    }

    #[test]
    fn by_hand() {
        let whole: HashSet<Key<'_>> = [17, 90].map(Key::Whole).into();
        assert_eq!(of(&whole), Some(("9".into(), "98".into())));
        assert_eq!(bounds(&[0.0, 1.0]), ("0.0".into(), "1.1".into()));
        assert_eq!(bounds(&[-0.25, -0.5]), ("-0.53".into(), "-0.22".into()));
        assert_eq!(bounds(&[3.0]), ("2.7".into(), "3.3".into()));
        assert_eq!(of(&[i64::MAX, 0].map(Key::Whole).into()), None);
        assert_eq!(of(&HashSet::new()), None);
        assert_eq!((share(1, 100), share(99, 100)), ("0.015".into(), "1.0".into()));
    }
}
