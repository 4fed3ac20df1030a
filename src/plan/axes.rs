//! Axes that come with the data: the folds of a split, the partitions of a source. Pure.
//!
//! A kind says which of its params counts the points of an axis (`x-ingot-axis`), and a
//! manifest which axis takes its points from a source. A step that reads such data on a port
//! of one artifact has the axis too: its points are the natural join of its own and of those
//! that it reads. A port that takes many gathers, of the axes that the step has by another
//! port its own point's alone. Invariant: a manifest without such axes stays as it is, and
//! what was spread is not spread again. What it does not do: it makes no step, and it says
//! nothing of a reference that fits no point; that is told where references are resolved.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, Span};
use crate::kinds::{Kinds, Provided, schema};
use crate::manifest::{Manifest, Node, NodeKind, Reference, Step, point_name};

/// Most points of one step.
const MOST: usize = 10_000;

/// What the schema of a param that counts points says: the name of the axis.
const COUNTS: &str = "x-ingot-axis";

/// Axis -> label.
type Labels = BTreeMap<String, String>;

/// The manifest with each step at every point of the data that it reads.
pub fn spread<'a>(
    manifest: &'a Manifest,
    kinds: &Kinds,
    diagnostics: &mut Vec<Diagnostic>,
) -> Cow<'a, Manifest> {
    let counts = |step: &Step| kinds.get(&step.kind.value).is_some_and(|it| counted(step, it));
    let steps = || manifest.steps.values();
    if manifest.is_spread || !steps().any(|step| !step.data_axes.is_empty() || counts(step)) {
        return Cow::Borrowed(manifest);
    }
    let mut spread = Manifest { steps: BTreeMap::new(), is_spread: true, ..manifest.clone() };
    for base in order(manifest) {
        let mut points = Vec::new();
        for step in manifest.points[base].iter().filter_map(|name| manifest.steps.get(name)) {
            let spreader =
                Spreader { manifest: &spread, step, provided: kinds.get(&step.kind.value) };
            points.extend(spreader.points(diagnostics));
        }
        if points.len() > MOST {
            diagnostics.push(too_many(base, points.len(), points[0].span));
            points.clear();
        }
        let names = points.iter().map(|step| step.name.clone()).collect();
        spread.points.insert(base.to_owned(), names);
        spread.steps.extend(points.into_iter().map(|step| (step.name.clone(), step)));
    }
    Cow::Owned(spread)
}

fn too_many(base: &str, count: usize, span: Span) -> Diagnostic {
    Diagnostic::error("E0211", format!("`{base}` has {count} points, more than {MOST}"))
        .label(span, "with those of the data that it reads")
        .help("take folds, partitions or points away")
}

/// Each param of a kind that counts the points of an axis, with that axis.
fn counters(provided: &Provided) -> impl Iterator<Item = (&String, &str)> {
    let params = &provided.kind.params;
    schema::properties_of(params).iter().filter_map(|(param, property)| {
        let axis = schema::keyword(params, property, COUNTS)?.as_str()?;
        Some((param, axis))
    })
}

fn counted(step: &Step, provided: &Provided) -> bool {
    counters(provided).any(|(param, _)| step.params.contains_key(param))
}

/// The base names, each behind those that it reads; in a circle, which is told elsewhere, by
/// name.
fn order(manifest: &Manifest) -> Vec<&str> {
    fn visit<'a>(
        manifest: &'a Manifest,
        base: &'a str,
        seen: &mut BTreeSet<&'a str>,
        order: &mut Vec<&'a str>,
    ) {
        // Depth is bounded by the number of base names, which a manifest's size bounds.
        let mut stack = vec![(base, false)];
        while let Some((base, done)) = stack.pop() {
            if done {
                order.push(base);
                continue;
            }
            if !seen.insert(base) {
                continue;
            }
            stack.push((base, true));
            let points = manifest.points.get(base).into_iter().flatten();
            let mut before: BTreeSet<&str> = BTreeSet::new();
            for step in points.filter_map(|name| manifest.steps.get(name)) {
                let inputs = step.inputs.values().flatten();
                before.extend(inputs.filter_map(|input| base_of(&input.reference.value)));
                before.extend(step.requires.iter().map(|name| base_name(&name.value)));
            }
            let known = before.into_iter().filter_map(|name| manifest.points.get_key_value(name));
            stack.extend(known.map(|(name, _)| (name.as_str(), false)));
        }
    }
    let (mut seen, mut order) = (BTreeSet::new(), Vec::new());
    for base in manifest.points.keys() {
        visit(manifest, base, &mut seen, &mut order);
    }
    order
}

