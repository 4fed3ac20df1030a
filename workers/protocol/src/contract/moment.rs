//! [`Moment`]: a date, or a date and a time of day. Pure.
//!
//! Invariant: no clock is read. A date is its beginning; a time without a zone is in UTC.

use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};
use toml::value::{Datetime, Offset};

const DAY: i64 = 86_400;

/// A point in time, ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// Nanoseconds behind them.
    pub nanoseconds: u32,
}

impl Moment {
    /// A moment as ISO 8601 writes it: `2026-11-01`, `2026-11-01T08:30:00Z`,
    /// `2026-11-01 08:30:00.5+01:00`.
    ///
    /// ```
    /// # use ingot_protocol::contract::Moment;
    /// let read = |text| Moment::read(text).map(|moment| moment.seconds);
    /// assert_eq!(read("1970-01-02"), Some(86_400));
    /// assert_eq!(read("1970-01-01T01:00:00+01:00"), Some(0));
    /// assert_eq!(read("1.2.1970"), None);
    /// ```
    pub fn read(text: &str) -> Option<Self> {
        Self::of(&Datetime::from_str(text).ok()?)
    }

    fn of(written: &Datetime) -> Option<Self> {
        let date = written.date?;
        let days = days(i64::from(date.year), i64::from(date.month), i64::from(date.day));
        let (second, nanoseconds) = match &written.time {
            None => (0, 0),
            Some(time) => {
                let minutes = i64::from(time.hour) * 60 + i64::from(time.minute);
                let second = time.second.map_or(0, i64::from);
                (minutes * 60 + second, time.nanosecond.unwrap_or(0))
            }
        };
        let east = match written.offset {
            Some(Offset::Custom { minutes }) => i64::from(minutes) * 60,
            Some(Offset::Z) | None => 0,
        };
        Some(Self { seconds: days * DAY + second - east, nanoseconds })
    }
}

/// Days since 1970-01-01 in the Gregorian calendar: a year begins in March, so that the
/// day that some years lack is its last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month < 3 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year
        - 719_468
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || D::Error::custom("it is no date, such as 2026-11-01");
        match toml::Value::deserialize(deserializer)? {
            toml::Value::Datetime(written) => Self::of(&written).ok_or_else(wrong),
            toml::Value::String(text) => Self::read(&text).ok_or_else(wrong),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_counted_from_1970() {
        for (text, expected) in [
            ("1970-01-01", Some(0)),
            ("1969-12-31", Some(-86_400)),
            ("2000-02-29", Some(951_782_400)),
            ("2000-03-01T00:00:01Z", Some(951_868_801)),
            ("2026-11-01T08:30:00", Some(1_793_521_800)),
            ("2026-11-01 08:30:00+01:30", Some(1_793_516_400)),
            ("2026-13-01", None),
            ("08:30:00", None),
            ("", None),
        ] {
            assert_eq!(Moment::read(text).map(|moment| moment.seconds), expected, "{text}");
        }
        assert!(Moment::read("2026-11-01T00:00:00.5") > Moment::read("2026-11-01"));
    }
}
