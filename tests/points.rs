//! `show` of a step with a matrix: one table of its points.

use serde_json::{Value, json};

use crate::screens::screen;
use crate::support::Project;

/// Points that say one metric more, the further back they stand.
const MANIFEST: &str = r#"
[pipeline]
name = "points"
edition = 1

[steps.tune]
kind = "command"
run = ["sh", "tools/tune.sh", "{matrix.lr}", "{matrix.size}", "{outputs.text}"]
inputs.code = "./tools/tune.sh"
outputs.text = "files"
matrix.lr = [0.1, 0.02]
matrix.size = ["small", "big"]
"#;

const TUNE: &str = r#"
metric() { echo "{\"event\": \"metric\", \"name\": \"$1\", \"value\": $2$3}" >> "$INGOT_EVENTS"; }
metric loss 0.5
metric accuracy "$1" ', "low": 0.01, "high": 0.2'
metric accuracy 0.7 ', "slice": {"class": "a"}'
test "$2" = small || metric memory 3
echo "$1 $2" > "$3"
"#;

fn project() -> Project {
    let project = Project::new(MANIFEST);
    project.write("tools/tune.sh", TUNE);
    project
}

#[test]
fn points_stand_side_by_side_in_the_order_of_the_manifest() {
    let project = project();
    insta::assert_snapshot!(screen(&project, &["ingot show tune"]), @r"
$ ingot show tune
  lr  size   time  state
 0.1  small        run
 0.1  big          run
0.02  small        run
0.02  big          run

`ingot build tune` makes what is missing
");
    let built = project.build(&["tune@lr=0.1,size=small", "tune@lr=0.02,size=big"]);
    assert_eq!(built.executed().len(), 2);
    insta::assert_snapshot!(screen(&project, &["ingot show tune"]), @r"
    $ ingot show tune
      lr  size   accuracy                     loss  time    state
     0.1  small  0.1000 [0.01000, 0.2000]   0.5000  N s  hit
     0.1  big                                               run
    0.02  small                                             run
    0.02  big    0.02000 [0.01000, 0.2000]  0.5000  N s  hit

    not shown: memory
    `ingot show tune@lr=0.1,size=small` shows all of a point, slices too
    `ingot build tune` makes what is missing
    ");
    project.executed();
    insta::assert_snapshot!(screen(&project, &["ingot show tune", "ingot show tune@lr=0.1,size=big"]), @r"
    $ ingot show tune
      lr  size   accuracy                     loss  time    state
     0.1  small  0.1000 [0.01000, 0.2000]   0.5000  N s  hit
     0.1  big    0.1000 [0.01000, 0.2000]   0.5000  N s  hit
    0.02  small  0.02000 [0.01000, 0.2000]  0.5000  N s  hit
    0.02  big    0.02000 [0.01000, 0.2000]  0.5000  N s  hit

    not shown: memory
    `ingot show tune@lr=0.1,size=small` shows all of a point, slices too
    $ ingot show tune@lr=0.1,size=big
    tune@lr=0.1,size=big (command)
    key      KEY
    output   text: files file:KEY
    verdict  pass
    rebuilt  never
    program  sh: PROGRAM

    metric     value  interval           of
    accuracy  0.1000  [0.01000, 0.2000]
    accuracy  0.7000                     class = a
    loss      0.5000
    memory         3
    ");
}

#[test]
fn metrics_that_the_width_has_no_room_for_are_named() {
    let project = project();
    project.executed();
    let narrow = |columns: &str| {
        let mut command = project.command(&["show", "tune"]);
        let output = command.env("COLUMNS", columns).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
        (longest, text, String::from_utf8(output.stderr).unwrap())
    };
    let (longest, text, note) = narrow("55");
    assert!(longest <= 55 && text.contains("accuracy"), "{text}");
    assert!(note.starts_with("\nnot shown: loss, memory\n"), "{note}");
    let (longest, text, note) = narrow("40");
    assert!(longest <= 40 && !text.contains("accuracy") && text.contains("big"), "{text}");
    assert!(note.starts_with("\nnot shown: accuracy, loss, memory\n"), "{note}");
}

#[test]
fn programs_get_a_line_a_point() {
    let project = project();
    project.build(&["tune@lr=0.02,size=big"]);
    let said = project.run(&["show", "tune", "--json"]).stdout;
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    let open = json!({
        "event": "point", "step": "tune@lr=0.1,size=small", "state": "run",
        "point": { "lr": "0.1", "size": "small" }, "metrics": [], "seconds": null,
    });
    assert_eq!(lines[0], open);
    assert!(lines[3]["seconds"].as_f64().unwrap() > 0.0);
    let metrics = json!([
        { "name": "accuracy", "value": 0.02, "low": 0.01, "high": 0.2 },
        { "name": "loss", "value": 0.5 },
        { "name": "memory", "value": 3.0 },
    ]);
    assert_eq!((&lines[3]["state"], &lines[3]["metrics"]), (&json!("hit"), &metrics));
}
