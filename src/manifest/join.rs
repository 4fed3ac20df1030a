//! The manifests of a workspace as one [`Manifest`], in the workspace's names. Pure.
//!
//! Invariant: joining is the same from everywhere but for the default and the member
//! whose names may be written short; a lone manifest stays as it is.

use super::member::{Member, local, member_of, qualify, within};
use super::{Manifest, Reference, exports, plugin, worker};
use crate::diag::suggest::nearest;
use crate::diag::{Diagnostic, Span, Spanned};

/// One manifest of those of `members`. `current` is the member in which the command runs.
pub(super) fn join(
    manifests: Vec<(Member, Manifest)>,
    members: Vec<Member>,
    current: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Manifest {
    let lone = members.len() <= 1;
    let names: Vec<String> = members.iter().map(|member| member.name.clone()).collect();
    let mut joined = Manifest { members, current: current.to_owned(), ..Manifest::default() };
    for (member, manifest) in manifests {
        let joiner = Joiner { member: &member, names: &names };
        let default = match lone {
            true => manifest.default.clone(),
            false => defaults(&manifest),
        };
        let default: Vec<_> =
            default.iter().filter_map(|name| joiner.spanned(name, diagnostics)).collect();
        joiner.put(&mut joined, manifest, diagnostics);
        if current.is_empty() || current == member.name {
            joined.default.extend(default.iter().cloned());
        }
        if !member.name.is_empty() {
            let group = member.name.clone();
            if let Some(taken) = place_of(&joined, &group) {
                diagnostics.push(
                    Diagnostic::error("E0217", format!("`{group}` is the name of a member, too"))
                        .label(taken, "")
                        .help("rename it, or the member's folder"),
                );
            }
            joined.targets.insert(group, default);
        }
    }
    exports::check(&joined, diagnostics);
    exports::check_tests(&joined, diagnostics);
    joined
}

/// What a bare build of one manifest builds, spelled out.
fn defaults(manifest: &Manifest) -> Vec<Spanned<String>> {
    if manifest.default.is_empty() {
        let place = |name: &String| {
            let first = manifest.points.get(name).and_then(|points| points.first());
            first.and_then(|point| manifest.steps.get(point)).map_or(Span::default(), |s| s.span)
        };
        return manifest
            .points
            .keys()
            .map(|name| Spanned::new(name.clone(), place(name)))
            .collect();
    }
    let groups = manifest.default.iter().map(|name| match manifest.targets.get(&name.value) {
        Some(group) => group.clone(),
        None => vec![name.clone()],
    });
    groups.flatten().collect()
}

/// Where the root declares something of this name.
fn place_of(manifest: &Manifest, name: &str) -> Option<Span> {
    let step = manifest.points.get(name).and_then(|points| points.first());
    let step = step.and_then(|point| manifest.steps.get(point)).map(|step| step.span);
    let source = manifest.sources.get(name).map(|source| source.span);
    let target = manifest.targets.get(name).map(|group| group.first().map(|target| target.span));
    step.or(source).or(target.map(Option::unwrap_or_default))
}

struct Joiner<'a> {
    member: &'a Member,
    /// Every member's name.
    names: &'a [String],
}

