//! Whether what a reference names fits where it stands. Pure.

use ingot_protocol::{InputPort, Kind, OWN_NAMES};

use super::{Draft, DraftFeed, Origin};
use crate::diag::Diagnostic;
use crate::diag::suggest::nearest;
use crate::kinds::{FILES, Kinds};
use crate::manifest::Reference;

/// An artifact on a port that takes others, with both places.
pub(super) fn wrong_type(
    kinds: &Kinds,
    drafts: &[Draft],
    draft: &Draft,
    port: &InputPort,
    feed: &DraftFeed,
    origin: &Origin,
    artifact_type: &str,
) -> Diagnostic {
    let takes = &port.types;
    let diagnostic = Diagnostic::error(
        "E0305",
        format!(
            "the port `{}` of `{}` takes {}, not {artifact_type}",
            port.name,
            draft.provided.kind.name,
            takes.join(" or ")
        ),
    )
    .label(feed.span, format!("this is {artifact_type}"));
    match origin {
        Origin::Output { step, .. } => {
            let producer = &drafts[*step];
            let fitting = producer
                .outputs
                .values()
                .find(|output| takes.contains(&output.artifact_type))
                .map(|output| format!("did you mean `{}.{}`?", producer.name, output.name));
            diagnostic.label(producer.span, "made here").help(
                fitting.unwrap_or_else(|| format!("name an output of type {}", takes.join(" or "))),
            )
        }
        Origin::Source(_) | Origin::Path(_) => {
            let reads =
                |kind: &Kind| kind.inputs.iter().any(|port| port.types.contains(&FILES.into()));
            let makes =
                |kind: &Kind| kind.outputs.iter().any(|port| takes.contains(&port.artifact_type));
            let between = kinds.iter().map(|provided| &provided.kind);
            match between.into_iter().find(|kind| reads(kind) && makes(kind)) {
                Some(kind) => diagnostic.help(format!("put a `{}` step in between", kind.name)),
                None => diagnostic.help(format!("name an output of type {}", takes.join(" or "))),
            }
        }
    }
}

/// Tells of declared outputs of a type that nobody knows.
pub(super) fn check_outputs(kinds: &Kinds, draft: &Draft, diagnostics: &mut Vec<Diagnostic>) {
    let Some(command) = &draft.command else { return };
    for artifact_type in command.outputs.values() {
        if kinds.artifact_type(&artifact_type.value).is_none() {
            let names = || kinds.artifact_types().map(|known| known.name.as_str());
            let mistake = Diagnostic::error(
                "E0311",
                format!("there is no artifact type `{}`", artifact_type.value),
            )
            .label(artifact_type.span, "");
            diagnostics.push(match nearest(&artifact_type.value, names()) {
                Some(name) => mistake.help(format!("did you mean `{name}`?")),
                None => mistake
                    .help(format!("the types are {}", names().collect::<Vec<_>>().join(", "))),
            });
        }
    }
}

/// A command finds a workspace path at that path, unless the step has its own things there.
pub(super) fn check_place(feed: &DraftFeed, path: &str) -> Result<(), Box<Diagnostic>> {
    let top = path.split('/').next().unwrap_or_default();
    if !OWN_NAMES.contains(&top) {
        return Ok(());
    }
    Err(Box::new(
        Diagnostic::error("E0315", format!("a command cannot have `{path}` at its place"))
            .label(feed.span, format!("`{top}` is a step's own"))
            .help(format!(
                "rename `{top}` in the workspace: a step has its own {}",
                OWN_NAMES.map(|name| format!("`{name}`")).join(", ")
            )),
    ))
}

/// A source is one artifact, and has neither outputs nor points.
pub(super) fn check_source(feed: &DraftFeed, name: &str) -> Result<(), Box<Diagnostic>> {
    match &feed.reference {
        Reference::Output { every_point: false, port: None, .. } | Reference::Path(_) => Ok(()),
        Reference::Output { .. } => Err(Box::new(
            Diagnostic::error("E0302", format!("`{name}` is a source: it has no outputs"))
                .label(feed.span, "")
                .help(format!("write `{name}`")),
        )),
    }
}
