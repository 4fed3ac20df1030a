//! [`Worker`]: a worker program that stands in the workspace. Pure.
//!
//! Owns `[workers.NAME]`. The name is for people: in a key stands what the program calls
//! itself, and its bytes. Invariant: declaring one runs nothing. Whether its user trusts it is
//! asked when the workspace is opened.

use std::collections::BTreeMap;

use super::fields::Fields;
use super::member::{Member, within};
use super::{names, paths};
use crate::diag::{Diagnostic, Span, Spanned};

/// A declared worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// The name's place.
    pub span: Span,
    /// The program, relative to the workspace.
    pub path: Spanned<String>,
}

/// Reads the table.
pub(super) fn read(
    fields: &mut Fields<'_>,
    member: &Member,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Worker> {
    let mut workers = BTreeMap::new();
    for (name, span, node) in fields.table("workers", diagnostics) {
        names::check("worker", name, span, diagnostics);
        let mut worker = Fields::of(format!("[workers.{name}]"), node, diagnostics);
        let path = worker.needed_text("path", diagnostics);
        worker.finish(diagnostics);
        let Some(path) = path else { continue };
        let Some(inside) = paths::inside(&path, diagnostics) else { continue };
        let path = Spanned::new(within(&member.folder, &inside), path.span);
        workers.insert(name.to_owned(), Worker { span, path });
    }
    workers
}

/// Adds one to those of the workspace.
pub(super) fn join(
    joined: &mut BTreeMap<String, Worker>,
    name: String,
    worker: Worker,
    diagnostics: &mut Vec<Diagnostic>,
) {
    match joined.get(&name) {
        Some(first) if first.path.value != worker.path.value => diagnostics.push(
            Diagnostic::error("E0217", format!("two workers of the workspace are called `{name}`"))
                .label(first.span, "the first")
                .label(worker.span, "the second")
                .help("rename one of them, or declare it in one manifest: it is known in all"),
        ),
        Some(_) => {}
        None => drop(joined.insert(name, worker)),
    }
}
