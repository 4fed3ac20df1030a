//! Files that a kind reads in a form that the core knows, checked while planning.
//!
//! A param whose schema says `"x-ingot-form": "contract"` names a contract
//! ([`ingot_protocol::contract`]); one that is none, or that contradicts itself, ends the
//! command before anything runs, at its place in the file. A form that is not known here
//! is the worker's business. Each file is read once, whatever number of steps name it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ingot_protocol::contract::{Contract, FORM};

use super::Stop;
use super::Workspace;
use crate::diag::{Diagnostic, Sources, Span};
use crate::kinds::schema;
use crate::plan::Plan;
use crate::sys::bounded::{self, Bound};

/// Most bytes of a file that has a form.
const MOST: u64 = 64 << 20;

/// Checks every file that the plan reads in a form.
pub fn check(workspace: &Workspace, plan: &Plan) -> Result<(), Stop> {
    let mut named: BTreeMap<String, Span> = BTreeMap::new();
    for step in &plan.steps {
        let params = &step.kind.params;
        for (param, path) in &step.params.paths {
            if schema::form(params, schema::property(params, params, param)) == Some(FORM) {
                let path_in_workspace = path.value.strip_prefix("./").unwrap_or(&path.value);
                named.entry(step.home.path(path_in_workspace)).or_insert(path.span);
            }
        }
    }
    let mut diagnostics = Vec::new();
    let mut sources = Sources::default();
    for (path, span) in named {
        // What cannot be read was told when it was digested.
        let bound = Bound::within(&workspace.root, MOST);
        let Ok(bytes) = bounded::read(&workspace.root.join(&path), bound) else { continue };
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let Err(mistake) = Contract::parse(&text) else { continue };
        if sources.files.is_empty() {
            sources.files.clone_from(&workspace.sources.files);
        }
        let file = u32::try_from(sources.files.len()).unwrap_or(u32::MAX);
        let place = Span { file, start: mistake.place.start, end: mistake.place.end };
        sources.files.push((PathBuf::from(path), text));
        let code = if mistake.contradiction { "E0224" } else { "E0223" };
        diagnostics.push(
            Diagnostic::error(code, mistake.what)
                .label(place, "")
                .label(span, "the contract of this step")
                .help(mistake.help),
        );
    }
    if diagnostics.is_empty() { Ok(()) } else { Err(Stop { diagnostics, sources }) }
}
