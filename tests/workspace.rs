//! A workspace of several manifests: one plan and one store, a lock a member, and the
//! same keys from the root and from a member.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::support::{Built, Project, Said};

const ROOT: &str = "[workspace]\nmembers = [\"logs\", \"vision/*\"]\n";

const LOGS: &str = r#"
[pipeline]
name = "logs-pipeline"
edition = 1
seed = 3
default = ["page"]

[params]
epochs = 2

[sources.lines]
path = "data/lines.txt"

[tools.shell]
program = "sh"
identity = ["shell.version"]

[steps.deal]
kind = "deal"
inputs.text = "lines"

[steps.learn]
kind = "learn"
inputs.deck = "deal.deck"
epochs = "{params.epochs}"

[steps.draw]
kind = "draw"

[steps.count]
kind = "command"
run = ["sh", "tools/count.sh", "{inputs.lines}", "{outputs.text}"]
inputs.lines = "lines"
inputs.code = "./tools"
outputs.text = "files"

[steps.page]
kind = "tell"
inputs.of = ["learn.words", "count.text", "draw.text"]

[exports]
"out/count.txt" = "count"

[profiles.more.params]
epochs = 5
"#;

const DIGITS: &str = r#"
[pipeline]
name = "digits-pipeline"
edition = 1
seed = 4

[steps.note]
kind = "write"
text = "digits"

[steps.all]
kind = "join"
inputs.parts = ["note", "logs:count.text"]
"#;

fn workspace() -> Project {
    let project = Project::new(ROOT);
    project.write("logs/ingot.toml", LOGS);
    project.write("logs/data/lines.txt", "the first line\ntrain a b c\ntest a b x\n");
    project.write("logs/tools/count.sh", "wc -l < \"$1\" > \"$2\"\n");
    project.write("logs/shell.version", "1\n");
    project.write("vision/digits/ingot.toml", DIGITS);
    project.write("vision/notes.txt", "no member\n");
    project
}

fn edit(project: &Project, path: &str, old: &str, new: &str) {
    let text = project.read(path);
    assert!(text.contains(old), "`{old}` is not in {path}");
    project.write(path, text.replacen(old, new, 1));
}

fn built(project: &Project, arguments: &[&str]) -> Built {
    let built = project.build(arguments);
    assert_eq!(built.said.code, 0, "{}\n{}", built.said.stdout, built.said.stderr);
    built
}

/// Step -> key, of a lock.
fn keys(lock: &str) -> BTreeMap<String, String> {
    let lock: toml::Table = toml::from_str(lock).unwrap();
    let steps = lock.get("steps").and_then(toml::Value::as_table).cloned().unwrap_or_default();
    steps
        .into_iter()
        .map(|(name, records)| (name, records[0]["key"].as_str().unwrap().to_owned()))
        .collect()
}

#[test]
fn the_root_builds_every_member_and_each_keeps_its_own_lock() {
    let project = workspace();
    let all = [
        "digits:all",
        "digits:note",
        "logs:count",
        "logs:deal",
        "logs:draw",
        "logs:learn",
        "logs:page",
    ];
    assert_eq!(built(&project, &[]).executed(), all);
    let (logs, digits) =
        (keys(&project.read("logs/ingot.lock")), keys(&project.read("vision/digits/ingot.lock")));
    let names = |keys: &BTreeMap<String, String>| keys.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&logs), ["count", "deal", "draw", "learn", "page"]);
    assert_eq!(names(&digits), ["all", "note"]);
    assert!(!project.path("ingot.lock").exists());
    assert!(project.read("vision/digits/ingot.lock").contains("from = \"logs:count.text\""));
    assert!(project.read("logs/ingot.lock").contains("from = \"lines\""));
    let all = project.output("digits:all", "text");
    assert_eq!(all.lines().collect::<BTreeSet<_>>(), BTreeSet::from(["3", "digits"]));
    assert_eq!(project.read("logs/out/count.txt").trim(), "3");
    assert!(project.path(".ingot/version").exists());
    assert!(!project.path("logs/.ingot").exists());
    // With the plan, and by the memo.
    assert!(built(&project, &[]).executed().is_empty());
    let said = project.run(&["build"]);
    assert!(said.stderr.contains("7 steps: 0 executed, 7 cached"), "{}", said.stderr);
    edit(&project, "logs/ingot.toml", "seed = 3", "seed = 5");
    let said = project.run(&["build"]);
    assert!(said.stderr.contains("7 steps: 2 executed, 5 cached"), "{}", said.stderr);
}

