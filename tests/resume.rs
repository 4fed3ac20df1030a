//! A step that is killed at any moment, in any way, goes on from its checkpoint, and
//! ends with the bytes of one that was never stopped.

use std::path::PathBuf;
use std::process::Child;
use std::time::Duration;

use ingot_protocol::seed::derive;
use rustix::process::Signal;

use crate::support::{Built, Project, Said, send, until, working_in};

/// Numbers to count to: more than are counted between all the kills of a test.
const TO: u64 = 20_000;

/// A step that counts, so many milliseconds a number.
fn counting(pause: u64) -> Project {
    Project::new(&format!(
        "[pipeline]\nname = \"c\"\nedition = 1\n\
         [steps.long]\nkind = \"count\"\nto = {TO}\npause = {pause}\n"
    ))
}

/// What one that is never stopped gives.
fn uninterrupted() -> String {
    let project = counting(0);
    let built = project.build(&[]);
    assert_eq!(resumed(&built.said), None);
    project.output("long", "text")
}

/// The checkpoints that are there, the oldest first.
fn checkpoints(project: &Project) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in std::fs::read_dir(project.path(".ingot/checkpoints")).into_iter().flatten() {
        let files = std::fs::read_dir(folder.unwrap().path()).into_iter().flatten().flatten();
        let files = files.map(|file| file.path());
        found.extend(files.filter(|path| path.extension().is_some_and(|e| e == "checkpoint")));
    }
    found.sort();
    found
}

/// The number from which a build's step went on, where it did not begin anew.
fn resumed(said: &Said) -> Option<u64> {
    let line = said.stdout.lines().find(|line| line.contains("resumed_at"))?;
    let event: serde_json::Value = serde_json::from_str(line).unwrap();
    event["value"].as_f64().map(|value| value as u64)
}

/// The ways to end a step.
#[derive(Debug, Clone, Copy)]
enum End {
    KillBuild,
    KillLauncher,
    KillWorker,
    Interrupt,
}

fn end(project: &Project, child: &Child, way: End, draw: u64) {
    let build = child.id().try_into().unwrap();
    let some = |found: Vec<i32>| found.get(draw as usize % found.len().max(1)).copied();
    let (victim, signal) = match way {
        End::KillBuild => (Some(build), Signal::KILL),
        End::KillLauncher => (some(project.launchers()), Signal::KILL),
        End::KillWorker => (some(project.workers()), Signal::KILL),
        End::Interrupt => (Some(build), Signal::INT),
    };
    // Where the step has no process yet, the build is what can be killed.
    send(victim.unwrap_or(build), signal);
}

#[test]
fn whatever_kills_a_step_it_ends_with_the_bytes_of_one_that_was_never_stopped() {
    let project = counting(2);
    let mut gone_on = 0;
    for turn in 0..20 {
        let way = [End::KillBuild, End::KillLauncher, End::KillWorker, End::Interrupt];
        let way = way[turn as usize % 4];
        let before = checkpoints(&project).pop();
        let child = project.start(&["build", "--json"]);
        // Some turns end it anywhere, the others when it has come further than before.
        let mut delay = derive(17, "delay", turn) % 100;
        if turn % 8 >= 4 {
            until("there is a new checkpoint", || checkpoints(&project).pop() > before);
            delay /= 4;
        }
        std::thread::sleep(Duration::from_millis(delay));
        end(&project, &child, way, derive(17, "victim", turn));
        let said = Said::from(child.wait_with_output().unwrap());
        assert_ne!(said.code, 0, "turn {turn}, {way:?}: {}", said.stdout);
        until("no process is left", || working_in(&project) == 0);
        assert!(checkpoints(&project).len() <= 3, "two, and one whose successor is there");
        gone_on += u64::from(resumed(&said).is_some());
    }
    project.edit("pause = 2", "pause = 0");
    let built = project.build(&[]);
    assert_eq!(built.executed(), ["long"], "{}", built.said.stderr);
    assert!(resumed(&built.said).is_some(), "it began anew: {}", built.said.stdout);
    assert!(gone_on >= 3, "so many of 20 runs went on from a checkpoint: {gone_on}");
    assert_eq!(project.output("long", "text"), uninterrupted());
    assert_eq!(std::fs::read_dir(project.path(".ingot/checkpoints")).unwrap().count(), 0);
    assert_eq!(std::fs::read_dir(project.path(".ingot/work")).unwrap().count(), 0);
    assert_eq!(working_in(&project), 0);
}

#[test]
fn a_checkpoint_that_is_torn_or_of_something_else_is_not_used() {
    let project = counting(1);
    let child = project.start(&["build", "--json"]);
    until("there are two checkpoints", || checkpoints(&project).len() >= 2);
    send(project.workers()[0], Signal::KILL);
    let built = Built::from(Said::from(child.wait_with_output().unwrap()));
    assert_eq!(built.failure("long").0, "E0802");

    let found = checkpoints(&project);
    let [older, newer] = &found[found.len() - 2..] else { panic!("{found:?}") };
    let whole = std::fs::read_to_string(newer).unwrap();
    std::fs::write(newer, &whole[..whole.len() / 2]).unwrap();
    let (header, sum) = whole.split_once('\n').unwrap();
    for (name, text) in [
        ("100000000001", "garbage".to_owned()),
        ("100000000002", format!("{header}\n{}", sum.replace('a', "b"))),
        ("100000000003", whole.replacen("\"identity\":\"", "\"identity\":\"0", 1)),
        ("100000000004", String::new()),
    ] {
        std::fs::write(newer.with_file_name(format!("{name}.checkpoint")), text).unwrap();
    }
    project.edit("pause = 1", "pause = 0");
    let built = project.build(&[]);
    let last: u64 = older.file_stem().unwrap().to_str().unwrap().parse().unwrap();
    assert_eq!(resumed(&built.said), Some(last), "the newest that is whole");
    assert_eq!(project.output("long", "text"), uninterrupted());
    assert_eq!(checkpoints(&project), Vec::<PathBuf>::new());
}
