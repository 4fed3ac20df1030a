//! A job is all that running an action takes: another store, and no workspace.

use std::path::{Path, PathBuf};

use ingot::digest::Digest;
use ingot::engine::job::{Job, JobProvider, JobTool};
use ingot::model::action::ActionKey;
use ingot::store::Store;
use serde_json::Value;

use crate::support::{Built, LINES, Project, Said, WORDS};

const SECRET: &str = "a secret that nobody may see";

/// A command that reads a source and a step's output, and knows a secret.
const COMMAND: &str = r#"
[steps.shout]
kind = "command"
run = ["sh", "-c", "test -n \"$TOKEN\"; tr a-z A-Z < {inputs.text} > {outputs.loud}; chmod 755 {outputs.loud}"]
secrets = ["TOKEN"]
environment.LEVEL = "3"
inputs.text = "head.text"
inputs.source = "lines"
outputs.loud = "files"
"#;

fn project() -> Project {
    let project = Project::new(&format!("{WORDS}{COMMAND}"));
    project.write("data/lines.txt", LINES);
    project
}

fn build(project: &Project) -> Built {
    let mut command = project.command(&["build", "--json", "page", "shout"]);
    let built = Built::from(Said::from(command.env("TOKEN", SECRET).output().unwrap()));
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    built
}

/// The digest of the job of each step that a build started.
fn jobs(built: &Built) -> Vec<(String, Digest)> {
    let text = |event: &Value, name: &str| event[name].as_str().unwrap().to_owned();
    built.of("started").map(|it| (text(it, "step"), text(it, "job").parse().unwrap())).collect()
}

/// The jobs of a build hold no path of its workspace.
pub(crate) fn check(project: &Project, built: &Built) {
    let store = Store::open(&project.path(".ingot")).unwrap();
    let root = project.path("").canonicalize().unwrap();
    for (step, digest) in jobs(built) {
        let text = String::from_utf8_lossy(&store.read(digest).unwrap()).into_owned();
        assert!(!text.contains(root.to_str().unwrap()), "{step}: {text}");
        assert!(!text.contains(SECRET), "{step}: {text}");
    }
}

/// A store that holds a job and, where `inputs` says so, what it reads.
fn store_with(project: &Project, job: Digest, inputs: bool, folder: &Path) -> (Store, Job) {
    let from = Store::open(&project.path(".ingot")).unwrap();
    let to = Store::open(folder).unwrap();
    let bytes = from.read(job).unwrap();
    to.put_bytes(&bytes).unwrap();
    let job = Job::decode(&bytes).unwrap();
    for input in job.action.inputs.values().flatten().filter(|_| inputs) {
        for (digest, _) in from.blobs_of(input.content).unwrap() {
            to.put_bytes(&from.read(digest).unwrap()).unwrap();
        }
    }
    (to, job)
}

/// Runs a job with a store, and no workspace.
fn execute(project: &Project, store: &Path, job: &str) -> Built {
    let elsewhere = tempfile::tempdir().unwrap();
    let mut command = project.command(&["exec-action", job]);
    command.current_dir(elsewhere.path()).env("INGOT_STORE", store).env("TOKEN", SECRET);
    Built::from(Said::from(command.output().unwrap()))
}

/// The bytes of a record.
fn record(store: &Path, key: ActionKey) -> Vec<u8> {
    let hex = key.0.to_hex();
    let path: PathBuf = store.join("actions").join(&hex[..2]).join(&hex[2..]);
    std::fs::read(path).unwrap()
}

#[test]
fn a_job_gives_the_same_result_by_another_store_and_no_workspace() {
    let project = project();
    let built = build(&project);
    check(&project, &built);
    let jobs = jobs(&built);
    let names: Vec<&str> = jobs.iter().map(|(step, _)| step.as_str()).collect();
    assert!(names.contains(&"shout") && names.contains(&"learn") && names.contains(&"page"));
    for (step, digest) in &jobs {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("store");
        let (store, job) = store_with(&project, *digest, true, &at);
        let key = job.action.key().unwrap();
        assert_eq!(store.get(key).unwrap(), None);
        let ran = execute(&project, &at, &digest.to_hex());
        assert_eq!(ran.said.code, 0, "{step}: {}{}", ran.said.stdout, ran.said.stderr);
        assert_eq!(ran.ended("executed"), [digest.to_hex()], "{step}");
        assert_eq!(record(&at, key), record(&project.path(".ingot"), key), "{step}");
        let result = store.get(key).unwrap().unwrap();
        let ports: Vec<&str> = result.outputs.keys().map(String::as_str).collect();
        assert!(store.complete(&result, &ports).unwrap(), "{step}");
        let again = execute(&project, &at, &digest.to_hex());
        assert_eq!(again.ended("cached"), [digest.to_hex()], "{step}");
    }
}

#[test]
fn what_a_job_tells_is_what_the_build_told() {
    let project = project();
    let built = build(&project);
    let end = |built: &Built, step: &str| {
        let found = built.of("finished").find(|event| event["step"] == step);
        found.unwrap()["result"].clone()
    };
    for (step, digest) in jobs(&built) {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("store");
        store_with(&project, digest, true, &at);
        let ran = execute(&project, &at, &digest.to_hex());
        let told = end(&ran, &digest.to_hex());
        assert_eq!(told, end(&built, &step));
        assert!(told["key"].is_string() && told["outputs"].is_object(), "{told}");
    }
}

