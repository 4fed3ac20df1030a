//! [`Member`]: one manifest of a workspace, and what its things are called there. Pure.
//!
//! In a workspace everything that a member declares is called `member:name`, wherever a
//! command runs, and its paths stay relative to the member's folder. So a plan says the
//! same from the root and from a member, and no key depends on where it is built from.

use super::fields::Fields;
use super::{names, paths, text};
use crate::diag::{Diagnostic, Span, Spanned};

/// One manifest of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Member {
    /// What references call it: the last part of its folder; empty for the root.
    pub name: String,
    /// Its folder, relative to the root; empty for the root.
    pub folder: String,
}

/// Where a step is declared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Home {
    /// The name of its pipeline.
    pub pipeline: String,
    /// The folder of its manifest, relative to the workspace; empty for the root.
    pub folder: String,
}

impl Home {
    /// A path of the manifest as one of the workspace.
    pub fn path(&self, path: &str) -> String {
        within(&self.folder, path)
    }
}

/// A path that is relative to a folder of the workspace, as one of the workspace.
pub fn within(folder: &str, path: &str) -> String {
    match (folder, path) {
        ("", path) => path.to_owned(),
        (folder, ".") => folder.to_owned(),
        (folder, path) => format!("{folder}/{path}"),
    }
}

/// What a member's name is called in the workspace.
pub fn qualify(member: &str, name: &str) -> String {
    match member.is_empty() || name.contains(':') {
        true => name.to_owned(),
        false => format!("{member}:{name}"),
    }
}

/// The member that a name belongs to; empty for the root's.
pub fn member_of(name: &str) -> &str {
    name.split_once(':').map_or("", |(member, _)| member)
}

/// A name as its own member's manifest has it.
pub fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

/// Whether a folder can be called so as a member.
pub fn is_member_name(name: &str) -> bool {
    names::is_name(name)
}

/// What `[workspace] members` says in a manifest, if it has that table and can be read.
pub fn patterns(bytes: &[u8]) -> Option<Vec<Spanned<String>>> {
    // Most manifests have none, and every command asks.
    if !bytes.windows(9).any(|word| word == b"workspace") {
        return None;
    }
    let mut unheard = Vec::new();
    let (_, root) = text::parse("the manifest", 0, bytes, Some(&[]), &mut unheard);
    let root = root?;
    let mut fields = Fields::of("the manifest", &root, &mut unheard);
    fields.any("workspace")?;
    Some(read(&mut fields, &mut unheard))
}

/// Reads `[workspace]` of a root: folders, in which `*` and `?` stand for parts of a name.
pub(super) fn read(
    fields: &mut Fields<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Spanned<String>> {
    let Some((span, node)) = fields.any("workspace") else { return Vec::new() };
    let mut workspace = Fields::of("[workspace]", node, diagnostics);
    let said = workspace.any("members").is_some();
    let members = workspace.texts("members", diagnostics);
    workspace.finish(diagnostics);
    if members.is_empty() {
        let place = workspace.any("members").map_or(span, |(_, node)| node.span);
        let message = if said { "a workspace has members" } else { "[workspace] needs `members`" };
        diagnostics.push(
            Diagnostic::error("E0218", message)
                .label(place, "")
                .help("name their folders: members = [\"logs\", \"vision/*\"]"),
        );
    }
    members.into_iter().filter_map(|member| pattern(&member, diagnostics)).collect()
}

fn pattern(
    written: &Spanned<String>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Spanned<String>> {
    let inside = paths::inside(written, diagnostics)?;
    let fits = |part: &str| names::is_name(&part.replace(['*', '?'], "x"));
    if inside.split('/').all(fits) {
        return Some(Spanned::new(inside, written.span));
    }
    diagnostics.push(
        Diagnostic::error("E0218", format!("`{}` names no folder of a member", written.value))
            .label(written.span, "")
            .help(
                "folders of members have names of letters, digits, `_` and `-`; `*` stands for any",
            ),
    );
    None
}

/// Tells of a member that would be a workspace itself.
pub(super) fn refuse_nested(span: Span, diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.push(
        Diagnostic::error("E0218", "a member cannot be a workspace itself")
            .label(span, "")
            .help("list its members in the workspace above"),
    );
}