/// The base name of the step that a reference names.
fn base_of(reference: &Reference) -> Option<&str> {
    match reference {
        Reference::Output { name, .. } => Some(base_name(name)),
        Reference::Path(_) | Reference::Code(_) => None,
    }
}

fn base_name(name: &str) -> &str {
    name.split_once('@').map_or(name, |(base, _)| base)
}

/// A point that a step comes to have.
#[derive(Clone)]
struct Row {
    labels: Labels,
    /// The axes of the data.
    axes: BTreeSet<String>,
    /// Params that the point sets.
    sets: BTreeMap<String, Node>,
}

/// One declared step, and what it reads as it was spread.
struct Spreader<'a> {
    manifest: &'a Manifest,
    step: &'a Step,
    provided: Option<&'a Provided>,
}

impl Spreader<'_> {
    /// The step at each of its points.
    fn points(&self, diagnostics: &mut Vec<Diagnostic>) -> Vec<Step> {
        let own = Row {
            labels: self.step.point.clone(),
            axes: self.step.data_axes.clone(),
            sets: BTreeMap::new(),
        };
        let mut rows = vec![own];
        if let Some(provided) = self.provided {
            for (param, axis) in counters(provided) {
                rows = self.count(rows, (param, axis), diagnostics);
            }
        }
        for (port, inputs) in &self.step.inputs {
            for input in inputs.iter().filter(|input| !self.gathers(port, &input.reference.value)) {
                let read = self.read(&input.reference.value);
                if read.iter().all(|step| step.data_axes.is_empty()) {
                    continue;
                }
                let joined = join(&rows, &read);
                if joined.is_empty() && !rows.is_empty() {
                    let message = format!(
                        "`{}` reads no point of `{}` that fits its other inputs",
                        self.step.base, input.reference.value
                    );
                    diagnostics.push(
                        Diagnostic::error("E0322", message)
                            .label(input.reference.span, "")
                            .help("read data of the same partitions and folds on every port"),
                    );
                }
                rows = joined;
                if rows.len() > MOST {
                    diagnostics.push(too_many(&self.step.base, rows.len(), self.step.span));
                    return Vec::new();
                }
            }
        }
        rows.iter().map(|row| self.at(row)).collect()
    }

    /// Each row at each point of an axis that a param counts.
    fn count(
        &self,
        rows: Vec<Row>,
        (param, axis): (&String, &str),
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Row> {
        if !self.step.params.contains_key(param) {
            return rows;
        }
        if let Some(node) = self.step.params.get(axis) {
            let message = format!("`{axis}` is an axis: `{param}` makes its points");
            diagnostics.push(
                Diagnostic::error("E0211", message)
                    .label(node.span, "")
                    .help(format!("write `{param} = N`, and read `{}@{axis}=1`", self.step.base)),
            );
            return rows;
        }
        // What is no count breaks the schema, which is told by itself.
        let Some(Node { kind, span }) = self.step.params.get(param) else { return rows };
        let count = match kind {
            NodeKind::Integer(count) => *count,
            // The schema takes a float that is whole for an integer, too.
            NodeKind::Float(count) if count.fract() == 0.0 && count.abs() < 1e15 => *count as i64,
            _ => return rows,
        };
        let Some(count) = usize::try_from(count).ok().filter(|count| *count > 0) else {
            return rows;
        };
        if count.saturating_mul(rows.len()) > MOST {
            diagnostics.push(too_many(&self.step.base, count.saturating_mul(rows.len()), *span));
            return Vec::new();
        }
        let point = |(row, number): (&Row, usize)| {
            let mut row = row.clone();
            row.labels.insert(axis.to_owned(), number.to_string());
            row.axes.insert(axis.to_owned());
            let value = Node { span: *span, kind: NodeKind::Integer(number as i64) };
            row.sets.insert(axis.to_owned(), value);
            row
        };
        rows.iter()
            .flat_map(|row| (1..=count).map(move |number| (row, number)))
            .map(point)
            .collect()
    }

    /// Whether a reference puts all that it means on a port, and not one artifact a point.
    fn gathers(&self, port: &str, reference: &Reference) -> bool {
        let kind = self.provided.map(|provided| &provided.kind);
        let many = kind.is_some_and(|kind| {
            let declared = kind.inputs.iter().find(|declared| declared.name == port);
            declared.or(kind.further.as_ref()).is_some_and(|declared| declared.many)
        });
        many || matches!(reference, Reference::Output { every_point: true, .. })
    }

    /// The points that a reference means, where they differ in axes of the data alone.
    fn read(&self, reference: &Reference) -> Vec<&Step> {
        let Reference::Output { name, .. } = reference else { return Vec::new() };
        let matching = self.manifest.matching(name);
        let steps: Vec<&Step> =
            matching.into_iter().filter_map(|name| self.manifest.steps.get(name)).collect();
        let others = steps.iter().map(|step| others(step)).collect::<BTreeSet<_>>();
        if others.len() > 1 { Vec::new() } else { steps }
    }

    /// The step at one point, with its references at the same.
    fn at(&self, row: &Row) -> Step {
        let mut step = self.step.clone();
        step.name = point_name(&step.base, &row.labels);
        step.point.clone_from(&row.labels);
        step.data_axes.clone_from(&row.axes);
        step.params.extend(row.sets.clone());
        for (port, inputs) in &mut step.inputs {
            for input in inputs {
                let gathers = self.gathers(port, &input.reference.value);
                let all =
                    matches!(input.reference.value, Reference::Output { every_point: true, .. });
                let read = match all {
                    true => self.every(&input.reference.value),
                    false => self.read(&input.reference.value),
                };
                let shared: Labels = shared(&read, row);
                if let Reference::Output { name, every_point, .. } = &mut input.reference.value
                    && read.iter().any(|step| !step.data_axes.is_empty())
                {
                    *name = pinned(name, &shared);
                    *every_point |= gathers;
                    if let [one] = self.matching(name).as_slice()
                        && !*every_point
                    {
                        (*one).clone_into(name);
                    }
                }
            }
        }
        let requires = step.requires.iter().flat_map(|required| {
            let read: Vec<&Step> = self
                .matching(&required.value)
                .into_iter()
                .filter_map(|name| self.manifest.steps.get(name))
                .collect();
            let name = match read.iter().any(|step| !step.data_axes.is_empty()) {
                true => pinned(&required.value, &shared(&read, row)),
                false => required.value.clone(),
            };
            let points = self.matching(&name).into_iter().map(str::to_owned).collect::<Vec<_>>();
            let points = if points.is_empty() { vec![required.value.clone()] } else { points };
            points.into_iter().map(|point| crate::diag::Spanned::new(point, required.span))
        });
        step.requires = requires.collect();
        step
    }

    fn every(&self, reference: &Reference) -> Vec<&Step> {
        let Reference::Output { name, .. } = reference else { return Vec::new() };
        self.matching(name).into_iter().filter_map(|name| self.manifest.steps.get(name)).collect()
    }

    fn matching(&self, name: &str) -> Vec<&str> {
        self.manifest.matching(name)
    }
}

