//! [`Tool`]: `[tools.NAME]`, a program that commands start. Pure.
//!
//! Owns which tools a command starts: the one that its first word names, and where that is
//! a shell, those that its script names. Invariant: where a program is on one machine is
//! no part of what a tool is.

use std::collections::BTreeMap;

use super::fields::Fields;
use super::member::{Member, local};
use super::{names, paths};
use crate::diag::{Diagnostic, Span, Spanned};

/// What a program that commands start is.
#[derive(Debug, Clone, PartialEq)]
pub struct Tool {
    /// The name's place.
    pub span: Span,
    /// The folder of its manifest, relative to the workspace; empty for the root.
    pub folder: String,
    /// The program: a name, or a path relative to the manifest's folder.
    pub program: Spanned<String>,
    /// Workspace files whose content is the tool's identity.
    pub identity: Vec<Spanned<String>>,
    /// Further folders it may read.
    pub reads: Vec<Spanned<String>>,
    /// The program on this machine, where its config says another one.
    pub here: Option<String>,
}

impl Tool {
    /// What a key calls the program of the tool with this name: as it is declared, and no
    /// path of one machine.
    pub fn in_key<'a>(&'a self, name: &'a str) -> &'a str {
        match self.program.value.starts_with('/') {
            true => name,
            false => &self.program.value,
        }
    }

    /// The program as this machine has it.
    pub fn program(&self) -> &str {
        self.here.as_deref().unwrap_or(&self.program.value)
    }
}

/// Reads `[tools]`.
pub(super) fn read(
    fields: &mut Fields<'_>,
    member: &Member,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Tool> {
    let mut tools = BTreeMap::new();
    for (name, span, node) in fields.table("tools", diagnostics) {
        names::check("tool", name, span, diagnostics);
        let mut tool = Fields::of(format!("[tools.{name}]"), node, diagnostics);
        let program = tool.needed_text("program", diagnostics);
        let identity = tool.texts("identity", diagnostics);
        let reads = tool.texts("reads", diagnostics);
        tool.finish(diagnostics);
        let identity = identity
            .into_iter()
            .filter_map(|path| Some(Spanned::new(paths::inside(&path, diagnostics)?, path.span)))
            .collect();
        let Some(program) = program else { continue };
        let folder = member.folder.clone();
        tools.insert(name.to_owned(), Tool { span, folder, program, identity, reads, here: None });
    }
    tools
}

/// The tools of a manifest's folder that a word names: by their name, else by their program.
pub fn named<'a>(
    tools: &'a BTreeMap<String, Tool>,
    folder: &str,
    word: &str,
) -> Vec<(&'a str, &'a Tool)> {
    let of_folder = || {
        let of = tools.iter().filter(|(_, tool)| tool.folder == folder);
        of.map(|(name, tool)| (local(name), tool))
    };
    let by_name: Vec<_> = of_folder().filter(|(name, _)| *name == word).collect();
    match by_name.is_empty() {
        false => by_name,
        true => of_folder().filter(|(_, tool)| tool.program.value == word).collect(),
    }
}

/// Programs whose arguments are programs.
const SHELLS: [&str; 6] = ["ash", "bash", "dash", "ksh", "sh", "zsh"];

/// The tools that a command of a manifest's folder starts, sorted by name.
pub fn started<'a>(
    tools: &'a BTreeMap<String, Tool>,
    folder: &str,
    run: &[Spanned<String>],
) -> BTreeMap<&'a str, &'a Tool> {
    let Some((first, rest)) = run.split_first() else { return BTreeMap::new() };
    let mut found: BTreeMap<&str, &Tool> = named(tools, folder, &first.value).into_iter().collect();
    let name = first.value.rsplit('/').next().unwrap_or_default();
    if SHELLS.contains(&name) && !tools.is_empty() {
        let words = rest.iter().flat_map(|text| {
            text.value.split(|c: char| c.is_whitespace() || ";&|()<>$`'\"{}=".contains(c))
        });
        found.extend(words.flat_map(|word| named(tools, folder, word)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(program: &str) -> Tool {
        let program = Spanned::new(program.to_owned(), Span::default());
        let (identity, reads) = (Vec::new(), Vec::new());
        Tool { span: Span::default(), folder: String::new(), program, identity, reads, here: None }
    }

    #[test]
    fn a_command_starts_what_its_first_word_and_a_shells_script_name() {
        let tools = BTreeMap::from([
            ("fit".to_owned(), tool("/opt/fit/bin/fit")),
            ("python".to_owned(), tool(".venv/bin/python")),
            ("r".to_owned(), tool("Rscript")),
        ]);
        let started = |run: &[&str]| {
            let run: Vec<_> =
                run.iter().map(|word| Spanned::new((*word).to_owned(), Span::default())).collect();
            started(&tools, "", &run).into_keys().collect::<Vec<_>>().join(" ")
        };
        for (run, expected) in [
            (&["python", "tools/x.py", "fit"][..], "python"),
            (&[".venv/bin/python", "x.py"], "python"),
            (&["Rscript", "x.R"], "r"),
            (&["python3", "x.py"], ""),
            (&["sh", "-c", "python x.py | fit > y"], "fit python"),
            (&["/bin/bash", "-c", "x=$(fit); (Rscript a.R)"], "fit r"),
            (&["sh", "-c", "pythonic fit.sh"], ""),
        ] {
            assert_eq!(started(run), expected, "{run:?}");
        }
        assert_eq!(tools["fit"].in_key("fit"), "fit");
        assert_eq!(tools["python"].in_key("python"), ".venv/bin/python");
    }
}
