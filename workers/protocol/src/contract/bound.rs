//! [`Bound`]: a number or a date of a contract, and how values stand to it. Pure.
//!
//! Invariant: a comparison is exact. Neither a whole number nor a bound goes through the
//! other's type: 2^53 + 1 is above `9007199254740992.0`.

use std::cmp::Ordering;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

use super::Moment;

/// The first float behind every `i64`.
const BEHIND: f64 = 9_223_372_036_854_775_808.0;

/// Up to here every whole number is a float.
const EXACT: u64 = 1 << 53;

/// A number or a date as TOML writes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// Whole.
    Whole(i64),
    /// With a fraction, or not whole.
    Float(f64),
    /// A date, or a date and a time of day.
    Moment(Moment),
}

impl Bound {
    /// How a whole number stands to the bound; nothing where the bound is no number.
    pub fn of_whole(self, value: i64) -> Option<Ordering> {
        match self {
            Self::Whole(bound) => Some(value.cmp(&bound)),
            Self::Float(bound) => whole_to_float(value, bound),
            Self::Moment(_) => None,
        }
    }

    /// How a float stands to the bound; nothing where one of them is no number.
    pub fn of_float(self, value: f64) -> Option<Ordering> {
        match self {
            // Such a bound is a float, too, and floats are compared in a cycle.
            Self::Whole(bound) if bound.unsigned_abs() <= EXACT => {
                value.partial_cmp(&(bound as f64))
            }
            Self::Whole(bound) => whole_to_float(bound, value).map(Ordering::reverse),
            Self::Float(bound) => value.partial_cmp(&bound),
            Self::Moment(_) => None,
        }
    }

    /// How a point in time stands to the bound; nothing where the bound is a number.
    pub fn of_moment(self, value: Moment) -> Option<Ordering> {
        match self {
            Self::Moment(bound) => Some(value.cmp(&bound)),
            Self::Whole(_) | Self::Float(_) => None,
        }
    }

    /// How the bound stands to another one.
    pub fn to(self, other: Self) -> Option<Ordering> {
        match self {
            Self::Whole(bound) => other.of_whole(bound),
            Self::Float(bound) => other.of_float(bound),
            Self::Moment(bound) => other.of_moment(bound),
        }
    }
}

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

struct Written;

impl Visitor<'_> for Written {
    type Value = Bound;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number or a date")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Bound, E> {
        Ok(Bound::Whole(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Bound, E> {
        Ok(Bound::Float(value))
    }

    // A date of TOML comes as its text.
    fn visit_str<E: Error>(self, value: &str) -> Result<Bound, E> {
        let moment = Moment::read(value).map(Bound::Moment);
        moment.ok_or_else(|| E::invalid_type(Unexpected::Str(value), &self))
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bound) => bound.fmt(formatter),
            Self::Float(bound) => bound.fmt(formatter),
            Self::Moment(bound) => bound.fmt(formatter),
        }
    }
}

fn whole_to_float(whole: i64, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    if float >= BEHIND {
        return Some(Ordering::Less);
    }
    if float < -BEHIND {
        return Some(Ordering::Greater);
    }
    // Between these the whole part is an `i64`, and what is cut off decides among equals.
    let order = whole.cmp(&(float.trunc() as i64));
    Some(order.then_with(|| 0.0.partial_cmp(&float.fract()).unwrap_or(Ordering::Equal)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_and_floats_are_compared_exactly() {
        let large = 9_007_199_254_740_993; // 2^53 + 1, which no float is
        assert_eq!(Bound::Float(9_007_199_254_740_992.0).of_whole(large), Some(Ordering::Greater));
        assert_eq!(Bound::Whole(large).of_float(9_007_199_254_740_992.0), Some(Ordering::Less));
        assert_eq!(Bound::Float(0.5).of_whole(0), Some(Ordering::Less));
        assert_eq!(Bound::Float(-0.5).of_whole(0), Some(Ordering::Greater));
        assert_eq!(Bound::Float(-1.5).of_whole(-1), Some(Ordering::Greater));
        assert_eq!(Bound::Float(-1.5).of_whole(-2), Some(Ordering::Less));
        assert_eq!(Bound::Float(7.0).of_whole(7), Some(Ordering::Equal));
        assert_eq!(Bound::Float(BEHIND).of_whole(i64::MAX), Some(Ordering::Less));
        assert_eq!(Bound::Float(-BEHIND).of_whole(i64::MIN), Some(Ordering::Equal));
        assert_eq!(Bound::Float(f64::INFINITY).of_whole(0), Some(Ordering::Less));
        assert_eq!(Bound::Float(f64::NAN).of_whole(0), None);
        assert_eq!(Bound::Whole(1).to(Bound::Float(1.5)), Some(Ordering::Less));
    }
}
