//! [`Plugin`]: a Wasm component that brings step kinds. Pure.
//!
//! Owns `[plugins.NAME]`. A plugin's name stands before its kinds (`NAME:KIND`) in every
//! member of a workspace, so a name is one plugin there. Nothing is looked up here: what
//! the component is, and what it wants, is found out when the workspace is opened.

use std::collections::BTreeMap;

use ingot_protocol::PluginLimits;

use super::fields::Fields;
use super::member::{Member, within};
use super::{names, paths, units};
use crate::diag::{Diagnostic, Span, Spanned};

/// A declared plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugin {
    /// The name's place.
    pub span: Span,
    /// Where the component comes from.
    pub origin: Spanned<PluginOrigin>,
    /// What it may import beside what every plugin gets, sorted.
    pub grants: Vec<String>,
    /// What it may take; in no key.
    pub limits: PluginLimits,
}

/// Where a component comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PluginOrigin {
    /// A file, relative to the workspace.
    Path(String),
    /// A file elsewhere, which has this SHA-256.
    Remote {
        /// `https://..` or, for a registry, `oci://HOST/NAME:TAG`.
        address: String,
        /// 64 hexadecimal digits.
        sha256: String,
    },
}

/// What can be granted, and what each is.
const GRANTS: [(&str, &str); 1] = [("seed", "random numbers from the step's seed")];

/// Reads the table.
pub(super) fn read(
    fields: &mut Fields<'_>,
    member: &Member,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Plugin> {
    let mut plugins = BTreeMap::new();
    for (name, span, node) in fields.table("plugins", diagnostics) {
        names::check("plugin", name, span, diagnostics);
        let mut plugin = Fields::of(format!("[plugins.{name}]"), node, diagnostics);
        let origin = origin(&mut plugin, member, diagnostics);
        let grants = grants(&mut plugin, diagnostics);
        let limits = match plugin.any("limits") {
            Some((_, node)) => limits(
                &mut Fields::of(format!("[plugins.{name}.limits]"), node, diagnostics),
                diagnostics,
            ),
            None => PluginLimits::default(),
        };
        plugin.finish(diagnostics);
        if let Some(origin) = origin {
            plugins.insert(name.to_owned(), Plugin { span, origin, grants, limits });
        }
    }
    plugins
}

/// Adds one to those of the workspace.
pub(super) fn join(
    joined: &mut BTreeMap<String, Plugin>,
    name: String,
    plugin: Plugin,
    diagnostics: &mut Vec<Diagnostic>,
) {
    match joined.get(&name) {
        Some(first)
            if first.origin.value != plugin.origin.value || first.grants != plugin.grants =>
        {
            diagnostics.push(
                Diagnostic::error(
                    "E0217",
                    format!("two plugins of the workspace are called `{name}`"),
                )
                .label(first.span, "the first")
                .label(plugin.span, "the second")
                .help("rename one of them, or declare it in one manifest: it is known in all"),
            );
        }
        Some(_) => {}
        None => drop(joined.insert(name, plugin)),
    }
}

fn origin(
    plugin: &mut Fields<'_>,
    member: &Member,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Spanned<PluginOrigin>> {
    let path = plugin.text("path", diagnostics);
    let url = plugin.text("url", diagnostics);
    let oci = plugin.text("oci", diagnostics);
    let sha256 = plugin.text("sha256", diagnostics);
    let mistake = |message: String, span: Span, help: &str| {
        Diagnostic::error("E0204", message).label(span, "").help(help)
    };
    let address = url.or(oci.map(|name| Spanned::new(format!("oci://{}", name.value), name.span)));
    match (path, address) {
        (Some(path), None) => {
            if let Some(sha256) = sha256 {
                diagnostics.push(mistake(
                    "a plugin in the workspace has no `sha256`".to_owned(),
                    sha256.span,
                    "take it away: the lock pins the file",
                ));
            }
            let inside = paths::inside(&path, diagnostics)?;
            Some(Spanned::new(PluginOrigin::Path(within(&member.folder, &inside)), path.span))
        }
        (None, Some(address)) => {
            let is_digest = |text: &str| {
                text.len() == 64
                    && text.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
            };
            match sha256 {
                Some(sha256) if is_digest(&sha256.value) => {
                    let origin =
                        PluginOrigin::Remote { address: address.value, sha256: sha256.value };
                    Some(Spanned::new(origin, address.span))
                }
                Some(sha256) => {
                    diagnostics.push(mistake(
                        format!("`{}` is no SHA-256", sha256.value),
                        sha256.span,
                        "write its 64 lower-case hexadecimal digits: `sha256sum FILE`",
                    ));
                    None
                }
                None => {
                    diagnostics.push(mistake(
                        "a plugin from elsewhere needs its `sha256`".to_owned(),
                        address.span,
                        "add `sha256 = \"..\"`: `sha256sum FILE`",
                    ));
                    None
                }
            }
        }
        (path, address) => {
            let span = path.as_ref().or(address.as_ref()).map_or(plugin.span, |given| given.span);
            diagnostics.push(
                Diagnostic::error("E0203", "a plugin has one of `path`, `url` and `oci`")
                    .label(span, "")
                    .help("write `path = \"plugins/NAME.wasm\"`"),
            );
            None
        }
    }
}

fn grants(plugin: &mut Fields<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<String> {
    let mut grants = Vec::new();
    for grant in plugin.texts("grants", diagnostics) {
        if GRANTS.iter().any(|(name, _)| *name == grant.value) {
            grants.push(grant.value);
            continue;
        }
        let known: Vec<String> =
            GRANTS.iter().map(|(name, what)| format!("`{name}`: {what}")).collect();
        diagnostics.push(
            Diagnostic::error("E0204", format!("there is no grant `{}`", grant.value))
                .label(grant.span, "")
                .help(format!("the grants are {}", known.join(", "))),
        );
    }
    grants.sort();
    grants.dedup();
    grants
}

/// The largest linear memory of a component.
const MOST_MEMORY: u64 = 4 << 30;

fn limits(fields: &mut Fields<'_>, diagnostics: &mut Vec<Diagnostic>) -> PluginLimits {
    let mut limits = PluginLimits::default();
    if let Some(fuel) = fields.integer("fuel", 1, i64::MAX, diagnostics) {
        limits.fuel = fuel.unsigned_abs();
    }
    if let Some((_, node)) = fields.any("memory")
        && let Some(bytes) = units::memory("memory", node, diagnostics)
    {
        limits.memory = bytes.min(MOST_MEMORY);
    }
    if let Some((_, node)) = fields.any("output")
        && let Some(bytes) = units::memory("output", node, diagnostics)
    {
        limits.output = bytes;
    }
    fields.finish(diagnostics);
    limits
}
