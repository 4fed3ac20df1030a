//! [`Day`]: a day of the calendar, in UTC. Pure: no clock is read here.

use std::fmt;
use std::time::Duration;

use ingot_protocol::contract::Moment;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const SECONDS: i64 = 86_400;

/// A day, ordered: days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Day(i64);

impl Day {
    /// The day as `2027-12-31`, and nothing else that a date may look like.
    pub fn read(text: &str) -> Option<Self> {
        let moment = Moment::read(text).filter(|_| text.len() == "2027-12-31".len())?;
        Some(Self(moment.seconds.div_euclid(SECONDS)))
    }

    /// The day on which a moment falls, given as the time since 1970.
    pub fn of(since: Duration) -> Self {
        let seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
        Self(seconds.div_euclid(SECONDS))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.saturating_mul(SECONDS);
        Moment { seconds, nanoseconds: 0 }.fmt(formatter)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).ok_or_else(|| serde::de::Error::custom("it is no day, as 2027-12-31"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_reads_what_it_says_and_nothing_else() {
        for text in ["2027-12-31", "1970-01-01", "2028-02-29"] {
            assert_eq!(Day::read(text).map(|day| day.to_string()).as_deref(), Some(text));
        }
        for text in ["2027-12-31T00:00:00Z", "2027-02-29", "31.12.2027", "12:00:00", "soon", ""] {
            assert_eq!(Day::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_is_over_when_the_next_one_begins() {
        let last = Day::read("1970-01-02").unwrap();
        assert_eq!(Day::of(Duration::from_secs(2 * 86_400 - 1)), last);
        assert!(Day::of(Duration::from_secs(2 * 86_400)) > last);
    }
}
