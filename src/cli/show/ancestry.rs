//! What an output is made from: every step and source before it. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{Origin, Plan};
use crate::report::table;

/// The steps that an output of a step is made by, from the first to its own; points of one
/// step are one line.
pub(super) fn table(plan: &Plan, step: usize) -> String {
    let mut order: Vec<&str> = Vec::new();
    let mut lines: BTreeMap<&str, Line<'_>> = BTreeMap::new();
    for index in plan.ancestors(step).into_iter().chain([step]) {
        let step = &plan.steps[index];
        let line = lines.entry(&step.base).or_insert_with(|| {
            order.push(&step.base);
            Line { name: &step.name, kind: &step.kind.name, points: 0, reads: BTreeSet::new() }
        });
        line.points += 1;
        line.reads.extend(step.feeds().map(|(_, feed)| match &feed.origin {
            Origin::Source(name) => crate::manifest::partition::whole(name).to_owned(),
            Origin::Path(path) | Origin::Code(path) => format!("./{path}"),
            Origin::Output { step, port } => format!("{}.{port}", plan.steps[*step].base),
        }));
        line.reads.extend(step.params.paths.values().map(|path| path.value.clone()));
    }
    let rows: Vec<Vec<String>> =
        order.iter().filter_map(|base| Some(lines.get(base)?.row(base))).collect();
    format!("\nmade by\n{}", table::render(&["step", "kind", "from"], &rows))
}

struct Line<'a> {
    name: &'a str,
    kind: &'a str,
    points: usize,
    reads: BTreeSet<String>,
}

impl Line<'_> {
    fn row(&self, base: &str) -> Vec<String> {
        let name = match self.points {
            1 => self.name.to_owned(),
            several => format!("{base}@* ({several} points)"),
        };
        let reads: Vec<&str> = self.reads.iter().map(String::as_str).collect();
        vec![name, self.kind.to_owned(), reads.join(", ")]
    }
}
