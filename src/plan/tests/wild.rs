//! No text makes the way to a plan panic, and what is wrong has a place in it.

use std::path::Path;

use proptest::prelude::*;

use super::fake;
use crate::diag::render::render;
use crate::manifest::{Overrides, load};
use crate::plan::plan;

/// A manifest with a little of everything.
const RICH: &str = r#"[pipeline]
name = "digits"
edition = 1
seed = 17
default = ["card"]
[params]
epochs = 20
rates = [1e-3, 3e-4]
[sources.scans]
path = "data/*.csv"
exclude = ["data/x.csv"]
format = { type = "csv", nulls = ["?"] }
[tools.python]
program = "python3"
identity = ["uv.lock"]
[steps.split]
kind = "split"
inputs.data = "scans"
[steps.tune]
kind = "train"
inputs.data = "split.data/train"
lr = "{params.epochs}"
threads = 2
resources = { cpu = 2, memory = "2GiB" }
timeout = "30min"
matrix.lr = [1e-3, 3e-4]
matrix.batch = { small = { batch = 1 }, big = { batch = 2 } }
replicates = 3
[steps.scratch]
like = "tune"
inputs.init = false
[steps.eval]
kind = "evaluate"
inputs.model = "tune@*.model"
inputs.data = "split.data"
[[steps.eval.gates]]
metric = "accuracy"
min = 0.95
slice = { class = "3" }
than = "baseline"
inconclusive = "hold"
[steps.sheet]
kind = "command"
run = ["python3", "tools/sheet.py", "{inputs.code}", "{outputs.picture}"]
inputs.code = "./tools"
outputs.picture = "files"
environment.LEVEL = "3"
secrets = ["TOKEN"]
requires = ["eval"]
[steps.card]
kind = "document"
inputs.reports = "eval.report"
[targets]
all = ["card", "sheet"]
[profiles.quick]
params.epochs = 2
gates = "warn"
[exports]
"reports/card.html" = "card.html"
"#;

/// Loads, plans and shows what is wrong; gives whether anything is.
fn survives(bytes: &[u8]) -> bool {
    let loaded = load(Path::new("ingot.toml"), bytes, &Overrides::default());
    let mut found = loaded.diagnostics.clone();
    if let Some(manifest) = &loaded.manifest
        && let Err(diagnostics) = plan(manifest, &fake::kinds(), &[])
    {
        found.extend(diagnostics);
    }
    for diagnostic in &found {
        let shown = render(diagnostic, &loaded.sources, false, 100);
        assert!(shown.contains(diagnostic.code), "{shown}");
        for label in &diagnostic.labels {
            let text = &loaded.sources.files[label.span.file as usize].1;
            assert!(text.get(label.span.start..label.span.end).is_some(), "{diagnostic:?}");
        }
    }
    !found.is_empty()
}

/// One edit of a text, by a fraction of its length.
fn edited(text: &str, at: f64, cut: usize, insert: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    let start = (at * bytes.len() as f64) as usize;
    let end = (start + cut).min(bytes.len());
    bytes.splice(start..end, insert.bytes());
    bytes
}

const PIECES: [&str; 20] = [
    "",
    "\"",
    "[",
    "]",
    "{",
    "}",
    "=",
    "\n",
    "@",
    ".",
    "/",
    "..",
    "{params.",
    "tune@*",
    "-1",
    "9e999",
    "[[",
    "like = \"eval\"\n",
    "\u{1F600}",
    "\u{0}",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn an_edited_manifest_is_planned_or_explained(
        edits in prop::collection::vec((0.0..1.0f64, 0usize..24, 0usize..PIECES.len()), 1..4)
    ) {
        let mut text = RICH.to_owned();
        for (at, cut, piece) in edits {
            let bytes = edited(&text, at, cut, PIECES[piece]);
            survives(&bytes);
            text = String::from_utf8_lossy(&bytes).into_owned();
        }
    }

    #[test]
    fn lines_in_any_order_are_planned_or_explained(
        lines in prop::collection::vec(0usize..RICH.lines().count(), 0..40)
    ) {
        let all: Vec<&str> = RICH.lines().collect();
        let text: Vec<&str> = lines.iter().map(|&line| all[line]).collect();
        survives(text.join("\n").as_bytes());
    }

    #[test]
    fn any_bytes_are_refused_in_words(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(survives(&bytes));
    }
}

#[test]
fn the_rich_manifest_reaches_the_planner() {
    let loaded = load(Path::new("ingot.toml"), RICH.as_bytes(), &Overrides::default());
    assert_eq!(loaded.diagnostics, []);
    let mistakes = plan(&loaded.manifest.unwrap(), &fake::kinds(), &[]).err().unwrap_or_default();
    let shown: Vec<String> =
        mistakes.iter().map(|d| render(d, &loaded.sources, false, 100)).collect();
    assert_eq!(shown.join("\n\n"), "");
}
