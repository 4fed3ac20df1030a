//! Tests of steps, as steps: each test is the step with other inputs, and beside it what makes
//! artifacts of a person's files and what compares. Pure.
//!
//! Which kinds these are, the artifact type says ([`ingot_protocol::TypeTests`]); of a type
//! that says nothing the bytes are compared, by whoever runs the tests. Invariant: what a test
//! adds has a name that no step of a manifest can have, and no gate. What it does not do: it
//! says nothing of ports and types that do not fit; planning does.

use std::collections::BTreeMap;

use crate::diag::suggest::nearest;
use crate::diag::{Diagnostic, Span, Spanned};
use crate::kinds::{FILES, Kinds};
use crate::manifest::step_test::{Expected, StepTest};
use crate::manifest::{Manifest, Node, NodeKind, Reference, Step, StepInput};

/// A test, ready to be planned.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedTest {
    /// Its name in the manifest.
    pub name: String,
    /// The step that is tested, by the name that it has as a test.
    pub step: String,
    /// What is expected.
    pub outputs: Vec<TestOutput>,
}

/// An output of a step under test.
#[derive(Debug, Clone, PartialEq)]
pub struct TestOutput {
    /// The port.
    pub port: String,
    /// The step that compares it; nothing where its bytes are compared.
    pub compared_by: Option<String>,
    /// The files that it is to be, their paths in the workspace.
    pub files: Vec<Expected>,
    /// The ending of the file of a split that the comparing step gives.
    pub form: &'static str,
}

/// The manifest with these tests as steps, and without what a build of it writes.
/// `is_there` says whether a path of the workspace has a file.
pub fn with_tests(
    manifest: &Manifest,
    kinds: &Kinds,
    names: &[String],
    is_there: &dyn Fn(&str) -> bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Manifest, Vec<PlannedTest>) {
    let mut tested =
        Manifest { exports: BTreeMap::new(), current: String::new(), ..manifest.clone() };
    let mut planned = Vec::new();
    for name in names {
        let Some(test) = manifest.tests.get(name) else { continue };
        let Some(step) = one_step(manifest, test, diagnostics) else { continue };
        let maker = Maker { kinds, name, test, step, is_there };
        let (steps, test) = maker.steps(diagnostics);
        for step in steps {
            tested.points.insert(step.name.clone(), vec![step.name.clone()]);
            tested.steps.insert(step.name.clone(), step);
        }
        planned.push(test);
    }
    (tested, planned)
}

/// The step that a test names.
fn one_step<'a>(
    manifest: &'a Manifest,
    test: &StepTest,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<&'a Step> {
    let Spanned { value, span } = &test.step;
    match manifest.matching(value).as_slice() {
        [one] => manifest.steps.get(*one),
        [] => {
            let mistake = Diagnostic::error("E0301", format!("there is no step `{value}`"));
            let known = manifest.points.keys().map(String::as_str);
            diagnostics.push(mistake.label(*span, "").help(match nearest(value, known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "a test names a step of [steps]".to_owned(),
            }));
            None
        }
        [first, .., _] => {
            let message = format!("`{value}` has several points, and a test is of one");
            diagnostics.push(
                Diagnostic::error("E0310", message)
                    .label(*span, "")
                    .help(format!("name one of them, such as `{first}`")),
            );
            None
        }
    }
}

/// Makes the steps of one test.
struct Maker<'a> {
    kinds: &'a Kinds,
    name: &'a str,
    test: &'a StepTest,
    step: &'a Step,
    is_there: &'a dyn Fn(&str) -> bool,
}

