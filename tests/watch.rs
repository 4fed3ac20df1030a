//! `build --watch`: a real process that builds when something changes, and only then.

use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::support::{Project, send};

/// A watching build, and what it says.
struct Watching {
    child: Child,
    events: Receiver<Value>,
    notes: Receiver<String>,
}

impl Watching {
    fn start(project: &Project) -> Self {
        let mut child = project.start(&["build", "--watch", "--json"]);
        let events =
            lines(child.stdout.take().unwrap(), |line| serde_json::from_str(line).unwrap());
        let notes = lines(child.stderr.take().unwrap(), str::to_owned);
        Self { child, events, notes }
    }

    /// The events of the next round.
    fn round(&self) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            let event = self.events.recv_timeout(Duration::from_secs(60)).expect("a round");
            let last = event["event"] == "summary";
            events.push(event);
            if last {
                return events;
            }
        }
    }

    /// The steps of the next round that ended so.
    fn ended(&self, outcome: &str) -> Vec<String> {
        let mut steps: Vec<String> = self
            .round()
            .iter()
            .filter(|event| event["outcome"] == outcome)
            .map(|event| event["step"].as_str().unwrap().to_owned())
            .collect();
        steps.sort();
        steps
    }

    /// Waits until it says this.
    fn until(&self, text: &str) -> Vec<String> {
        let mut said = Vec::new();
        loop {
            let line = self.notes.recv_timeout(Duration::from_secs(60));
            said.push(line.unwrap_or_else(|_| panic!("no `{text}`: {said:#?}")));
            if said.last().is_some_and(|line| line.contains(text)) {
                return said;
            }
        }
    }

    fn interrupt(mut self) -> Option<i32> {
        send(self.child.id().try_into().unwrap(), Signal::INT);
        self.child.wait().unwrap().code()
    }
}

fn lines<T: Send + 'static>(
    stream: impl Read + Send + 'static,
    parse: impl Fn(&str) -> T + Send + 'static,
) -> Receiver<T> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(parse(&line)).is_err() {
                return;
            }
        }
    });
    receiver
}

const MANIFEST: &str = "[pipeline]\nname = \"w\"\nedition = 1\n\
     [sources.lines]\npath = \"data/*.txt\"\nexclude = [\"old*\"]\n\
     [steps.all]\nkind = \"command\"\noutputs.text = \"files\"\n\
     run = [\"sh\", \"tools/all.sh\", \"{outputs.text}\"]\n\
     inputs.lines = \"lines\"\ninputs.code = \"./tools\"\n\
     [steps.headed]\nkind = \"join\"\ninputs.parts = [\"all.text\"]\nheader = \"./header.txt\"\n";

fn project() -> Project {
    let project = Project::new(MANIFEST);
    project.write("data/a.txt", "a\n");
    project.write("header.txt", "head\n");
    project.write("tools/all.sh", "cat data/*.txt > $1\n");
    project
}

#[test]
fn what_a_build_reads_is_built_again_when_it_changes() {
    let project = project();
    let watching = Watching::start(&project);
    assert_eq!(watching.ended("executed"), ["all", "headed"]);
    watching.until("watching 4 files; Ctrl-C ends it");
    for (path, text, executed) in [
        ("data/b.txt", "b\n", vec!["all", "headed"]),
        ("header.txt", "HEAD\n", vec!["headed"]),
        ("tools/all.sh", "cat data/*.txt | sort > $1\n", vec!["all"]),
    ] {
        project.write(path, text);
        assert_eq!(watching.ended("executed"), executed, "{path}");
        watching.until(&format!("{path} changed"));
        watching.until("watching ");
    }
    // Time enough to see what the source leaves out, if it were seen.
    project.write("data/old.txt", "old\n");
    project.write("elsewhere.txt", "other\n");
    std::thread::sleep(Duration::from_secs(2));
    std::fs::remove_file(project.path("data/b.txt")).unwrap();
    assert_eq!(watching.ended("executed"), ["all", "headed"]);
    watching.until("data/b.txt changed");
    project.edit("kind = \"join\"", "kind = \"join\"\ntimes = 2");
    assert_eq!(watching.ended("executed"), ["headed"]);
    assert_eq!(project.output("headed", "text"), "HEAD\na\nHEAD\na\n");
    assert_eq!(watching.interrupt(), Some(130));
}

#[test]
fn a_broken_manifest_and_a_missing_source_are_shown_and_waited_for() {
    let project = project();
    std::fs::remove_file(project.path("header.txt")).unwrap();
    let watching = Watching::start(&project);
    watching.until("E0501");
    watching.until("watching ");
    project.write("header.txt", "head\n");
    assert_eq!(watching.ended("executed"), ["all", "headed"]);
    watching.until("watching ");
    project.edit("kind = \"join\"", "kind = \"jion\"");
    watching.until("there is no kind `jion`");
    watching.until("watching ");
    project.edit("kind = \"jion\"", "kind = \"join\"\nseparator = \"+\"");
    assert_eq!(watching.ended("executed"), ["headed"]);
    project.write("ingot.lock", "garbage");
    project.edit("separator = \"+\"", "separator = \"-\"");
    watching.until("E0911");
    watching.until("watching ");
    std::fs::remove_file(project.path("ingot.lock")).unwrap();
    assert_eq!(watching.ended("executed"), ["headed"]);
    assert_eq!(watching.interrupt(), Some(130));
}

#[test]
fn a_step_on_a_gpu_is_never_started_and_what_waits_for_it_is_skipped() {
    let project = Project::new(
        "[pipeline]\nname = \"g\"\nedition = 1\n\
         [steps.counted]\nkind = \"write\"\ntext = \"a\"\n\
         [steps.marked]\nkind = \"write\"\ntext = \"b\"\nresources = { gpu = 1 }\n\
         [steps.placed]\nkind = \"command\"\nrun = [\"true\"]\ndevice = \"cuda\"\n\
         [steps.behind]\nkind = \"join\"\ninputs.parts = [\"marked.text\", \"counted.text\"]\n",
    );
    let watching = Watching::start(&project);
    let round = watching.round();
    let of = |outcome: &str| {
        let ended = round.iter().filter(|event| event["outcome"] == outcome);
        let mut steps: Vec<&str> = ended.map(|event| event["step"].as_str().unwrap()).collect();
        steps.sort();
        steps
    };
    assert_eq!(
        (of("executed"), of("skipped")),
        (vec!["counted"], vec!["behind", "marked", "placed"])
    );
    let notes = round.iter().filter(|event| event["event"] == "note");
    let mut noted: Vec<&str> = notes.map(|event| event["step"].as_str().unwrap()).collect();
    noted.sort();
    assert_eq!(noted, ["marked", "placed"]);
    assert_eq!(watching.interrupt(), Some(130));
}

#[test]
fn what_cannot_be_mended_by_an_edit_ends_it() {
    for arguments in
        [&["build", "--watch", "--set", "x"][..], &["build", "--watch", "--rerun", "all"]]
    {
        assert_eq!(project().run(arguments).code, 2, "{arguments:?}");
    }
}
