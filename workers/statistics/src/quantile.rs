//! Quantiles of sorted values.

/// The quantile of sorted values for a share in [0, 1], linear between the nearest two;
/// nothing of nothing.
///
/// Hyndman and Fan 1996, type 7, which is NumPy's and R's default. The median of 1, 2, 3,
/// 4 is 2.5.
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = share * last as f64;
    let below = at.floor() as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (at - below as f64) * (sorted[above] - sorted[below]))
}

/// [`quantile`] to NumPy's bits: from the nearer of the two values, where [`quantile`] goes
/// from the lower one and may be off by its last place.
///
/// Bins between quantiles need it: a value that lies on an edge is in the lower bin, and an
/// edge that is one bit too low moves it.
pub fn numpy_quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = last as f64 * share;
    if at >= last as f64 {
        return sorted.last().copied();
    }
    let below = at.floor() as usize;
    let (low, high, part) = (sorted[below], sorted[below + 1], at - at.floor());
    let gap = high - low;
    Some(if part < 0.5 { low + gap * part } else { high - gap * (1.0 - part) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_type_seven() {
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.5), Some(2.5));
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 0.25), Some(1.75));
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(numpy_quantile(&[1.0, 2.0, 3.0, 4.0], 0.25), Some(1.75));
        assert_eq!(numpy_quantile(&[1.0, 2.0], 1.0), Some(2.0));
        // From the lower value it is 0.16999999999999998.
        assert_eq!(numpy_quantile(&[0.1, 0.2], 0.7), Some(0.17));
    }
}