impl Maker<'_> {
    fn steps(&self, diagnostics: &mut Vec<Diagnostic>) -> (Vec<Step>, PlannedTest) {
        let name = format!("tests/{}", self.name);
        let mut steps = Vec::new();
        let mut tested = Step {
            name: name.clone(),
            base: name.clone(),
            point: BTreeMap::new(),
            data_axes: Default::default(),
            gates: Vec::new(),
            requires: Vec::new(),
            ..self.step.clone()
        };
        for (port, given) in &self.test.inputs {
            let (made, stands) = self.input(&name, port, given, diagnostics);
            steps.extend(made);
            tested.inputs.insert(port.clone(), stands);
        }
        let mut outputs = Vec::new();
        for (port, files) in &self.test.expect {
            let (made, output) = self.output(&name, port, files, diagnostics);
            steps.extend(made);
            outputs.push(output);
        }
        steps.push(tested);
        (steps, PlannedTest { name: self.name.to_owned(), step: name, outputs })
    }

    /// What stands on a port: what the test gives, or what is made of its files.
    fn input(
        &self,
        name: &str,
        port: &str,
        given: &[StepInput],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> (Option<Step>, Vec<StepInput>) {
        let is_file = |input: &&StepInput| matches!(input.reference.value, Reference::Path(_));
        let kind = self.kinds.get(&self.step.kind.value).map(|provided| &provided.kind);
        let takes: &[String] = kind
            .and_then(|kind| {
                let own = kind.inputs.iter().find(|declared| declared.name == port);
                own.or(kind.further.as_ref())
            })
            .map_or(&[], |declared| &declared.types);
        let fixture = takes.iter().find_map(|name| {
            let tests = self.kinds.artifact_type(name)?.tests.as_ref()?;
            Some(tests.fixture.clone())
        });
        let (Some(first), Some(fixture)) = (given.iter().find(is_file), fixture) else {
            return (None, given.to_vec());
        };
        if takes.iter().any(|name| name == FILES) || !given.iter().all(|input| is_file(&input)) {
            return (None, given.to_vec());
        }
        let place = first.reference.span;
        let mut step = self.step.beside(format!("{name}/{port}"), &fixture, place);
        let form = first_form(&first.reference.value, place, diagnostics);
        step.params.insert("form".to_owned(), text(form, place));
        step.inputs.insert("data".to_owned(), given.to_vec());
        let stands_for = self.step.inputs.get(port).map(Vec::as_slice);
        if let Some([like]) = stands_for
            && like.split.is_none()
        {
            step.inputs.insert("like".to_owned(), vec![without_splits(like)]);
        }
        let made = output_of(&step.name, "data", place);
        (Some(step), vec![made])
    }

    fn output(
        &self,
        name: &str,
        port: &str,
        files: &[Expected],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> (Option<Step>, TestOutput) {
        let own = |path: &str| crate::manifest::member::within(&self.test.folder, path);
        let in_workspace: Vec<Expected> = files
            .iter()
            .map(|file| {
                let path = Spanned::new(own(&file.path.value), file.path.span);
                Expected { path, ..file.clone() }
            })
            .collect();
        let declared = self.type_of(port);
        if declared.is_none() && self.kinds.get(&self.step.kind.value).is_some() {
            let place = files.first().map_or(self.test.span, |file| file.path.span);
            let message = format!("`{}` has no output `{port}`", self.step.name);
            diagnostics.push(
                Diagnostic::error("E0302", message)
                    .label(place, "")
                    .label(self.step.span, "declared here")
                    .help("`ingot kinds KIND` lists its outputs"),
            );
        }
        let compare = declared.and_then(|artifact_type| {
            let tests = self.kinds.artifact_type(&artifact_type)?.tests.as_ref()?;
            Some(tests.compare.clone())
        });
        let place = files.first().map_or(self.test.span, |file| file.path.span);
        let Some(compare) = compare else {
            let output = TestOutput {
                port: port.to_owned(),
                compared_by: None,
                files: in_workspace,
                form: "",
            };
            return (None, output);
        };
        let mut step = self.step.beside(format!("{name}/compare-{port}"), &compare, place);
        let form = files.first().map_or("csv", |file| form(&file.path, diagnostics));
        step.params.insert("form".to_owned(), text(form, place));
        let by_split = files.iter().any(|file| file.split.is_some());
        step.params
            .insert("by_split".to_owned(), Node { span: place, kind: NodeKind::Bool(by_split) });
        let tolerance = Node { span: place, kind: NodeKind::Float(self.test.tolerance) };
        step.params.insert("tolerance".to_owned(), tolerance);
        step.inputs.insert("actual".to_owned(), vec![output_of(name, port, place)]);
        let there = files.iter().filter(|file| (self.is_there)(&own(&file.path.value)));
        let expected: Vec<StepInput> = there
            .map(|file| StepInput {
                reference: Spanned::new(Reference::Path(file.path.value.clone()), file.path.span),
                split: file.split.clone(),
            })
            .collect();
        if !expected.is_empty() {
            step.inputs.insert("expected".to_owned(), expected);
        }
        let compared_by = Some(step.name.clone());
        let output = TestOutput { port: port.to_owned(), compared_by, files: in_workspace, form };
        (Some(step), output)
    }

    /// The artifact type of an output of the step.
    fn type_of(&self, port: &str) -> Option<String> {
        if let Some(command) = &self.step.command {
            return command.outputs.get(port).map(|artifact_type| artifact_type.value.clone());
        }
        let kind = &self.kinds.get(&self.step.kind.value)?.kind;
        let output = kind.outputs.iter().find(|output| output.name == port)?;
        Some(output.artifact_type.clone())
    }
}

/// The same artifact, all of its splits.
fn without_splits(input: &StepInput) -> StepInput {
    let mut input = input.clone();
    if let Reference::Output { splits, .. } = &mut input.reference.value {
        splits.clear();
    }
    input
}

fn output_of(step: &str, port: &str, span: Span) -> StepInput {
    let reference = Reference::Output {
        name: step.to_owned(),
        every_point: false,
        port: Some(port.to_owned()),
        splits: Vec::new(),
    };
    StepInput { reference: Spanned::new(reference, span), split: None }
}

fn text(text: &str, span: Span) -> Node {
    Node { span, kind: NodeKind::String(text.to_owned()) }
}

fn first_form(
    reference: &Reference,
    span: Span,
    diagnostics: &mut Vec<Diagnostic>,
) -> &'static str {
    match reference {
        Reference::Path(path) => form(&Spanned::new(path.clone(), span), diagnostics),
        _ => FORMS[0].1,
    }
}

/// Ending of a file -> what it is.
const FORMS: [(&str, &str); 5] = [
    ("csv", "csv"),
    ("jsonl", "json_lines"),
    ("ndjson", "json_lines"),
    ("parquet", "parquet"),
    ("tsv", "tsv"),
];

/// What a file is by its ending.
fn form(path: &Spanned<String>, diagnostics: &mut Vec<Diagnostic>) -> &'static str {
    let ending = path.value.rsplit_once('.').map_or("", |(_, ending)| ending);
    if let Some((_, form)) = FORMS.iter().find(|(known, _)| *known == ending) {
        return form;
    }
    let known: Vec<String> = FORMS.iter().map(|(ending, _)| format!(".{ending}")).collect();
    diagnostics.push(
        Diagnostic::error("E0227", format!("`{}` is none of the files of a test", path.value))
            .label(path.span, "")
            .help(format!("write a file that ends in {}", known.join(", "))),
    );
    FORMS[0].1
}
