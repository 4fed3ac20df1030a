//! Workers that end badly, builds that are killed, builds that meet.

use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use crate::support::{Built, Project, Said, send, until, with_word, working_in};

fn breaking(how: &str, more: &str) -> Project {
    let project = Project::new(&format!(
        "[pipeline]\nname = \"b\"\nedition = 1\n\
         [steps.fine]\nkind = \"write\"\ntext = \"fine\"\n\
         [steps.bad]\nkind = \"break\"\nhow = \"{how}\"\n{more}\
         [steps.behind]\nkind = \"join\"\ninputs.parts = [\"bad.text\", \"fine.text\"]\n"
    ));
    project.write("x", "");
    project
}

#[test]
fn a_worker_that_ends_badly_fails_its_step_alone() {
    for (how, more, code) in [
        ("crash", "", "E0802"),
        ("hang", "timeout = \"300ms\"\n", "E0803"),
        ("garbage", "", "E0806"),
        ("fork", "", "L0100"),
        ("silent", "", "E0805"),
        ("say", "", "L0103"),
    ] {
        let project = breaking(how, more);
        let built = project.build(&["-k"]);
        assert_eq!(built.said.code, 1, "{how}: {}", built.said.stderr);
        assert_eq!(built.failure("bad").0, code, "{how}");
        assert_eq!(built.executed(), ["fine"], "{how}");
        assert_eq!(built.ended("blocked"), ["behind"], "{how}");
        assert_eq!(
            project.build(&["-k"]).ended("failed"),
            ["bad"],
            "{how}: a failure is not cached"
        );
    }
    assert_eq!(with_word("8713"), Vec::<i32>::new(), "children of a failed worker are gone");
}

/// On a disk of 8 MiB: a step fills it, the next one has room; then there is no room
/// for anything; then there is again.
const SMALL_DISK: &str = r#"
mount -t tmpfs -o size=8m none . || exit 99
cd "$PWD"; cp ../full.toml ingot.toml
"$INGOT" build -k -j1 fine bad; echo "filled $?"
"$INGOT" build fine; echo "kept $?"
dd if=/dev/zero of=rest bs=4k status=none
"$INGOT" build late; echo "no room $?"
rm rest
"$INGOT" build late; echo "room again $?"
"$INGOT" build late fine; cat .ingot/out/late/text .ingot/out/fine/text
"#;

#[test]
fn a_full_disk_fails_what_needs_room_and_harms_nothing() {
    let project = breaking("fill", "[steps.late]\nkind = \"write\"\ntext = \"late\"\n");
    std::fs::copy(project.path("ingot.toml"), project.path("../full.toml")).unwrap();
    let mut unshare = project.other(Path::new("unshare"));
    unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", SMALL_DISK]);
    let said = match unshare.output() {
        Ok(output) if output.status.code() != Some(99) => Said::from(output),
        refused => {
            eprintln!("skipped: nothing can be mounted here: {refused:?}");
            return;
        }
    };
    let ends: Vec<&str> = said.stdout.lines().collect();
    let expected = ["filled 1", "kept 0", "no room 6", "room again 0", "late", "fine"];
    assert_eq!(ends, expected, "{}", said.stderr);
    assert!(said.stderr.contains("No space left on device"), "{}", said.stderr);
    assert!(said.stderr.contains("help: make room on the disk"), "{}", said.stderr);
}

#[test]
fn an_output_with_a_second_name_is_refused() {
    let built = breaking("link", "").build(&[]);
    assert_eq!(built.failure("bad").0, "E0502");
}

#[test]
fn a_failure_shows_its_log_and_a_fix() {
    let project = breaking("say", "");
    let said = project.run(&["build"]);
    let text: Vec<&str> = said.stderr.lines().filter(|line| !line.contains(" in 0.")).collect();
    let text = text.join("\n");
    for part in [
        "failed bad",
        "L0103: it was told to break",
        "help: tell it something else",
        "log: .ingot/logs/",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
    assert_eq!(project.run(&["log", "bad"]).code, 0);
}

/// A chain of commands that takes a while, each of a kind of its own.
fn slow(mark: &str) -> Project {
    let mut manifest = "[pipeline]\nname = \"s\"\nedition = 1\n".to_owned();
    for step in 0..6 {
        let input = match step {
            0 => String::new(),
            _ => format!("inputs.before = \"s{}.text\"\n", step - 1),
        };
        manifest.push_str(&format!(
            "[steps.s{step}]\nkind = \"command\"\nrun = [\"sh\", \"-c\", \"sleep 0.05; echo {mark}-{step} > {{outputs.text}}\"]\n\
             outputs.text = \"files\"\n{input}"
        ));
    }
    Project::new(&manifest)
}

#[test]
fn a_killed_build_leaves_nothing_behind_and_the_next_one_ends_right() {
    let project = slow("kill");
    let mut kills = 0;
    for delay in (0..400).step_by(17) {
        let mut child = project.start(&["build"]);
        std::thread::sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    assert!(kills > 20);
    until("the processes of killed builds are gone", || working_in(&project) == 0);
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    assert_eq!(project.output("s5", "text"), "kill-5\n");
    assert_eq!(std::fs::read_dir(project.path(".ingot/work")).unwrap().count(), 0);
    assert_eq!(project.executed(), Vec::<String>::new());
}

#[test]
fn a_killed_worker_fails_its_step_and_the_next_build_ends_right() {
    let project = Project::new(
        "[pipeline]\nname = \"k\"\nedition = 1\n[steps.nap]\nkind = \"command\"\n\
         run = [\"sh\", \"-c\", \"echo half > {outputs.text}; exec sleep 8714\"]\n\
         outputs.text = \"files\"\n",
    );
    let child = project.start(&["build", "--json"]);
    until("the step runs", || !with_word("8714").is_empty());
    send(with_word("8714")[0], Signal::KILL);
    let built = Built::from(Said::from(child.wait_with_output().unwrap()));
    assert_eq!((built.said.code, built.failure("nap").0.as_str()), (1, "E0802"));
    project.edit("exec sleep 8714", "echo whole > {outputs.text}");
    assert_eq!(project.executed(), ["nap"]);
    assert_eq!(project.output("nap", "text"), "whole\n");
}

#[test]
fn two_builds_at_once_run_each_step_once() {
    let project = slow("twice");
    let one = project.start(&["build", "--json"]);
    let other = project.start(&["build", "--json"]);
    let built =
        [one, other].map(|child| Built::from(Said::from(child.wait_with_output().unwrap())));
    let mut executed = Vec::new();
    for built in &built {
        assert_eq!(built.said.code, 0, "{}", built.said.stderr);
        executed.extend(built.executed());
    }
    executed.sort();
    assert_eq!(executed, ["s0", "s1", "s2", "s3", "s4", "s5"]);
}
