//! References resolved to sources and outputs; ports and types checked.

use std::collections::BTreeMap;

use ingot_protocol::Reads;

use super::{Cut, Draft, DraftFeed, Feed, Group, Names, Origin, Step, draft, expand, fit};
use crate::diag::{Diagnostic, Spanned};
use crate::kinds::params::nearest;
use crate::kinds::{FILES, Kinds};
use crate::manifest::{Manifest, Reference, point_name};

/// Steps in the order of the drafts; an index is a draft's.
pub(super) fn link(
    manifest: &Manifest,
    kinds: &Kinds,
    drafts: Vec<Draft>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Step> {
    let names: Names =
        drafts.iter().enumerate().map(|(index, draft)| (draft.name.clone(), index)).collect();
    let linker = Linker { manifest, kinds, drafts: &drafts, names: &names };
    let mut linked = Vec::with_capacity(drafts.len());
    for draft in &drafts {
        let inputs = linker.inputs(draft, diagnostics);
        let requires = linker.requires(draft, diagnostics);
        fit::check_outputs(kinds, draft, diagnostics);
        linked.push((inputs, requires));
    }
    drafts
        .into_iter()
        .zip(linked)
        .map(|(draft, (inputs, requires))| step(draft, inputs, requires))
        .collect()
}

fn step(draft: Draft, inputs: BTreeMap<String, Vec<Group>>, requires: Vec<usize>) -> Step {
    let mut dependencies: Vec<usize> = inputs
        .values()
        .flatten()
        .flatten()
        .filter_map(|feed| match &feed.origin {
            Origin::Output { step, .. } => Some(*step),
            _ => None,
        })
        .chain(requires.iter().copied())
        .collect();
    dependencies.sort_unstable();
    dependencies.dedup();
    let draws = draft.draws();
    Step {
        name: draft.name,
        base: draft.base,
        point: draft.point,
        home: draft.home,
        span: draft.span,
        worker: draft.provided.identity().to_owned(),
        seed: draws.then_some(draft.seed),
        kind: draft.provided.kind,
        provider: draft.provided.provider,
        params: draft.params,
        inputs,
        outputs: draft.outputs,
        platform: draft.platform,
        platform_places: draft.platform_places,
        resources: draft.resources,
        timeout: draft.timeout,
        retries: draft.retries,
        gates: draft.gates,
        waivers: Vec::new(),
        requires,
        command: draft.command,
        dependencies,
    }
}

struct Linker<'a> {
    manifest: &'a Manifest,
    kinds: &'a Kinds,
    drafts: &'a [Draft],
    names: &'a Names,
}

