//! `--cache-from`, `--cache-to`, `push`, `pull`: results go to a remote and come back, and
//! nothing that is wrong there becomes an artifact here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{LINES, Project, Said, words};

const ALL: [&str; 7] = ["deal", "grade", "grade/guess", "head", "learn", "page", "title"];

/// A built project whose results are in `../remote`, and an empty store.
fn given() -> Project {
    let project = words();
    let built = project.build(&["--cache-to", "../remote"]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    assert_eq!(built.executed(), ALL);
    forget(&project);
    project
}

fn forget(project: &Project) {
    std::fs::remove_dir_all(project.path(".ingot")).unwrap();
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Step and state, as `plan` has them.
fn planned(project: &Project, arguments: &[&str]) -> BTreeMap<String, String> {
    let mut all = vec!["plan", "--json"];
    all.extend(arguments);
    let said = project.run(&all);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let lines = said.stdout.lines().map(|line| serde_json::from_str(line).unwrap());
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    lines.map(|line: serde_json::Value| (text(&line["step"]), text(&line["state"]))).collect()
}

/// The digest that the lock has for a step's output.
fn locked(project: &Project, step: &str, port: &str) -> String {
    let lock: toml::Value = toml::from_str(&project.read("ingot.lock")).unwrap();
    let content = &lock["steps"][step][0]["outputs"][port]["content"];
    content.as_str().unwrap().split_once(':').unwrap().1.to_owned()
}

fn blob(project: &Project, folder: &str, digest: &str) -> PathBuf {
    project.path(folder).join(&digest[..2]).join(&digest[2..])
}

fn git(project: &Project, arguments: &[&str]) -> Option<Said> {
    let mut command: Command = project.other(Path::new("git"));
    command.args(["-c", "user.name=n", "-c", "user.email=e@x", "-c", "init.defaultBranch=main"]);
    let output = command.args(arguments).output().ok()?;
    Some(Said::from(output))
}

#[test]
fn a_lock_of_last_month_restores_without_running_anything() {
    let project = words();
    if git(&project, &["init"]).is_none() {
        eprintln!("skipped: git is not installed");
        return;
    }
    let commit = || {
        git(&project, &["add", "ingot.toml", "ingot.lock", "data"]).unwrap();
        let said = git(&project, &["commit", "-q", "-m", "x"]).unwrap();
        assert_eq!(said.code, 0, "{}{}", said.stdout, said.stderr);
    };
    assert_eq!(project.build(&["--cache-to", "../remote"]).said.code, 0);
    let (page, lock) = (project.output("page", "page"), project.read("ingot.lock"));
    commit();
    project.edit("epochs = 2", "epochs = 3");
    project.write("data/lines.txt", LINES.replace("test a b x", "test a b c"));
    assert_eq!(project.build(&["--cache-to", "../remote"]).said.code, 0);
    assert_ne!(project.output("page", "page"), page);
    commit();
    git(&project, &["checkout", "-q", "HEAD~1"]).unwrap();
    for flag in ["--locked", "--frozen"] {
        forget(&project);
        let built = project.build(&[flag, "--cache-from", "../remote"]);
        assert_eq!(built.said.code, 0, "{}{}", built.said.stdout, built.said.stderr);
        assert_eq!(built.executed(), [""; 0], "{flag}");
        assert_eq!(built.ended("cached"), ALL, "{flag}");
        assert_eq!(project.output("page", "page"), page);
        assert_eq!(project.read("ingot.lock"), lock);
    }
    forget(&project);
    let pulled = project.run(&["pull", "--from", "../remote"]);
    assert_eq!(pulled.code, 0, "{}", pulled.stderr);
    assert_eq!(project.build(&["--frozen"]).said.code, 0, "everything is here now");
    assert_eq!(project.output("page", "page"), page);
}

#[test]
fn plan_says_what_build_then_does_and_neither_takes_what_nobody_reads() {
    let project = given();
    let learnt = locked(&project, "learn", "words");
    let page = locked(&project, "page", "page");
    assert!(blob(&project, "../remote/blobs", &learnt).exists());
    let states = planned(&project, &["--cache-from", "../remote"]);
    assert_eq!(states.keys().map(String::as_str).collect::<Vec<_>>(), ALL);
    assert!(states.values().all(|state| state == "hit"), "{states:?}");
    assert!(!blob(&project, ".ingot/cas", &page).exists(), "a plan takes no output");
    assert_eq!(project.build(&["--cache-from", "../remote"]).executed(), [""; 0]);
    assert!(blob(&project, ".ingot/cas", &page).exists());
    assert!(!blob(&project, ".ingot/cas", &learnt).exists(), "nobody reads it");
    assert!(!planned(&project, &[]).values().any(|state| state != "hit"), "recorded here now");
    // Now somebody reads it: the producer does not run again while the remote is named.
    project.edit("inputs.of = [\"grade.report\"", "inputs.of = [\"learn.words\", \"grade.report\"");
    let states = planned(&project, &["--cache-from", "../remote"]);
    assert_eq!((&states["learn"][..], &states["page"][..]), ("hit", "run"));
    assert_eq!(project.build(&["--cache-from", "../remote"]).executed(), ["page"]);
    assert!(blob(&project, ".ingot/cas", &learnt).exists());
    let said = project.run(&["get", "learn.words"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
}

#[test]
fn what_was_not_taken_runs_again_once_the_remote_is_not_named() {
    let project = given();
    project.build(&["--cache-from", "../remote"]);
    let built = project.build(&["learn"]);
    assert_eq!(built.executed(), ["deal", "learn"], "deal's rows are not here either");
    assert_eq!(project.executed(), [""; 0]);
}

#[test]
fn a_file_of_the_machine_names_the_remotes() {
    let project = given();
    project.write("ingot.local.toml", "[cache]\nfrom = \"../remote\"\nto = \"../second\"\n");
    for _ in 0..2 {
        let said = project.run(&["build"]);
        assert!(said.stderr.contains("7 steps: 0 executed, 7 cached"), "{}", said.stderr);
    }
    assert_eq!(project.run(&["pull"]).code, 0);
    assert_eq!(project.run(&["push"]).code, 0);
    forget(&project);
    assert_eq!(project.build(&["--frozen", "--cache-from", "../second"]).said.code, 0);
}

#[test]
fn a_variable_names_the_remote_for_every_command() {
    let project = given();
    let run = |arguments: &[&str]| {
        let mut command = project.command(arguments);
        command.env("INGOT_CACHE_FROM", project.path("../remote"));
        Said::from(command.output().unwrap())
    };
    let got = run(&["get", "learn.words"]);
    assert_eq!(got.code, 0, "{}", got.stderr);
    assert!(std::fs::read_to_string(got.stdout.trim()).unwrap().contains('a'));
    assert!(run(&["why", "page"]).stdout.contains("does not run"));
    let built = run(&["build"]);
    assert!(built.stderr.contains("7 steps: 0 executed, 7 cached"), "{}", built.stderr);
    assert!(built.stderr.contains("took "), "{}", built.stderr);
    let mut command = project.command(&["build"]);
    command.env("INGOT_CACHE_TO", project.path("../second"));
    let said = Said::from(command.output().unwrap());
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(project.path("../second/version").exists());
}

#[test]
fn an_output_that_stays_meets_its_consumers_in_the_remote() {
    let project = given();
    std::fs::remove_file(blob(&project, "../remote/records", &key(&project, "deal"))).unwrap();
    std::fs::remove_file(blob(&project, "../remote/records", &key(&project, "head"))).unwrap();
    let states = planned(&project, &["--cache-from", "../remote"]);
    assert_eq!(states["learn"], "depends");
    let built = project.build(&["--cache-from", "../remote"]);
    assert_eq!(built.executed(), ["deal", "head"]);
    assert_eq!(built.ended("cached"), ["grade", "grade/guess", "learn", "page", "title"]);
}

fn key(project: &Project, step: &str) -> String {
    let lock: toml::Value = toml::from_str(&project.read("ingot.lock")).unwrap();
    lock["steps"][step][0]["key"].as_str().unwrap().to_owned()
}

/// Something done to a remote, and which steps then run, if any.
type Poison = (&'static str, fn(&Project), &'static [&'static str]);

const POISONS: [Poison; 6] = [
    ("a flipped bit", |project| change(project, "page", "page", |b| b[0] ^= 1), &["page"]),
    (
        "a cut blob",
        |project| change(project, "page", "page", |b| b.truncate(b.len() - 1)),
        &["page"],
    ),
    (
        "swapped blobs",
        |project| {
            let place = |step, port| blob(project, "../remote/blobs", &locked(project, step, port));
            let (one, other) = (place("learn", "words"), place("page", "page"));
            std::fs::rename(&one, project.path("aside")).unwrap();
            std::fs::rename(&other, &one).unwrap();
            std::fs::rename(project.path("aside"), &other).unwrap();
        },
        &["page"],
    ),
    (
        "a record of another key",
        |project| {
            let place = |step| blob(project, "../remote/records", &key(project, step));
            std::fs::copy(place("head"), place("page")).unwrap();
        },
        &["page"],
    ),
    (
        "a record of another output",
        |project| {
            let place = blob(project, "../remote/records", &key(project, "page"));
            let text = std::fs::read_to_string(&place).unwrap();
            let (own, other) = (locked(project, "page", "page"), locked(project, "head", "text"));
            std::fs::write(&place, text.replace(&own, &other)).unwrap();
        },
        &["page"],
    ),
    (
        "every blob gone",
        |project| std::fs::remove_dir_all(project.path("../remote/blobs")).unwrap(),
        &ALL,
    ),
];

fn change(project: &Project, step: &str, port: &str, how: fn(&mut Vec<u8>)) {
    let place = blob(project, "../remote/blobs", &locked(project, step, port));
    let mut bytes = std::fs::read(&place).unwrap();
    how(&mut bytes);
    std::fs::remove_file(&place).unwrap();
    std::fs::write(&place, bytes).unwrap();
}

#[test]
fn a_poisoned_remote_costs_a_run_and_is_told() {
    for (name, poison, runs) in POISONS {
        let project = given();
        let clean = words();
        assert_eq!(clean.build(&[]).said.code, 0);
        poison(&project);
        let frozen = project.build(&["--frozen", "--cache-from", "../remote"]);
        assert_eq!(frozen.said.code, 5, "{name}");
        for code in ["E0903", "E0705"] {
            assert!(frozen.said.stderr.contains(code), "{name}: {}", frozen.said.stderr);
        }
        for flags in [&["--locked"][..], &[]] {
            forget(&project);
            let mut arguments = vec!["--cache-from", "../remote"];
            arguments.extend(flags);
            let built = project.build(&arguments);
            assert_eq!(built.said.code, 0, "{name}: {}", built.said.stdout);
            assert_eq!(built.executed(), runs, "{name}");
            assert!(built.of("warning").any(|event| event["code"] == "E0705"), "{name}");
            assert_eq!(built.events.last().unwrap()["event"], "summary");
            assert_eq!(project.output("page", "page"), clean.output("page", "page"), "{name}");
        }
        let mended = project.build(&["--cache-from", "../remote", "--cache-to", "../remote"]);
        assert_eq!(mended.said.code, 0, "{name}");
    }
}

#[test]
fn who_builds_anew_mends_the_remote() {
    for (name, poison, _) in POISONS {
        let project = given();
        poison(&project);
        let built = project.build(&["--cache-from", "../remote", "--cache-to", "../remote"]);
        assert_eq!(built.said.code, 0, "{name}: {}", built.said.stdout);
        forget(&project);
        let built = project.build(&["--frozen", "--cache-from", "../remote"]);
        assert_eq!(built.said.code, 0, "{name}: {}{}", built.said.stdout, built.said.stderr);
    }
}

#[test]
fn a_wrong_result_without_its_bytes_does_not_reach_what_is_behind_it() {
    let project = given();
    // `learn` gives something that nobody has; no lock says what it should be.
    let place = blob(&project, "../remote/records", &key(&project, "learn"));
    let text = std::fs::read_to_string(&place).unwrap();
    let own = locked(&project, "learn", "words");
    std::fs::write(&place, text.replace(&own, &own.replace(|c: char| c.is_ascii_digit(), "0")))
        .unwrap();
    std::fs::remove_file(project.path("ingot.lock")).unwrap();
    let states = planned(&project, &["--cache-from", "../remote"]);
    assert_eq!(states["learn"], "run");
    let built = project.build(&["--cache-from", "../remote"]);
    assert_eq!(built.said.code, 0, "{}", built.said.stdout);
    assert_eq!(built.executed(), ["learn"], "what it gives is what the others were made of");
}

#[test]
fn what_is_no_tree_is_none_to_who_reads_a_part_of_it() {
    let project = given();
    // `learn` reads a split of what `deal` gave, and a blob stands there that is no folder.
    let place = blob(&project, "../remote/records", &key(&project, "deal"));
    let text = std::fs::read_to_string(&place).unwrap();
    let own = locked(&project, "deal", "deck");
    std::fs::write(&place, text.replace(&own, &key(&project, "deal"))).unwrap();
    std::fs::remove_file(project.path("ingot.lock")).unwrap();
    let built = project.build(&["--cache-from", "../remote"]);
    assert_eq!(built.said.code, 0, "{}{}", built.said.stdout, built.said.stderr);
    assert_eq!(built.executed(), ["deal"]);
}

#[test]
fn reading_writes_nothing_there_and_nothing_there_names_the_machine() {
    let project = given();
    let remote = project.path("../remote").canonicalize().unwrap();
    let state = || -> Vec<(PathBuf, Vec<u8>, std::time::SystemTime)> {
        let facts = |path: PathBuf| {
            let written = std::fs::metadata(&path).unwrap().modified().unwrap();
            (path.clone(), std::fs::read(&path).unwrap(), written)
        };
        files(&remote).into_iter().map(facts).collect()
    };
    let before = state();
    project.run(&["plan", "--cache-from", "../remote"]);
    project.run(&["build", "--cache-from", "../remote"]);
    project.run(&["pull", "--from", "../remote"]);
    assert!(before == state(), "a remote to take from is only read");
    let here = project.path("").canonicalize().unwrap();
    let here = here.parent().unwrap().to_str().unwrap().as_bytes();
    for (path, bytes, _) in before {
        assert!(!bytes.windows(here.len()).any(|part| part == here), "{}", path.display());
    }
}

#[test]
fn what_cannot_be_given_is_told_and_the_build_is_good() {
    let project = words();
    project.write("../file", "");
    let built = project.build(&["--cache-to", "../file/remote"]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    assert_eq!(built.executed(), ALL);
    assert!(built.of("warning").any(|event| event["code"] == "E0706"), "{}", built.said.stdout);
    let pushed = project.run(&["push", "--to", "../file/remote"]);
    assert_eq!(pushed.code, 6);
    assert!(pushed.stderr.contains("E0706"), "{}", pushed.stderr);
    // A remote that loses a folder while it is used.
    assert_eq!(project.run(&["push", "--to", "../remote"]).code, 0);
    std::fs::remove_dir_all(project.path("../remote/blobs")).unwrap();
    project.write("../remote/blobs", "no folder");
    project.edit("epochs = 2", "epochs = 3");
    let built = project.build(&["--cache-to", "../remote"]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    assert!(built.of("warning").any(|event| event["code"] == "E0706"), "{}", built.said.stdout);
}

#[test]
fn what_is_no_remote_ends_the_command_with_a_fix() {
    let project = words();
    project.build(&[]);
    std::fs::create_dir(project.path("../empty")).unwrap();
    project.write("../used/thesis", "");
    project.write("../newer/version", "ingot-remote 2\n");
    for (arguments, code, says) in [
        (&["build", "--rerun", "head", "--cache-from", "../none"][..], 6, "mount it"),
        (&["plan", "--cache-from", "../empty"], 6, "ingot push --to DIR"),
        (&["plan", "--cache-from", "../used"], 6, "name an empty folder"),
        (&["build", "--cache-to", "../used"], 6, "name an empty folder"),
        (&["push", "--to", "../newer"], 6, "the version of ingot that wrote it"),
        (&["pull", "--from", "../newer"], 6, "the version of ingot that wrote it"),
        (&["pull"], 2, "--from DIR"),
        (&["push"], 2, "--to DIR"),
    ] {
        let said = project.run(arguments);
        assert_eq!(said.code, code, "{arguments:?}: {}", said.stderr);
        assert!(said.stderr.contains(says), "{arguments:?}: {}", said.stderr);
    }
}

#[test]
fn two_writers_at_once_do_no_harm() {
    let (one, other) = (words(), words());
    let remote = one.path("../remote");
    for _ in 0..3 {
        let give = |project: &Project| {
            let arguments = ["build", "--cache-to", remote.to_str().unwrap()];
            project.command(&arguments).spawn().unwrap()
        };
        let children = [give(&one), give(&other)];
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            assert!(!String::from_utf8_lossy(&output.stderr).contains("warning"));
        }
        for project in [&one, &other] {
            forget(project);
            let built = project.build(&["--frozen", "--cache-from", remote.to_str().unwrap()]);
            assert_eq!(built.said.code, 0, "{}{}", built.said.stdout, built.said.stderr);
            forget(project);
        }
        assert_eq!(files(&remote.join("incoming")), Vec::<PathBuf>::new());
        std::fs::remove_dir_all(&remote).unwrap();
    }
}

#[test]
fn push_and_pull_say_what_is_not_there() {
    let project = given();
    std::fs::remove_file(blob(&project, "../remote/records", &key(&project, "learn"))).unwrap();
    let pulled = project.run(&["pull", "--from", "../remote"]);
    assert_eq!(pulled.code, 2);
    assert!(pulled.stderr.contains("6 results are here"), "{}", pulled.stderr);
    assert!(pulled.stderr.contains("no results of learn"), "{}", pulled.stderr);
    let pulled = project.run(&["pull", "title", "--from", "../remote", "--json"]);
    assert_eq!(pulled.code, 0, "{}", pulled.stderr);
    let line: serde_json::Value = serde_json::from_str(pulled.stdout.trim()).unwrap();
    assert_eq!((&line["results"], &line["blobs"]), (&2.into(), &0.into()), "{line}");
    let pushed = project.run(&["push", "--to", "../second"]);
    assert_eq!(pushed.code, 2);
    assert!(pushed.stderr.contains("not all of learn"), "{}", pushed.stderr);
    assert_eq!(project.build(&["--cache-from", "../second"]).executed(), ["learn"]);
}

#[test]
fn a_build_that_gives_does_not_go_past_the_plan() {
    let project = words();
    project.run(&["build"]);
    for _ in 0..2 {
        let said = project.run(&["build", "--cache-to", "../remote"]);
        assert!(said.stderr.contains("gave "), "nothing runs, and the remote is filled");
        std::fs::remove_dir_all(project.path("../remote")).unwrap();
    }
}

#[test]
fn an_address_that_is_no_folder_is_refused_by_its_scheme() {
    let project = words();
    let told = "error[E0704]: `s3://bucket/results` begins with `s3:`, and a remote is a folder\n";
    for arguments in [
        &["build", "--cache-from", "s3://bucket/results"][..],
        &["build", "--cache-to", "s3://bucket/results"],
        &["push", "--to", "s3://bucket/results"],
        &["plan", "--cache-from", "s3://bucket/results"],
    ] {
        let said = project.run(arguments);
        assert_eq!(said.code, 6, "{arguments:?}: {}", said.stderr);
        assert!(said.stderr.starts_with(told), "{arguments:?}: {}", said.stderr);
        assert!(said.stderr.contains("mount what `s3` leads to"), "{}", said.stderr);
    }
    project.write("ingot.local.toml", "[cache]\nfrom = \"s3://bucket/results\"\n");
    let said = project.run(&["build"]);
    assert_eq!(said.code, 6, "{}", said.stderr);
    assert!(said.stderr.contains("ingot.local.toml:2:8"), "{}", said.stderr);
    assert!(!project.path("s3:").exists());
}
