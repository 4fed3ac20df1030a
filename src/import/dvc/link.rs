//! [`Step`]: a stage with names for its ports, and for each thing that it reads the
//! step that makes it, or the path in the workspace. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::super::yaml::Yaml;
use super::stage::Stage;
use super::template::{manifest_text, name};
use super::{Notes, Point};

/// Most points of one stage that are looked at.
const MOST: usize = 10_000;

/// A stage that becomes a step.
#[derive(Debug)]
pub(super) struct Step<'a> {
    /// The stage.
    pub(super) stage: &'a Stage,
    /// The step's name.
    pub(super) name: String,
    /// The names of its axes.
    pub(super) axes: Vec<String>,
    /// What it reads.
    pub(super) inputs: Vec<Input>,
    /// Output port -> its place in the stage's list.
    pub(super) outputs: Vec<(String, usize)>,
}

/// One input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Input {
    /// The port.
    pub(super) port: String,
    /// The reference, with `{matrix.X}` and `{params.X}`.
    pub(super) reference: String,
    /// Where the command looks for it, a template relative to `dvc.yaml`.
    pub(super) path: String,
    /// Whether another step makes it.
    pub(super) made: bool,
    /// What to say of it.
    pub(super) about: Option<String>,
}

/// Where an output of a step is, at one of its points.
struct Owner {
    path: String,
    /// The output's template.
    template: String,
    /// `step`, or `step@axis=value`.
    step: String,
    port: String,
}

/// The steps of the stages, linked.
pub(super) fn link<'a>(stages: &'a [Stage], values: &Yaml, notes: &mut Notes) -> Vec<Step<'a>> {
    let mut names = BTreeSet::new();
    let mut steps: Vec<Step<'a>> = Vec::new();
    let mut owners: Vec<Owner> = Vec::new();
    for stage in stages {
        let count = stage.axes.iter().map(|(_, values)| values.len()).product::<usize>();
        if count > MOST {
            notes
                .add(stage.line, format!("the stage `{}` has more than {MOST} points", stage.name));
            continue;
        }
        let step_name = unique(&name(&stage.name), &mut names);
        let axes: Vec<String> = stage.axes.iter().map(|(axis, _)| axis.clone()).collect();
        let mut ports = BTreeSet::new();
        let outputs: Vec<(String, usize)> = stage
            .makes
            .iter()
            .enumerate()
            .map(|(index, made)| (unique(&port(&made.path), &mut ports), index))
            .collect();
        let scope = stage.scope(values, &axes);
        for combination in stage.combinations() {
            for (port, index) in &outputs {
                let template = &stage.makes[*index].path;
                match scope.concrete(template, &combination) {
                    Some(path) => owners.push(Owner {
                        path,
                        template: template.clone(),
                        step: format!("{step_name}{}", suffix(stage, &combination)),
                        port: port.clone(),
                    }),
                    None => notes.add(
                        stage.line,
                        format!(
                            "the output `{template}` of `{}` holds a template that is not known",
                            stage.name
                        ),
                    ),
                }
            }
        }
        steps.push(Step { stage, name: step_name, axes, inputs: Vec::new(), outputs });
    }
    for step in &mut steps {
        step.inputs = inputs(step, values, &owners, notes);
    }
    steps
}

/// The point of a step's name.
fn suffix(stage: &Stage, combination: &[(String, String)]) -> String {
    let mut labels: Vec<String> = combination
        .iter()
        .map(|(axis, value)| format!("{axis}={}", label(stage, axis, value)))
        .collect();
    labels.sort();
    if labels.is_empty() { String::new() } else { format!("@{}", labels.join(",")) }
}

/// What a point of an axis is called: the value, or a name where it cannot be one.
pub(super) fn label(stage: &Stage, axis: &str, value: &str) -> String {
    if is_plain_axis(stage, axis) {
        return value.to_owned();
    }
    let values = stage.axes.iter().find(|(name, _)| name == axis).map(|(_, values)| values);
    let place = values.and_then(|values| values.iter().position(|known| known == value));
    format!("{}_{}", name(value), place.unwrap_or_default() + 1)
}

/// Whether every value of an axis can be the name of its point.
pub(super) fn is_plain_axis(stage: &Stage, axis: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-.+".contains(c);
    let plain = |value: &String| {
        (1..=60).contains(&value.len()) && !value.starts_with('.') && value.chars().all(fits)
    };
    stage.axes.iter().filter(|(name, _)| name == axis).all(|(_, values)| values.iter().all(plain))
}

