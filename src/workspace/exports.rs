//! `[exports]`: copies of outputs in the workspace, written when a build ends.
//!
//! Invariant: a copy is written where nothing stands, or over what a build wrote, what the
//! lock has for the output, or what it is; never through a link and never out of the
//! workspace. One that is refused is told when the rest is done. A build that `--set` or
//! `--profile` alters writes those alone that `--export` names, since the lock knows nothing
//! of it.

use std::path::{Path, PathBuf};

use super::{Selection, Stop, Workspace};
use crate::diag::Diagnostic;
use crate::diag::suggest::nearest;
use crate::engine::drive::Driven;
use crate::engine::event::BuildEvent;
use crate::manifest::member::{local, within};
use crate::model::artifact::Content;
use crate::plan::{Export, Plan};
use crate::store::StoreError;
use crate::store::export::{Copied, Over};
use crate::sys::{fs, place};

/// The exports that a build writes.
pub fn chosen<'a>(
    workspace: &Workspace,
    plan: &'a Plan,
    named: &[String],
) -> Result<Vec<&'a Export>, Stop> {
    let mut chosen = Vec::new();
    for name in named {
        let path = name.strip_prefix("./").unwrap_or(name);
        let own = within(workspace.manifest.current_folder(), path);
        let is_it = |export: &&Export| export.path == own || export.path == path;
        chosen.push(plan.exports.iter().find(is_it).ok_or_else(|| {
            let is_declared = |path| workspace.manifest.exports.contains_key(path);
            let mistake =
                Diagnostic::error("E1027", format!("there is no export `{name}` in this build"));
            let known = plan.exports.iter().map(|export| export.path.as_str());
            let help = match nearest(path, known) {
                _ if is_declared(own.as_str()) || is_declared(path) => {
                    "name its step as a target, too".to_owned()
                }
                Some(near) => format!("did you mean `{near}`?"),
                None => "name a path of [exports]".to_owned(),
            };
            workspace.stop(vec![mistake.help(help)])
        })?);
    }
    Ok(if workspace.altered { chosen } else { plan.exports.iter().collect() })
}

/// Writes exports, and gives what is wrong with those that could not be.
pub fn write(
    workspace: &Workspace,
    plan: &Plan,
    exports: &[&Export],
    driven: &Driven,
    emit: &mut dyn FnMut(BuildEvent),
) -> Vec<Diagnostic> {
    let mut refused = Vec::new();
    for export in exports {
        let Some(known) = driven.results.get(export.step) else { continue };
        let Some(artifact) = known.result.outputs.get(&export.port) else { continue };
        let step = &plan.steps[export.step].name;
        let placed = place_of(&workspace.root, "export", &export.path, workspace.store.root())
            .map_err(|told| Box::new(told.label(export.span, "")))
            .and_then(|place| copy(workspace, artifact.content, &place, export, step));
        match placed {
            Ok(changed) => {
                emit(BuildEvent::Exported { path: export.path.clone(), changed });
                let folder = workspace.root.join(&export.path);
                let folder = folder.parent().filter(|_| changed).map(Path::to_owned);
                for left in folder.iter().flat_map(|folder| place::leftovers(folder)) {
                    emit(BuildEvent::Note { step: None, message: left_over(&left) });
                }
            }
            Err(told) => refused.push(*told),
        }
    }
    refused
}

/// What is said of something that a command which was killed left.
pub fn left_over(path: &Path) -> String {
    let path = path.display();
    format!("{path} is left of a copy that was killed: look at it, and remove it")
}

/// Where a build's results are that were not copied to where they are else; nothing where
/// all were.
pub fn elsewhere(selection: &Selection, plan: &Plan, exports: &[&Export]) -> Option<BuildEvent> {
    let left = plan.exports.iter().find(|export| !exports.contains(export));
    let target = || {
        let step = plan.steps.get(*plan.targets.last()?)?;
        Some((step.name.clone(), step.outputs.keys().next()?.clone()))
    };
    let named = left.map(|export| (plan.steps[export.step].name.clone(), export.port.clone()));
    let (step, port) = named.or_else(target)?;
    let words = words(selection);
    let export = match left {
        Some(export) => format!("; `--export {}` writes an export", quoted(&export.path)),
        None => String::new(),
    };
    let message = format!(
        "an altered build leaves exports, .ingot/out and the lock as they are: \
         `ingot get {}{words}` shows what it made{export}",
        quoted(&format!("{step}.{port}"))
    );
    Some(BuildEvent::Note { step: None, message })
}

/// The options of a selection as they are typed.
fn words(selection: &Selection) -> String {
    let set = selection.set.iter();
    let set = set.map(|(name, value)| format!(" --set {}", quoted(&format!("{name}={value}"))));
    let profile = selection.profile.iter().map(|name| format!(" --profile {}", quoted(name)));
    set.chain(profile).collect()
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_=.,:@/+-".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// The path of an export, or of another file that is written, where no link leads to it and
/// it is none of the store's.
pub fn place_of(
    root: &Path,
    what: &str,
    path: &str,
    store: &Path,
) -> Result<PathBuf, Box<Diagnostic>> {
    let mut place = root.to_owned();
    for part in path.split('/') {
        place.push(part);
        if fs::metadata(&place).is_ok_and(|found| found.is_symlink()) {
            let link = place.strip_prefix(root).unwrap_or(&place).display();
            let message = format!("the {what} `{path}` would be written through the link `{link}`");
            let help = "remove the link, or name another path";
            return Err(Box::new(Diagnostic::error("E0526", message).help(help)));
        }
    }
    let real = fs::canonical(root).map(|root| root.join(path)).unwrap_or_else(|_| place.clone());
    if real.starts_with(store) || store.starts_with(&real) {
        let message = format!("the {what} `{path}` would write over the store");
        return Err(Box::new(Diagnostic::error("E0525", message).help("name another path")));
    }
    Ok(place)
}

/// Copies one output; gives whether anything changed.
fn copy(
    workspace: &Workspace,
    content: Content,
    place: &Path,
    export: &Export,
    step: &str,
) -> Result<bool, Box<Diagnostic>> {
    let failed = |error: StoreError| {
        let mistake = Diagnostic::error(error.code(), error.to_string()).caused_by(&error);
        Box::new(mistake.label(export.span, "").help(error.help()))
    };
    let put = |over| workspace.store.copy_out(content, place, over).map_err(failed);
    let mut copied = put(Over::Known(None))?;
    if copied == Copied::Refused {
        let record = workspace.lock.record(step).ok().flatten();
        let known = record.and_then(|record| Some(record.outputs.get(&export.port)?.content));
        copied = put(Over::Known(known))?;
    }
    if copied != Copied::Refused {
        return Ok(copied == Copied::New);
    }
    let message = format!("`{}` is there, and no build wrote it as it is", export.path);
    let output = quoted(&format!("{}.{}", local(step), export.port));
    let help = format!(
        "move it away and build again; or replace it: `ingot get {output} --copy {} --force`",
        quoted(&export.path)
    );
    Err(Box::new(Diagnostic::error("E0525", message).label(export.span, "").help(help)))
}