#[test]
fn a_member_builds_what_it_needs_of_others_and_its_keys_are_the_roots() {
    let project = workspace();
    let from_member = built(&project, &["-C", "vision/digits"]);
    assert_eq!(from_member.executed(), ["digits:all", "digits:note", "logs:count"]);
    assert_eq!(keys(&project.read("logs/ingot.lock")).len(), 1, "a partial build of logs");
    let before = keys(&project.read("vision/digits/ingot.lock"));
    // From the root all of it is there; the rest of logs is missing.
    let rest = ["logs:deal", "logs:draw", "logs:learn", "logs:page"];
    assert_eq!(built(&project, &[]).executed(), rest);
    let after = keys(&project.read("logs/ingot.lock"));
    assert_eq!(keys(&project.read("vision/digits/ingot.lock")), before);
    assert!(built(&project, &["-C", "logs"]).executed().is_empty());
    assert!(built(&project, &["-C", "logs/tools"]).executed().is_empty(), "a folder below it");
    assert_eq!(keys(&project.read("logs/ingot.lock")), after);
    // A manifest that stands alone has the same keys, but where lineage tells the name.
    let alone = Project::new(LOGS);
    for path in ["data/lines.txt", "tools/count.sh", "shell.version"] {
        alone.write(path, project.read(&format!("logs/{path}")));
    }
    built(&alone, &[]);
    let mut lone = keys(&alone.read("ingot.lock"));
    assert_ne!(lone.remove("page"), after.get("page").cloned());
    for (step, key) in lone {
        assert_eq!(after.get(&step), Some(&key), "{step}");
    }
}

#[test]
fn a_change_in_one_member_runs_what_reads_it_in_the_others() {
    let project = workspace();
    built(&project, &[]);
    project.write("logs/data/lines.txt", "one\ntrain a b c\ntest a b x\nfour\n");
    let digits = built(&project, &["-C", "vision/digits"]);
    assert_eq!(digits.executed(), ["digits:all", "logs:count"]);
    let reasons = digits.reasons();
    assert!(
        reasons["digits:all"][0].starts_with("input `digits:note.text, logs:count.text`"),
        "{reasons:?}"
    );
    let said = project.run(&["lock", "-C", "logs"]);
    assert_eq!(said.code, 5, "{}", said.stdout);
    built(&project, &["logs"]);
    assert_eq!(project.run(&["build", "--frozen"]).code, 0);
    let said = project.run(&["build", "--locked", "--set", "logs:epochs=9", "logs:learn"]);
    assert_eq!(said.code, 5);
    assert!(said.stderr.contains("logs/ingot.toml:9:10"), "{}", said.stderr);
}

#[test]
fn names_may_be_written_short_in_their_own_member() {
    let project = workspace();
    built(&project, &[]);
    let shown = |arguments: &[&str]| {
        let said = project.run(arguments);
        assert_eq!(said.code, 0, "{arguments:?}: {}", said.stderr);
        said.stdout
    };
    for arguments in [["show", "learn"], ["why", "learn"], ["graph", "learn"], ["plan", "learn"]] {
        let short = shown(&[&["-C", "logs"], &arguments[..]].concat());
        let full = [arguments[0], "logs:learn"];
        assert_eq!(short, shown(&full), "{arguments:?}");
        assert!(short.contains("logs:learn"), "{short}");
    }
    let readers = "logs:count\ndigits:all\nlogs:deal\nlogs:learn\nlogs:page\n";
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    for arguments in [
        &["query", "logs:lines"][..],
        &["query", "logs/data/lines.txt"],
        &["-C", "logs", "query", "lines"],
        &["-C", "logs", "query", "./data/lines.txt"],
    ] {
        assert_eq!(sorted(&shown(arguments)), sorted(readers), "{arguments:?}");
    }
    let needs = shown(&["query", "--needs", "digits:all"]);
    assert_eq!(sorted(&needs), ["./logs/tools", "digits:note", "logs:count", "logs:lines"]);
    assert_eq!(shown(&["get", "logs:count"]), shown(&["get", "-C", "logs", "count.text"]));
    let rerun = built(&project, &["-C", "logs", "count", "--rerun", "count"]);
    assert_eq!(rerun.executed(), ["logs:count"]);
}

