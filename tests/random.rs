//! Over random graphs and edits: an incremental build gives what a clean one
//! gives, a second build runs nothing, and `plan` says what `build` does.

use proptest::prelude::*;
use serde_json::Value;

use crate::support::Project;

/// A step over earlier ones: `write`, `first` or `join`.
#[derive(Debug, Clone)]
enum Step {
    Write(u8),
    First(usize),
    Join(Vec<usize>, u8),
}

/// What a person may do between two builds.
#[derive(Debug, Clone)]
enum Edit {
    Source(u8),
    Change(usize, Step),
    Touch,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0u8..3).prop_map(Step::Write),
        (0usize..8).prop_map(Step::First),
        (prop::collection::vec(0usize..8, 1..3), 0u8..3).prop_map(|(of, by)| Step::Join(of, by)),
    ]
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (0u8..4).prop_map(Edit::Source),
        (0usize..6, step()).prop_map(|(at, step)| Edit::Change(at, step)),
        Just(Edit::Touch),
    ]
}

/// The manifest of some steps. Step 0 reads the source; a reference to a later
/// step is one to the source, so there is no cycle.
fn manifest(steps: &[Step]) -> String {
    let mut text =
        "[pipeline]\nname = \"random\"\nedition = 1\n[sources.s]\npath = \"s.txt\"\n".to_owned();
    for (at, step) in steps.iter().enumerate() {
        let name = |to: usize| if to < at { format!("\"n{to}.text\"") } else { "\"s\"".to_owned() };
        text.push_str(&match step {
            Step::Write(word) => format!("[steps.n{at}]\nkind = \"write\"\ntext = \"w{word}\"\n"),
            Step::First(of) => format!("[steps.n{at}]\nkind = \"first\"\ninputs.text = {}\n", name(*of)),
            Step::Join(of, by) => {
                let parts: Vec<String> = of.iter().map(|to| name(*to)).collect();
                let parts = parts.join(", ");
                format!("[steps.n{at}]\nkind = \"join\"\nseparator = \"{by}\"\ninputs.parts = [{parts}]\n")
            }
        });
    }
    text
}

fn source(version: u8) -> String {
    format!("line one\nline {version}\n")
}

/// What `plan` foresees: the steps that run for sure, and those that may.
fn foreseen(project: &Project) -> (Vec<String>, Vec<String>) {
    let said = project.run(&["plan", "--json"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let lines: Vec<Value> =
        said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |state: &str| {
        let steps = lines.iter().filter(|line| line["event"] == "step" && line["state"] == state);
        let mut names: Vec<String> =
            steps.map(|line| line["step"].as_str().unwrap().into()).collect();
        names.sort();
        names
    };
    (of("run"), of("depends"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    #[test]
    fn an_incremental_build_equals_a_clean_one(
        first in prop::collection::vec(step(), 2..6),
        edits in prop::collection::vec(edit(), 1..4),
    ) {
        let mut steps = first;
        let mut version = 0;
        let kept = Project::new(&manifest(&steps));
        kept.write("s.txt", source(version));
        kept.executed();
        for edit in edits {
            match edit {
                Edit::Source(to) => version = to,
                Edit::Change(at, step) => {
                    let at = at % steps.len();
                    steps[at] = step;
                }
                Edit::Touch => {}
            }
            kept.write("ingot.toml", manifest(&steps));
            kept.write("s.txt", source(version));
            let (run, depends) = foreseen(&kept);
            let executed = kept.executed();
            prop_assert!(run.iter().all(|step| executed.contains(step)), "{run:?} {executed:?}");
            prop_assert!(executed.iter().all(|step| run.contains(step) || depends.contains(step)));
            prop_assert_eq!(kept.executed(), Vec::<String>::new());

            let clean = Project::new(&manifest(&steps));
            clean.write("s.txt", source(version));
            clean.executed();
            prop_assert_eq!(kept.read("ingot.lock"), clean.read("ingot.lock"));
            for at in 0..steps.len() {
                let name = format!("n{at}");
                prop_assert_eq!(kept.output(&name, "text"), clean.output(&name, "text"));
            }
        }
    }
}
