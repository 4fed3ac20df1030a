//! Isolation forest.

use std::collections::BTreeMap;

use crate::random::Words;

/// How a forest is grown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forest {
    /// The number of trees, 100 by the source.
    pub trees: usize,
    /// The rows that a tree is grown of, 256 by the source; all where there are fewer.
    pub rows: usize,
}

/// A grown forest.
#[derive(Debug, Clone)]
pub struct IsolationForest {
    trees: Vec<Vec<Node>>,
    /// The mean path in a tree of as many rows as each was grown of.
    path: f64,
}

/// A node of a tree; the first is the root.
#[derive(Debug, Clone, Copy)]
enum Node {
    /// Rows with a value of at most `at` go on at the next node, others at `above`.
    Split { column: usize, at: f64, above: usize },
    /// What a path is long that ends here.
    End(f64),
}

impl IsolationForest {
    /// Grows trees that part rows at random: each of a draw of rows without replacement, each
    /// split at a value drawn evenly between the least and the largest of a column that is
    /// drawn of those that still differ, until a row is alone or the depth is log2 of the
    /// rows, rounded up.
    ///
    /// Liu, Ting and Zhou, Isolation Forest (2008), in the form of scikit-learn's
    /// `IsolationForest`. `columns` are finite and of one length; else, and without rows,
    /// columns, trees or two rows a tree, there is nothing. The seed and the tree's number
    /// give each draw. // columns: (columns, rows)
    pub fn grow(columns: &[&[f64]], forest: Forest, seed: u64) -> Option<Self> {
        let all = columns.first()?.len();
        let fit =
            |column: &&[f64]| column.len() == all && column.iter().all(|value| value.is_finite());
        let sample = forest.rows.min(all);
        if !columns.iter().all(fit) || forest.trees == 0 || sample < 2 {
            return None;
        }
        let deepest = (sample - 1).ilog2() as usize + 1;
        let mut seeds = Words::new(seed);
        let grow = |_| {
            let mut words = Words::new(seeds.word());
            let mut rows = draw(all, sample, &mut words);
            let mut tree = Vec::new();
            part(columns, &mut rows, (0, deepest), &mut words, &mut tree);
            tree
        };
        Some(Self { trees: (0..forest.trees).map(grow).collect(), path: mean_path(sample) })
    }

    /// How isolated a row is, 2^(-h / c): h is the mean length of its paths, c that in a tree
    /// of as many rows at random. Near 1 it is alone, 0.5 is usual; 0.6 and more is what the
    /// source calls a potential anomaly. `value` gives the row's value of a column.
    pub fn score(&self, value: impl Fn(usize) -> f64) -> f64 {
        let paths: f64 = self.trees.iter().map(|tree| path(tree, &value)).sum();
        libm::exp2(-paths / (self.trees.len() as f64 * self.path))
    }
}

/// The mean length of the path to a row of a binary search tree of `rows` random ones,
/// 2 H(n - 1) - 2 (n - 1) / n, with ln(i) + 0.5772.. for the harmonic number H(i); 1 of two
/// rows, 0 of one.
fn mean_path(rows: usize) -> f64 {
    /// Euler's constant.
    const EULER: f64 = 0.577_215_664_901_532_9;
    match rows {
        0 | 1 => 0.0,
        2 => 1.0,
        rows => {
            let (rows, others) = (rows as f64, (rows - 1) as f64);
            2.0 * (libm::log(others) + EULER) - 2.0 * others / rows
        }
    }
}

/// So many different rows of all, in the order of the draws (Fisher and Yates); of what is
/// swapped only what moved is held.
fn draw(all: usize, sample: usize, words: &mut Words) -> Vec<usize> {
    let mut moved: BTreeMap<usize, usize> = BTreeMap::new();
    let draw = |at| {
        let other = at + words.below(all - at);
        let here = moved.get(&at).copied().unwrap_or(at);
        moved.insert(other, here).unwrap_or(other)
    };
    (0..sample).map(draw).collect()
}

