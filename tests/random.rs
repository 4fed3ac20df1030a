//! Over random graphs and what people do to them: an incremental build gives what a
//! clean one gives, a second build runs nothing, and `plan` says what `build` does, step
//! by step and reason by reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::Value;

use crate::jobs;
use crate::support::{Built, Project};

/// What a step does. A number names an earlier step, or the source where there is none
/// of the kind that is asked for.
#[derive(Debug, Clone)]
enum Kind {
    Write(u8),
    First(usize),
    Join(Vec<usize>, Option<u8>),
    /// Its verdict fails where the text has a bad line.
    Deal(usize),
    Learn(usize, Option<u8>),
    /// Runs on failed verdicts too, and reads the results of all its ancestors.
    Tell(usize),
}

#[derive(Debug, Clone)]
struct Step {
    kind: Kind,
    /// Its name is `n2` or `m2`.
    renamed: bool,
    /// A gate: at least so many lines to train on, of a step that deals.
    gate: Option<u8>,
    /// An earlier step whose verdict must be a pass.
    requires: Option<usize>,
}

/// A manifest: steps, the order in which they stand in it, and what is asked for.
#[derive(Debug, Clone)]
struct Pipeline {
    steps: Vec<Step>,
    backwards: bool,
    /// The last step alone is a target; else every step is.
    last: bool,
}

/// What may happen between two builds.
#[derive(Debug, Clone)]
enum Edit {
    Source(u8),
    Change(usize, Kind),
    /// A param that was written goes, or one that was not comes.
    Param(usize),
    Rename(usize),
    Gate(usize, Option<u8>),
    Requires(usize, Option<usize>),
    Reorder,
    Targets,
    /// Blobs of the store are gone: the n-th, and perhaps others.
    Lose(usize, bool),
    Touch,
}

fn kind() -> impl Strategy<Value = Kind> {
    let by = || prop::option::of(0u8..2);
    prop_oneof![
        2 => (0u8..2).prop_map(Kind::Write),
        2 => (0usize..8).prop_map(Kind::First),
        3 => (prop::collection::vec(0usize..8, 1..3), by()).prop_map(|(of, by)| Kind::Join(of, by)),
        2 => (0usize..8).prop_map(Kind::Deal),
        2 => (0usize..8, by()).prop_map(|(of, by)| Kind::Learn(of, by)),
        1 => (0usize..8).prop_map(Kind::Tell),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    (kind(), prop::option::weighted(0.2, 0u8..4), prop::option::weighted(0.2, 0usize..8))
        .prop_map(|(kind, gate, requires)| Step { kind, renamed: false, gate, requires })
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        3 => (0u8..5).prop_map(Edit::Source),
        3 => (0usize..8, kind()).prop_map(|(at, kind)| Edit::Change(at, kind)),
        2 => (0usize..8).prop_map(Edit::Param),
        1 => (0usize..8).prop_map(Edit::Rename),
        1 => (0usize..8, prop::option::of(0u8..4)).prop_map(|(at, gate)| Edit::Gate(at, gate)),
        1 => (0usize..8, prop::option::of(0usize..8)).prop_map(|(at, of)| Edit::Requires(at, of)),
        1 => Just(Edit::Reorder),
        1 => Just(Edit::Targets),
        3 => (0usize..64, any::<bool>()).prop_map(|(at, more)| Edit::Lose(at, more)),
        1 => Just(Edit::Touch),
    ]
}

impl Pipeline {
    fn name(&self, at: usize) -> String {
        format!("{}{at}", if self.steps[at].renamed { "m" } else { "n" })
    }

    /// The nearest step at or before `of`, and before `at`, that `fits`.
    fn before(&self, at: usize, of: usize, fits: impl Fn(&Kind) -> bool) -> Option<usize> {
        (0..at.min(of + 1)).rev().find(|&to| fits(&self.steps[to].kind))
    }

    /// A reference to a text: to an earlier step's, or to the source.
    fn text(&self, at: usize, of: usize) -> String {
        let is_text =
            |kind: &Kind| matches!(kind, Kind::Write(_) | Kind::First(_) | Kind::Join(..));
        match self.before(at, of, is_text) {
            Some(to) if of < at => format!("\"{}.text\"", self.name(to)),
            _ => "\"s\"".to_owned(),
        }
    }

