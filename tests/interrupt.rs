//! Builds that are interrupted: what runs may write first, a second signal does not
//! wait, nothing is left behind.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Child;

use rustix::process::Signal;

use crate::support::{Built, Project, Said, send, until, with_word, working_in};

/// A command that writes a checkpoint when it is asked to end, and ends at once when it
/// finds one.
fn saving(word: &str) -> Project {
    Project::new(&format!(
        "[pipeline]\nname = \"s\"\nedition = 1\n\
         [steps.long]\nkind = \"command\"\noutputs.text = \"files\"\n\
         run = [\"sh\", \"-c\", '''\
         if [ -e {{checkpoint}}/saved ]; then echo resumed > {{outputs.text}}; exit; fi; \
         trap \"echo saved > {{checkpoint}}/saved; exit 1\" TERM; sleep {word} & wait''']\n"
    ))
}

/// A command that does not listen.
fn deaf(word: &str) -> Project {
    Project::new(&format!(
        "[pipeline]\nname = \"d\"\nedition = 1\n\
         [steps.long]\nkind = \"command\"\noutputs.text = \"files\"\n\
         run = [\"sh\", \"-c\", \"trap '' TERM INT; sleep {word}; touch {{outputs.text}}\"]\n"
    ))
}

fn interrupt(child: &Child) {
    send(child.id().try_into().unwrap(), Signal::INT);
}

fn ended(child: Child) -> Said {
    Said::from(child.wait_with_output().unwrap())
}

/// The lines that it prints from now on.
fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap)
}

#[test]
fn an_interrupted_step_may_write_a_checkpoint_and_the_next_build_goes_on_from_it() {
    let project = saving("8721");
    let child = project.start(&["build"]);
    until("the step runs", || !with_word("8721").is_empty());
    interrupt(&child);
    let said = ended(child);
    assert_eq!(said.code, 130, "{}", said.stderr);
    for line in [
        "note interrupted: what runs has 10 s to end; a second interrupt ends it at once",
        "stopped long",
        "what stopped steps have checkpointed is kept; `ingot build` goes on from there",
    ] {
        assert!(said.stderr.contains(line), "{line}:\n{}", said.stderr);
    }
    assert_eq!(working_in(&project), 0);
    let plan = project.run(&["plan"]).stdout;
    assert!(plan.contains("run    long"), "nothing is recorded of it: {plan}");
    assert_eq!(project.executed(), ["long"]);
    assert_eq!(project.output("long", "text"), "resumed\n");
    let left = std::fs::read_dir(project.path(".ingot/checkpoints")).unwrap().count();
    assert_eq!(left, 0, "with the result its checkpoints are gone");
}

#[test]
fn an_interrupted_worker_is_cancelled_and_not_failed() {
    let project = Project::new(
        "[pipeline]\nname = \"b\"\nedition = 1\n[steps.bad]\nkind = \"break\"\nhow = \"hang\"\n\
         [steps.behind]\nkind = \"join\"\ninputs.parts = [\"bad.text\"]\n",
    );
    let child = project.start(&["build", "--json"]);
    until("the worker runs", || project.workers().len() == 1);
    send(child.id().try_into().unwrap(), Signal::TERM);
    let built = Built::from(ended(child));
    assert_eq!(built.said.code, 130, "{}", built.said.stdout);
    assert_eq!(built.ended("cancelled"), ["bad"]);
    assert_eq!(built.ended("skipped"), ["behind"]);
    assert_eq!(built.of("summary").next().unwrap()["interrupted"], true);
    assert_eq!(working_in(&project), 0);
}

#[test]
fn a_second_interrupt_does_not_wait() {
    let project = deaf("8722");
    let mut child = project.start(&["build", "--json"]);
    let mut lines = lines(&mut child);
    until("the step runs", || !with_word("8722").is_empty());
    interrupt(&child);
    assert!(lines.any(|line| line.contains("interrupted")), "the first one is told");
    assert!(!with_word("8722").is_empty(), "it does not listen");
    interrupt(&child);
    let rest: Vec<String> = lines.collect();
    assert_eq!(rest, [""; 0], "it ends at once, without an orderly end");
    assert_eq!(ended(child).code, 130);
    until("the step is gone", || with_word("8722").is_empty() && working_in(&project) == 0);
}

#[test]
fn a_build_that_waits_for_another_one_can_be_interrupted() {
    let project = deaf("8723");
    let mut first = project.start(&["build", "--json"]);
    let mut first_lines = lines(&mut first);
    until("the step runs", || !with_word("8723").is_empty());
    let mut second = project.start(&["build", "--json"]);
    let mut second_lines = lines(&mut second);
    assert!(second_lines.any(|line| line.contains("started")));
    interrupt(&second);
    assert!(second_lines.any(|line| line.contains("summary")));
    assert_eq!(ended(second).code, 130);
    assert!(!with_word("8723").is_empty(), "the first one goes on");
    interrupt(&first);
    assert!(first_lines.any(|line| line.contains("interrupted")));
    interrupt(&first);
    assert_eq!(ended(first).code, 130);
    until("the step is gone", || with_word("8723").is_empty());
}

/// Builds where no process namespace can be had: one is killed, one is interrupted.
const WITHOUT_NAMESPACES: &str = r#"
echo 0 > /proc/sys/user/max_pid_namespaces || exit 99
for signal in KILL INT; do
    "$INGOT" build > said 2>&1 &
    child=$!
    until pgrep -f "sleep 872[4]" > /dev/null; do sleep 0.05; done
    kill -$signal $child
    wait $child
    echo "$signal $?"
    for turn in $(seq 200); do pgrep -f "sleep 872[4]" > /dev/null || break; sleep 0.05; done
    pgrep -f "sleep 872[4]" || echo "nothing is left"
done
"$INGOT" build > again 2>&1
echo "again $?"
"#;

#[test]
fn without_a_process_namespace_a_step_is_asked_and_ended_too() {
    let project = saving("8724");
    let mut unshare = project.other(Path::new("unshare"));
    unshare.args(["--user", "--map-root-user", "sh", "-c", WITHOUT_NAMESPACES]);
    let said = match unshare.output() {
        Ok(output) if output.status.code() != Some(99) => Said::from(output),
        refused => {
            eprintln!("skipped: namespaces cannot be limited here: {refused:?}");
            return;
        }
    };
    let lines: Vec<&str> = said.stdout.lines().collect();
    let expected = ["KILL 137", "nothing is left", "INT 130", "nothing is left", "again 0"];
    assert_eq!(lines, expected, "{}", project.read("said"));
    assert_eq!(project.output("long", "text"), "resumed\n");
    assert!(project.read("again").contains("sandbox: fs"), "{}", project.read("again"));
}
