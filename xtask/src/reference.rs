//! `cargo xtask reference`: the pages and schemas that the programs themselves know.
//!
//! Owns `docs/reference/kinds.md` and `schemas/manifest.json`. Invariant: they say what the
//! built programs say; [`check`] holds them to it in every `cargo xtask test`.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::stages::Stages;
use crate::{command, libtorch, sql, workspace};

/// The kinds that come with Ingot, in the order in which a pipeline uses them.
const KINDS: [&str; 22] = [
    "validate",
    "anomalies",
    "transform",
    "split",
    "leaks",
    "labels",
    "balance",
    "preprocess",
    "fit",
    "augment",
    "fidelity",
    "pretrain",
    "train",
    "fine-tune",
    "predict",
    "evaluate",
    "select",
    "package",
    "document",
    "fixture",
    "compare",
    "fault",
];

const HEAD: &str = "\
# The built-in kinds

<!-- Written by `cargo xtask reference`; a test holds it to what the programs say. -->

What `ingot kinds KIND` prints of each kind that comes with Ingot. A `many` input takes a
list of references or `step@*`; an input that reads some splits has only those in its key
and its exec root. A param in two words (`augmentation.noise`) is a table in the manifest,
`augmentation = { noise = 0.1 }`. `command` has no params of its own: see
[any program as a step](../guides/commands.md).
";

/// Builds the programs and writes what they say.
pub(crate) fn run(stages: &mut Stages) -> Result<()> {
    let libtorch = libtorch::locate(stages)?;
    stages.run("cargo build --workspace", || {
        command::run(
            workspace::cargo("build", &libtorch)?.arg("--workspace"),
            "see the compiler's message above",
        )
    })?;
    sql::build(stages)?;
    for (path, text) in pages()? {
        fs::write(workspace::root().join(path), text).with_context(|| path.to_owned())?;
        println!("{path} is written");
    }
    Ok(())
}

/// Whether what is committed is what the built programs say.
pub(crate) fn check(stages: &mut Stages) -> Result<()> {
    stages.run("the generated reference", || {
        for (path, text) in pages()? {
            let committed = fs::read_to_string(workspace::root().join(path))
                .with_context(|| path.to_owned())?;
            ensure!(committed == text, "{path} is out of date: run `cargo xtask reference`");
        }
        Ok(())
    })
}

/// The files, by path from the root.
fn pages() -> Result<[(&'static str, String); 2]> {
    let mut kinds = HEAD.to_owned();
    for kind in KINDS {
        let said = ingot(&["kinds", kind])?;
        kinds.push_str(&section(kind, &said));
    }
    Ok([("docs/reference/kinds.md", kinds), ("schemas/manifest.json", ingot(&["schema"])?)])
}

/// A kind's section. Which worker answered, and on which libtorch, differs from
/// machine to machine and is left out.
fn section(kind: &str, said: &str) -> String {
    let (summary, rest) = said.split_once('\n').unwrap_or((said, ""));
    let (_, tables) = rest.split_once("\n\n").unwrap_or(("", rest));
    let summary = summary.split_once(": ").map_or(summary, |(_, summary)| summary);
    format!("\n## {kind}\n\n{summary}\n\n```text\n{}\n```\n", tables.trim_end())
}

/// What the built `ingot` prints, outside of any workspace.
fn ingot(arguments: &[&str]) -> Result<String> {
    let output = Command::new(workspace::program("ingot")?)
        .args(arguments)
        .current_dir(Path::new("/"))
        .env_remove("INGOT_STORE")
        .env_remove("INGOT_WORKERS")
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start `ingot`")?;
    ensure!(output.status.success(), "`ingot {}`: {}", arguments.join(" "), output.status);
    String::from_utf8(output.stdout).context("`ingot` prints what is no UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_has_what_is_the_same_on_every_machine() {
        let said = "split: deal rows\nrevision 3, worker ingot-data\n\ninput\ndata\n\nparam\nx\n";
        let section = section("split", said);
        assert_eq!(section, "\n## split\n\ndeal rows\n\n```text\ninput\ndata\n\nparam\nx\n```\n");
    }
}
