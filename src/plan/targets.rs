//! What was asked for, and what it takes: the plan cut to the targets.

use std::collections::{HashMap, HashSet};

use super::{Export, Plan, Step, order};
use crate::diag::{Diagnostic, Span, Spanned};
use crate::kinds::params::nearest;
use crate::manifest::exports::Taken;
use crate::manifest::{Manifest, Reference};

/// Indices of the chosen steps, sorted. A target is a step, a base name (all
/// its points), one with labels of some axes, or a group of `[targets]`.
pub(super) fn choose(
    manifest: &Manifest,
    steps: &[Step],
    targets: &[String],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<usize> {
    let wanted: Vec<(String, Option<Span>)> = if !targets.is_empty() {
        targets.iter().map(|target| (target.clone(), None)).collect()
    } else if !manifest.default.is_empty() || manifest.is_workspace() {
        manifest.default.iter().map(|t| (t.value.clone(), Some(t.span))).collect()
    } else {
        return (0..steps.len()).collect();
    };
    let positions: HashMap<&str, usize> =
        steps.iter().enumerate().map(|(index, step)| (step.name.as_str(), index)).collect();
    let mut chosen = Vec::new();
    // A group may name a step, and a list a group, any number of times.
    let mut seen: HashSet<String> = HashSet::new();
    for (target, place) in wanted {
        if !seen.insert(format!("target {target}")) {
            continue;
        }
        let names: Vec<(String, Option<Span>)> = match manifest.targets.get(&target) {
            Some(group) => {
                group.iter().map(|Spanned { value, span }| (value.clone(), Some(*span))).collect()
            }
            None => vec![(target, place)],
        };
        for (name, place) in names {
            if !seen.insert(name.clone()) {
                continue;
            }
            let found = find(manifest, &positions, &name);
            if found.is_empty() && !is_declared(manifest, &name) {
                diagnostics.push(unknown(manifest, steps, &name, place));
            }
            chosen.extend(found);
        }
    }
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

/// Whether the manifest has such a step; if the plan has none, its kind is
/// unknown, which is said already.
fn is_declared(manifest: &Manifest, name: &str) -> bool {
    !manifest.matching(name).is_empty()
}

fn find(manifest: &Manifest, positions: &HashMap<&str, usize>, name: &str) -> Vec<usize> {
    // A step that others imply is in no manifest.
    let points = manifest.matching(name).into_iter().chain([name]);
    points.filter_map(|name| positions.get(name).copied()).collect()
}

fn unknown(manifest: &Manifest, steps: &[Step], name: &str, place: Option<Span>) -> Diagnostic {
    let mut diagnostic = Diagnostic::error("E0313", format!("there is no target `{name}`"));
    if let Some(place) = place {
        diagnostic = diagnostic.label(place, "");
    }
    let known = steps
        .iter()
        .map(|step| step.name.as_str())
        .chain(manifest.points.keys().map(String::as_str))
        .chain(manifest.targets.keys().map(String::as_str));
    match nearest(name, known) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.help("`ingot graph` shows every step"),
    }
}

/// The declared exports, linked to their steps.
pub(super) fn exports(
    manifest: &Manifest,
    steps: &[Step],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Export> {
    over_params(manifest, steps, diagnostics);
    let positions: HashMap<&str, usize> =
        steps.iter().enumerate().map(|(index, step)| (step.name.as_str(), index)).collect();
    let mut exports = Vec::new();
    for (path, reference) in &manifest.exports {
        let mistake = |code, message: String, help: &str| {
            Diagnostic::error(code, message).label(reference.span, "").help(help)
        };
        let Reference::Output { name, every_point, port, splits } = &reference.value else {
            diagnostics.push(mistake(
                "E0301",
                format!("`{}` is no step's output", reference.value),
                "an export copies a step's output",
            ));
            continue;
        };
        if !splits.is_empty() {
            diagnostics.push(mistake(
                "E0312",
                "an export copies a whole output, not its splits".to_owned(),
                &format!("remove `/{}`", splits.join("+")),
            ));
            continue;
        }
        let found = positions.get(name.as_str()).filter(|_| !every_point);
        let Some(&step) = found else {
            if *every_point || !manifest.steps.contains_key(name) {
                diagnostics.push(no_step(manifest, steps, name, reference.span));
            }
            continue;
        };
        let outputs: Vec<&String> = steps[step].outputs.keys().collect();
        let port = match (port, outputs.as_slice()) {
            (Some(port), _) if steps[step].outputs.contains_key(port) => port.clone(),
            (None, [only]) => (*only).clone(),
            (port, _) => {
                let list: Vec<String> = outputs.iter().map(|port| format!("`{port}`")).collect();
                let (code, message) = match port {
                    Some(port) => ("E0302", format!("`{name}` has no output `{port}`")),
                    None => ("E0303", format!("which output of `{name}`?")),
                };
                let help = format!("its outputs are {}", list.join(", "));
                let mistake = mistake(code, message, &help);
                diagnostics.push(mistake.label(steps[step].span, "declared here"));
                continue;
            }
        };
        exports.push(Export { path: path.clone(), step, port, span: reference.span });
    }
    exports
}

/// Tells of exports over a param that is a path, which only its kind knows.
fn over_params(manifest: &Manifest, steps: &[Step], diagnostics: &mut Vec<Diagnostic>) {
    if manifest.exports.is_empty() {
        return;
    }
    let mut taken = Taken::default();
    for step in steps {
        for path in step.params.paths.values() {
            let inside = path.value.strip_prefix("./").unwrap_or(&path.value);
            let what = format!("`{}`, which `{}` reads", path.value, step.name);
            taken.add(&step.home.path(inside), what, path.span);
        }
    }
    taken.check(manifest, diagnostics);
}

fn no_step(manifest: &Manifest, steps: &[Step], name: &str, span: Span) -> Diagnostic {
    let points = manifest.matching(name);
    if let Some(first) = points.first()
        && points.len() > 1
    {
        let message = format!("`{name}` has {} points, and an export copies one", points.len());
        return Diagnostic::error("E0310", message)
            .label(span, "")
            .help(format!("name one of them, such as `{first}`"));
    }
    let mistake = Diagnostic::error("E0301", format!("there is no step `{name}`")).label(span, "");
    match nearest(name, steps.iter().map(|step| step.name.as_str())) {
        Some(near) => mistake.help(format!("did you mean `{near}`?")),
        None => mistake.help("name a step and its output, such as `card.html`"),
    }
}

/// The chosen steps and their ancestors.
pub(super) fn cut(steps: Vec<Step>, chosen: &[usize], exports: Vec<Export>) -> Plan {
    let mut kept = vec![false; steps.len()];
    for &index in chosen {
        kept[index] = true;
    }
    for index in (0..steps.len()).rev() {
        if kept[index] {
            for &dependency in &steps[index].dependencies {
                kept[dependency] = true;
            }
        }
    }
    let order: Vec<usize> = (0..steps.len()).filter(|&index| kept[index]).collect();
    let position = |old: usize| order.binary_search(&old).ok();
    let targets = chosen.iter().filter_map(|&old| position(old)).collect();
    let exports = exports
        .into_iter()
        .filter_map(|export| Some(Export { step: position(export.step)?, ..export }))
        .collect();
    let steps = order::reindex(steps, &order);
    Plan { steps, targets, exports }
}
