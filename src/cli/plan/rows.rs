//! The rows of a plan: a step, or the points of a matrix that are in one state. Pure.

use std::collections::BTreeMap;

use super::Line;
use crate::engine::points::{group, groups};
use crate::engine::reasons::{Reason, Subject};

/// A row a step; unless `all`, one for the points of a step that are in one state.
pub(super) fn rows(lines: &[Line<'_>], all: bool) -> Vec<Vec<String>> {
    if all {
        return lines.iter().map(|line| alone(line, &line.reasons)).collect();
    }
    let mut points: BTreeMap<String, usize> = BTreeMap::new();
    let mut alike: BTreeMap<(String, &str), Vec<usize>> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        if let Some(group) = group(line.step) {
            *points.entry(group.clone()).or_default() += 1;
            alike.entry((group, line.state)).or_default().push(at);
        }
    }
    let mut rows = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let key = group(line.step).map(|group| (group, line.state));
        let found = key.and_then(|key| alike.get_key_value(&key));
        match found.map(|((group, _), found)| (group, found.as_slice())) {
            Some((group, found @ [first, _, ..])) => {
                if *first == at {
                    let all = points.get(group).copied().unwrap_or_default();
                    rows.push(together(group, all, found, lines));
                }
            }
            _ => rows.push(alone(line, &several_in_groups(&line.reasons))),
        }
    }
    rows
}

fn alone(line: &Line<'_>, reasons: &[Reason]) -> Vec<String> {
    row(line, line.step.to_owned(), first_two(reasons))
}

/// The row of points that are in one state, of so many in all.
fn together(name: &str, all: usize, points: &[usize], lines: &[Line<'_>]) -> Vec<String> {
    let count = match points.len() {
        count if count == all => count.to_string(),
        count => format!("{count} of {all}"),
    };
    let why = |at: &usize| first_two(&in_groups(&lines[*at].reasons));
    let first = why(&points[0]);
    let differ = points.iter().any(|at| why(at) != first);
    let why = if differ { "differs from point to point".to_owned() } else { first };
    row(&lines[points[0]], format!("{name} ({count} points)"), why)
}

fn row(line: &Line<'_>, step: String, why: String) -> Vec<String> {
    vec![line.state.to_owned(), step, line.kind.to_owned(), why]
}

/// Reasons that name several points of a step name them together.
fn several_in_groups(reasons: &[Reason]) -> Vec<Reason> {
    let named = reasons.iter().filter(|reason| names_step(reason));
    let groups = groups(named.map(|reason| reason.name.as_str()));
    let is_one = |reason: &Reason| {
        names_step(reason) && group(&reason.name).is_some_and(|group| groups.contains_key(&group))
    };
    let mut grouped: Vec<Reason> = Vec::new();
    for reason in reasons {
        let told = match is_one(reason) {
            true => in_groups(std::slice::from_ref(reason)),
            false => vec![reason.clone()],
        };
        grouped.extend(told.into_iter().filter(|told| !grouped.contains(told)).collect::<Vec<_>>());
    }
    grouped
}

fn names_step(reason: &Reason) -> bool {
    matches!(reason.what, Subject::Step | Subject::Twin | Subject::VerdictOf)
}

/// Reasons that name a point name all of them.
pub(in crate::cli) fn in_groups(reasons: &[Reason]) -> Vec<Reason> {
    let mut grouped: Vec<Reason> = Vec::new();
    for reason in reasons {
        let mut reason = reason.clone();
        if names_step(&reason) {
            reason.name = group(&reason.name).unwrap_or(reason.name);
        }
        if !grouped.contains(&reason) {
            grouped.push(reason);
        }
    }
    grouped
}

/// The reasons on one line of a table; `why` and `--json` have them all.
fn first_two(reasons: &[Reason]) -> String {
    let mut words: Vec<String> = reasons.iter().take(2).map(Reason::text).collect();
    if reasons.len() > words.len() {
        words.push(format!("{} more", reasons.len() - words.len()));
    }
    words.join("; ")
}
