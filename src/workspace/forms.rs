//! Files that a kind reads in a form that the core knows, checked while planning.
//!
//! A param whose schema says `"x-ingot-form": "contract"` names a contract
//! ([`ingot_protocol::contract`]); one that is none, or that contradicts itself, ends the
//! command before anything runs, at its place in the file. A form that is not known here
//! is the worker's business. Each file is read once, whatever number of steps name it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ingot_protocol::contract::{Contract, FORM, Mistake};

use super::Stop;
use super::Workspace;
use crate::diag::{Diagnostic, Sources, Span};
use crate::kinds::schema;
use crate::plan::{Plan, Step};
use crate::sys::bounded::{self, Bound};

/// Most bytes of a file that has a form.
const MOST: u64 = 64 << 20;

/// Checks every file that the plan reads in a form.
pub fn check(workspace: &Workspace, plan: &Plan) -> Result<(), Stop> {
    let mut named: BTreeMap<String, Vec<(Span, &Step)>> = BTreeMap::new();
    for step in &plan.steps {
        let params = &step.kind.params;
        for (param, path) in &step.params.paths {
            if schema::form(params, schema::property(params, params, param)) == Some(FORM) {
                let path_in_workspace = path.value.strip_prefix("./").unwrap_or(&path.value);
                let file = step.home.path(path_in_workspace);
                named.entry(file).or_default().push((path.span, step));
            }
        }
    }
    let mut diagnostics = Vec::new();
    let mut sources = Sources::default();
    for (path, steps) in named {
        // What cannot be read was told when it was digested.
        let bound = Bound::within(&workspace.root, MOST);
        let Ok(bytes) = bounded::read(&workspace.root.join(&path), bound) else { continue };
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let mistakes = match Contract::parse(&text) {
            Err(mistake) => steps.first().map(|(span, _)| (mistake, *span)).into_iter().collect(),
            Ok(contract) => no_table(&contract, &steps),
        };
        if mistakes.is_empty() {
            continue;
        }
        if sources.files.is_empty() {
            sources.files.clone_from(&workspace.sources.files);
        }
        let file = u32::try_from(sources.files.len()).unwrap_or(u32::MAX);
        sources.files.push((PathBuf::from(path), text));
        for (mistake, span) in mistakes {
            let place = Span { file, start: mistake.place.start, end: mistake.place.end };
            let code = if mistake.contradiction { "E0224" } else { "E0223" };
            diagnostics.push(
                Diagnostic::error(code, mistake.what)
                    .label(place, "")
                    .label(span, "the contract of this step")
                    .help(mistake.help),
            );
        }
    }
    if diagnostics.is_empty() { Ok(()) } else { Err(Stop { diagnostics, sources }) }
}

/// Tables that a contract names and a step with this contract does not have.
fn no_table(contract: &Contract, steps: &[(Span, &Step)]) -> Vec<(Mistake, Span)> {
    let mut mistakes = Vec::new();
    for (port, place) in contract.ports() {
        let without = steps.iter().find(|(_, step)| !step.inputs.contains_key(port));
        if let Some((span, step)) = without {
            let mistake = Mistake {
                place,
                what: format!("`{}` has no input `{port}`, which its contract names", step.name),
                help: "add the table to the step, such as inputs.customers = \"customers\", or \
                       correct the name",
                contradiction: true,
            };
            mistakes.push((mistake, *span));
        }
    }
    mistakes
}
