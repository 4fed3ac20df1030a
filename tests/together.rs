//! Builds of different targets at once in one workspace: none loses what another recorded.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Child;
use std::time::Duration;

use ingot::engine::job::Job;
use ingot_protocol::seed::derive;
use rustix::process::Signal;

use crate::support::{Built, Project, Said, send, until, working_in};

/// Targets, each with a chain of its own: a source, a step that counts with checkpoints,
/// and a command behind it; one reads what two others gave.
fn pipeline(targets: usize, pause: u64) -> Project {
    let mut manifest = "[pipeline]\nname = \"t\"\nedition = 1\n".to_owned();
    for target in 0..targets {
        let to = 60 + target;
        manifest.push_str(&format!(
            "[sources.d{target}]\npath = \"d{target}\"\n\
             [steps.count{target}]\nkind = \"count\"\nto = {to}\npause = {pause}\n\
             [steps.t{target}]\nkind = \"command\"\n\
             run = [\"sh\", \"-c\", \"cat {{inputs.n}} {{inputs.d}} > {{outputs.text}}\"]\n\
             inputs.n = \"count{target}.text\"\ninputs.d = \"d{target}\"\noutputs.text = \"files\"\n"
        ));
    }
    manifest.push_str("[steps.both]\nkind = \"join\"\ninputs.parts = [\"t0.text\", \"t1.text\"]\n");
    let project = Project::new(&manifest);
    for target in 0..targets {
        project.write(&format!("d{target}"), format!("data {target}\n"));
    }
    project
}

/// What a store says: records and blobs by path, with their bytes.
fn results(project: &Project) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for folder in ["actions", "cas"] {
        let path = project.path(&format!(".ingot/{folder}"));
        gather(&path, folder, &mut found);
    }
    // What is in no key, such as a pause, is in the blob of a job all the same.
    found.retain(|_, bytes| Job::decode(bytes).is_err());
    found
}

fn gather(folder: &Path, name: &str, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        match entry.path().is_dir() {
            true => gather(&entry.path(), &name, found),
            false => drop(found.insert(name, std::fs::read(entry.path()).unwrap())),
        }
    }
}

/// The lock and the results of a build that nobody disturbed.
fn undisturbed(targets: usize) -> (String, BTreeMap<String, Vec<u8>>) {
    let project = pipeline(targets, 0);
    project.executed();
    (project.read("ingot.lock"), results(&project))
}

fn start(project: &Project, targets: usize) -> Vec<Child> {
    let names = (0..targets).map(|target| format!("t{target}"));
    let mut children: Vec<Child> =
        names.map(|name| project.start(&["build", "--json", "-j2", &name])).collect();
    children.push(project.start(&["build", "--json", "-j2", "both"]));
    children
}

#[test]
fn builds_of_different_targets_at_once_lose_no_record() {
    for targets in [2, 8] {
        let project = pipeline(targets, 0);
        for child in start(&project, targets) {
            let built = Built::from(Said::from(child.wait_with_output().unwrap()));
            assert_eq!(built.said.code, 0, "{}\n{}", built.said.stdout, built.said.stderr);
        }
        let (lock, store) = undisturbed(targets);
        assert_eq!(project.read("ingot.lock"), lock, "{targets} targets");
        assert!(results(&project) == store, "{targets} targets: another store");
        assert_eq!(project.executed(), [""; 0]);
    }
}

/// How many kills there are: `INGOT_TEST_KILLS`, else a few.
fn kills() -> u64 {
    std::env::var("INGOT_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(10)
}

#[test]
fn whenever_builds_are_killed_lock_and_store_end_as_if_they_were_not() {
    let kills = kills();
    let mut begun = 0;
    for (round, targets) in [(0, 2), (1, 8)] {
        let (lock, store) = undisturbed(targets);
        let mut project = pipeline(targets, 1);
        for turn in 0..kills / 2 {
            let draw = |what: &str| derive(23 + round, what, turn);
            let mut children = start(&project, targets);
            std::thread::sleep(Duration::from_millis(draw("delay") % 400));
            let victim = draw("victim") as usize % children.len();
            send(children[victim].id().try_into().unwrap(), Signal::KILL);
            // One in two turns all of them go, as when the machine does.
            if draw("all") % 2 == 0 {
                children
                    .iter()
                    .for_each(|child| send(child.id().try_into().unwrap(), Signal::KILL));
            }
            for mut child in children.drain(..) {
                let _ = child.wait();
            }
            until("no process is left", || working_in(&project) == 0);
            begun += usize::from(project.path(".ingot/actions").exists());
            // The next turn goes on with what this one left, or it is built to its end.
            if turn % 3 == 2 || turn + 1 == kills / 2 {
                let built = project.build(&[]);
                assert_eq!(built.said.code, 0, "{}", built.said.stderr);
                assert_eq!(project.read("ingot.lock"), lock, "round {round}, turn {turn}");
                assert!(results(&project) == store, "round {round}, turn {turn}: another store");
                assert_eq!(std::fs::read_dir(project.path(".ingot/work")).unwrap().count(), 0);
                assert_eq!(project.run(&["store", "check"]).code, 0);
                project = pipeline(targets, 1);
            }
        }
    }
    assert!(begun > 0);
}

fn napping(word: &str) -> Project {
    Project::new(&format!(
        "[pipeline]\nname = \"w\"\nedition = 1\n[steps.nap]\nkind = \"command\"\n\
         run = [\"sh\", \"-c\", \"sleep {word}; echo x > {{outputs.text}}\"]\n\
         outputs.text = \"files\"\n"
    ))
}

#[test]
fn who_waits_for_another_build_says_for_which_and_how_long() {
    let project = napping("1.8723");
    let first = project.start(&["build"]);
    until("the step runs", || !crate::support::with_word("1.8723").is_empty());
    let (json, plain) = (project.start(&["build", "--json"]), project.start(&["build"]));
    let built = Built::from(Said::from(json.wait_with_output().unwrap()));
    let said = Said::from(plain.wait_with_output().unwrap());
    let id = u64::from(first.id());
    assert_eq!(Said::from(first.wait_with_output().unwrap()).code, 0);
    let waits: Vec<_> = built.of("waiting").collect();
    assert!(waits.len() >= 2, "{}", built.said.stdout);
    for wait in &waits {
        assert_eq!(wait["step"], "nap");
        assert_eq!(wait["process"], id);
        assert!(wait["seconds"].as_f64().unwrap() >= 0.2);
    }
    assert_eq!(waits.last().unwrap()["over"], true);
    assert_eq!(built.ended("cached"), ["nap"]);
    for text in [format!("for process {id}, which is at it for"), format!("for process {id}\n")] {
        assert!(said.stderr.contains(&text), "{text}: {}", said.stderr);
    }
}

#[test]
fn what_a_lock_says_of_its_holder_does_no_harm() {
    for text in ["ingot-lock 1\nprocess 1\nbegan 0\n", "garbage\u{1b}[2J", ""] {
        let project = napping("0.01");
        project.executed();
        for lock in std::fs::read_dir(project.path(".ingot/locks")).unwrap() {
            let path = lock.unwrap().path();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), "", "nobody holds it");
            std::fs::write(path, text).unwrap();
        }
        let built = project.build(&["--rerun", "nap"]);
        assert_eq!(built.executed(), ["nap"], "{}", built.said.stderr);
        assert_eq!(built.of("waiting").count(), 0);
    }
}
