//! How many rows of each stratum a split gets. Pure.

use std::cmp::Reverse;

/// Whole numbers that add up to `total`, each within one of its share: floors
/// first, then one more by the largest remainder (Hamilton), ties by position. Where one
/// would be nothing and another is above its share, that one gives it one.
pub(super) fn apportion(total: usize, shares: &[f64]) -> Vec<usize> {
    let mut quota = floors(total, shares);
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|&a, &b| {
        let rest = |at: usize| shares[at] * total as f64 - quota[at] as f64;
        rest(b).total_cmp(&rest(a)).then(a.cmp(&b))
    });
    let given: usize = quota.iter().sum();
    for &at in order.iter().cycle().take(total.saturating_sub(given)) {
        quota[at] += 1;
    }
    while let Some(empty) = quota.iter().position(|&rows| rows == 0) {
        let over = |at: usize| quota[at] as f64 - shares[at] * total as f64;
        let gives = |&at: &usize| quota[at] > 1 && over(at) > 1e-9;
        let most = (0..shares.len())
            .filter(gives)
            .max_by(|&a, &b| over(a).total_cmp(&over(b)).then(b.cmp(&a)));
        let Some(most) = most else { break };
        quota[most] -= 1;
        quota[empty] += 1;
    }
    quota
}

/// Quotas of strata of these sizes, which add up to `total` over the strata and to each
/// stratum's size over the splits (controlled rounding): // (strata, splits)
///
/// Floors first. Each row that is then left of a stratum goes to another split, the one
/// that lacks most of its total (the construction of Gale and Ryser, for which the order
/// of the strata does not matter). Where a stratum has no such split left, one split gets
/// a second row: the total is always met.
pub(super) fn controlled(sizes: &[usize], total: &[usize], shares: &[f64]) -> Vec<Vec<usize>> {
    let mut quotas: Vec<Vec<usize>> = sizes.iter().map(|size| floors(*size, shares)).collect();
    let held = |split: usize| quotas.iter().map(|quota| quota[split]).sum::<usize>() as i64;
    let mut lacking: Vec<i64> =
        total.iter().enumerate().map(|(split, total)| *total as i64 - held(split)).collect();
    for (quota, size) in quotas.iter_mut().zip(sizes) {
        let left = size.saturating_sub(quota.iter().sum());
        let mut taken = vec![false; shares.len()];
        for _ in 0..left {
            let best = (0..shares.len()).max_by_key(|&split| {
                (lacking[split] > 0, !taken[split], lacking[split], Reverse(split))
            });
            let Some(best) = best else { break };
            quota[best] += 1;
            lacking[best] -= 1;
            taken[best] = true;
        }
    }
    quotas
}

fn floors(total: usize, shares: &[f64]) -> Vec<usize> {
    // A share of a half and its last bit less is a half.
    shares.iter().map(|share| (share * total as f64 + 1e-9).floor() as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remainders_go_to_the_largest() {
        assert_eq!(apportion(10, &[0.1, 0.2, 0.7]), [1, 2, 7]);
        assert_eq!(apportion(5, &[0.1, 0.2, 0.7]), [1, 1, 3]);
        assert_eq!(apportion(0, &[0.5, 0.5]), [0, 0]);
        assert_eq!(apportion(3, &[0.2, 0.6, 0.2]), [1, 1, 1]);
        assert_eq!(apportion(3, &[0.9, 0.1]), [2, 1]);
        assert_eq!(apportion(2, &[0.4, 0.3, 0.3]), [1, 1, 0]);
    }

    #[test]
    fn strata_and_splits_both_add_up() {
        let quotas = controlled(&[2, 2, 2, 2, 2], &[2, 6, 2], &[0.2, 0.6, 0.2]);
        assert!(quotas.iter().all(|quota| quota.iter().sum::<usize>() == 2), "{quotas:?}");
        for (split, total) in [2, 6, 2].into_iter().enumerate() {
            assert_eq!(quotas.iter().map(|quota| quota[split]).sum::<usize>(), total);
        }
        assert_eq!(controlled(&[7], &apportion(7, &[0.5, 0.5]), &[0.5, 0.5]), [[4, 3]]);
    }
}
