//! Each declared step taken apart: its kind found, its params checked, its
//! references split into single artifacts.

use std::collections::{BTreeMap, BTreeSet};

use ingot_protocol::{InputPort, Kind, OutputPort, Platform, Reads, seed};

use super::{Draft, DraftFeed, expand};
use crate::diag::{Diagnostic, Spanned};
use crate::kinds::params::{Checker, nearest};
use crate::kinds::{Kinds, Provided, command};
use crate::manifest::{Manifest, Reference, Step, StepInput};

/// One draft a step; what has no known kind is left out and said.
pub(super) fn drafts(
    manifest: &Manifest,
    kinds: &Kinds,
    checker: &Checker,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Draft> {
    if let Some(step) = too_many_edges(manifest) {
        diagnostics.push(
            Diagnostic::error("E0221", format!("the plan has more than {MOST_EDGES} edges"))
                .label(step.span, "up to this step")
                .help("let one step gather them, and read that"),
        );
        return Vec::new();
    }
    manifest
        .steps
        .values()
        .filter_map(|step| {
            let Some(provided) = kinds.get(&step.kind.value) else {
                diagnostics.push(unknown_kind(step, kinds));
                return None;
            };
            Some(draft(manifest, provided, checker, step, diagnostics))
        })
        .collect()
}

/// Most references to one artifact or one step.
pub(super) const MOST_EDGES: usize = 2_000_000;

/// The step with which there are too many.
fn too_many_edges(manifest: &Manifest) -> Option<&Step> {
    let points = |name: &str| manifest.points.get(name).map_or(1, Vec::len);
    let mut edges = 0;
    manifest.steps.values().find(|step| {
        let inputs = step.inputs.values().flatten().map(|input| match &input.reference.value {
            Reference::Output { name, every_point: true, .. } => match name.contains('@') {
                true => manifest.matching(name).len(),
                false => points(name),
            },
            _ => 1,
        });
        let requires = step.requires.iter().map(|name| points(&name.value));
        edges += inputs.chain(requires).sum::<usize>();
        edges > MOST_EDGES
    })
}

fn unknown_kind(step: &Step, kinds: &Kinds) -> Diagnostic {
    let names = || kinds.iter().map(|provided| provided.kind.name.as_str());
    let diagnostic = Diagnostic::error("E0304", format!("there is no kind `{}`", step.kind.value))
        .label(step.kind.span, "unknown kind");
    match nearest(&step.kind.value, names()) {
        Some(name) => diagnostic.help(format!("did you mean `{name}`?")),
        None => {
            diagnostic.help(format!("the kinds are {}", names().collect::<Vec<_>>().join(", ")))
        }
    }
}

fn draft(
    manifest: &Manifest,
    provided: &Provided,
    checker: &Checker,
    step: &Step,
    diagnostics: &mut Vec<Diagnostic>,
) -> Draft {
    let kind = &provided.kind;
    let (params, mistakes) = checker.check(&kind.name, &kind.params, &step.params, step.span);
    diagnostics.extend(mistakes);
    let outputs = match &step.command {
        Some(command) => command
            .outputs
            .iter()
            .map(|(port, artifact_type)| {
                let port = OutputPort {
                    name: port.clone(),
                    artifact_type: artifact_type.value.clone(),
                    file: false,
                };
                (port.name.clone(), port)
            })
            .collect(),
        None => kind.outputs.iter().map(|port| (port.name.clone(), port.clone())).collect(),
    };
    Draft {
        name: step.name.clone(),
        base: step.base.clone(),
        point: step.point.clone(),
        replicate: step.replicate,
        home: step.home.clone(),
        span: step.span,
        params,
        lists: expand::lists(kind, &step.params),
        feeds: BTreeSet::new(),
        inputs: inputs(manifest, provided, step, diagnostics),
        outputs,
        platform: platform(step),
        platform_places: step.platform.places.clone(),
        seed: seed_of(step),
        resources: step.resources.clone(),
        timeout: step.timeout,
        retries: step.retries,
        gates: step.gates.clone(),
        requires: requires(manifest, step),
        command: step.command.clone(),
        provided: provided.clone(),
    }
}

/// The first replicate draws from the step's own seed, so that asking for
/// replicates keeps what was built without them; the others are paired across
/// steps, because their seed does not depend on the step.
fn seed_of(step: &Step) -> Spanned<u64> {
    let mut seed = step.seed.clone();
    if step.replicate > 1 {
        seed.value = seed::derive(seed.value, "replicate", step.replicate.into());
    }
    seed
}

fn platform(step: &Step) -> Platform {
    let spec = &step.platform;
    let default = Platform::default();
    Platform {
        threads: spec.threads.unwrap_or(default.threads),
        isa: spec.isa.clone().unwrap_or(default.isa),
        device: spec.device.clone().unwrap_or(default.device),
        precision: spec.precision.clone().unwrap_or(default.precision),
    }
}

fn requires(manifest: &Manifest, step: &Step) -> Vec<Spanned<String>> {
    step.requires
        .iter()
        .flat_map(|name| match manifest.matching(&name.value).as_slice() {
            [] => vec![name.clone()],
            points => {
                points.iter().map(|point| Spanned::new((*point).to_owned(), name.span)).collect()
            }
        })
        .collect()
}

fn inputs(
    manifest: &Manifest,
    provided: &Provided,
    step: &Step,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Vec<Vec<DraftFeed>>> {
    let kind = &provided.kind;
    let mut inputs = BTreeMap::new();
    for (port, given) in &step.inputs {
        let declared = self::port(kind, port);
        if declared.is_none() && kind.name != command::NAME {
            let place = given.first().map_or(step.span, |input| input.reference.span);
            let names = || kind.inputs.iter().map(|port| port.name.as_str());
            let diagnostic =
                Diagnostic::error("E0307", format!("`{}` has no input port `{port}`", kind.name))
                    .label(place, "unknown port");
            diagnostics.push(match nearest(port, names()) {
                Some(name) => diagnostic.help(format!("did you mean `{name}`?")),
                None => diagnostic
                    .help(format!("its ports are {}", names().collect::<Vec<_>>().join(", "))),
            });
            continue;
        }
        let reads = declared.map_or(Reads::All, |port| port.reads.clone());
        let by_split = given.iter().any(|input| input.split.is_some());
        if by_split && !declared.is_some_and(|port| port.takes_splits) {
            diagnostics.push(no_splits(&kind.name, port, given));
            inputs.insert(port.clone(), Vec::new());
            continue;
        }
        let groups: Vec<Vec<DraftFeed>> = given
            .iter()
            .map(|StepInput { reference, split }| {
                every_point(manifest, &reference.value, declared.is_none_or(|port| port.many))
                    .into_iter()
                    .map(|single| DraftFeed {
                        reference: single,
                        reads: reads.clone(),
                        split: split.as_ref().map(|split| split.value.clone()),
                        span: reference.span,
                    })
                    .collect()
            })
            .collect();
        if by_split && let Some(several) = groups.iter().find(|group| group.len() > 1) {
            let message = format!("a split of `{port}` is one artifact, not {}", several.len());
            let mistake = Diagnostic::error("E0308", message).label(several[0].span, "");
            diagnostics.push(mistake.help("name one output here"));
            inputs.insert(port.clone(), Vec::new());
            continue;
        }
        let count: usize = groups.iter().map(Vec::len).sum();
        if count == 0 {
            // An empty list is a port that was left empty.
            continue;
        }
        if count > 1 && !by_split && declared.is_some_and(|port| !port.many) {
            let mistake = Diagnostic::error(
                "E0308",
                format!("the port `{port}` of `{}` takes one artifact, not {count}", kind.name),
            );
            let places = given.iter().take(2).map(|input| input.reference.span);
            let mistake = places.fold(mistake, |mistake, place| mistake.label(place, ""));
            diagnostics.push(mistake.help("name one output here"));
            // Said once: the port counts as filled.
            inputs.insert(port.clone(), Vec::new());
            continue;
        }
        inputs.insert(port.clone(), groups);
    }
    inputs
}

/// What a kind says of a port: one that it names, or any other where it takes such.
pub(super) fn port<'a>(kind: &'a Kind, name: &str) -> Option<&'a InputPort> {
    kind.inputs.iter().find(|port| port.name == name).or(kind.further.as_ref())
}

