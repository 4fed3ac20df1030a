//! `ingot test [NAME..]`: builds the tests of steps, and says which give something else than
//! they expect.
//!
//! A test is an action like any other, so what was tested and has not changed is not run
//! again. It is in no lock. `--bless` writes what the steps give now into the expected files.

use std::path::Path;

use clap::Args;
use ingot_protocol::Severity;
use serde_json::json;

use super::output::Output;
use super::{Global, Selection};
use crate::diag::suggest::nearest;
use crate::diag::{Diagnostic, Exit, Level};
use crate::engine::drive::Driven;
use crate::engine::event::{BuildEvent, Outcome};
use crate::model::artifact::Content;
use crate::plan::Plan;
use crate::plan::step_tests::{PlannedTest, TestOutput, with_tests};
use crate::report::Report;
use crate::store::StoreError;
use crate::store::export::{Copied, Over};
use crate::store::tree::Entry;
use crate::sys::bounded::{self, Bound};
use crate::sys::{clock, fs};
use crate::workspace::build::{self, BuildRequest};
use crate::workspace::exports::place_of;
use crate::workspace::{Stop, Workspace};

/// Arguments of `ingot test`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Tests of the manifest; none means every one
    names: Vec<String>,
    /// Write what the steps give now into the expected files
    #[arg(long)]
    bless: bool,
    /// Cores to use
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    jobs: Option<u32>,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    let began = clock::now();
    let mut workspace = Selection::default().open(global)?;
    let names = names(arguments, &workspace)?;
    if names.is_empty() {
        output.note("this workspace has no tests; [tests.NAME] declares one\n");
        return Ok(Exit::Done);
    }
    let mut mistakes = Vec::new();
    let root = workspace.root.clone();
    let is_there = |path: &str| fs::exists(&root.join(path));
    let (manifest, tests) =
        with_tests(&workspace.manifest, &workspace.kinds, &names, &is_there, &mut mistakes);
    if mistakes.iter().any(|mistake| mistake.level == Level::Error) {
        return Err(workspace.stop(mistakes));
    }
    workspace.manifest = manifest;
    // What is made for a test is the latest of nothing.
    workspace.altered = true;
    let request = request(arguments, &tests, began);
    let report = Report::stderr(output.json, output.terminal, output.colour, output.width);
    let mut report = report.with_points(false);
    let mut emit = |event: BuildEvent| {
        if is_told(&event) {
            report.event(&event);
        }
    };
    let built = build::build(&mut workspace, &request, &mut emit)?;
    let Some(driven) = built.driven else { return Ok(built.exit) };
    let looked = Looked { workspace: &workspace, plan: &built.plan, driven: &driven };
    let mut verdicts = Vec::new();
    for test in &tests {
        let differences = looked.differences(test)?;
        let blessed = match differences {
            Some(ref told) if arguments.bless && !told.is_empty() => looked.bless(test)?,
            _ => Vec::new(),
        };
        verdicts.push(TestVerdict { name: &test.name, differences, blessed });
    }
    tell(&verdicts, output);
    let failed = verdicts.iter().any(|verdict| !verdict.is_good());
    Ok(match built.exit {
        // That a test differs is a verdict of what compares.
        Exit::Done | Exit::Gate if failed => Exit::StepFailed,
        Exit::Done | Exit::Gate => Exit::Done,
        exit => exit,
    })
}

/// The tests that are asked for, sorted.
fn names(arguments: &Arguments, workspace: &Workspace) -> Result<Vec<String>, Stop> {
    let known = &workspace.manifest.tests;
    if arguments.names.is_empty() {
        return Ok(known.keys().cloned().collect());
    }
    let mut names = Vec::new();
    for name in &arguments.names {
        if !known.contains_key(name) {
            let mistake = Diagnostic::error("E1034", format!("there is no test `{name}`"));
            let help = match nearest(name, known.keys().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "[tests.NAME] declares one".to_owned(),
            };
            return Err(workspace.stop(vec![mistake.help(help)]));
        }
        names.push(name.clone());
    }
    names.sort();
    names.dedup();
    Ok(names)
}

