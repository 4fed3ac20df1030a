//! Whether what a reference names fits where it stands. Pure.

use ingot_protocol::{InputPort, Kind, OWN_NAMES};

use super::{Cut, Draft, DraftFeed, Feed, Origin, Step};
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
        Origin::Source(_) | Origin::Path(_) | Origin::Code(_) => {
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
        Reference::Output { every_point: false, port: None, .. }
        | Reference::Path(_)
        | Reference::Code(_) => Ok(()),
        Reference::Output { .. } => Err(Box::new(
            Diagnostic::error("E0302", format!("`{name}` is a source: it has no outputs"))
                .label(feed.span, "")
                .help(format!("write `{name}`")),
        )),
    }
}

/// Tells of artifacts that come from a split which their port refuses, be it by way of
/// other steps. A feed that is cut to other splits ends the way: nothing behind it is
/// seen. What a step reads whole may hold any split, and is not told.
pub(super) fn check_refused(steps: &[Step], diagnostics: &mut Vec<Diagnostic>) {
    for step in steps {
        for port in step.kind.inputs.iter().filter(|port| !port.refuses.is_empty()) {
            let feeds = step.inputs.get(&port.name).into_iter().flatten().flatten();
            for feed in feeds {
                if let Some((reader, read, split)) = refused(steps, step, feed, &port.refuses) {
                    diagnostics.push(comes_from(step, port, feed, reader, read, split));
                    // One is enough: the others of a port come the same way.
                    break;
                }
            }
        }
    }
}

/// The first step on the way to a feed that reads one of these splits.
fn refused<'a>(
    steps: &'a [Step],
    step: &'a Step,
    feed: &'a Feed,
    splits: &'a [String],
) -> Option<(&'a Step, &'a Feed, &'a str)> {
    let mut seen = vec![false; steps.len()];
    let mut stack = vec![(step, feed)];
    while let Some((reader, feed)) = stack.pop() {
        if let Cut::Reads { splits: read, .. } | Cut::Asked { splits: read, .. } = &feed.cut {
            if let Some(split) = splits.iter().find(|split| read.contains(split)) {
                return Some((reader, feed, split));
            }
            continue;
        }
        if let Origin::Output { step: producer, .. } = &feed.origin
            && !std::mem::replace(&mut seen[*producer], true)
        {
            let producer = &steps[*producer];
            stack.extend(producer.feeds().map(|(_, feed)| (producer, feed)));
        }
    }
    None
}

fn comes_from(
    step: &Step,
    port: &InputPort,
    feed: &Feed,
    reader: &Step,
    read: &Feed,
    split: &str,
) -> Diagnostic {
    let whole = match &read.cut {
        Cut::Asked { splits, .. } => {
            let asked = format!("/{}", splits.join("+"));
            read.reference.strip_suffix(&asked).unwrap_or(&read.reference)
        }
        _ => &read.reference,
    };
    let mistake = Diagnostic::error(
        "E0316",
        format!("`{}` must not come to see `{split}` on its port `{}`", step.name, port.name),
    )
    .label(read.span, format!("`{}` reads `{split}` here", reader.name));
    // What an implied step gives is referred to nowhere.
    let told = feed.span == read.span || feed.span == step.span;
    let mistake = if told { mistake } else { mistake.label(feed.span, "which comes in here") };
    mistake.help(format!(
        "read another split, such as `{whole}/valid`; `{split}` is for judging what comes out"
    ))
}
