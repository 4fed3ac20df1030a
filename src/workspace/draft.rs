//! A file of a form, drafted from data by the worker that knows the form, or data held
//! against one.
//!
//! The data are a source of the manifest, or a file of the workspace. The worker runs in the
//! sandbox as for an artifact that it inspects, and sees a view of the data alone.

use std::path::{Path, PathBuf};

use ingot_protocol::draft::{Draft, Question};
use ingot_protocol::hold::{Held, Holding};

use super::{Stop, Workspace};
use crate::diag::Diagnostic;
use crate::diag::suggest::nearest;
use crate::engine::inputs;
use crate::model::artifact::Content;
use crate::runner::RunError;
use crate::sys::fs;

/// Drafts a file of a form, of one column where it is of one. The data are named as on the
/// command line, in this folder.
pub fn draft(
    workspace: &Workspace,
    (form, column): (&str, Option<&str>),
    (data, directory): (&str, &Path),
) -> Result<Draft, Stop> {
    let program = of_form(workspace, form)?;
    let (question, view) = asked(workspace, (data, directory))?;
    let question = Question { column: column.map(str::to_owned), ..question };
    let drafted = workspace.inspecting(program, |worker| worker.draft(form, &question, &view));
    drafted.map_err(|error| refused(workspace, &error, (data, "gives no draft")))
}

/// Holds data, named as for [`draft`], against the text of a file of a form.
pub fn hold(
    workspace: &Workspace,
    (form, text): (&str, String),
    (data, directory): (&str, &Path),
) -> Result<Held, Stop> {
    let program = of_form(workspace, form)?;
    let (question, view) = asked(workspace, (data, directory))?;
    let holding = Holding { data: question, text };
    let held = workspace.inspecting(program, |worker| worker.hold(form, &holding, &view));
    held.map_err(|error| refused(workspace, &error, (data, "cannot be checked")))
}

fn of_form<'a>(workspace: &'a Workspace, form: &str) -> Result<&'a Path, Stop> {
    workspace.kinds.of_form(form).ok_or_else(|| {
        let message = format!("no worker on this machine knows the form `{form}`");
        workspace.stop(vec![
            Diagnostic::error("E0601", message).help("install `ingot` again, with its workers"),
        ])
    })
}

/// What is asked of data, and a view of them.
fn asked(
    workspace: &Workspace,
    (data, directory): (&str, &Path),
) -> Result<(Question, PathBuf), Stop> {
    let name = workspace.manifest.full_name(data);
    let (content, format) = match workspace.manifest.sources.get(&name) {
        Some(source) => {
            let found = inputs::of_source(&workspace.places, source, &workspace.store);
            let content = found.map_err(|mistake| workspace.stop(vec![mistake]))?;
            (content, source.format.as_ref().map(|format| format.to_json()))
        }
        None => (file(workspace, data, &directory.join(data))?, None),
    };
    let view = workspace.store.view(content).map_err(|error| workspace.store_stop(&error))?;
    Ok((Question { name: data.to_owned(), format, column: None }, view))
}

fn refused(workspace: &Workspace, error: &RunError, (data, what): (&str, &str)) -> Stop {
    let told = Diagnostic::error("E1036", format!("`{data}` {what}"));
    let told = Diagnostic { causes: vec![format!("{}: {error}", error.code())], ..told };
    let name = workspace.manifest.full_name(data);
    let help = error.help(&name).unwrap_or_else(|| "correct the data, or name others".into());
    workspace.stop(vec![told.help(help)])
}

/// The content of a file or a folder of the workspace.
fn file(workspace: &Workspace, data: &str, path: &Path) -> Result<Content, Stop> {
    let below = fs::canonical(path).ok().zip(fs::canonical(&workspace.root).ok());
    let below = below.and_then(|(path, root)| Some(path.strip_prefix(root).ok()?.to_owned()));
    let Some(below) = below.as_deref().and_then(Path::to_str) else {
        let sources = workspace.manifest.sources.keys().map(String::as_str);
        let message = format!("`{data}` is no source, and no file of the workspace");
        let told = Diagnostic::error("E1035", message);
        let help = match nearest(data, sources) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "name a source of the manifest, or a file below its folder".to_owned(),
        };
        return Err(workspace.stop(vec![told.help(help)]));
    };
    let content = workspace.store.ingest_source(&workspace.root, below, &[]);
    content.map_err(|error| workspace.store_stop(&error))
}