fn no_splits(kind: &str, port: &str, given: &[StepInput]) -> Diagnostic {
    let message = format!("the port `{port}` of `{kind}` is not given by splits");
    let mistake = Diagnostic::error("E0321", message);
    let splits = given.iter().filter_map(|input| input.split.as_ref()).take(2);
    splits
        .fold(mistake, |mistake, split| mistake.label(split.span, ""))
        .help("give it one source or output; `validate` makes one dataset of several splits")
}

/// A reference to several points as one reference a point: with `@*`, and, on a port that
/// takes many, with labels of some axes.
fn every_point(manifest: &Manifest, reference: &Reference, many: bool) -> Vec<Reference> {
    let Reference::Output { name, every_point, port, splits } = reference else {
        return vec![reference.clone()];
    };
    let exact = manifest.steps.contains_key(name);
    let partly = name.contains('@') && !exact;
    let points = match *every_point || partly {
        true => manifest.matching(name),
        false => Vec::new(),
    };
    if points.is_empty() || (!every_point && !many && points.len() > 1) {
        return vec![reference.clone()];
    }
    let one = |point: &str| Reference::Output {
        name: point.to_owned(),
        every_point: false,
        port: port.clone(),
        splits: splits.clone(),
    };
    points.into_iter().map(one).collect()
}