fn inputs(step: &Step<'_>, values: &Yaml, owners: &[Owner], notes: &mut Notes) -> Vec<Input> {
    let stage = step.stage;
    let scope = stage.scope(values, &step.axes);
    let combinations = stage.combinations();
    let mut ports = BTreeSet::new();
    let mut inputs = Vec::new();
    let watched = stage.params.iter().map(|(line, file, keys)| {
        let watched = match keys.as_slice() {
            [] => None,
            keys => Some(format!(
                "DVC watched {} of it alone; here any change of the file runs the step",
                keys.join(", ")
            )),
        };
        (*line, file, watched)
    });
    let reads = stage.reads.iter().map(|(line, path)| (*line, path, None)).chain(watched);
    for (line, path, about) in reads {
        let concrete: Option<Vec<String>> =
            combinations.iter().map(|point| scope.concrete(path, point)).collect();
        let Some(concrete) = concrete else {
            notes
                .add(line, format!("`{path}` holds a template that is not known, and is no input"));
            continue;
        };
        let found: Vec<Vec<&Owner>> = concrete
            .iter()
            .map(|path| {
                let near = |owner: &&Owner| {
                    owner.path == *path || below(path, &owner.path) || below(&owner.path, path)
                };
                owners.iter().filter(near).collect()
            })
            .collect();
        let count = found.first().map_or(0, Vec::len);
        if found.iter().all(Vec::is_empty) {
            inputs.push(Input {
                port: unique(&port(path), &mut ports),
                reference: format!("./{}", manifest_text(&scope.parts(path))),
                path: path.clone(),
                made: false,
                about,
            });
            continue;
        }
        for place in 0..count {
            let references: Option<Vec<String>> = found
                .iter()
                .map(|owners| {
                    owners.get(place).map(|owner| format!("{}.{}", owner.step, owner.port))
                })
                .collect();
            let reference = references.and_then(|all| general(stage, &combinations, &all));
            // What lies below the path, or above it, is put where its own step has it.
            let owner = found[0].get(place).filter(|owner| {
                let same = |(owners, path): (&Vec<&Owner>, &String)| {
                    owners.get(place).is_some_and(|other| {
                        other.path == owner.path
                            || (other.path == *path && owner.path == concrete[0])
                    })
                };
                found.iter().zip(&concrete).all(same)
            });
            let (Some(reference), Some(owner)) = (reference, owner) else {
                notes.add(
                    line,
                    format!("which step makes `{path}` differs from point to point, and is no input: write it by hand"),
                );
                continue;
            };
            inputs.push(Input {
                port: unique(&port(&owner.template), &mut ports),
                reference,
                path: if owner.path == concrete[0] { path } else { &owner.path }.clone(),
                made: true,
                about: about.clone(),
            });
        }
    }
    inputs
}

/// One reference for all points: the same, or one in which axes stand for their labels.
fn general(
    stage: &Stage,
    combinations: &[Vec<(String, String)>],
    references: &[String],
) -> Option<String> {
    let first = references.first()?;
    let fill = |template: &str, point: &[(String, String)]| {
        point.iter().fold(template.to_owned(), |text, (axis, value)| {
            text.replace(&format!("{{matrix.{axis}}}"), &label(stage, axis, value))
        })
    };
    let mut template = first.clone();
    for (axis, value) in combinations.first()? {
        if is_plain_axis(stage, axis) {
            let label = label(stage, axis, value);
            for end in [",", "."] {
                template = template
                    .replace(&format!("={label}{end}"), &format!("={{matrix.{axis}}}{end}"));
            }
        }
    }
    [first.clone(), template].into_iter().find(|template| {
        combinations.iter().zip(references).all(|(point, said)| fill(template, point) == *said)
    })
}

/// Whether a path lies below another.
pub(super) fn below(folder: &str, path: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// What a port for a path is called.
fn port(path: &str) -> String {
    let last = path.rsplit('/').next().unwrap_or(path);
    let mut plain = String::new();
    let mut rest = last;
    while let Some((before, tail)) = rest.split_once("${") {
        plain.push_str(before);
        rest = tail.split_once('}').map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    let stem = plain.split('.').find(|part| !part.is_empty()).unwrap_or_default();
    name(stem).to_lowercase()
}

fn unique(name: &str, taken: &mut BTreeSet<String>) -> String {
    let mut found = name.to_owned();
    let mut number = 2;
    while !taken.insert(found.clone()) {
        found = format!("{name}_{number}");
        number += 1;
    }
    found
}

impl Step<'_> {
    /// Every point of the step with its templates filled; what cannot be filled is left
    /// out.
    pub(super) fn points(&self, values: &Yaml) -> Vec<Point> {
        let stage = self.stage;
        let scope = stage.scope(values, &self.axes);
        let point = |combination: Vec<(String, String)>| {
            let fill = |text: &String| scope.concrete(text, &combination);
            let labels: Vec<&str> = combination.iter().map(|(_, value)| value.as_str()).collect();
            let stage_name = match labels.as_slice() {
                [] => stage.name.clone(),
                labels => format!("{}@{}", stage.name, labels.join("-")),
            };
            let makes = self
                .outputs
                .iter()
                .map(|(port, index)| Some((port.clone(), fill(&stage.makes[*index].path)?)));
            Some(Point {
                step: format!("{}{}", self.name, suffix(stage, &combination)),
                stage: stage_name,
                folder: stage.folder.clone(),
                commands: stage.commands.iter().map(fill).collect::<Option<_>>()?,
                params: stage
                    .params
                    .iter()
                    .map(|(_, file, keys)| (file.clone(), keys.clone()))
                    .collect(),
                reads: stage.reads.iter().map(|(_, path)| fill(path)).collect::<Option<_>>()?,
                makes: makes.collect::<Option<BTreeMap<_, _>>>()?,
            })
        };
        stage.combinations().into_iter().filter_map(point).collect()
    }
}