impl Joiner<'_> {
    /// Puts what one manifest declares into the joined one.
    fn put(&self, joined: &mut Manifest, manifest: Manifest, diagnostics: &mut Vec<Diagnostic>) {
        let own = |name: &str| qualify(&self.member.name, name);
        for (name, source) in manifest.sources {
            joined.sources.insert(own(&name), source);
        }
        for (name, tool) in manifest.tools {
            joined.tools.insert(own(&name), tool);
        }
        for (name, declared) in manifest.plugins {
            plugin::join(&mut joined.plugins, name, declared, diagnostics);
        }
        for (name, declared) in manifest.workers {
            worker::join(&mut joined.workers, name, declared, diagnostics);
        }
        for (base, points) in manifest.points {
            joined.points.insert(own(&base), points.iter().map(|point| own(point)).collect());
        }
        for (name, mut step) in manifest.steps {
            step.name = own(&step.name);
            step.base = own(&step.base);
            for input in step.inputs.values_mut().flatten() {
                self.reference(&mut input.reference, diagnostics);
            }
            step.requires =
                step.requires.iter().filter_map(|name| self.spanned(name, diagnostics)).collect();
            joined.steps.insert(own(&name), step);
        }
        for (group, targets) in manifest.targets {
            let targets =
                targets.iter().filter_map(|name| self.spanned(name, diagnostics)).collect();
            joined.targets.insert(own(&group), targets);
        }
        for (name, mut test) in manifest.tests {
            let Some(step) = self.spanned(&test.step, diagnostics) else { continue };
            test.step = step;
            for input in test.inputs.values_mut().flatten() {
                self.reference(&mut input.reference, diagnostics);
            }
            joined.tests.insert(own(&name), test);
        }
        for mut waiver in manifest.waivers {
            let Some(step) = self.spanned(&waiver.step, diagnostics) else { continue };
            waiver.step = step;
            joined.waivers.push(waiver);
        }
        for (path, mut reference) in manifest.exports {
            self.reference(&mut reference, diagnostics);
            let path = within(&self.member.folder, &path);
            exports::add(&mut joined.exports, path, reference, diagnostics);
        }
        joined.params.extend(manifest.params.into_iter().map(|(name, node)| (own(&name), node)));
        joined.gates_fail |= manifest.gates_fail;
    }

    /// A name in the workspace, unless it names a member that is not there.
    fn spanned(
        &self,
        name: &Spanned<String>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Spanned<String>> {
        self.check(&name.value, name.span, diagnostics)
            .then(|| Spanned::new(qualify(&self.member.name, &name.value), name.span))
    }

    fn reference(&self, reference: &mut Spanned<Reference>, diagnostics: &mut Vec<Diagnostic>) {
        if let Reference::Output { name, .. } = &mut reference.value
            && self.check(name, reference.span, diagnostics)
        {
            *name = qualify(&self.member.name, name);
        }
    }

    /// Tells of a member that is not there.
    fn check(&self, name: &str, span: Span, diagnostics: &mut Vec<Diagnostic>) -> bool {
        let member = member_of(name);
        if member.is_empty() || self.names.iter().any(|known| known == member) {
            return true;
        }
        let known = || self.names.iter().map(String::as_str).filter(|name| !name.is_empty());
        let mistake =
            Diagnostic::error("E0301", format!("there is no member `{member}`")).label(span, "");
        diagnostics.push(match nearest(member, known()) {
            _ if known().next().is_none() => mistake.help(
                "this manifest belongs to no workspace: list it and the other one in [workspace] members of an ingot.toml above them",
            ),
            Some(near) => mistake.help(format!("did you mean `{near}:{}`?", local(name))),
            None => mistake.help(format!("the members are {}", known().collect::<Vec<_>>().join(", "))),
        });
        false
    }
}

impl Manifest {
    /// What a name that a person types means: of the member in which the command runs,
    /// else of the root, else as it is written.
    pub fn full_name(&self, typed: &str) -> String {
        if self.current.is_empty() || typed.contains(':') {
            return typed.to_owned();
        }
        let word = typed.split(['/', '@', '.']).next().unwrap_or_default();
        let is_there = |name: &str| {
            self.points.contains_key(name)
                || self.sources.contains_key(name)
                || self.targets.contains_key(name)
        };
        match !is_there(&qualify(&self.current, word)) && is_there(word) {
            true => typed.to_owned(),
            false => qualify(&self.current, typed),
        }
    }

    /// The folder of the member in which the command runs, relative to the workspace.
    pub fn current_folder(&self) -> &str {
        let current = self.members.iter().find(|member| member.name == self.current);
        current.map_or("", |member| &member.folder)
    }

    /// Whether there are several manifests.
    pub fn is_workspace(&self) -> bool {
        self.members.len() > 1
    }
}

/// `--set` as one member hears it: `member:NAME`, and a bare name where it is the current.
pub(super) fn overrides_of(
    set: &[(String, String)],
    member: &str,
    current: &str,
) -> Vec<(String, String)> {
    set.iter()
        .filter_map(|(name, value)| {
            let (of, name) = name.split_once(':').unwrap_or((current, name));
            (of == member).then(|| (name.to_owned(), value.clone()))
        })
        .collect()
}

/// Tells of `--set` for a member that is not there, or for a root without params.
pub(super) fn check_overrides(
    set: &[(String, String)],
    pipelines: &[&str],
    current: &str,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (name, _) in set {
        let of = name.split_once(':').map_or(current, |(member, _)| member);
        if pipelines.contains(&of) {
            continue;
        }
        let message = match of {
            "" => format!("`--set {name}=..` does not say of which member"),
            of => format!("there is no member `{of}`"),
        };
        let known = pipelines.join(", ");
        let first = pipelines.first().copied().unwrap_or_default();
        diagnostics.push(
            Diagnostic::error("E0216", message)
                .label(Span::default(), "in this workspace")
                .help(format!("write `--set {first}:{}=..`; the members are {known}", local(name))),
        );
    }
}
