//! [`Rankings`]: groups of rows, each with a relevance and a score.

use std::collections::BTreeMap;

use super::classes::runs;

/// Relevances and scores by group. A group is the unit of a resample: its rows are ranked
/// against each other.
#[derive(Debug, Clone)]
pub struct Rankings {
    rows: usize,
    groups: Vec<Group>,
}

/// One group, its rows in runs of equal scores.
#[derive(Debug, Clone)]
pub struct Group {
    /// Relevances by falling score, in runs of equal scores.
    pub ranked: Vec<Vec<f64>>,
}

impl Rankings {
    /// Rows; a row's group is a name, its relevance at least 0. Groups are in the order of
    /// their names.
    pub fn new(groups: &[&str], relevance: &[f64], scores: &[f64]) -> Self {
        let mut members: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (row, group) in groups.iter().enumerate() {
            members.entry(group).or_default().push(row);
        }
        let group = |rows: Vec<usize>| {
            let ranked = runs(rows.len(), |at| scores[rows[at]]);
            let relevances =
                |run: Vec<u32>| run.into_iter().map(|at| relevance[rows[at as usize]]).collect();
            Group { ranked: ranked.into_iter().map(relevances).collect() }
        };
        Self { rows: groups.len(), groups: members.into_values().map(group).collect() }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of groups.
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// A group.
    pub fn group(&self, at: usize) -> &Group {
        &self.groups[at]
    }
}