    fn table(&self, at: usize) -> String {
        let step = &self.steps[at];
        let mut text = format!("[steps.{}]\n", self.name(at));
        let is_deal = |kind: &Kind| matches!(kind, Kind::Deal(_));
        let mut deals = false;
        match &step.kind {
            Kind::Write(word) => text += &format!("kind = \"write\"\ntext = \"train w{word}\"\n"),
            Kind::First(of) => {
                text += &format!("kind = \"first\"\ninputs.text = {}\n", self.text(at, *of));
            }
            Kind::Join(of, by) => {
                let parts: Vec<String> = of.iter().map(|&to| self.text(at, to)).collect();
                text += &format!("kind = \"join\"\ninputs.parts = [{}]\n", parts.join(", "));
                text += &by.map(|by| format!("separator = \"{by}\"\n")).unwrap_or_default();
            }
            Kind::Learn(of, by) => match self.before(at, *of, is_deal) {
                Some(to) => {
                    text += &format!("kind = \"learn\"\ninputs.deck = \"{}\"\n", self.name(to));
                    text += &by.map(|by| format!("epochs = {}\n", by + 1)).unwrap_or_default();
                }
                None => text += "kind = \"write\"\n",
            },
            Kind::Deal(of) => {
                deals = true;
                text += &format!("kind = \"deal\"\ninputs.text = {}\n", self.text(at, *of));
            }
            Kind::Tell(of) => match self.before(at, *of, |_| true) {
                Some(to) => {
                    text += &format!("kind = \"tell\"\ninputs.of = \"{}\"\n", self.name(to))
                }
                None => text += "kind = \"write\"\n",
            },
        }
        if let Some(of) = step.requires.filter(|&of| of < at) {
            text += &format!("requires = [\"{}\"]\n", self.name(of));
        }
        if let Some(least) = step.gate.filter(|_| deals) {
            text += &format!("gates = [{{ metric = \"train_lines\", min = {least} }}]\n");
        }
        text
    }

    fn manifest(&self) -> String {
        let mut text =
            "[pipeline]\nname = \"random\"\nedition = 1\n[sources.s]\npath = \"s.txt\"\n"
                .to_owned();
        let mut order: Vec<usize> = (0..self.steps.len()).collect();
        if self.backwards {
            order.reverse();
        }
        order.into_iter().for_each(|at| text += &self.table(at));
        text
    }

    fn targets(&self) -> Vec<String> {
        match self.last {
            true => vec![self.name(self.steps.len() - 1)],
            false => Vec::new(),
        }
    }

    /// What an edit does to the manifest, the source and the store.
    fn edit(&mut self, edit: Edit, version: &mut u8, project: &Project) {
        let count = self.steps.len();
        match edit {
            Edit::Source(to) => *version = to,
            Edit::Change(at, kind) => self.steps[at % count].kind = kind,
            Edit::Param(at) => {
                if let Kind::Join(_, by) | Kind::Learn(_, by) = &mut self.steps[at % count].kind {
                    *by = if by.is_some() { None } else { Some(1) };
                }
            }
            Edit::Rename(at) => self.steps[at % count].renamed ^= true,
            Edit::Gate(at, gate) => self.steps[at % count].gate = gate,
            Edit::Requires(at, of) => self.steps[at % count].requires = of,
            Edit::Reorder => self.backwards ^= true,
            Edit::Targets => self.last ^= true,
            Edit::Lose(at, more) => lose(&project.path(".ingot/cas"), at, more),
            Edit::Touch => {}
        }
    }
}

/// A text of which some versions share the first line, and one has a bad line.
fn source(version: u8) -> String {
    match version {
        4 => "train a bad line\n".to_owned(),
        version => format!("train a b\ntrain line {version}\ntest b\n"),
    }
}

/// Removes a blob, or every fifth one.
fn lose(cas: &Path, at: usize, more: bool) {
    let files = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect::<BTreeSet<PathBuf>>()
    };
    let blobs: Vec<PathBuf> = files(cas).iter().flat_map(|folder| files(folder)).collect();
    let every = if more { 5 } else { blobs.len().max(1) };
    for blob in blobs.iter().skip(at % blobs.len().max(1) % every).step_by(every) {
        std::fs::remove_file(blob).unwrap();
    }
}

/// What `plan` says of a step: its state, and the reasons as `build` words them.
#[derive(Debug)]
struct Foreseen {
    state: String,
    reasons: Vec<String>,
}

fn foreseen(project: &Project, targets: &[String]) -> BTreeMap<String, Foreseen> {
    let arguments = ["plan", "--json"].into_iter().chain(targets.iter().map(String::as_str));
    let said = project.run(&arguments.collect::<Vec<_>>());
    assert_eq!(said.code, 0, "{}", said.stderr);
    let lines = said.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines
        .map(|line| {
            let state = line["state"].as_str().unwrap().to_owned();
            let reasons = line["reasons"].as_array().unwrap().iter().map(in_words).collect();
            (line["step"].as_str().unwrap().to_owned(), Foreseen { state, reasons })
        })
        .collect()
}

/// A reason of `plan --json` in the words that `build` has for it.
fn in_words(reason: &Value) -> String {
    let text = |name: &str| reason[name].as_str();
    let what = match text("what").unwrap() {
        "new" => return "never built before".to_owned(),
        "unrecorded" => return "the store has no result for it".to_owned(),
        "lost" => return "the store lost a part of its output".to_owned(),
        "lineage" => return "the results of its ancestors changed".to_owned(),
        what => what,
    };
    let name = text("name").map(|name| format!(" `{name}`")).unwrap_or_default();
    let values = match (text("old"), text("new")) {
        (Some(old), Some(new)) => format!(": {old} -> {new}"),
        (None, Some(new)) => format!(" added: {new}"),
        (Some(old), None) => format!(" removed (was {old})"),
        (None, None) => String::new(),
    };
    format!("{what}{name}{values}")
}

