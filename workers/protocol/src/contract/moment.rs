//! [`Moment`]: a date, or a date and a time of day. Pure.
//!
//! Invariant: no clock is read. A date is its beginning; a time without a zone is in UTC.

use std::fmt;
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

/// As ISO 8601 writes it in UTC: a midnight is a date.
impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.seconds.div_euclid(DAY));
        write!(formatter, "{year:04}-{month:02}-{day:02}")?;
        let second = self.seconds.rem_euclid(DAY);
        if second == 0 && self.nanoseconds == 0 {
            return Ok(());
        }
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(formatter, "T{hour:02}:{minute:02}:{second:02}")?;
        if self.nanoseconds > 0 {
            let digits = format!("{:09}", self.nanoseconds);
            write!(formatter, ".{}", digits.trim_end_matches('0'))?;
        }
        formatter.write_str("Z")
    }
}

/// The date of a day, the inverse of [`days`].
fn date(days: i64) -> (i64, i64, i64) {
    // Days of an era of 400 years, which begins in March.
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month < 3), month, day)
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

    #[test]
    fn what_is_written_is_read() {
        for day in (-1_000_000..1_000_000).step_by(997) {
            let (year, month, of_month) = date(day);
            assert_eq!(days(year, month, of_month), day);
        }
        for text in ["1970-01-01", "2000-02-29", "2026-11-01T08:30:00Z", "1969-12-31T23:59:59.5Z"] {
            assert_eq!(Moment::read(text).unwrap().to_string(), text);
        }
    }
}
