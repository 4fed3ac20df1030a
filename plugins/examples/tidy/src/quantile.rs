//! Exact quantiles.
//!
//! Pure, and the same bits on any machine: values are compared, and three
//! operations of IEEE 754 are done on two of them.

/// The sample quantile of type 7 of Hyndman and Fan (1996), "Sample quantiles in
/// statistical packages", The American Statistician 50(4), 361-365: R's default
/// and NumPy's `linear`.
///
/// With x_0 <= .. <= x_{n-1} and h = (n - 1) p, it is
///
/// ```text
/// x_{floor(h)} + (h - floor(h)) (x_{floor(h) + 1} - x_{floor(h)})
/// ```
///
/// `values` holds n numbers, none of them NaN, and is left in another order; `p`
/// lies in [0, 1]. None for no values. O(n), by selection instead of sorting.
///
/// By hand: of 1, 2, 3, 10 with p = 0.5, h = 1.5, and 2 + 0.5 (3 - 2) = 2.5.
///
/// ```
/// use tidy::quantile;
///
/// assert_eq!(quantile(&mut [10.0, 1.0, 3.0, 2.0], 0.5), Some(2.5));
/// assert_eq!(quantile(&mut [10.0, 1.0, 3.0, 2.0], 0.75), Some(4.75));
/// assert_eq!(quantile(&mut [], 0.5), None);
/// ```
pub fn quantile(values: &mut [f64], p: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let h = last as f64 * p;
    let below = (h.floor() as usize).min(last);
    let (_, &mut low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    let fraction = h - below as f64;
    // Without this, an infinite neighbour of weight 0 would make a NaN.
    Some(if fraction == 0.0 { low } else { low + fraction * (high - low) })
}