fn request(
    arguments: &Arguments,
    tests: &[PlannedTest],
    began: std::time::Duration,
) -> BuildRequest<'static> {
    let targets = tests.iter().flat_map(|test| {
        let compared = test.outputs.iter().filter_map(|output| output.compared_by.clone());
        compared.chain([test.step.clone()])
    });
    BuildRequest::aside(targets.collect(), arguments.jobs, began)
}

/// What is said of the build itself: what failed and what waits. The rest is the tests' own.
fn is_told(event: &BuildEvent) -> bool {
    match event {
        BuildEvent::Finished { outcome, .. } => {
            matches!(outcome, Outcome::Failed(_) | Outcome::Cancelled)
        }
        BuildEvent::Warning { .. } | BuildEvent::Waiting { .. } => true,
        _ => false,
    }
}

/// What came of a test.
struct TestVerdict<'a> {
    name: &'a str,
    /// What differs; nothing where the step did not come to its end.
    differences: Option<Vec<String>>,
    /// Files that were written anew.
    blessed: Vec<String>,
}

impl TestVerdict<'_> {
    fn is_good(&self) -> bool {
        !self.blessed.is_empty() || self.differences.as_ref().is_some_and(Vec::is_empty)
    }

    fn word(&self) -> &'static str {
        match (&self.differences, self.blessed.is_empty()) {
            (None, _) => "error",
            (Some(_), false) => "blessed",
            (Some(differences), true) if differences.is_empty() => "ok",
            (Some(_), true) => "FAILED",
        }
    }
}

fn tell(verdicts: &[TestVerdict<'_>], output: &Output) {
    for verdict in verdicts {
        if output.json {
            let line = json!({
                "event": "test",
                "test": verdict.name,
                "outcome": verdict.word().to_lowercase(),
                "differences": verdict.differences.clone().unwrap_or_default(),
                "blessed": verdict.blessed,
            });
            output.data(&format!("{line}\n"));
            continue;
        }
        output.data(&format!("{:<8} {}\n", verdict.word(), verdict.name));
        let differences = verdict.differences.iter().flatten();
        for difference in differences.filter(|_| verdict.blessed.is_empty()) {
            output.data(&format!("         {difference}\n"));
        }
        for file in &verdict.blessed {
            output.data(&format!("         wrote {file}\n"));
        }
    }
    if output.json {
        return;
    }
    let good = verdicts.iter().filter(|verdict| verdict.is_good()).count();
    let failed = verdicts.len() - good;
    output.note(&match failed {
        0 => format!("\n{good} passed\n"),
        _ => format!(
            "\n{good} passed, {failed} failed; where what a step gives is right, \
             `ingot test --bless` takes it over\n"
        ),
    });
}

/// A build of tests that has ended.
struct Looked<'a> {
    workspace: &'a Workspace,
    plan: &'a Plan,
    driven: &'a Driven,
}

