//! A histogram whose edges need not be known before the numbers.

/// Most bins that are held at once.
const ROOM: f64 = 40.0;
/// Of the least width, 2^-1022.
const LEAST: i32 = -1022;

/// Counts of numbers in bins [i w, (i + 1) w), w a power of two: the least one for which the
/// range takes at most 40 bins.
///
/// Bins are aligned to 0, so that two neighbours are one bin of twice the width: when a
/// number lies too far out, bins are joined in pairs until it fits. The width and the counts
/// are exact, and those of the numbers alone, in whatever order and parts they come.
///
/// Departure: rules of width (Sturges 1926, Freedman and Diaconis 1981) need the range and
/// the quartiles beforehand, and so a second pass. Of 17 and 90 the width is 2, of 38 bins;
/// the first is [16, 18).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlignedHistogram {
    /// w is 2^exponent.
    exponent: i32,
    /// 1 / w.
    scale: f64,
    /// The i of the first bin; it and the last one have numbers.
    first: i64,
    counts: Vec<u64>,
    extremes: Option<(f64, f64)>,
}

impl AlignedHistogram {
    /// Takes a number in; what is not finite is passed over.
    pub fn add(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        self.widen(value, value);
        self.count(index(value, self.scale), 1);
    }

    /// Takes in what another has.
    pub fn merge(&mut self, other: &Self) {
        let Some((low, high)) = other.extremes else { return };
        self.widen(low, high);
        let shift = (self.exponent - other.exponent).clamp(0, 63);
        for (at, count) in other.bins().filter(|(_, count)| *count > 0) {
            self.count(at >> shift, count);
        }
    }

    /// The same with bins that are at least 1 wide, for whole numbers.
    pub fn whole(mut self) -> Self {
        self.join(0);
        self
    }

    /// The width of a bin; 0 of no numbers.
    pub fn width(&self) -> f64 {
        self.extremes.map_or(0.0, |_| power(self.exponent))
    }

    /// The lower edge of the first bin.
    pub fn start(&self) -> f64 {
        if self.counts.is_empty() { 0.0 } else { self.first as f64 * power(self.exponent) }
    }

    /// How many numbers each bin has, from the first to the last that has some.
    pub fn counts(&self) -> Vec<u64> {
        self.counts.clone()
    }

    fn bins(&self) -> impl Iterator<Item = (i64, u64)> + '_ {
        (self.first..).zip(self.counts.iter().copied())
    }

    /// Adds to a bin; those of the range are few.
    fn count(&mut self, at: i64, count: u64) {
        if self.counts.is_empty() {
            self.first = at;
        }
        if at < self.first {
            let more = (self.first - at) as usize;
            self.counts.splice(0..0, std::iter::repeat_n(0, more));
            self.first = at;
        }
        let place = (at - self.first) as usize;
        if place >= self.counts.len() {
            self.counts.resize(place + 1, 0);
        }
        self.counts[place] += count;
    }

    /// Joins bins until this range takes no more than there may be.
    fn widen(&mut self, low: f64, high: f64) {
        let before = self.extremes;
        let (least, largest) = before.map_or((low, high), |(l, h)| (l.min(low), h.max(high)));
        if before == Some((least, largest)) {
            return;
        }
        self.extremes = Some((least, largest));
        match before {
            None => self.width_of(exponent(least, largest)),
            // A wider range never takes a smaller width.
            Some(_) if is_enough(self.exponent, least, largest) => {}
            Some(_) => self.join(exponent(least, largest)),
        }
    }

    fn width_of(&mut self, exponent: i32) {
        self.exponent = exponent;
        self.scale = power(-exponent);
    }

    /// Joins bins up to this width.
    fn join(&mut self, exponent: i32) {
        if exponent <= self.exponent {
            return;
        }
        let shift = (exponent - self.exponent).min(63);
        self.width_of(exponent);
        let joined = Self { counts: Vec::new(), ..self.clone() };
        let before = std::mem::replace(self, joined);
        for (at, count) in before.bins().filter(|(_, count)| *count > 0) {
            self.count(at >> shift, count);
        }
    }
}

/// The least exponent whose bins are few enough, and at which a number's bin is a whole
/// number that a float holds.
fn exponent(low: f64, high: f64) -> i32 {
    let mut exponent = least(low, high);
    while !is_enough(exponent, low, high) {
        exponent += 1;
    }
    exponent
}

/// The least exponent at which the number of each bin is a whole one that a float holds.
fn least(low: f64, high: f64) -> i32 {
    let largest = low.abs().max(high.abs());
    let least = if largest == 0.0 { LEAST } else { libm::ilogb(largest) - 51 };
    least.max(LEAST)
}

/// Whether bins of this width are few enough, and wide enough.
fn is_enough(exponent: i32, low: f64, high: f64) -> bool {
    let scale = power(-exponent);
    exponent >= least(low, high) && (index(high, scale) - index(low, scale)) as f64 + 1.0 <= ROOM
}

/// The bin of a number, of the width 1 / scale.
fn index(value: f64, scale: f64) -> i64 {
    let scaled = value * scale;
    // Scaling by a power of two is exact, but what passes below the smallest number is 0.
    if scaled == 0.0 && value < 0.0 { -1 } else { scaled.floor() as i64 }
}

fn power(exponent: i32) -> f64 {
    libm::scalbn(1.0, exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> AlignedHistogram {
        let mut histogram = AlignedHistogram::default();
        values.iter().for_each(|value| histogram.add(*value));
        histogram
    }

    #[test]
    fn by_hand() {
        let ages = of(&[17.0, 90.0, 17.5, 18.0]);
        assert_eq!((ages.start(), ages.width(), ages.counts().len()), (16.0, 2.0, 38));
        assert_eq!((&ages.counts()[..2], ages.counts()[37]), (&[2, 1][..], 1));
        let halves = of(&[-1.0, 0.0, f64::NAN, f64::INFINITY, -0.0]);
        assert_eq!((halves.start(), halves.width()), (-1.0, 1.0 / 32.0));
        assert_eq!(halves.counts().iter().sum::<u64>(), 3);
        assert_eq!((halves.clone().whole().width(), halves.whole().counts()), (1.0, vec![1, 2]));
        assert_eq!(of(&[]).counts(), [0_u64; 0]);
        assert_eq!((of(&[0.0]).start(), of(&[0.0]).counts()), (0.0, vec![1]));
    }

    #[test]
    fn neither_order_nor_parts_matter() {
        for values in [
            &[3.0, -2.5, 1e300, 7.0, -1e-300, 0.0][..],
            &[0.0, 0.5, 0.0],
            &[1e-310, 5e-324, -5e-324],
            &[1e16, 1e16 + 2.0, 1e16 + 64.0],
            &[f64::MAX, f64::MIN, 1.0],
        ] {
            let whole = of(values);
            let reversed: Vec<f64> = values.iter().rev().copied().collect();
            assert_eq!(of(&reversed), whole);
            for cut in 0..=values.len() {
                let mut merged = of(&values[..cut]);
                merged.merge(&of(&values[cut..]));
                assert_eq!(merged, whole, "{cut}");
            }
            assert!(whole.counts().len() <= 40, "{whole:?}");
            assert_eq!(whole.counts().iter().sum::<u64>(), values.len() as u64);
        }
    }
}
