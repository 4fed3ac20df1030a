//! What an edit makes run, exactly, and the reasons that are given.

use crate::support::{LINES, Project, words};

fn built() -> Project {
    let project = words();
    let all = ["deal", "grade", "grade/guess", "head", "learn", "page", "title"];
    assert_eq!(project.executed(), all);
    assert_eq!(project.executed(), Vec::<String>::new());
    project
}

#[test]
fn what_means_the_same_runs_nothing() {
    let project = built();
    let again = |edit: &dyn Fn()| {
        edit();
        assert_eq!(project.executed(), Vec::<String>::new());
    };
    again(&|| project.edit("[params]", "# a comment\n\n[params]   # another"));
    again(&|| project.edit("name = \"words\"\nedition = 1", "edition = 1\nname = \"words\""));
    again(&|| project.edit("epochs = \"{params.epochs}\"", "epochs = 2"));
    again(&|| project.edit("kind = \"join\"\n", "kind = \"join\"\nchatty = true\ntimes = 1.0\n"));
    again(&|| {
        project.edit(
            "kind = \"join\"\n",
            "kind = \"join\"\nresources = { cpu = 2 }\ntimeout = \"9min\"\n",
        )
    });
    again(&|| {
        let file =
            std::fs::File::options().append(true).open(project.path("data/lines.txt")).unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    });
}

#[test]
fn a_renamed_step_runs_nothing_but_what_tells_names() {
    let project = built();
    let manifest = project
        .read("ingot.toml")
        .replace("steps.learn", "steps.study")
        .replace("learn.words", "study.words");
    project.write("ingot.toml", manifest);
    assert_eq!(project.executed(), ["page"]);
}

#[test]
fn a_param_runs_its_step_and_what_its_output_changes() {
    let project = built();
    project.edit("epochs = 2", "epochs = 3");
    let built = project.build(&[]);
    assert_eq!(built.executed(), ["grade/guess", "learn", "page"]);
    let reasons = built.reasons();
    assert_eq!(reasons["learn"], ["param `epochs`: 2 -> 3"]);
    let why = project.run(&["why", "learn"]);
    assert_eq!(why.code, 0, "{}", why.stderr);
}

#[test]
fn a_param_that_is_taken_away_is_a_change() {
    let project = built();
    project.edit("epochs = \"{params.epochs}\"\n", "");
    let built = project.build(&[]);
    assert_eq!(built.executed(), ["grade/guess", "learn", "page"]);
    assert_eq!(built.reasons()["learn"], ["param `epochs`: 2 -> 1"]);
    project.edit("[steps.learn]\n", "[steps.learn]\nepochs = 1\n");
    assert_eq!(project.executed(), Vec::<String>::new(), "the default, written out");
}

#[test]
fn an_output_that_stays_stops_the_rebuild() {
    let project = built();
    project.write("data/lines.txt", LINES.replace("test a b x", "test a b y"));
    let built = project.build(&[]);
    assert_eq!(built.executed(), ["deal", "grade/guess", "head", "page"]);
    assert_eq!(built.ended("cached"), ["grade", "learn", "title"]);
}

#[test]
fn a_changed_test_row_teaches_nothing_new() {
    let project = built();
    project.write("data/lines.txt", LINES.replace("test a b x", "test a x y"));
    let built = project.build(&[]);
    assert_eq!(built.executed(), ["deal", "grade", "grade/guess", "head", "page"]);
    assert_eq!(built.said.code, 4, "a third of the words is below the gate");
}

#[test]
fn a_gate_runs_nothing_and_changes_the_verdict() {
    let project = built();
    project.edit("min = 0.5", "min = 0.9");
    for _ in 0..2 {
        let built = project.build(&[]);
        assert_eq!(built.said.code, 4);
        assert_eq!(built.executed(), Vec::<String>::new());
        let gate = built.of("gate").next().unwrap();
        assert_eq!(gate["verdict"], "fail");
    }
    project.edit("min = 0.9", "min = 0.6");
    assert_eq!(project.executed(), Vec::<String>::new());
}

#[test]
fn a_verdict_blocks_what_consumes_the_step() {
    let project = built();
    project.write("data/lines.txt", format!("{LINES}train bad\n"));
    let built = project.build(&[]);
    assert_eq!(built.said.code, 4);
    assert_eq!(built.executed(), ["deal", "head"]);
    assert_eq!(built.ended("blocked"), ["grade", "grade/guess", "learn", "page"]);
}

