//! [`load`]: the stages from bytes to a [`Manifest`], all mistakes at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::fields::{Fields, texts};
use super::growth::{Growth, STEP};
use super::matrix::{Entries, Point};
use super::member::{self, Home, Member};
use super::node::{Node, NodeKind};
use super::profile::{self, Profile};
use super::steps::Pipeline;
use super::substitute::{Form, Values, substitute};
use super::{
    Lister, Manifest, Overrides, Source, Step, exports, join, like, matrix, names, partition,
    paths, plugin, set, step_test, steps, text, tool, waivers, worker,
};
use crate::diag::suggest::nearest;
use crate::diag::{Diagnostic, Level, Sources, Span, Spanned};

/// What loading gave.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The manifest; absent when a mistake leaves none.
    pub manifest: Option<Manifest>,
    /// Everything that is wrong, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// The text that the places point into.
    pub sources: Sources,
}

/// The edition of this program's manifests.
const EDITION: i64 = 1;

/// Keys that make points of a step's table.
const AXES: [&str; 2] = ["matrix", "replicates"];

/// Tables that a later version reads.
const LATER: [&str; 1] = ["environments"];

/// One manifest to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Which member of the workspace it is.
    pub member: Member,
    /// Its path as diagnostics show it.
    pub shown: PathBuf,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// The manifests of a workspace, and what their sources' partitions are found with.
#[derive(Clone, Copy)]
pub struct Files<'a> {
    /// The manifests, the root's first.
    pub files: &'a [File],
    /// The member in which the command runs.
    pub current: &'a str,
    /// What finds partitions.
    pub lister: &'a Lister<'a>,
}

/// Loads a manifest of its own whose sources have no partitions. `shown` is its path as
/// diagnostics show it.
pub fn load(shown: &Path, bytes: &[u8], overrides: &Overrides) -> Loaded {
    let (member, shown) = (Member::default(), shown.to_owned());
    let files = [File { member, shown, bytes: bytes.to_owned() }];
    load_all(&Files { files: &files, current: "", lister: &|_, _| Ok(Vec::new()) }, overrides)
}

/// Loads the manifests of a workspace as one.
pub fn load_all(files: &Files<'_>, overrides: &Overrides) -> Loaded {
    load_part(files, None, overrides)
}

/// The same of what some steps need, where that can be told; the rest is not checked.
pub fn load_for(files: &Files<'_>, steps: &[String], overrides: &Overrides) -> Loaded {
    // Between members names go to and fro.
    let steps = (files.files.len() == 1).then_some(steps);
    load_part(files, steps, overrides)
}

fn load_part(files: &Files<'_>, wanted: Option<&[String]>, overrides: &Overrides) -> Loaded {
    let Files { files, current, lister } = *files;
    let mut diagnostics = Vec::new();
    let growth = Growth::default();
    let mut sources = Sources::default();
    let mut manifests = Vec::new();
    let mut profiles = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let index = index.try_into().unwrap_or(u32::MAX);
        let (text, root) =
            text::parse("the manifest", index, &file.bytes, wanted, &mut diagnostics);
        sources.files.push((file.shown.clone(), text));
        let set = join::overrides_of(&overrides.set, &file.member.name, current);
        let own = Overrides { set, profile: overrides.profile.clone() };
        let Some(root) = root else { continue };
        let Some(mut checked) =
            check(&root, &file.member, &own, (&growth, lister), &mut diagnostics)
        else {
            continue;
        };
        if let Some(wanted) = &overrides.profile {
            // Who does not have the profile has no say in what it sets.
            checked.manifest.gates_fail &= checked.profiles.contains(wanted);
        }
        profiles.extend(checked.profiles);
        manifests.push((file.member.clone(), checked.manifest));
    }
    if let Some(wanted) = &overrides.profile {
        profile::check(wanted, &profiles, &mut diagnostics);
    }
    if diagnostics.iter().all(|diagnostic| diagnostic.level != Level::Error) {
        let names = manifests.iter().map(|(member, _)| member.name.as_str());
        let pipelines: Vec<&str> = names.collect();
        join::check_overrides(&overrides.set, &pipelines, current, &mut diagnostics);
    }
    let members = files.iter().map(|file| file.member.clone()).collect();
    let manifest = join::join(manifests, members, current, &mut diagnostics);
    let place = |diagnostic: &Diagnostic| {
        diagnostic.labels.first().map(|label| (label.span.file, label.span.start))
    };
    diagnostics.sort_by(|a, b| {
        place(a).cmp(&place(b)).then(a.code.cmp(b.code)).then(a.message.cmp(&b.message))
    });
    diagnostics.dedup();
    let failed = diagnostics.iter().any(|diagnostic| diagnostic.level == Level::Error);
    Loaded { manifest: Some(manifest).filter(|_| !failed), diagnostics, sources }
}

