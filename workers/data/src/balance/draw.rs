//! Which rows are kept, and which are copied how often. Pure.
//!
//! Invariant: a row's part depends on its own draw and on how many draws are before it, and
//! not on where it stands.

/// The rows that are left, and what is made of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Drawn {
    /// Rows, in their order.
    pub(super) kept: Vec<usize>,
    /// Rows that are copied, each once a copy, with the number of the copy from 0.
    pub(super) copies: Vec<(usize, u64)>,
}

/// Every row, and copies until each class has its number: all rows of a class equally often
/// up to one, and that one for the rows of the first draws.
///
/// A departure from imbalanced-learn's `RandomOverSampler`, which draws copies with
/// replacement: the counts are the same, and no row is copied three times where another is
/// not copied at all.
pub(super) fn over(of: &[usize], wanted: &[usize], draws: &[u64]) -> Drawn {
    let mut copies = Vec::new();
    for (wanted, rows) in wanted.iter().zip(by_draw(of, wanted.len(), draws)) {
        let missing = wanted.saturating_sub(rows.len());
        let (all, first) = match rows.len() {
            0 => continue,
            size => (missing / size, missing % size),
        };
        for (rank, row) in rows.into_iter().enumerate() {
            let times = all + usize::from(rank < first);
            copies.extend((0..times as u64).map(|copy| (row, copy)));
        }
    }
    copies.sort_unstable();
    Drawn { kept: (0..of.len()).collect(), copies }
}

/// As many rows of each class as it is to have, those of the first draws.
pub(super) fn under(of: &[usize], wanted: &[usize], draws: &[u64]) -> Drawn {
    let classes = by_draw(of, wanted.len(), draws).into_iter().zip(wanted);
    let mut kept: Vec<usize> =
        classes.flat_map(|(rows, wanted)| rows.into_iter().take(*wanted)).collect();
    kept.sort_unstable();
    Drawn { kept, copies: Vec::new() }
}

/// So many rows by their weights: a row of weight w stands there w / sum of w times `count`
/// times, rounded down or up, and on average over the draws exactly that.
///
/// Systematic sampling with probability proportional to size (Madow, On the Theory of
/// Systematic Sampling, II, 1949): rows lie behind each other, each as long as its part, and
/// those that the points `start`, `start` + 1, .. meet are drawn. They lie there by their
/// cell and in it by their draws, so that each cell has its part up to one row too.
/// `start` is in [0, 1). Sums run in that order.
///
/// Of weights 1, 3 in one cell, two rows and the start 0.75 the second is drawn twice: the
/// parts are 0.5 and 1.5, and the points 0.75 and 1.75.
pub(super) fn systematic(
    weights: &[f64],
    (cells, draws): (&[usize], &[u64]),
    count: usize,
    start: f64,
) -> Drawn {
    let whole: f64 = weights.iter().sum();
    let mut order: Vec<usize> = (0..weights.len()).filter(|row| weights[*row] > 0.0).collect();
    order.sort_by_key(|&row| (cells[row], draws[row], row));
    let mut drawn = Drawn::default();
    let (mut end, mut met) = (0.0, 0);
    let last = order.last().copied();
    for row in order {
        end += weights[row] / whole * count as f64;
        // Points before the end; rounding leaves none of them out.
        let before = match Some(row) == last {
            true => count,
            false => ((end - start).ceil().max(0.0) as usize).clamp(met, count),
        };
        if before > met {
            drawn.kept.push(row);
            drawn.copies.extend((0..(before - met - 1) as u64).map(|copy| (row, copy)));
        }
        met = before;
    }
    drawn.kept.sort_unstable();
    drawn.copies.sort_unstable();
    drawn
}

/// The rows of each class, by their draws. // (classes, rows of each)
fn by_draw(of: &[usize], classes: usize, draws: &[u64]) -> Vec<Vec<usize>> {
    let mut rows = vec![Vec::new(); classes];
    for (row, class) in of.iter().enumerate() {
        rows[*class].push(row);
    }
    rows.iter_mut().for_each(|rows| rows.sort_by_key(|&row| (draws[row], row)));
    rows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn by_hand() {
        let (of, draws) = ([0, 1, 0, 0, 1], [5, 9, 1, 3, 2]);
        let drawn = over(&of, &[3, 7], &draws);
        assert_eq!(drawn.kept, [0, 1, 2, 3, 4]);
        assert_eq!(drawn.copies, [(1, 0), (1, 1), (4, 0), (4, 1), (4, 2)]);
        assert_eq!(under(&of, &[2, 2], &draws).kept, [1, 2, 3, 4]);
        let drawn = systematic(&[1.0, 3.0], (&[0, 0], &[0, 1]), 2, 0.75);
        assert_eq!(drawn, Drawn { kept: vec![1], copies: vec![(1, 0)] });
        let drawn = systematic(&[1.0, 3.0], (&[0, 0], &[0, 1]), 2, 0.25);
        assert_eq!(drawn, Drawn { kept: vec![0, 1], copies: vec![] });
    }

    proptest! {
        #[test]
        fn a_new_row_moves_rows_at_the_cut_alone(
            draws in prop::collection::btree_set(any::<u64>(), 3..40),
            at in any::<prop::sample::Index>(),
            wanted in 1_usize..40,
        ) {
            let all: Vec<u64> = draws.into_iter().collect();
            let gone = at.index(all.len());
            let names = |draws: &[u64], kept: &[usize]| -> std::collections::BTreeSet<u64> {
                kept.iter().map(|row| draws[*row]).collect()
            };
            let fewer: Vec<u64> =
                all.iter().copied().filter(|draw| *draw != all[gone]).collect();
            let wanted = wanted.min(fewer.len());
            let with = names(&all, &under(&vec![0; all.len()], &[wanted], &all).kept);
            let without = names(&fewer, &under(&vec![0; fewer.len()], &[wanted], &fewer).kept);
            prop_assert_eq!((with.len(), without.len()), (wanted, wanted));
            prop_assert!(with.difference(&without).count() <= 1);
        }

        #[test]
        fn a_systematic_draw_has_its_count_and_each_cell_its_part(
            weights in prop::collection::vec(0.0..9.0_f64, 1..60),
            count in 1_usize..90,
            start in 0.0..1.0_f64,
        ) {
            let weights: Vec<f64> = weights.iter().map(|weight| weight + 0.01).collect();
            let cells: Vec<usize> = (0..weights.len()).map(|row| row % 3).collect();
            let draws: Vec<u64> = (0..weights.len() as u64).rev().collect();
            let drawn = systematic(&weights, (&cells, &draws), count, start);
            prop_assert_eq!(drawn.kept.len() + drawn.copies.len(), count);
            let whole: f64 = weights.iter().sum();
            for cell in 0..3 {
                let of = |row: &usize| cells[*row] == cell;
                let part: f64 =
                    (0..weights.len()).filter(of).map(|row| weights[row]).sum::<f64>() / whole;
                let found = drawn.kept.iter().filter(|row| of(row)).count()
                    + drawn.copies.iter().filter(|(row, _)| of(row)).count();
                prop_assert!((found as f64 - part * count as f64).abs() < 1.0 + 1e-6);
            }
        }
    }
}