#[test]
fn a_new_point_runs_alone() {
    let project = built();
    project.edit("epochs = \"{params.epochs}\"", "matrix.epochs = [2, 5]");
    project.edit("inputs.words = \"learn.words\"", "inputs.words = \"learn@epochs=2.words\"");
    let built = project.build(&["learn", "grade"]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    assert_eq!(built.executed(), ["learn@epochs=5"]);
    project.edit("[2, 5]", "[2, 5, 9]");
    assert_eq!(project.build(&["learn"]).executed(), ["learn@epochs=9"]);
}

#[test]
fn what_is_lost_is_made_again_alone() {
    let project = built();
    let view = std::fs::canonicalize(project.path(".ingot/out/learn/words")).unwrap();
    let name = view.file_name().unwrap().to_str().unwrap().to_owned();
    let hex = name.split('-').nth(1).unwrap();
    std::fs::remove_file(&view).unwrap();
    std::fs::remove_file(project.path(&format!(".ingot/cas/{}/{}", &hex[..2], &hex[2..]))).unwrap();
    assert_eq!(project.executed(), Vec::<String>::new(), "nothing needs it");
    assert_eq!(project.build(&["learn"]).executed(), ["learn"]);
}

#[test]
fn locked_checks_before_anything_runs() {
    let project = built();
    std::fs::remove_dir_all(project.path(".ingot")).unwrap();
    let frozen = project.build(&["--frozen"]);
    assert_eq!(frozen.said.code, 5);
    let locked = project.build(&["--locked"]);
    assert_eq!(locked.said.code, 0, "{}", locked.said.stderr);
    assert_eq!(locked.executed().len(), 7);
    assert_eq!(project.build(&["--frozen"]).said.code, 0);
    std::fs::remove_dir_all(project.path(".ingot")).unwrap();
    project.edit("epochs = 2", "epochs = 4");
    let changed = project.build(&["--locked"]);
    assert_eq!(changed.said.code, 5);
    assert_eq!(changed.events.len(), 0, "nothing ran");
}

#[test]
fn two_clean_builds_give_the_same_bytes() {
    let (one, other) = (words(), words());
    one.executed();
    other.executed();
    assert_eq!(one.read("ingot.lock"), other.read("ingot.lock"));
    for (step, port) in [("page", "page"), ("learn", "words"), ("grade", "report")] {
        assert_eq!(one.output(step, port), other.output(step, port));
    }
}

#[test]
fn a_rerun_runs_what_it_names_and_says_so_wherever_the_step_stands() {
    let project = words();
    project.executed();
    let built = project.build(&["--rerun", "deal", "--rerun", "grade"]);
    assert_eq!(built.executed(), ["deal", "grade"], "what they gave is the same as before");
    let asked = vec!["asked for by --rerun".to_owned()];
    assert_eq!(built.reasons().into_values().collect::<Vec<_>>(), [asked.clone(), asked]);
    let said = project.run(&["build", "deal", "--rerun", "grade"]);
    assert!(said.code == 2 && said.stderr.contains("E1012"), "{}", said.stderr);
}

#[test]
fn without_keep_going_what_was_not_started_is_skipped_and_counted() {
    let project = Project::new(
        "[pipeline]\nname = \"k\"\nedition = 1\n\
         [steps.bad]\nkind = \"break\"\n\
         [steps.behind]\nkind = \"join\"\ninputs.parts = [\"bad.text\"]\n\
         [steps.other]\nkind = \"write\"\n",
    );
    let said = project.run(&["build", "-j1"]);
    assert_eq!(said.code, 1);
    assert!(said.stderr.contains("1 failed, 1 blocked, 1 skipped in"), "{}", said.stderr);
    let built = project.build(&["-j1", "--keep-going"]);
    assert_eq!((built.said.code, built.executed()), (1, vec!["other".to_owned()]));
}

#[test]
fn two_steps_that_turn_out_to_have_one_key_run_once() {
    let project = Project::new(
        "[pipeline]\nname = \"t\"\nedition = 1\n\
         [steps.one]\nkind = \"write\"\n[steps.other]\nkind = \"write\"\n\
         [steps.a]\nkind = \"join\"\ninputs.parts = [\"one.text\"]\n\
         [steps.b]\nkind = \"join\"\ninputs.parts = [\"other.text\"]\n\
         [steps.c]\nkind = \"first\"\ninputs.text = \"b.text\"\n",
    );
    let built = project.build(&["-j4"]);
    let started: Vec<String> = built.reasons().into_keys().collect();
    assert_eq!(built.executed(), started, "none is started for nothing");
    assert_eq!(built.executed().len(), 3, "{started:?}");
    assert_eq!(built.ended("cached").len(), 2);
}
