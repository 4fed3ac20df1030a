//! `query`, the marks of `graph`, and `build --affected-since`.

use crate::support::{Project, words};

fn asked(project: &Project, arguments: &[&str]) -> Vec<String> {
    let mut all = vec!["query"];
    all.extend(arguments);
    let said = project.run(&all);
    assert_eq!(said.code, 0, "{}", said.stderr);
    said.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn what_depends_on_a_step_a_source_or_a_file_is_listed() {
    let project = words();
    let behind_learn = ["grade/guess", "grade", "page"];
    assert_eq!(asked(&project, &["learn"]), behind_learn);
    let all = asked(&project, &["lines"]);
    assert_eq!(all.len(), 7, "{all:?}");
    assert_eq!(asked(&project, &["data/lines.txt"]), all);
    assert_eq!(asked(&project, &["./data"]), all);
    assert_eq!(asked(&project, &["page"]), [""; 0]);
    assert_eq!(asked(&project, &["title", "--needs"]), ["lines", "head"]);
    project.write("data/other.txt", "nobody reads it");
    assert_eq!(asked(&project, &["data/other.txt"]), [""; 0]);
    let said = project.run(&["query", "laern"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("did you mean `learn`?"), "{}", said.stderr);
}

#[test]
fn a_graph_marks_what_a_build_would_do() {
    let project = words();
    project.executed();
    project.edit("epochs = 2", "epochs = 3");
    let graph = project.run(&["graph"]).stdout;
    for line in ["[\"deal\"]:::hit", "[\"learn\"]:::run", "[\"grade\"]:::depends"] {
        assert!(graph.contains(line), "no {line} in {graph}");
    }
    let graph = project.run(&["graph", "--format", "dot"]).stdout;
    assert!(graph.contains("tooltip = \"run\""), "{graph}");
    std::fs::remove_file(project.path("data/lines.txt")).unwrap();
    let said = project.run(&["graph"]);
    assert_eq!(said.code, 0, "a graph needs no data");
    assert!(!said.stdout.contains(":::"), "{}", said.stdout);
}

#[test]
fn only_what_a_change_affects_is_built() {
    let project = words();
    project.executed();
    let before = project.path("before.lock");
    std::fs::copy(project.path("ingot.lock"), before).unwrap();
    let since = ["--affected-since", "before.lock"];
    let said = project.run(&["build", since[0], since[1]]);
    assert_eq!(said.code, 0);
    assert!(said.stderr.contains("no step is affected since before.lock"), "{}", said.stderr);
    project.edit("epochs = 2", "epochs = 3");
    let built = project.build(&since);
    assert_eq!(built.executed(), ["grade/guess", "learn", "page"]);
    // Without a store everything would run; what is asked for needs `deal` alone.
    std::fs::remove_dir_all(project.path(".ingot")).unwrap();
    project.edit("inputs.of = [\"grade.report\", \"title.text\"]", "inputs.of = \"grade.report\"");
    let built = project.build(&since);
    assert_eq!(built.executed(), ["deal", "grade", "grade/guess", "learn", "page"]);
}
