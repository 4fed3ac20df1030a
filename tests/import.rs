//! `ingot import dvc`: a pipeline of DVC becomes a manifest that builds, what is not
//! translated is told, and what DVC made is adopted where its lock vouches for it.

use md5::{Digest, Md5};

use crate::support::Project;

const DVC: &str = r#"vars:
  - words: {top: 2}
  - models: [small, big]
stages:
  split:
    desc: takes the head off
    cmd: sh tools/split.sh
    deps:
      - data/raw.txt
      - tools/split.sh
    params: [lines, other.nested]
    outs:
      - data/split
  count:
    cmd:
      - wc -l < data/split/head.txt > counts.txt
      - echo ${words.top} '{x}' >> counts.txt
    deps: [data/split/head.txt]
    outs: [counts.txt]
    metrics:
      - score.json:
          cache: false
    frozen: true
  train:
    foreach: ${models}
    do:
      cmd: cp data/split/head.txt model-${item}.bin
      deps: [data/split]
      outs:
        - model-${item}.bin
  pick:
    wdir: sub
    cmd: cat ../model-small.bin ../counts.txt > picked.txt
    deps: [../model-small.bin, ../counts.txt]
    outs:
      - picked.txt:
          persist: true
  each:
    matrix:
      model: [small, big]
    cmd: cp model-${item.model}.bin each-${item.model}.txt
    deps:
      - model-${item.model}.bin
    outs:
      - each-${item.model}.txt
  far:
    cmd: cat /data/x
    deps: [s3://bucket/x]
artifacts:
  best: {path: picked.txt}
"#;

const SPLIT: &str = "mkdir -p data/split\nhead -n $(sed -n 's/lines: //p' params.yaml) data/raw.txt > data/split/head.txt\n";

fn dvc() -> Project {
    let project = Project::new("");
    std::fs::remove_file(project.path("ingot.toml")).unwrap();
    // `score.json` has nobody who makes it until here.
    project.write("dvc.yaml", DVC.replace(">> counts.txt", ">> counts.txt; echo 1 > score.json"));
    project.write("params.yaml", "lines: 2\nother: {nested: 1}\n");
    project.write("data/raw.txt", "a\nb\nc\n");
    project.write("tools/split.sh", SPLIT);
    project
}

#[test]
fn a_pipeline_becomes_a_manifest_and_what_does_not_is_told() {
    let project = dvc();
    let said = project.run(&["import", "dvc"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    insta::assert_snapshot!(said.stdout, @r"
dvc.yaml:23: `frozen` is not translated: a step runs when what it reads changed
dvc.yaml:37: `persist` of the output `picked.txt` is not translated
dvc.yaml:48: the dependency `s3://bucket/x` lies outside of the workspace: a step cannot read it; copy it in, or get it in a step with `network = true`
dvc.yaml:49: `artifacts` is not translated
");
    assert!(said.stderr.ends_with("`ingot plan` shows what a build would do\n"), "{}", said.stderr);
    insta::assert_snapshot!(project.read("ingot.toml").replace("name = \"w\"", "name = \"NAME\""), @r#"
# Written by `ingot import dvc`. What needs a look is marked NOTE.
#
# Here outputs have no path in the workspace: they stand in the store, and
# `.ingot/out/STEP/PORT` shows them. A step sees what it declares and nothing else, and
# finds programs in /usr/local/bin:/usr/bin:/bin, or where [tools] says. A metric that a
# gate is to judge is told in the file that $INGOT_EVENTS names.
# NOTE dvc.yaml:49: `artifacts` is not translated

[pipeline]
name = "NAME"
edition = 1

# Values that `${..}` named. A script that reads params.yaml itself reads it on.
[params]
words_top = 2 # words.top

# dvc.yaml:5
# takes the head off
[steps.split]
kind = "command"
run = ["sh", "-ec", """
root=$PWD; mkdir -p tmp/work; cd tmp/work
mkdir -p "data"
mkdir -p "tools"
ln -s "$root/data/raw.txt" "data/raw.txt"
cp -RL "$root/tools/split.sh" "tools/split.sh"
ln -s "$root/params.yaml" "params.yaml"
sh tools/split.sh
cd "$root/tmp/work"
mv "data/split" "$root/{outputs.split}"
"""]
inputs.raw = "./data/raw.txt"
inputs.split = "./tools/split.sh"
# DVC watched lines, other.nested of it alone; here any change of the file runs the step.
inputs.params = "./params.yaml"
outputs.split = "files"

# dvc.yaml:14
# NOTE dvc.yaml:23: `frozen` is not translated: a step runs when what it reads changed
[steps.count]
kind = "command"
run = ["sh", "-ec", """
root=$PWD; mkdir -p tmp/work; cd tmp/work
mkdir -p "data"
ln -s "$root/{inputs.split}" "data/split"
wc -l < data/split/head.txt > counts.txt
echo {params.words_top} '{{x}}' >> counts.txt; echo 1 > score.json
cd "$root/tmp/work"
mv "counts.txt" "$root/{outputs.counts}"
mv "score.json" "$root/{outputs.score}"
"""]
inputs.split = "split.split"
outputs.counts = "files"
outputs.score = "files"

# dvc.yaml:24
[steps.train]
kind = "command"
run = ["sh", "-ec", """
root=$PWD; mkdir -p tmp/work; cd tmp/work
mkdir -p "data"
ln -s "$root/{inputs.split}" "data/split"
cp data/split/head.txt model-{matrix.item}.bin
cd "$root/tmp/work"
mv "model-{matrix.item}.bin" "$root/{outputs.model}"
"""]
matrix.item = ["small", "big"]
inputs.split = "split.split"
outputs.model = "files"

# dvc.yaml:31
# NOTE dvc.yaml:37: `persist` of the output `picked.txt` is not translated
[steps.pick]
kind = "command"
run = ["sh", "-ec", """
root=$PWD; mkdir -p tmp/work; cd tmp/work
mkdir -p "sub"
ln -s "$root/{inputs.model}" "model-small.bin"
ln -s "$root/{inputs.counts}" "counts.txt"
cd "sub"
cat ../model-small.bin ../counts.txt > picked.txt
cd "$root/tmp/work"
mv "sub/picked.txt" "$root/{outputs.picked}"
"""]
inputs.model = "train@item=small.model"
inputs.counts = "count.counts"
outputs.picked = "files"

# dvc.yaml:38
[steps.each]
kind = "command"
run = ["cp", "{inputs.model}", "{outputs.each}"]
matrix.model = ["small", "big"]
inputs.model = "train@item={matrix.model}.model"
outputs.each = "files"

# dvc.yaml:46
# NOTE dvc.yaml:48: the dependency `s3://bucket/x` lies outside of the workspace: a step cannot read it; copy it in, or get it in a step with `network = true`
[steps.far]
kind = "command"
run = ["cat", "/data/x"]

# What DVC leaves in git (`cache: false`).
[exports]
"score.json" = "count.score"
"#);
    let again = project.run(&["import", "dvc"]);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("nothing is written over it"), "{}", again.stderr);
}

#[test]
fn what_was_written_builds_as_the_pipeline_did() {
    let project = dvc();
    assert_eq!(project.run(&["import", "dvc"]).code, 0);
    let targets = ["count", "pick", "each"];
    let built = project.build(&targets);
    assert_eq!(built.said.code, 0, "{}\n{}", built.said.stdout, built.said.stderr);
    assert_eq!(project.output("count", "counts").trim(), "2\n2 {x}");
    assert_eq!(project.output("pick", "picked").trim(), "a\nb\n2\n2 {x}");
    assert_eq!(project.output("each@model=big", "each"), "a\nb\n");
    assert_eq!(project.read("score.json"), "1\n", "what DVC leaves in git is exported");
    assert!(!project.path("counts.txt").exists());
    // The whole file of params is read, so its change runs the step; not what is behind it.
    project.write("params.yaml", "lines: 2\nother: {nested: 2}\n");
    assert_eq!(project.build(&targets).executed(), ["split"]);
    project.write("params.yaml", "lines: 1\nother: {nested: 2}\n");
    let mut again = project.build(&targets).executed();
    // The two models are the same bytes, so the points of `each` are one action.
    let points = ["each@model=big", "each@model=small"];
    let twins = again.extract_if(.., |step| points.contains(&step.as_str())).count();
    assert_eq!(twins, 1);
    assert_eq!(again, ["count", "pick", "split", "train@item=big", "train@item=small"]);
}

fn md5(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A pipeline of two stages as `dvc repro` leaves it.
fn reproduced() -> Project {
    let project = dvc();
    project.write(
        "dvc.yaml",
        "stages:\n  split:\n    cmd: sh tools/split.sh\n    deps: [data/raw.txt, tools/split.sh]\n    \
         params: [lines]\n    outs: [data/split]\n  count:\n    \
         cmd: wc -l < data/split/head.txt > counts.txt\n    deps: [data/split]\n    outs: [counts.txt]\n",
    );
    project.write("data/split/head.txt", "a\nb\n");
    project.write("counts.txt", "2\n");
    let list = format!("[{{\"md5\": \"{}\", \"relpath\": \"head.txt\"}}]", md5("a\nb\n"));
    let folder = format!("{}.dir", md5(&list));
    let entry =
        |path: &str, md5: &str| format!("    - {{path: {path}, hash: md5, md5: {md5}, size: 1}}\n");
    let lock = format!(
        "schema: '2.0'\nstages:\n  split:\n    cmd: sh tools/split.sh\n    deps:\n{}{}    params:\n      \
         params.yaml:\n        lines: 2\n    outs:\n{}  count:\n    \
         cmd: wc -l < data/split/head.txt > counts.txt\n    deps:\n{}    outs:\n{}",
        entry("data/raw.txt", &md5("a\nb\nc\n")),
        entry("tools/split.sh", &md5(SPLIT)),
        entry("data/split", &folder),
        entry("data/split", &folder),
        entry("counts.txt", &md5("2\n")),
    );
    project.write("dvc.lock", lock);
    project
}

#[test]
fn outputs_that_the_lock_vouches_for_are_hits() {
    let project = reproduced();
    let said = project.run(&["import", "dvc", "--adopt"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(
        said.stderr.contains("adopted the outputs of 2 of 2 steps"),
        "{}{}",
        said.stdout,
        said.stderr
    );
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0);
    assert!(built.executed().is_empty(), "{:?}", built.executed());
    assert_eq!(project.output("count", "counts"), "2\n");
    // What was adopted is what the step gives.
    assert!(project.run(&["verify"]).stderr.contains("2 the same, 0 differ"));
}

#[test]
fn what_moved_since_the_lock_was_written_is_not_adopted() {
    for (path, text, whys) in [
        (
            "data/raw.txt",
            "a\nx\nc\n",
            ["`data/raw.txt` is not as dvc.lock has it", "`split`, which it reads, is not"],
        ),
        (
            "params.yaml",
            "lines: 3\n",
            ["`lines` of `params.yaml` is not as dvc.lock has it", "`split`, which it reads"],
        ),
        ("counts.txt", "3\n", ["", "`counts.txt` is not as dvc.lock has it"]),
        ("tools/split.sh", "true\n", ["`tools/split.sh` is not as", "`split`, which it reads"]),
        (
            "data/split/more.txt",
            "",
            ["`data/split` is not as dvc.lock has it", "`data/split` is not as dvc.lock has it"],
        ),
    ] {
        let project = reproduced();
        project.write(path, text);
        let said = project.run(&["import", "dvc", "--adopt"]);
        assert_eq!(said.code, 0, "{path}: {}", said.stderr);
        for (step, why) in ["split", "count"].into_iter().zip(whys) {
            let line = format!("{step} is not adopted: ");
            let found = said.stdout.lines().find_map(|text| text.strip_prefix(&line));
            assert_eq!(found.is_none(), why.is_empty(), "{path}: {}", said.stdout);
            assert!(found.unwrap_or_default().starts_with(why), "{path}: {}", said.stdout);
        }
    }
    let project = reproduced();
    let other = project.read("dvc.yaml").replace("wc -l", "wc -c");
    project.write("dvc.yaml", other);
    let said = project.run(&["import", "dvc", "--adopt"]);
    assert_eq!(said.stdout, "count is not adopted: dvc.lock is of another command\n");
    let project = reproduced();
    std::fs::remove_file(project.path("dvc.lock")).unwrap();
    let said = project.run(&["import", "dvc", "--adopt"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("there is no dvc.lock"), "{}", said.stderr);
    assert!(!project.path("ingot.toml").exists(), "nothing was written");
}

#[test]
fn what_cannot_be_read_is_told_with_its_line() {
    let project = dvc();
    project.write("dvc.yaml", "stages:\n  a:\n    cmd: [x\n  b: 1\n");
    let said = project.run(&["import", "dvc"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("--> dvc.yaml:"), "{}", said.stderr);
    assert!(!project.path("ingot.toml").exists());
    let said = project.run(&["import", "dvc", "data"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("holds no dvc.yaml"), "{}", said.stderr);
    project.write("sub/dvc.yaml", "stages:\n  a:\n    cmd: touch x\n    outs: [x]\n");
    assert_eq!(project.run(&["import", "dvc", "sub"]).code, 0);
    assert_eq!(project.run(&["build", "-C", "sub"]).code, 0);
}
