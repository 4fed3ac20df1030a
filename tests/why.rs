//! `why` over everything that can move a key: what it was, what it is, where it stands,
//! where it started, and what it costs.

use std::os::unix::fs::PermissionsExt;

use crate::screens::screen;
use crate::support::Project;

const MANIFEST: &str = r#"
[pipeline]
name = "why"
edition = 1
seed = 7

[sources.rows]
path = "data"

[tools.shell]
program = "sh"
identity = ["tools/version"]

[steps.go]
kind = "command"
run = ["sh", "-c", "cat data/* > {outputs.text}"]
inputs.rows = "rows"
outputs.text = "files"
threads = 1
environment = { LEVEL = "3", MODE = "fast" }

[steps.draw]
kind = "draw"

[steps.say]
kind = "join"
inputs.parts = ["go.text", "draw.text"]
separator = "-"
times = 2
header = "./tools/header"

[steps.end]
kind = "first"
inputs.text = "say.text"
"#;

fn project() -> Project {
    let project = Project::new(MANIFEST);
    for (path, text) in
        [("data/a", "1\n"), ("data/b", "2\n"), ("tools/version", "1"), ("tools/header", "head\n")]
    {
        project.write(path, text);
    }
    project.executed();
    project
}

#[test]
fn every_part_of_a_command_is_named_with_its_place() {
    let project = project();
    project.edit("LEVEL = \"3\", MODE = \"fast\"", "LEVEL = \"4\", NAME = \"x\"");
    project.edit("threads = 1", "threads = 2");
    project.edit("cat data/* >", "sort data/* >");
    project.write("tools/version", "2");
    project.write("data/a", "3\n");
    std::fs::remove_file(project.path("data/b")).unwrap();
    project.write("data/c", "4\n");
    insta::assert_snapshot!(screen(&project, &["ingot why go"]), @r#"
$ ingot why go
go runs:
  input `data`: tree:05102d375c4b -> tree:289be109cbe6   (ingot.toml:17:15)
    ~ a
    - b
    + c
  platform `threads`: 1 -> 2   (ingot.toml:19:11)
  environment variable `LEVEL`: "3" -> "4"   (ingot.toml:20:25)
  environment variable `MODE` removed (was "fast")   (ingot.toml:14:8)
  environment variable `NAME` added: "x"   (ingot.toml:20:37)
  command `run`: ["sh","-c","cat data/* > {outputs.text}"] -> ["sh","-c","sort data/* > {outputs.text}"]   (ingot.toml:16:8)
  tool `shell`, file `tools/version`: file:d63bd9a826af -> file:813e9b729141   (ingot.toml:14:8)
  it took N s the last time
  key KEY
"#);
    project.edit("threads = 2", "threads = 2\nnetwork = true\nsecrets = [\"TOKEN\"]");
    let said = project.run(&["why", "go"]).stdout;
    assert!(said.contains("command `network`: false -> true"), "{said}");
    assert!(said.contains("command `secrets`:  -> TOKEN"), "{said}");
}

#[test]
fn params_seeds_and_files_behind_params_are_named_with_their_places() {
    let project = project();
    project.edit("seed = 7", "seed = 8");
    project.edit("separator = \"-\"\ntimes = 2\n", "separator = \"+\"\n");
    project.write("tools/header", "other\n");
    let lines = ["ingot why draw", "ingot why --json draw", "ingot why say"];
    insta::assert_snapshot!(screen(&project, &lines), @r#"
$ ingot why draw
draw runs:
  seed: 7 -> 8   (ingot.toml:5:8)
  it took N s the last time
  key KEY
$ ingot why --json draw
{"event":"why","kind":"draw","reasons":[{"at":"ingot.toml:5:8","new":"8","old":"7","what":"seed"}],"started_by":[],"state":"run","step":"draw"}
$ ingot why say
say runs if these give it something new:
  draw runs:
    seed: 7 -> 8   (ingot.toml:5:8)
  it took N s the last time
  building it runs up to 2 steps, about N s by their last times
"#);
    project.build(&["draw"]);
    insta::assert_snapshot!(screen(&project, &["ingot why say"]), @r#"
$ ingot why say
say runs:
  param `separator`: "-" -> "+"   (ingot.toml:28:13)
  param `times`: 2.0 -> 1.0   (ingot.toml:25:8)
  input `./tools/header`: file:f1e3d3f35d58 -> file:c0d6c8281a38   (ingot.toml:29:10)
  input `go.text, draw.text`: file:21450bb86480, file:a37d46d908a5 -> file:27cb7045cc12, file:a37d46d908a5   (ingot.toml:27:17)
  it took N s the last time
  key KEY
"#);
}

#[test]
fn a_chain_is_followed_back_to_where_it_started() {
    let project = project();
    project.write("data/a", "5\n");
    insta::assert_snapshot!(screen(&project, &["ingot why end", "ingot why --json end"]), @r#"
$ ingot why end
end runs if these give it something new:
  go runs, by way of say:
    input `data`: tree:05102d375c4b -> tree:743fa5ecfcdd   (ingot.toml:17:15)
      ~ a
  it took N s the last time
  building it runs up to 3 steps, about N s by their last times
$ ingot why --json end
{"event":"why","kind":"first","reasons":[{"name":"say","what":"step"}],"started_by":[{"by_way_of":["say"],"reasons":[{"at":"ingot.toml:17:15","files":[{"change":"changed","path":"a"}],"name":"data","new":"tree:743fa5ecfcdd","old":"tree:05102d375c4b","what":"input"}],"step":"go"}],"state":"depends","step":"end"}
"#);
    // Of two steps of one action, the second waits for the first.
    let lines = project.read("ingot.toml") + "\n[steps.twin]\nlike = \"go\"\n";
    project.write("ingot.toml", lines);
    insta::assert_snapshot!(screen(&project, &["ingot why twin", "ingot plan twin go"]), @r"
$ ingot why twin
twin runs:
  never built before
  key KEY
$ ingot plan twin go
state    step  kind     why
run      go    command  input `data`: tree:05102d375c4b -> tree:743fa5ecfcdd
depends  twin  command  the same action as `go`

2 steps: 0 hit, 1 run, 1 depend on those; about N s
`ingot build` does this; `ingot why STEP` says more
");
}

/// A worker in a few lines of shell, of this revision.
fn worker(project: &Project, revision: u32) {
    let path = project.path("../workers/ingot-shell");
    let kind = format!(
        r#"{{"name": "shell", "summary": "", "revision": {revision}, "inputs": [],
            "params": {{"type": "object", "additionalProperties": false}},
            "outputs": [{{"name": "text", "type": "files", "file": true}}],
            "determinism": "bitwise"}}"#
    );
    let kind = kind.replace('\n', " ");
    let text = format!(
        "#!/bin/sh\ncase $1 in\ndescribe) echo '{{\"protocol\": 1, \"worker\": \"ingot-shell\", \
         \"kinds\": [{kind}]}}' ;;\nrun) echo {revision} > out/text ;;\nesac\n"
    );
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn another_revision_and_another_worker_are_named() {
    let head = "[pipeline]\nname = \"p\"\nedition = 1\n";
    let project = Project::new(&format!("{head}[steps.go]\nkind = \"shell\"\n"));
    worker(&project, 1);
    project.executed();
    worker(&project, 2);
    insta::assert_snapshot!(screen(&project, &["ingot why go"]), @r"
$ ingot why go
go runs:
  revision: 1 -> 2
  worker: ingot-shell binary=KEY -> ingot-shell binary=KEY
  it took N s the last time
  key KEY
");
    project.write("ingot.toml", format!("{head}[steps.go]\nkind = \"write\"\n"));
    let said = project.run(&["why", "go"]).stdout;
    assert!(said.contains("kind: shell -> write   (ingot.toml:4:8)"), "{said}");
}