/// One manifest, and the names of its profiles.
struct Checked {
    manifest: Manifest,
    profiles: Vec<String>,
}

fn check(
    root: &Node,
    member: &Member,
    overrides: &Overrides,
    (growth, lister): (&Growth, &Lister<'_>),
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Checked> {
    let mut fields = Fields::of("the manifest", root, diagnostics);
    for table in LATER {
        if let Some((span, _)) = fields.any(table) {
            diagnostics.push(
                Diagnostic::error("E0214", format!("[{table}] is not read by this version"))
                    .label(span, "")
                    .help("take it away, or use a version that reads it"),
            );
        }
    }
    let workspace = fields.any("workspace").map(|(span, _)| span);
    match workspace {
        Some(span) if !member.folder.is_empty() => member::refuse_nested(span, diagnostics),
        _ => drop(member::read(&mut fields, diagnostics)),
    }
    let Some((_, pipeline)) = fields.any("pipeline") else {
        // A workspace's root needs none.
        if workspace.is_none() || fields.rest().next().is_some() {
            diagnostics.push(
                Diagnostic::error("E0203", "the manifest needs [pipeline]")
                    .label(Span { start: 0, end: 0, ..root.span }, "no [pipeline]")
                    .help("begin with: [pipeline] name = \"..\", edition = 1"),
            );
        }
        return None;
    };
    let mut pipeline = Fields::of("[pipeline]", pipeline, diagnostics);
    let name = pipeline.needed_text("name", diagnostics);
    if let Some(name) = &name {
        names::check("pipeline", &name.value, name.span, diagnostics);
    }
    edition(&mut pipeline, diagnostics);
    let seed = pipeline.seed(diagnostics).unwrap_or(Spanned::new(0, pipeline.span));
    let default = pipeline.texts("default", diagnostics);
    pipeline.finish(diagnostics);
    let folder = member.folder.clone();
    let home = Home { pipeline: name.map_or(String::new(), |name| name.value), folder };
    let pipeline = Pipeline { home, seed };

    let wanted = overrides.profile.as_deref();
    let (profile, profiles) = Profile::read(&mut fields, &step_names(root), wanted, diagnostics);
    let params = params(&mut fields, &profile, overrides, diagnostics);
    let mut named = Vec::new();
    let values = Values { params: &params, matrix: None, growth };
    let sources = sources(&mut fields, (member, lister), values, &mut named, diagnostics);
    let tools = tool::read(&mut fields, member, diagnostics);
    let plugins = plugin::read(&mut fields, member, diagnostics);
    let workers = worker::read(&mut fields, member, diagnostics);
    let (steps, points) =
        all_steps(&mut fields, (values, &sources), &profile, &pipeline, &mut named, diagnostics);
    names::check_distinct(&named, diagnostics);
    let mut targets = BTreeMap::new();
    for (group, span, node) in fields.table("targets", diagnostics) {
        names::check("target", group, span, diagnostics);
        if points.contains_key(group) {
            diagnostics.push(
                Diagnostic::error("E0217", format!("the target `{group}` is called like a step"))
                    .label(span, "")
                    .help("rename one of them"),
            );
        }
        targets.insert(group.to_owned(), texts(&format!("targets.{group}"), node, diagnostics));
    }
    let tests = step_test::read(&mut fields, member, diagnostics);
    let waivers = waivers::read(&mut fields, diagnostics);
    let exports = exports::read(&mut fields, diagnostics);
    fields.finish(diagnostics);
    let manifest = Manifest {
        members: Vec::new(),
        current: String::new(),
        default,
        params,
        sources,
        tools,
        plugins,
        workers,
        steps,
        points,
        targets,
        tests,
        waivers,
        exports,
        is_spread: false,
        gates_fail: !profile.gates_warn,
    };
    Some(Checked { manifest, profiles })
}

fn edition(pipeline: &mut Fields<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let Some((_, node)) = pipeline.any("edition") else {
        diagnostics.push(
            Diagnostic::error("E0203", "[pipeline] needs `edition`")
                .label(pipeline.span, "no `edition`")
                .help(format!("add `edition = {EDITION}`")),
        );
        return;
    };
    if node.kind != NodeKind::Integer(EDITION) {
        diagnostics.push(
            Diagnostic::error("E0213", "this edition is not known to this version")
                .label(node.span, "")
                .help(format!("write `edition = {EDITION}`, or use a newer version of ingot")),
        );
    }
}

fn params(
    fields: &mut Fields<'_>,
    profile: &Profile,
    overrides: &Overrides,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Node> {
    let mut params = BTreeMap::new();
    for (name, span, node) in fields.table("params", diagnostics) {
        names::check("param", name, span, diagnostics);
        params.insert(name.to_owned(), node.clone());
    }
    let unknown = |name: &str, span: Span, params: &BTreeMap<String, Node>| {
        let mistake =
            Diagnostic::error("E0216", format!("there is no param `{name}`")).label(span, "");
        match nearest(name, params.keys().map(String::as_str)) {
            Some(near) => mistake.help(format!("did you mean `{near}`?")),
            None => mistake.help(format!("add `{name} = ..` to [params]")),
        }
    };
    for (name, node) in &profile.params {
        match params.contains_key(name) {
            true => drop(params.insert(name.clone(), node.clone())),
            false => diagnostics.push(unknown(name, node.span, &params)),
        }
    }
    for (name, value) in &overrides.set {
        match params.get(name).map(|node| set::value(name, value, node, diagnostics)) {
            Some(node) => drop(params.insert(name.clone(), node)),
            None => diagnostics.push(unknown(name, Span::default(), &params)),
        }
    }
    params
}

type Named = Vec<(&'static str, String, Span)>;

fn sources(
    fields: &mut Fields<'_>,
    (member, lister): (&Member, &Lister<'_>),
    values: Values<'_>,
    named: &mut Named,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Source> {
    let mut tables = BTreeMap::new();
    for (name, span, node) in fields.table("sources", diagnostics) {
        names::check("source", name, span, diagnostics);
        named.push(("source", name.to_owned(), span));
        tables.insert(name, (span, node));
    }
    let mut sources = BTreeMap::new();
    for (name, (span, node)) in like::resolve("source", &tables, values.growth, diagnostics) {
        let NodeKind::Table(entries) = &node.kind else { continue };
        // The placeholder of partitions stays in a path.
        let form = |key: &String| if key == "path" { Form::Words } else { Form::Value };
        let entries = entries
            .iter()
            .map(|(key, (place, value))| {
                (key.clone(), (*place, substitute(value, values, form(key), diagnostics)))
            })
            .collect();
        let node = Node { span: node.span, kind: NodeKind::Table(entries) };
        let mut source = Fields::of(format!("[sources.{name}]"), &node, diagnostics);
        source.any("like");
        let path = source.needed_text("path", diagnostics);
        let exclude = source.texts("exclude", diagnostics);
        let format = source.any("format").map(|(_, node)| node.clone());
        source.finish(diagnostics);
        let Some(written) = path else { continue };
        let template = partition::Template::of(&written, diagnostics);
        let path = template
            .as_ref()
            .map_or_else(|| partition::single_braces(&written.value), partition::Template::glob);
        let path = Spanned::new(path, written.span);
        let Some(place) = paths::source(&path, diagnostics) else { continue };
        let path = Spanned::new(place, path.span);
        let partitions = template.map(|template| {
            let template = template.at(&path.value);
            let labels = lister(&member.folder, &template).map(Some).unwrap_or_else(|message| {
                let mistake = Diagnostic::error("E0226", message).label(path.span, "");
                diagnostics
                    .push(mistake.help("a partition is called by letters, digits and `_-.+`"));
                None
            });
            partition::Partitions { template, labels }
        });
        let folder = member.folder.clone();
        let source = Source { span, folder, path, exclude, format, partitions, root: None };
        sources.extend(partition::sources(name, source));
    }
    sources
}

type Points = BTreeMap<String, Vec<String>>;

/// The base names of the steps, before anything is known of them.
fn step_names(root: &Node) -> BTreeSet<&str> {
    let NodeKind::Table(tables) = &root.kind else { return BTreeSet::new() };
    match tables.get("steps").map(|(_, node)| &node.kind) {
        Some(NodeKind::Table(steps)) => steps.keys().map(String::as_str).collect(),
        _ => BTreeSet::new(),
    }
}

fn all_steps(
    fields: &mut Fields<'_>,
    (values, sources): (Values<'_>, &BTreeMap<String, Source>),
    profile: &Profile,
    pipeline: &Pipeline,
    named: &mut Named,
    diagnostics: &mut Vec<Diagnostic>,
) -> (BTreeMap<String, Step>, Points) {
    let mut tables = BTreeMap::new();
    for (name, span, node) in fields.table("steps", diagnostics) {
        names::check("step", name, span, diagnostics);
        named.push(("step", name.to_owned(), span));
        match &node.kind {
            NodeKind::Table(_) => drop(tables.insert(name, (span, node))),
            _ => diagnostics.push(super::fields::wrong_type(
                &format!("steps.{name}"),
                node,
                "a table",
            )),
        }
    }
    let tables: Vec<_> =
        like::resolve("step", &tables, values.growth, diagnostics).into_iter().collect();
    let read: Vec<(&str, Vec<Step>, Vec<Diagnostic>)> = tables
        .into_par_iter()
        .map(|(base, (span, node))| {
            let mut mistakes = Vec::new();
            let steps = points_of(base, (span, &node), (values, sources), pipeline, &mut mistakes);
            (base, steps, mistakes)
        })
        .collect();
    let mut all = BTreeMap::new();
    let mut points = BTreeMap::new();
    for (base, steps, mistakes) in read {
        diagnostics.extend(mistakes);
        points.insert(base.to_owned(), steps.iter().map(|step| step.name.clone()).collect());
        for mut step in steps {
            step.resources = profile.resources(base, step.resources);
            all.insert(step.name.clone(), step);
        }
    }
    (all, points)
}

/// One declared step at each of its points.
fn points_of(
    base: &str,
    (span, node): (Span, &Node),
    (values, sources): (Values<'_>, &BTreeMap<String, Source>),
    pipeline: &Pipeline,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Step> {
    let NodeKind::Table(entries) = &node.kind else { return Vec::new() };
    let mut axes = |key: &str| {
        let (_, node) = entries.get(key)?;
        Some(substitute(node, values, Form::Value, diagnostics))
    };
    let (matrix, replicates) = (axes("matrix"), axes("replicates"));
    let axes = matrix::Written {
        base,
        matrix: matrix.as_ref(),
        replicates: replicates.as_ref(),
        sets_keys: !steps::is_command(entries),
        sources,
    };
    matrix::points(&axes, values.growth, diagnostics)
        .into_iter()
        .filter_map(|point| {
            let kept = values.growth.add(STEP, span, diagnostics);
            kept.then_some(())?;
            let table = at_point(entries, &point, values, diagnostics);
            let mut step = steps::step(base, span, &point, table, pipeline, diagnostics)?;
            for (axis, source) in &point.partitions {
                partition::narrow(&mut step, axis, source);
            }
            Some(step)
        })
        .collect()
}

/// A step's table at one point.
fn at_point(
    entries: &Entries,
    point: &Point,
    values: Values<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Entries {
    let values = Values { matrix: Some(&point.values), ..values };
    let mut table: Entries = entries
        .iter()
        .filter(|(key, _)| !point.entries.contains_key(*key) && !AXES.contains(&key.as_str()))
        .map(|(key, (span, value))| {
            let form = match key.as_str() {
                "run" => Form::Words,
                "environment" => Form::Text,
                _ => Form::Value,
            };
            (key.clone(), (*span, substitute(value, values, form, diagnostics)))
        })
        .collect();
    table.extend(point.entries.clone());
    table
}