#[test]
fn overrides_and_profiles_are_of_the_member_that_they_name() {
    let project = workspace();
    built(&project, &[]);
    let locks = |project: &Project| {
        [project.read("logs/ingot.lock"), project.read("vision/digits/ingot.lock")]
    };
    let before = locks(&project);
    assert_eq!(
        built(&project, &["--set", "logs:epochs=3"]).executed(),
        ["logs:learn", "logs:page"]
    );
    let short = built(&project, &["-C", "logs", "--set", "epochs=4"]);
    assert_eq!(short.executed(), ["logs:learn", "logs:page"]);
    assert_eq!(built(&project, &["--profile", "more", "logs:learn"]).executed(), ["logs:learn"]);
    assert_eq!(locks(&project), before, "what was altered is not written");
    for (arguments, said) in [
        (["--set", "epochs=3"], "does not say of which member"),
        (["--set", "lgos:epochs=3"], "there is no member `lgos`"),
        (["--set", "logs:epoch=3"], "did you mean `epochs`?"),
        (["--profile", "mere"], "did you mean `--profile more`?"),
    ] {
        let found = project.run(&["build", arguments[0], arguments[1]]);
        assert_eq!(found.code, 3, "{arguments:?}");
        assert!(found.stderr.contains(said), "{}", found.stderr);
    }
}

#[test]
fn a_root_may_have_a_pipeline_of_its_own() {
    let project = workspace();
    let own = "\n[pipeline]\nname = \"root\"\nedition = 1\n\
        [steps.sum]\nkind = \"join\"\ninputs.parts = [\"logs:count\", \"digits:note\"]\n";
    project.write("ingot.toml", format!("{ROOT}{own}"));
    let steps = built(&project, &["sum"]).executed();
    assert_eq!(steps, ["digits:note", "logs:count", "sum"]);
    assert_eq!(keys(&project.read("ingot.lock")).len(), 1);
    // `digits:all` is the same action as `sum`.
    let rest = ["logs:deal", "logs:draw", "logs:learn", "logs:page"];
    assert_eq!(built(&project, &[]).executed(), rest);
    assert_eq!(built(&project, &["logs", "digits"]).executed(), [""; 0]);
    let said = project.run(&["build", "-C", "logs", "sum"]);
    assert_eq!(said.code, 0, "the root's steps are seen from a member: {}", said.stderr);
}

#[test]
fn the_locks_of_every_member_keep_what_they_name() {
    let project = workspace();
    built(&project, &[]);
    let said = project.run(&["gc", "-C", "vision/digits"]);
    assert!(said.stderr.contains("removed 0 results"), "{}", said.stderr);
    assert!(built(&project, &[]).executed().is_empty());
}

#[test]
fn what_is_new_since_a_revision_is_seen_in_every_member() {
    let project = workspace();
    built(&project, &[]);
    for member in ["logs", "vision/digits"] {
        let copy = project.read(&format!("{member}/ingot.lock"));
        project.write(&format!("{member}/before.lock"), copy);
    }
    let since = ["--affected-since", "before.lock"];
    assert!(project.run(&["build", since[0], since[1]]).stderr.contains("no step is affected"));
    project.write("logs/tools/count.sh", "wc -c < \"$1\" > \"$2\"\n");
    assert_eq!(built(&project, &since).executed(), ["digits:all", "logs:count", "logs:page"]);
    let diff = project.run(&["diff", "before.lock", "-C", "logs"]);
    assert!(diff.stdout.contains("page"), "{}{}", diff.stdout, diff.stderr);
}

