//! Which numbers a build was asked for.
//!
//! A target's metrics; for a target without any (a document, a bundle) those of the nearest
//! steps before it that have some, since they are what it was made of. Pure.

use std::collections::BTreeSet;

use ingot_protocol::Metric;

use super::Results;
use super::event::BuildEvent;
use crate::plan::Plan;

/// The steps whose numbers a build was asked for, in the plan's order.
pub fn with_numbers(plan: &Plan, results: &Results) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open = plan.targets.clone();
    while let Some(step) = open.pop() {
        if !seen.insert(step) {
            continue;
        }
        match results.get(step) {
            Some(known) if known.result.metrics.iter().any(is_whole) => {
                found.insert(step);
            }
            _ => open.extend(&plan.steps[step].dependencies),
        }
    }
    found
}

/// An event for each of them.
pub fn events(plan: &Plan, results: &Results) -> Vec<BuildEvent> {
    let of = |step: usize| {
        let metrics = results.get(step)?.result.metrics.iter().filter(|metric| is_whole(metric));
        let metrics = metrics.cloned().collect();
        Some(BuildEvent::Target { step: plan.steps[step].name.clone(), metrics })
    };
    with_numbers(plan, results).into_iter().filter_map(of).collect()
}

/// Whether a metric is one of all the data, and no difference.
pub fn is_whole(metric: &Metric) -> bool {
    metric.slice.is_empty() && metric.than.is_none()
}