impl Linker<'_> {
    fn inputs(
        &self,
        draft: &Draft,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> BTreeMap<String, Vec<Group>> {
        let kind = &draft.provided.kind;
        for port in kind.inputs.iter().filter(|port| port.required) {
            if !draft.inputs.contains_key(&port.name) {
                let mut diagnostic = Diagnostic::error(
                    "E0306",
                    format!("`{}` needs the input `{}`", draft.name, port.name),
                )
                .label(draft.span, format!("no `inputs.{}`", port.name))
                .help(format!(
                    "add `inputs.{} = \"..\"` ({})",
                    port.name,
                    port.types.join(" or ")
                ));
                if let Some(ports) = expand::alternatives(draft, port) {
                    diagnostic = diagnostic.help(format!("or give {ports}"));
                }
                diagnostics.push(diagnostic);
            }
        }
        draft
            .inputs
            .iter()
            .map(|(port, groups)| {
                let groups = groups
                    .iter()
                    .map(|group| {
                        group
                            .iter()
                            .filter(|feed| !self.is_lost(&feed.reference))
                            .filter_map(|feed| {
                                self.feed(draft, port, feed)
                                    .map_err(|diagnostic| diagnostics.push(*diagnostic))
                                    .ok()
                            })
                            .collect()
                    })
                    .collect();
                (port.clone(), groups)
            })
            .collect()
    }

    /// Whether a step was declared and has no known kind, which is said already.
    fn is_lost(&self, reference: &Reference) -> bool {
        match reference {
            Reference::Output { name, .. } => {
                self.manifest.steps.contains_key(name) && !self.names.contains_key(name)
            }
            Reference::Path(_) | Reference::Code(_) => false,
        }
    }

    fn feed(&self, draft: &Draft, port: &str, feed: &DraftFeed) -> Result<Feed, Box<Diagnostic>> {
        let declared = draft::port(&draft.provided.kind, port);
        let takes: &[String] = declared.map_or(&[], |declared| &declared.types);
        let (origin, artifact_type, format) = match &feed.reference {
            Reference::Path(path) | Reference::Code(path) => {
                if draft.command.is_some() {
                    fit::check_place(feed, path)?;
                }
                let origin = match &feed.reference {
                    Reference::Code(path) => Origin::Code(path.clone()),
                    _ => Origin::Path(path.clone()),
                };
                (origin, FILES.to_owned(), None)
            }
            Reference::Output { name, port, .. } => match self.manifest.sources.get(name) {
                Some(source) => {
                    fit::check_source(feed, name)?;
                    if draft.command.is_some() {
                        fit::check_place(feed, &source.path.value)?;
                    }
                    let format = source.format.as_ref().map(crate::manifest::Node::to_json);
                    (Origin::Source(name.clone()), FILES.to_owned(), format)
                }
                None => {
                    let many = declared.is_none_or(|declared| declared.many);
                    let step = self.step(feed, name, many)?;
                    let (output, artifact_type) =
                        self.output(feed, step, port.as_deref(), takes)?;
                    let command = self.drafts[step].command.as_ref();
                    let format = command.and_then(|command| command.formats.get(&output));
                    let format = format.map(crate::manifest::Node::to_json);
                    (Origin::Output { step, port: output }, artifact_type, format)
                }
            },
        };
        if let Some(declared) = declared
            && !takes.contains(&artifact_type)
        {
            let mistake = fit::wrong_type(
                self.kinds,
                self.drafts,
                draft,
                declared,
                feed,
                &origin,
                &artifact_type,
            );
            return Err(Box::new(mistake));
        }
        Ok(Feed {
            cut: self.cut(feed, &artifact_type)?,
            origin,
            artifact_type,
            split: feed.split.clone(),
            format,
            reference: feed.reference.to_string(),
            span: feed.span,
        })
    }

    fn step(&self, feed: &DraftFeed, name: &str, many: bool) -> Result<usize, Box<Diagnostic>> {
        if let Some(&step) = self.names.get(name) {
            return Ok(step);
        }
        let diagnostic =
            |code, message: String| Diagnostic::error(code, message).label(feed.span, "");
        let points = self.manifest.matching(name);
        if points.len() > 1 {
            let first = points.first().copied().unwrap_or(name);
            // What comes with the data needs no name.
            let first = self.manifest.steps.get(first).map_or(first.to_owned(), |step| {
                let mut labels = step.point.clone();
                labels.retain(|axis, _| !step.data_axes.contains(axis));
                point_name(&step.base, &labels)
            });
            let help = match many && !name.contains('@') {
                true => format!("write `{name}@*` for all of them, or one, such as `{first}`"),
                false => format!("name one of them, such as `{first}`"),
            };
            let mistake = diagnostic("E0310", format!("`{name}` has {} points", points.len()));
            return Err(Box::new(mistake.help(help)));
        }
        let known = self
            .names
            .keys()
            .chain(self.manifest.points.keys())
            .chain(self.manifest.sources.keys())
            .map(String::as_str);
        let mistake = diagnostic("E0301", format!("there is no source and no step `{name}`"));
        Err(Box::new(match nearest(name, known) {
            Some(near) => mistake.help(format!("did you mean `{near}`?")),
            None => mistake.help("declare it under [sources] or [steps]"),
        }))
    }

    /// The port that was written, or the only one, or the only one that fits.
    fn output(
        &self,
        feed: &DraftFeed,
        step: usize,
        port: Option<&str>,
        takes: &[String],
    ) -> Result<(String, String), Box<Diagnostic>> {
        let producer = &self.drafts[step];
        let outputs = || {
            producer
                .outputs
                .values()
                .map(|output| (output.name.clone(), output.artifact_type.clone()))
        };
        let list = || outputs().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        if let Some(port) = port {
            return outputs().find(|(name, _)| name == port).ok_or_else(|| {
                let mistake = Diagnostic::error(
                    "E0302",
                    format!("`{}` has no output `{port}`", producer.name),
                )
                .label(feed.span, "")
                .label(producer.span, "declared here");
                Box::new(mistake.help(format!("its outputs are {}", list())))
            });
        }
        let all: Vec<_> = outputs().collect();
        let fitting: Vec<_> = all.iter().filter(|(_, t)| takes.contains(t)).collect();
        match (all.as_slice(), fitting.as_slice()) {
            ([only], _) => Ok(only.clone()),
            (_, [only]) => Ok((*only).clone()),
            _ => Err(Box::new(
                Diagnostic::error("E0303", format!("which output of `{}`?", producer.name))
                    .label(feed.span, "")
                    .help(format!("write `{}.PORT` with one of {}", producer.name, list())),
            )),
        }
    }

    fn cut(&self, feed: &DraftFeed, artifact_type: &str) -> Result<Cut, Box<Diagnostic>> {
        let pattern = self.kinds.artifact_type(artifact_type).and_then(|t| t.splits.clone());
        let asked = match &feed.reference {
            Reference::Output { splits, .. } => splits.clone(),
            Reference::Path(_) | Reference::Code(_) => Vec::new(),
        };
        match pattern {
            None if asked.is_empty() => Ok(Cut::Whole),
            None => Err(Box::new(
                Diagnostic::error("E0312", format!("`{artifact_type}` has no splits"))
                    .label(feed.span, "")
                    .help(format!("remove `/{}`", asked.join("+"))),
            )),
            Some(pattern) if !asked.is_empty() => Ok(Cut::Asked { pattern, splits: asked }),
            Some(pattern) => Ok(match &feed.reads {
                Reads::All => Cut::Whole,
                Reads::Splits(splits) => Cut::Reads { pattern, splits: splits.clone() },
                Reads::Description => Cut::Reads { pattern, splits: Vec::new() },
            }),
        }
    }

    fn requires(&self, draft: &Draft, diagnostics: &mut Vec<Diagnostic>) -> Vec<usize> {
        let mut requires = Vec::new();
        for Spanned { value, span } in &draft.requires {
            match self.names.get(value) {
                Some(&index) => requires.push(index),
                None if self.manifest.steps.contains_key(value) => {}
                None => {
                    let mistake = Diagnostic::error("E0301", format!("there is no step `{value}`"))
                        .label(*span, "");
                    let known = self.names.keys().chain(self.manifest.points.keys());
                    diagnostics.push(match nearest(value, known.map(String::as_str)) {
                        Some(near) => mistake.help(format!("did you mean `{near}`?")),
                        None => mistake.help("`requires` takes names of steps"),
                    });
                }
            }
        }
        requires.sort_unstable();
        requires.dedup();
        requires
    }
}