fn build(project: &Project, targets: &[String]) -> Built {
    let built = project.build(&targets.iter().map(String::as_str).collect::<Vec<_>>());
    let code = built.said.code;
    assert!(code == 0 || code == 4, "{code} {}\n{}", built.said.stdout, built.said.stderr);
    jobs::check(project, &built);
    built
}

/// How each step ended.
fn ends(built: &Built) -> BTreeMap<String, String> {
    let text = |event: &Value, name: &str| event[name].as_str().unwrap().to_owned();
    built.of("finished").map(|event| (text(event, "step"), text(event, "outcome"))).collect()
}

/// The lock's records of these steps.
fn records(project: &Project, steps: &BTreeSet<String>) -> BTreeMap<String, toml::Value> {
    let lock: toml::Value = toml::from_str(&project.read("ingot.lock")).unwrap();
    let steps = steps.iter().map(|step| (step.clone(), lock["steps"][step.as_str()].clone()));
    steps.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn an_incremental_build_equals_a_clean_one_and_the_plan_of_it(
        steps in prop::collection::vec(step(), 2..7),
        last in any::<bool>(),
        edits in prop::collection::vec(edit(), 1..5),
    ) {
        let mut pipeline = Pipeline { steps, backwards: false, last };
        let mut version = 0;
        let kept = Project::new(&pipeline.manifest());
        kept.write("s.txt", source(version));
        build(&kept, &pipeline.targets());
        for edit in edits {
            pipeline.edit(edit, &mut version, &kept);
            kept.write("ingot.toml", pipeline.manifest());
            kept.write("s.txt", source(version));
            let targets = pipeline.targets();
            let plan = foreseen(&kept, &targets);
            // A question about one step reads a part of all this, and says the same.
            let last = pipeline.name(pipeline.steps.len() - 1);
            let said = kept.run(&["why", "--json", &last]);
            let why: Value = serde_json::from_str(&said.stdout).unwrap();
            let alone = &foreseen(&kept, std::slice::from_ref(&last))[&last];
            prop_assert_eq!(why["state"].as_str(), Some(alone.state.as_str()));
            let reasons: Vec<String> =
                why["reasons"].as_array().unwrap().iter().map(in_words).collect();
            prop_assert_eq!(&reasons, &alone.reasons);

            let built = build(&kept, &targets);
            let ends = ends(&built);
            prop_assert_eq!(plan.keys().collect::<Vec<_>>(), ends.keys().collect::<Vec<_>>());
            let reasons = built.reasons();
            for (step, foreseen) in &plan {
                let end = ends[step].as_str();
                let fits: &[&str] = match foreseen.state.as_str() {
                    "hit" => &["cached"],
                    "run" => &["executed"],
                    "blocked" => &["blocked"],
                    _ => &["executed", "cached", "blocked"],
                };
                prop_assert!(fits.contains(&end), "{step}: {foreseen:?}, and then {end}");
                if foreseen.state == "run" {
                    prop_assert_eq!(&reasons[step], &foreseen.reasons, "{}", step);
                }
                prop_assert_eq!(reasons.contains_key(step), end == "executed", "{}", step);
            }

            let again = foreseen(&kept, &targets);
            let second = build(&kept, &targets);
            prop_assert_eq!(second.executed(), Vec::<String>::new());
            for (step, foreseen) in &again {
                let expected = if ends[step] == "blocked" { "blocked" } else { "hit" };
                prop_assert_eq!(foreseen.state.as_str(), expected, "{}", step);
            }

            let clean = Project::new(&pipeline.manifest());
            clean.write("s.txt", source(version));
            let fresh = build(&clean, &targets);
            prop_assert_eq!(fresh.said.code, built.said.code);
            prop_assert_eq!(fresh.ended("blocked"), built.ended("blocked"));
            let done: BTreeSet<String> =
                ends.iter().filter(|(_, end)| *end != "blocked").map(|(step, _)| step.clone()).collect();
            prop_assert_eq!(records(&kept, &done), records(&clean, &done));
            for target in done.iter().filter(|step| targets.is_empty() || targets.contains(step)) {
                let folder = format!(".ingot/out/{target}");
                prop_assert_eq!(files(&kept.path(&folder)), files(&clean.path(&folder)));
            }
        }
    }
}

/// The files below a folder, by path.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = PathBuf::from(path.file_name().unwrap());
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(below, bytes)| (name.join(below), bytes)));
        } else {
            found.insert(name, std::fs::read(&path).unwrap());
        }
    }
    found
}