#[test]
fn every_mistake_of_a_workspace_has_its_file_and_its_fix() {
    let root = |members: &str| format!("[workspace]\nmembers = {members}\n");
    let cycle = "[steps.back]\nkind = \"join\"\ninputs.parts = \"digits:all\"\n";
    let head = "[pipeline]\nname = \"x\"\nedition = 1\n";
    type Change = (&'static str, String);
    let table: Vec<(&str, Change, &str, &[&str])> = vec![
        (
            "nobody there",
            ("ingot.toml", root("[\"logs\", \"viison/*\"]")),
            "E0218",
            &["ingot.toml:2:20"],
        ),
        ("no members", ("ingot.toml", root("[]")), "E0218", &["ingot.toml:2:11"]),
        (
            "unknown key",
            ("ingot.toml", format!("{ROOT}member = 3\n")),
            "E0201",
            &["did you mean `members`?"],
        ),
        ("a path", ("ingot.toml", root("[\"../x\"]")), "E0207", &["ingot.toml:2:12"]),
        (
            "a twin",
            ("vision/logs/ingot.toml", head.to_owned()),
            "E0217",
            &["the members logs and vision/logs have one name"],
        ),
        (
            "more than a root",
            ("ingot.toml", format!("{ROOT}[params]\nx = 1\n")),
            "E0203",
            &["the manifest needs [pipeline]"],
        ),
        (
            "nested",
            ("logs/ingot.toml", format!("{LOGS}\n{ROOT}")),
            "E0218",
            &["logs/ingot.toml:", "a member cannot be a workspace"],
        ),
        (
            "no such member",
            ("vision/digits/ingot.toml", DIGITS.replace("logs:", "lgs:")),
            "E0301",
            &["vision/digits/ingot.toml:13:25", "did you mean `logs:count`?"],
        ),
        (
            "no such step",
            ("vision/digits/ingot.toml", DIGITS.replace("logs:count", "logs:cuont")),
            "E0301",
            &["vision/digits/ingot.toml:13:25", "did you mean `logs:count`?"],
        ),
        (
            "a member's own mistake",
            ("logs/ingot.toml", LOGS.replace("\"deal.deck\"", "\"dael.deck\"")),
            "E0301",
            &["logs/ingot.toml:24:15", "did you mean `logs:deal`?"],
        ),
        (
            "a circle",
            (
                "logs/ingot.toml",
                LOGS.replace("inputs.code", "inputs.back = \"back\"\ninputs.code")
                    .replace("[exports]", &format!("{cycle}\n[exports]")),
            ),
            "E0309",
            &["logs/ingot.toml:", "vision/digits/ingot.toml:13:25"],
        ),
        (
            "a name for two",
            ("ingot.toml", format!("{ROOT}{head}[steps.logs]\nkind = \"write\"\n")),
            "E0217",
            &["`logs` is the name of a member, too"],
        ),
        (
            "a missing file",
            ("logs/ingot.toml", LOGS.replace("data/lines.txt", "data/lins.txt")),
            "E0501",
            &["logs/ingot.toml:12:8", "cannot read `data/lins.txt`"],
        ),
    ];
    for (name, (path, text), code, parts) in table {
        let project = workspace();
        project.write(path, text);
        let said = project.run(&["plan"]);
        assert_eq!(said.code, 3, "{name}: {}", said.stderr);
        assert!(said.stderr.contains(&format!("error[{code}]")), "{name}: {}", said.stderr);
        for part in parts {
            assert!(said.stderr.contains(part), "{name}: no `{part}` in {}", said.stderr);
        }
    }
}

#[test]
fn a_manifest_that_no_workspace_lists_stands_alone() {
    let project = workspace();
    project.write(
        "other/ingot.toml",
        "[pipeline]\nname = \"o\"\nedition = 1\n[steps.a]\nkind = \"write\"\n",
    );
    assert_eq!(built(&project, &["-C", "other"]).executed(), ["a"]);
    assert!(project.path("other/.ingot").exists());
    edit(
        &project,
        "other/ingot.toml",
        "kind = \"write\"",
        "kind = \"join\"\ninputs.parts = \"logs:count\"",
    );
    let said = project.run(&["plan", "-C", "other"]);
    assert_eq!(said.code, 3);
    assert!(said.stderr.contains("this manifest belongs to no workspace"), "{}", said.stderr);
}

#[test]
fn the_members_share_the_roots_config_and_an_undeclared_read_names_its_line() {
    let project = workspace();
    project.write("ingot.local.toml", "[store]\npath = \"kept\"\n");
    built(&project, &["-C", "logs"]);
    assert!(project.path("kept/version").exists());
    edit(&project, "logs/ingot.toml", "inputs.code = \"./tools\"\n", "");
    let built = project.build(&["-C", "logs", "count"]);
    let help = built.of("finished").find_map(|event| event["help"].as_str()).unwrap();
    assert_eq!(help, "add to [steps.count]: inputs.count = \"./tools/count.sh\"");
    let mut command: Command = project.command(&["doctor", "-C", "logs"]);
    let said = Said::from(command.output().unwrap());
    assert!(said.stdout.contains("(ingot.local.toml:2:8)"), "{}", said.stdout);
}