/// The labels of a step that are none of its data's.
fn others(step: &Step) -> Vec<(&String, &String)> {
    step.point.iter().filter(|(axis, _)| !step.data_axes.contains(*axis)).collect()
}

/// The labels of a row that tell apart what is read.
fn shared(read: &[&Step], row: &Row) -> Labels {
    let axes: BTreeSet<&String> = read.iter().flat_map(|step| &step.data_axes).collect();
    let own = row.labels.iter().filter(|(axis, _)| axes.contains(axis));
    own.map(|(axis, label)| (axis.clone(), label.clone())).collect()
}

/// A name with labels that it does not have yet.
fn pinned(name: &str, labels: &Labels) -> String {
    let (base, own) = name.split_once('@').unwrap_or((name, ""));
    let own = own.split(',').filter_map(|label| label.split_once('='));
    let mut all = labels.clone();
    all.extend(own.map(|(axis, label)| (axis.to_owned(), label.to_owned())));
    point_name(base, &all)
}

/// The natural join of rows and of the points of data that is read.
fn join(rows: &[Row], read: &[&Step]) -> Vec<Row> {
    let mut joined: Vec<Row> = Vec::new();
    for row in rows {
        let mut labels: BTreeSet<Labels> = BTreeSet::new();
        for step in read {
            let fits =
                |axis: &String| row.labels.get(axis).is_none_or(|own| *own == step.point[axis]);
            if !step.data_axes.iter().all(fits) {
                continue;
            }
            let mut more = row.clone();
            for axis in &step.data_axes {
                more.labels.insert(axis.clone(), step.point[axis].clone());
                more.axes.insert(axis.clone());
            }
            if labels.insert(more.labels.clone()) {
                joined.push(more);
            }
        }
    }
    joined
}