fn part(
    columns: &[&[f64]],
    rows: &mut [usize],
    (depth, deepest): (usize, usize),
    words: &mut Words,
    tree: &mut Vec<Node>,
) {
    let split = if depth < deepest && rows.len() > 1 { cut(columns, rows, words) } else { None };
    let Some((column, at)) = split else {
        tree.push(Node::End(depth as f64 + mean_path(rows.len())));
        return;
    };
    rows.sort_unstable_by_key(|&row| (columns[column][row] > at, row));
    let below = rows.partition_point(|&row| columns[column][row] <= at);
    let node = tree.len();
    tree.push(Node::Split { column, at, above: 0 });
    let (under, over) = rows.split_at_mut(below);
    part(columns, under, (depth + 1, deepest), words, tree);
    let above = tree.len();
    tree[node] = Node::Split { column, at, above };
    part(columns, over, (depth + 1, deepest), words, tree);
}

/// A column in which the rows differ and a value that parts them; nothing where they are equal.
fn cut(columns: &[&[f64]], rows: &[usize], words: &mut Words) -> Option<(usize, f64)> {
    let mut left: Vec<usize> = (0..columns.len()).collect();
    while !left.is_empty() {
        let column = left.swap_remove(words.below(left.len()));
        let values = rows.iter().map(|&row| columns[column][row]);
        let (least, most) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), v| {
            (least.min(v), most.max(v))
        });
        if least < most {
            let share = (words.word() >> 11) as f64 / (1_u64 << 53) as f64;
            // Half of each, so that no difference of two numbers is infinite.
            let at = least * (1.0 - share) + most * share;
            return Some((column, if at < most { at.max(least) } else { least }));
        }
    }
    None
}

fn path(tree: &[Node], value: &impl Fn(usize) -> f64) -> f64 {
    let mut node = 0;
    loop {
        match tree[node] {
            Node::End(length) => return length,
            Node::Split { column, at, above } => {
                node = if value(column) <= at { node + 1 } else { above };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOREST: Forest = Forest { trees: 50, rows: 256 };

    #[test]
    fn by_hand() {
        // Of two different rows each tree has one split, so both are 1 deep, which is usual.
        let forest = IsolationForest::grow(&[&[1.0, 2.0]], FOREST, 7).unwrap();
        assert_eq!(forest.score(|_| 1.0), 0.5);
        // Equal rows end at once: 0 + c(3) of c(3).
        let forest = IsolationForest::grow(&[&[4.0; 3]], FOREST, 7).unwrap();
        assert!((forest.score(|_| 4.0) - 0.5).abs() < 1e-12);
        assert!((mean_path(3) - (2.0 * (2.0_f64.ln() + 0.577_215_664_9) - 4.0 / 3.0)).abs() < 1e-9);
        for (columns, forest) in [
            (&[][..], FOREST),
            (&[&[1.0][..]][..], FOREST),
            (&[&[1.0, f64::NAN][..]][..], FOREST),
            (&[&[1.0, 2.0][..], &[1.0][..]][..], FOREST),
            (&[&[1.0, 2.0][..]][..], Forest { trees: 0, rows: 2 }),
        ] {
            assert!(IsolationForest::grow(columns, forest, 7).is_none());
        }
    }

    #[test]
    fn a_row_far_from_the_others_is_isolated_and_a_seed_gives_the_same_bits() {
        let mut values: Vec<f64> = (0..200).map(|row| f64::from(row * 37 % 101)).collect();
        values.push(1e300);
        values.push(-1e300);
        let scores = |seed| -> Vec<f64> {
            let forest = IsolationForest::grow(&[&values, &values], FOREST, seed).unwrap();
            values.iter().map(|value| forest.score(|_| *value)).collect()
        };
        let found = scores(7);
        assert!(found[200] > 0.8 && found[201] > 0.8 && found[..200].iter().all(|s| *s < 0.6));
        assert_eq!(found, scores(7));
        assert_ne!(found, scores(8));
    }
}
