//! `diff`: runs side by side, from git revisions, files and folders.

use std::process::Command;

use crate::screens::screen;
use crate::support::{LINES, Project, words};

fn git(project: &Project, arguments: &[&str]) {
    let status = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"])
        .args(arguments)
        .current_dir(project.path(""))
        .env("HOME", project.path(".."))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
}

#[test]
fn a_change_is_shown_against_the_commit() {
    if Command::new("git").arg("--version").output().is_err() {
        eprintln!("skipped: there is no git");
        return;
    }
    let project = words();
    project.executed();
    git(&project, &["init", "-q"]);
    git(&project, &["add", "ingot.toml", "ingot.lock"]);
    git(&project, &["commit", "-q", "-m", "first"]);
    let said = project.run(&["diff"]);
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("", "nothing differs\n"));
    project.edit("epochs = 2", "epochs = 3");
    project.executed();
    let said = project.run(&["diff"]);
    let line = |begin: &str| {
        let mut lines = said.stdout.lines();
        let found = lines.find(|line| line.starts_with(begin)).map(str::to_owned);
        found.unwrap_or_else(|| panic!("no `{begin}` in {}", said.stdout))
    };
    let split = |text: String| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(split(line("param")), ["param", "HEAD", "ingot.lock"]);
    assert_eq!(split(line("learn  epochs")), ["learn", "epochs", "2", "3"]);
    let json = project.run(&["diff", "HEAD", "--json"]).stdout;
    let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!(first["values"], serde_json::json!({ "HEAD": "2", "ingot.lock": "3" }));
    let page = project.run(&["diff", "--md"]).stdout;
    assert!(page.contains("| learn | epochs | 2 | 3 |\n"), "{page}");
    let said = project.run(&["diff", "no-such-branch"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("error[E1009]"), "{}", said.stderr);
}

#[test]
fn several_runs_stand_side_by_side() {
    let project = words();
    for epochs in ["2", "3", "4"] {
        project.executed();
        std::fs::create_dir(project.path(epochs)).unwrap();
        std::fs::copy(project.path("ingot.lock"), project.path(&format!("{epochs}/ingot.lock")))
            .unwrap();
        let next = epochs.parse::<u32>().unwrap() + 1;
        project.edit(&format!("epochs = {epochs}"), &format!("epochs = {next}"));
    }
    project.write("data/lines.txt", format!("{LINES}{LINES}"));
    project.executed();
    let said = project.run(&["diff", "2", "3/ingot.lock", "4", "ingot.lock"]).stdout;
    let epochs = said.lines().find(|line| line.starts_with("learn  epochs")).unwrap();
    assert_eq!(
        epochs.split_whitespace().collect::<Vec<_>>(),
        ["learn", "epochs", "2", "3", "4", "5"]
    );
    assert!(said.lines().any(|line| line.starts_with("lines  data/lines.txt  file:")), "{said}");
    assert!(said.contains("\ntime"), "{said}");
}

#[test]
fn everything_a_reviewer_asks_for_is_on_one_screen() {
    let project = words();
    project.edit("kind = \"join\"", "kind = \"join\"\nheader = \"./tools/header\"");
    let manifest = project.read("ingot.toml")
        + "\n[tools.shell]\nprogram = \"sh\"\nidentity = [\"tools/version\"]\n\n\
           [steps.go]\nkind = \"command\"\n\
           run = [\"sh\", \"-c\", \"cat {inputs.code} $LEVEL > {outputs.text} # `<a|*`\"]\n\
           inputs.code = \"./tools/header\"\nenvironment.LEVEL = \"/dev/null\"\n\
           outputs.text = \"files\"\n";
    project.write("ingot.toml", manifest.replace("default = [\"page\"]\n", ""));
    project.write("tools/header", "head\n");
    project.write("tools/version", "1");
    project.executed();
    std::fs::copy(project.path("ingot.lock"), project.path("before.lock")).unwrap();
    project.edit("epochs = 2", "epochs = 3");
    project.edit("seed = 7", "seed = 8");
    project.edit("LEVEL = \"/dev/null\"", "LEVEL = \"/dev/zero\"");
    project.edit("cat {inputs.code} $LEVEL", "cat {inputs.code}");
    project.write("tools/header", format!("{}\n", "a longer head ".repeat(40)));
    project.write("tools/version", "2");
    project.write("data/lines.txt", LINES.replace("test a b x", "test a b x y"));
    project.executed();
    let lines = ["ingot diff before.lock", "ingot diff --md before.lock ingot.lock"];
    insta::assert_snapshot!(screen(&project, &lines), @r"
$ ingot diff before.lock
data                          before.lock        ingot.lock
lines         data/lines.txt  file:088aa2bbf16d  file:b04fb92aa931
tools/header                  file:f1e3d3f35d58  file:851871a04358

param                             before.lock                                               ingot.lock
go     environment.LEVEL          /dev/null                                                 /dev/zero
go     run                        sh -c cat {inputs.code} $LEVEL > {outputs.text} # `<a|*`  sh -c cat {inputs.code} > {outputs.text} # `<a|*`
go     tools.shell tools/version  file:d63bd9a826af                                         file:813e9b729141
learn  epochs                     2                                                         3

metric         before.lock  ingot.lock   change
grade   share       0.6667      0.5000  -0.1667

size     before.lock  ingot.lock
deal     10 bytes     12 bytes
go       5 bytes      561 bytes
page     130 bytes    115 bytes
title    20 bytes     575 bytes

time           before.lock  ingot.lock
deal           N s       N s
go             N s       N s
grade          N s       N s
grade/guess    N s       N s
head           N s       N s
learn          N s       N s
page           N s       N s
title          N s       N s
$ ingot diff --md before.lock ingot.lock
| data |  | before.lock | ingot.lock |
| --- | --- | --- | --- |
| lines | data/lines.txt | file:088aa2bbf16d | file:b04fb92aa931 |
| tools/header |  | file:f1e3d3f35d58 | file:851871a04358 |

| param |  | before.lock | ingot.lock |
| --- | --- | --- | --- |
| go | environment.LEVEL | /dev/null | /dev/zero |
| go | run | sh -c cat {inputs.code} $LEVEL > {outputs.text} # \`\<a\|\*\` | sh -c cat {inputs.code} > {outputs.text} # \`\<a\|\*\` |
| go | tools.shell tools/version | file:d63bd9a826af | file:813e9b729141 |
| learn | epochs | 2 | 3 |

| metric |  | before.lock | ingot.lock | change |
| --- | --- | --- | --- | --- |
| grade | share | 0.6667 | 0.5000 | -0.1667 |

| size |  | before.lock | ingot.lock |
| --- | --- | --- | --- |
| deal |  | 10 bytes | 12 bytes |
| go |  | 5 bytes | 561 bytes |
| page |  | 130 bytes | 115 bytes |
| title |  | 20 bytes | 575 bytes |

| time |  | before.lock | ingot.lock |
| --- | --- | --- | --- |
| deal |  | N s | N s |
| go |  | N s | N s |
| grade |  | N s | N s |
| grade/guess |  | N s | N s |
| head |  | N s | N s |
| learn |  | N s | N s |
| page |  | N s | N s |
| title |  | N s | N s |
");
}
