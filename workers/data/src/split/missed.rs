//! What a deal could not meet, in words. Pure.

use std::collections::{BTreeMap, BTreeSet};

use ingot_protocol::{Failure, Finding, Severity};

/// A deal that is judged.
pub(super) struct Dealt<'a> {
    pub(super) fractions: &'a BTreeMap<String, f64>,
    /// The number of each row's split in the order of `fractions`.
    pub(super) parts: &'a [u32], // (rows)
    /// Each row's stratum, where rows were stratified, and by what.
    pub(super) strata: Option<(&'a str, &'a [u32])>,
    /// Each row's group, where there are such, and by what.
    pub(super) groups: Option<(&'a str, &'a [u32])>,
    /// Why a fraction may be missed where there are none.
    pub(super) manner: Manner,
}

/// How rows are dealt that come in no groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Equal rows together.
    Equal,
    /// Rows of one time together.
    Time,
    /// Each where its own draw says.
    Sticky,
}

impl Dealt<'_> {
    fn rows(&self) -> usize {
        self.parts.len()
    }

    /// The number of rows of each split.
    pub(super) fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.fractions.len()];
        self.parts.iter().for_each(|part| sizes[*part as usize] += 1);
        sizes
    }

    /// A split that a fraction asked for and that has no row.
    pub(super) fn empty(&self) -> Option<Failure> {
        let mut both = self.fractions.iter().zip(self.sizes());
        let ((name, share), _) = both.find(|(_, rows)| *rows == 0)?;
        let all = self.rows();
        let asked = share * all as f64;
        let why = match self.groups {
            Some((column, groups)) => {
                let groups = sizes(groups).len();
                format!("; they come in {} of `{column}`", counted(groups, "group"))
            }
            None => String::new(),
        };
        let message = format!(
            "the split `{name}` would be empty: its fraction {share} of {} is {asked:.3}{why}",
            counted(all, "row")
        );
        Some(Failure::new("D0410", message).help(
            "give it a larger fraction or more rows, or leave it out and let the others add up to 1",
        ))
    }

    /// Fractions of the whole that are missed by more than a row.
    pub(super) fn shares(&self) -> Vec<Finding> {
        let all = self.rows();
        let both = self.fractions.iter().zip(self.sizes());
        let missed = both
            .filter(|((_, share), rows)| (*rows as f64 - *share * all as f64).abs() > 1.0 + 1e-9);
        let why = match self.groups {
            Some((column, groups)) => {
                let sizes = sizes(groups);
                let largest = sizes.values().max().copied().unwrap_or(0);
                format!(
                    ": the rows come in {} of `{column}`, the largest of {}",
                    counted(sizes.len(), "group"),
                    counted(largest, "row")
                )
            }
            None => match self.manner {
                Manner::Equal => ": equal rows stay together".to_owned(),
                Manner::Time => ": rows of one time stay together".to_owned(),
                Manner::Sticky => ": with `sticky` each row's own draw decides".to_owned(),
            },
        };
        missed
            .map(|((name, share), rows)| {
                let severity = match self.manner {
                    Manner::Sticky => Severity::Info,
                    Manner::Equal | Manner::Time => Severity::Warning,
                };
                Finding { severity, ..warning(
                    "D0412",
                    format!(
                        "the split `{name}` has {} of {}, where its fraction {share} is {:.1}{why}",
                        rows,
                        counted(all, "row"),
                        share * all as f64
                    ),
                ) }
            })
            .collect()
    }

    /// Strata that are not in every split.
    pub(super) fn strata(&self) -> Option<Finding> {
        let (column, strata) = self.strata?;
        let mut held: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for (stratum, part) in strata.iter().zip(self.parts) {
            held.entry(*stratum).or_default().insert(*part);
        }
        let sizes = sizes(strata);
        let missed = |(_, parts): &(&u32, &BTreeSet<u32>)| parts.len() < self.fractions.len();
        let missed: Vec<u32> = held.iter().filter(missed).map(|(stratum, _)| *stratum).collect();
        let largest = missed.iter().filter_map(|stratum| sizes.get(stratum)).max()?;
        Some(warning(
            "D0413",
            format!(
                "{} of {} of `{column}`, which `stratify` names, are not in every split: they \
                 have {largest} rows or fewer; the shares hold for the whole",
                missed.len(),
                counted(sizes.len(), "value"),
            ),
        ))
    }
}

/// The number of rows of each value.
fn sizes(values: &[u32]) -> BTreeMap<u32, usize> {
    let mut sizes = BTreeMap::new();
    values.iter().for_each(|value| *sizes.entry(*value).or_default() += 1);
    sizes
}

pub(super) fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

pub(super) fn warning(code: &str, message: String) -> Finding {
    Finding {
        severity: Severity::Warning,
        code: code.to_owned(),
        message,
        column: None,
        metric: None,
        rows: None,
        examples: Vec::new(),
    }
}