#[test]
fn a_job_that_cannot_run_here_says_why() {
    let project = project();
    let built = build(&project);
    let (_, digest) = jobs(&built).into_iter().find(|(step, _)| step == "shout").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("store");
    store_with(&project, digest, false, &at);
    let words = |said: &Said| {
        let mut lines = said.stderr.lines();
        let first = lines.next().unwrap_or_default();
        (said.code, first.replace(&digest.to_hex(), "DIGEST"))
    };
    let lacking = execute(&project, &at, &digest.to_hex()).said;
    assert_eq!(lacking.code, 6, "{}", lacking.stderr);
    assert!(lacking.stderr.contains("does not hold the input"), "{}", lacking.stderr);
    assert!(lacking.stderr.contains("INGOT_COPY_LIMIT"), "{}", lacking.stderr);
    let (code, said) = words(&execute(&project, &at, "deal").said);
    assert_eq!((code, said.as_str()), (2, "error[E1028]: `deal` is no digest"));
    let other = Digest::of(b"nothing").to_hex();
    let (code, said) = words(&execute(&project, &at, &other).said);
    assert_eq!((code, said), (2, format!("error[E1028]: `{other}` is not in the store")));
    let (store, mut job) = store_with(&project, digest, false, &at);
    job.provider = JobProvider::Worker;
    let false_one = store.put_bytes(&job.encode().unwrap()).unwrap().to_hex();
    let (code, said) = words(&execute(&project, &at, &false_one).said);
    let told = format!("error[E1028]: `{false_one}` contradicts the action that is in it");
    assert_eq!((code, said), (2, told));
    let blob = Store::open(&at).unwrap().put_bytes(b"no job").unwrap().to_hex();
    let (code, said) = words(&execute(&project, &at, &blob).said);
    assert_eq!((code, said), (2, format!("error[E1028]: `{blob}` is no job")));
}

#[test]
fn a_job_that_fails_ends_as_its_step_does() {
    let project = Project::new(
        "[pipeline]\nname = \"fails\"\nedition = 1\n[steps.bad]\nkind = \"command\"\n\
         run = [\"sh\", \"-c\", \"echo no; exit 3\"]\noutputs.text = \"files\"\n",
    );
    let built = project.build(&[]);
    let (_, digest) = jobs(&built).remove(0);
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("store");
    let (store, job) = store_with(&project, digest, true, &at);
    let ran = execute(&project, &at, &digest.to_hex());
    assert_eq!((ran.said.code, built.said.code), (1, 1), "{}", ran.said.stderr);
    assert_eq!(ran.failure(&digest.to_hex()), built.failure("bad"));
    assert_eq!(store.get(job.action.key().unwrap()).unwrap(), None);
}

#[test]
fn a_source_that_is_read_in_place_is_not_for_another_runner() {
    let project = project();
    project.write("data/lines.txt", "a line\n".repeat(1000));
    let mut command = project.command(&["build", "--json", "head"]);
    let output = command.env("INGOT_COPY_LIMIT", "1kB").output().unwrap();
    let built = Built::from(Said::from(output));
    let (_, digest) = jobs(&built).remove(0);
    let store = project.path(".ingot");
    std::fs::remove_dir_all(store.join("actions")).unwrap();
    let said = execute(&project, &store, &digest.to_hex()).said;
    assert_eq!(said.code, 6, "{}", said.stderr);
    let told = "error[E0618]: the store does not hold the input `text`";
    assert!(said.stderr.starts_with(told), "{}", said.stderr);
}

#[test]
fn a_job_of_another_worker_or_of_a_tool_in_a_workspace_is_refused() {
    let project = project();
    let built = build(&project);
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("store");
    let refused = |step: &str, edit: &dyn Fn(&mut Job)| {
        let (_, digest) = jobs(&built).into_iter().find(|(name, _)| name == step).unwrap();
        let (store, mut job) = store_with(&project, digest, true, &at);
        edit(&mut job);
        let changed = store.put_bytes(&job.encode().unwrap()).unwrap();
        let said = execute(&project, &at, &changed.to_hex()).said;
        assert_eq!(said.code, 6, "{}", said.stderr);
        said.stderr.lines().next().unwrap_or_default().to_owned()
    };
    let other = refused("learn", &|job| job.action.revision += 1);
    assert!(other.starts_with("error[E0618]: no worker here is `ingot-lines binary="), "{other}");
    assert!(other.ends_with(" of `learn`"), "{other}");
    let tool = refused("shout", &|job| {
        let tool = JobTool { program: "tools/sh".to_owned(), reads: Vec::new() };
        let tools = [("sh".to_owned(), tool)].into();
        job.provider = JobProvider::Command { first: None, tools };
    });
    assert_eq!(tool, "error[E0618]: `tools/sh` of the tool `sh` stands in a workspace");
    let machine = refused("learn", &|job| {
        job.platform.device = "cuda".to_owned();
        job.action.platform = job.action.platform.as_ref().map(|_| job.platform.clone());
        job.demands.insert("device".to_owned());
    });
    assert!(machine.starts_with("error[E0616]: the job declares `device = \"cuda\"`"), "{machine}");
}