impl Looked<'_> {
    /// What differs; nothing where something has no result.
    fn differences(&self, test: &PlannedTest) -> Result<Option<Vec<String>>, Stop> {
        let mut differences = Vec::new();
        for output in &test.outputs {
            let told = match &output.compared_by {
                Some(step) => self.compared(step),
                None => self.bytes(test, output)?,
            };
            let Some(told) = told else { return Ok(None) };
            let several = test.outputs.len() > 1;
            let named = |line: String| match several {
                true => format!("{}: {line}", output.port),
                false => line,
            };
            differences.extend(told.into_iter().map(named));
        }
        Ok(Some(differences))
    }

    /// What the step found that compared.
    fn compared(&self, step: &str) -> Option<Vec<String>> {
        let known = self.driven.results.get(self.plan.find(step)?)?;
        let findings = known.result.findings.iter();
        let errors = findings.filter(|finding| finding.severity == Severity::Error);
        Some(errors.map(|finding| finding.message.clone()).collect())
    }

    /// Whether an output has the bytes of its file.
    fn bytes(&self, test: &PlannedTest, output: &TestOutput) -> Result<Option<Vec<String>>, Stop> {
        let known = self.plan.find(&test.step).and_then(|index| self.driven.results.get(index));
        let Some(known) = known else { return Ok(None) };
        let (Some(artifact), Some(file)) =
            (known.result.outputs.get(&output.port), output.files.first())
        else {
            return Ok(Some(vec![format!("there is no output `{}`", output.port)]));
        };
        let path = &file.path.value;
        let root = &self.workspace.root;
        if !fs::exists(&root.join(path)) {
            return Ok(Some(vec![format!("there is no {path}")]));
        }
        let store = &self.workspace.store;
        let expected = store.digest_source(root, path, &[]).map_err(|error| self.stop(&error))?;
        if expected.digest() == artifact.content.digest() {
            return Ok(Some(Vec::new()));
        }
        let view = store.view(artifact.content).map_err(|error| self.stop(&error))?;
        Ok(Some(vec![first_difference(path, &root.join(path), &view)]))
    }

    /// Writes what the step gives into the files of a test; gives their paths.
    fn bless(&self, test: &PlannedTest) -> Result<Vec<String>, Stop> {
        let mut blessed = Vec::new();
        for output in &test.outputs {
            let (step, port) = match &output.compared_by {
                Some(step) => (step, "actual"),
                None => (&test.step, output.port.as_str()),
            };
            let known = self.plan.find(step).and_then(|index| self.driven.results.get(index));
            let artifact = known.and_then(|known| known.result.outputs.get(port));
            let Some(artifact) = artifact else { continue };
            for file in &output.files {
                let split = file.split.as_ref().map_or("whole", |split| &split.value);
                let name = format!("{split}.{}", output.form);
                let content = match &output.compared_by {
                    Some(_) => self.file_of(artifact.content, &name)?,
                    None => Some(artifact.content),
                };
                let Some(content) = content else { continue };
                let (path, store) = (&file.path.value, &self.workspace.store);
                let place = place_of(&self.workspace.root, "expected file", path, store.root())
                    .map_err(|told| self.workspace.stop(vec![told.label(file.path.span, "")]))?;
                // A folder is replaced only where it is what was blessed before.
                let over = match fs::metadata_optional(&place) {
                    Ok(Some(there)) if there.is_dir() => Over::Known(None),
                    _ => Over::Anything,
                };
                if store.copy_out(content, &place, over).map_err(|e| self.stop(&e))?
                    == Copied::Refused
                {
                    let message = format!("`{path}` is a folder that no test wrote as it is");
                    let told = Diagnostic::error("E0525", message).label(file.path.span, "");
                    return Err(self
                        .workspace
                        .stop(vec![told.help("move it away, or name a file")]));
                }
                blessed.push(path.clone());
            }
        }
        Ok(blessed)
    }

    /// A file of a folder in the store, by its name.
    fn file_of(&self, folder: Content, name: &str) -> Result<Option<Content>, Stop> {
        let Content::Tree(digest) = folder else { return Ok(None) };
        let node = self.workspace.store.node(digest).map_err(|error| self.stop(&error))?;
        Ok(match node.entries.get(name) {
            Some(&Entry::File { digest, executable, .. }) => {
                Some(Content::File { digest, executable })
            }
            _ => None,
        })
    }

    fn stop(&self, error: &StoreError) -> Stop {
        self.workspace.store_stop(error)
    }
}

/// Most bytes of a file of which the first line that differs is looked for.
const MOST_TEXT: u64 = 16 << 20;

/// Where two files part, as far as they are text.
fn first_difference(name: &str, expected: &Path, found: &Path) -> String {
    let text = |path: &Path| {
        let bytes = bounded::read(path, Bound::own(MOST_TEXT)).ok()?;
        String::from_utf8(bytes).ok()
    };
    let (Some(expected), Some(found)) = (text(expected), text(found)) else {
        return format!("other bytes than {name}");
    };
    let mut lines = expected.lines().zip(found.lines()).enumerate();
    match lines.find(|(_, (one, other))| one != other) {
        Some((line, (one, other))) => {
            format!("line {} of {name}: expected {one:?}, found {other:?}", line + 1)
        }
        None => {
            let (one, other) = (expected.lines().count(), found.lines().count());
            format!("{name}: {one} lines were expected, {other} are there")
        }
    }
}
