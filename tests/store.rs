//! `gc` and `store`: what a workspace's lock names stays, beside running builds too.

use crate::support::{Project, words};

fn collected(project: &Project, arguments: &[&str]) -> serde_json::Value {
    let mut all = vec!["gc", "--json"];
    all.extend(arguments);
    let said = project.run(&all);
    assert_eq!(said.code, 0, "{}", said.stderr);
    serde_json::from_str(said.stdout.trim()).unwrap()
}

#[test]
fn what_the_lock_names_stays_and_what_it_named_before_goes() {
    let project = words();
    project.executed();
    project.edit("epochs = 2", "epochs = 3");
    let changed = project.executed();
    let dry = collected(&project, &["--dry"]);
    let done = collected(&project, &[]);
    assert_eq!(dry["removed"], done["removed"]);
    assert_eq!(done["removed"].as_u64().unwrap() as usize, changed.len());
    assert_eq!(project.executed(), [""; 0], "nothing that the lock names is gone");
    assert!(!project.output("title", "text").is_empty());
    project.edit("epochs = 3", "epochs = 2");
    assert_eq!(project.executed(), changed, "what went is made again");
}

#[test]
fn two_workspaces_of_one_store_keep_each_other_s_results() {
    let (one, other) = (words(), words());
    let shared = one.path("../shared");
    let run = |project: &Project, arguments: &[&str]| {
        let mut command = project.command(arguments);
        command.env("INGOT_STORE", &shared);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stderr).unwrap()
    };
    other.edit("epochs = 2", "epochs = 5");
    run(&one, &["build"]);
    run(&other, &["build"]);
    run(&one, &["gc"]);
    assert!(run(&other, &["build"]).contains(" 0 executed"));
    let folder = other.path("");
    std::fs::remove_file(other.path("ingot.toml")).unwrap();
    let said = run(&one, &["gc", "--forget", folder.to_str().unwrap()]);
    assert!(!said.starts_with("removed 0 results"), "{said}");
    assert!(run(&one, &["build"]).contains(" 0 executed"));
}

#[test]
fn a_lock_that_cannot_be_read_lets_nothing_go() {
    let project = words();
    project.executed();
    project.write("ingot.lock", "garbage");
    let said = project.run(&["gc"]);
    assert_eq!(said.code, 0);
    assert!(said.stderr.contains("E0710"), "{}", said.stderr);
    std::fs::remove_file(project.path("ingot.lock")).unwrap();
    assert_eq!(project.executed(), [""; 0]);
}

#[test]
fn a_collection_takes_nothing_from_a_running_build() {
    let project = Project::new(
        r#"
[pipeline]
name = "beside"
edition = 1

[sources.text]
path = "text"

[steps.first]
kind = "command"
run = ["sh", "-c", "cat {inputs.text} > {outputs.out}"]
inputs.text = "text"
outputs.out = "files"

[steps.slow]
kind = "command"
run = ["sh", "-c", "touch {outputs.out}; sleep 0.6; cat {inputs.of} > {outputs.out}"]
inputs.of = "first.out"
outputs.out = "files"

[steps.last]
kind = "command"
run = ["sh", "-c", "cat {inputs.of} {inputs.text} > {outputs.out}"]
inputs.of = "slow.out"
inputs.text = "first.out"
outputs.out = "files"
"#,
    );
    project.write("text", "some text\n");
    let mut building = project.start(&["build", "--json"]);
    // Nothing of the build stands in a lock yet.
    while building.try_wait().unwrap().is_none() {
        collected(&project, &[]);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let output = building.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(project.output("last", "out"), "some text\nsome text\n");
    collected(&project, &[]);
    assert_eq!(project.executed(), [""; 0]);
    let leases = std::fs::read_dir(project.path(".ingot/leases")).unwrap().count();
    assert_eq!(leases, 0, "a lease goes with its build");
}

#[test]
fn a_check_turns_damage_into_misses() {
    let project = words();
    project.executed();
    assert_eq!(project.run(&["store", "check"]).code, 0);
    let learnt = project.path(".ingot/out/learn/words").canonicalize().unwrap();
    std::process::Command::new("chmod").arg("u+w").arg(&learnt).status().unwrap();
    std::fs::write(&learnt, "damaged").unwrap();
    let said = project.run(&["store", "check"]);
    assert_eq!(said.code, 6);
    assert!(said.stdout.contains("damaged "), "{}", said.stdout);
    assert_eq!(project.run(&["store", "check"]).code, 0, "what is damaged is out of the way");
    assert_eq!(project.executed(), [""; 0], "nobody reads it");
    project.edit("min = 0.5", "min = 0.4");
    let sizes = project.run(&["store", "size"]).stdout;
    assert!(sizes.contains("cas ") && sizes.contains("views "), "{sizes}");
}
