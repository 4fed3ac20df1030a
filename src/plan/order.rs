//! Topological order with ties by name; cycles with every place on them.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use super::{Origin, Step};
use crate::diag::Diagnostic;

/// The steps sorted, every index rewritten; unchanged where there is a cycle.
pub(super) fn sort(steps: Vec<Step>, diagnostics: &mut Vec<Diagnostic>) -> Vec<Step> {
    let cycles = cycles(&steps);
    if !cycles.is_empty() {
        diagnostics.extend(cycles.iter().map(|cycle| describe(&steps, cycle)));
        return steps;
    }
    let order = order(&steps);
    reindex(steps, &order)
}

/// Steps that wait for themselves, a component each.
fn cycles(steps: &[Step]) -> Vec<Vec<usize>> {
    let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(steps.len(), steps.len());
    let nodes: Vec<_> = steps.iter().map(|_| graph.add_node(())).collect();
    for (index, step) in steps.iter().enumerate() {
        for &dependency in &step.dependencies {
            graph.add_edge(nodes[dependency], nodes[index], ());
        }
    }
    // Tarjan's goes a call a step deep; this one has a stack of its own.
    kosaraju_scc(&graph)
        .into_iter()
        .map(|component| component.into_iter().map(|node| node.index()).collect::<Vec<_>>())
        .filter(|component| match component.as_slice() {
            [only] => steps[*only].dependencies.contains(only),
            _ => true,
        })
        .collect()
}

/// Most steps of a cycle that are named.
const NAMED: usize = 20;

fn describe(steps: &[Step], cycle: &[usize]) -> Diagnostic {
    let path = walk(steps, cycle);
    let mut names: Vec<&str> =
        path.iter().take(NAMED).map(|&index| steps[index].name.as_str()).collect();
    let more = format!("({} more)", path.len().saturating_sub(NAMED + 1));
    if let Some(last) = path.last().filter(|_| path.len() > NAMED) {
        names.extend([more.as_str(), steps[*last].name.as_str()]);
    }
    let mut diagnostic =
        Diagnostic::error("E0309", format!("steps wait for each other: {}", names.join(" -> ")));
    for pair in path.windows(2).take(NAMED) {
        let (step, before) = (&steps[pair[1]], pair[0]);
        let place = step
            .feeds()
            .find(|(_, feed)| matches!(feed.origin, Origin::Output { step, .. } if step == before))
            .map_or(step.span, |(_, feed)| feed.span);
        diagnostic =
            diagnostic.label(place, format!("`{}` waits for `{}`", step.name, steps[before].name));
    }
    diagnostic.help("remove one of these references")
}

/// One way round the component, from its first name back to it.
fn walk(steps: &[Step], cycle: &[usize]) -> Vec<usize> {
    let within: HashSet<usize> = cycle.iter().copied().collect();
    let mut seen: HashMap<usize, usize> = HashMap::new();
    let mut path = Vec::new();
    let mut at = cycle.iter().copied().min_by_key(|&index| &steps[index].name);
    while let Some(index) = at {
        if let Some(start) = seen.insert(index, path.len()) {
            path.drain(..start);
            path.push(index);
            break;
        }
        path.push(index);
        at = steps[index].dependencies.iter().copied().find(|next| within.contains(next));
    }
    path.reverse();
    path
}

/// Kahn's algorithm; of the steps that are ready, the first by name.
fn order(steps: &[Step]) -> Vec<usize> {
    let mut waiting: Vec<usize> = steps.iter().map(|step| step.dependencies.len()).collect();
    let mut consumers = vec![Vec::new(); steps.len()];
    for (index, step) in steps.iter().enumerate() {
        for &dependency in &step.dependencies {
            consumers[dependency].push(index);
        }
    }
    let mut ready: BinaryHeap<Reverse<(&str, usize)>> = (0..steps.len())
        .filter(|&index| waiting[index] == 0)
        .map(|index| Reverse((steps[index].name.as_str(), index)))
        .collect();
    let mut order = Vec::with_capacity(steps.len());
    while let Some(Reverse((_, index))) = ready.pop() {
        order.push(index);
        for &consumer in &consumers[index] {
            waiting[consumer] -= 1;
            if waiting[consumer] == 0 {
                ready.push(Reverse((steps[consumer].name.as_str(), consumer)));
            }
        }
    }
    order
}

/// The steps at `order`, with indices that point into it. What a kept step
/// names must be kept too.
pub(super) fn reindex(steps: Vec<Step>, order: &[usize]) -> Vec<Step> {
    let mut position = vec![usize::MAX; steps.len()];
    for (new, &old) in order.iter().enumerate() {
        position[old] = new;
    }
    let mut slots: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
    let mut sorted: Vec<Step> = order.iter().filter_map(|&old| slots[old].take()).collect();
    for step in &mut sorted {
        for feed in step.inputs.values_mut().flatten().flatten() {
            if let Origin::Output { step, .. } = &mut feed.origin {
                *step = position[*step];
            }
        }
        for index in step.requires.iter_mut().chain(&mut step.dependencies) {
            *index = position[*index];
        }
        step.requires.sort_unstable();
        step.dependencies.sort_unstable();
    }
    sorted
}
