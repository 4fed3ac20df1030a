//! Files that others left where Ingot reads: links, pipes, devices, bombs. Each ends in a
//! code and a fix, and nothing of what they lead to is shown.

use std::os::unix::fs::symlink;
use std::process::Command;

use crate::support::{Project, Said};

const HEAD: &str = "[pipeline]\nname = \"f\"\nedition = 1\n";

/// A command step with the output `o`.
fn step(name: &str, script: &str, more: &str) -> String {
    let run = serde_json::json!(["sh", "-c", script]);
    format!("[steps.{name}]\nkind = \"command\"\nrun = {run}\noutputs.o = \"files\"\n{more}\n")
}

fn fifo(project: &Project, path: &str) {
    let made = Command::new("mkfifo").arg(project.path(path)).status().unwrap();
    assert!(made.success());
}

/// The code that a command ends with, and its exit code.
fn code(said: &Said) -> (&str, i32) {
    let at = said.stderr.find("error[").unwrap_or_else(|| panic!("no code: {}", said.stderr));
    assert!(said.stderr.contains("= help:"), "no fix: {}", said.stderr);
    (&said.stderr[at + 6..at + 11], said.code)
}

#[test]
fn a_manifest_a_lock_and_a_config_are_regular_files_of_the_workspace() {
    for (name, exit) in [("ingot.toml", 3), ("ingot.lock", 3), ("ingot.local.toml", 3)] {
        let project = Project::new(&format!("{HEAD}{}", step("a", "echo x > {outputs.o}", "")));
        assert_eq!(project.run(&["build"]).code, 0);
        std::fs::write(project.path("../secret"), "topsecret = {\n").unwrap();
        let put = |left: &dyn Fn()| {
            let _ = std::fs::remove_file(project.path(name));
            left();
            let said = project.run(&["build", "--rerun", "a"]);
            assert!(!said.stderr.contains("topsecret"), "{}", said.stderr);
            let (found, code) = code(&said);
            assert_eq!(code, exit, "{name}: {}", said.stderr);
            found.to_owned()
        };
        let link = |to: &str| symlink(to, project.path(name)).unwrap();
        assert_eq!(put(&|| link("../secret")), "E0107", "{name}");
        assert_eq!(put(&|| link("/dev/zero")), "E0107", "{name}");
        assert_eq!(put(&|| link(name)), "E0106", "{name}");
        assert_eq!(put(&|| fifo(&project, name)), "E0106", "{name}");
        let sparse = || {
            let file = std::fs::File::create(project.path(name)).unwrap();
            file.set_len(3 << 29).unwrap();
        };
        let large = if name == "ingot.toml" { "E0102" } else { "E0108" };
        assert_eq!(put(&sparse), large, "{name}");
    }
}

#[test]
fn a_link_that_stays_in_the_workspace_is_followed() {
    let project = Project::new(HEAD);
    project.write("shared/real.toml", format!("{HEAD}{}", step("a", "echo x > {outputs.o}", "")));
    std::fs::remove_file(project.path("ingot.toml")).unwrap();
    symlink("shared/real.toml", project.path("ingot.toml")).unwrap();
    let said = project.run(&["build"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
}

#[test]
fn an_events_file_is_one_of_the_step() {
    let project = Project::new(HEAD);
    project.write("undeclared.jsonl", "{\"event\":\"metric\",\"name\":\"stolen\",\"value\":1}\n");
    let events = "tmp/events.jsonl";
    let link = format!(
        "ln -s {} {events}; echo x > {{outputs.o}}",
        project.path("undeclared.jsonl").display()
    );
    let folder = format!(
        "rmdir tmp/home; rmdir tmp; ln -s {} tmp; echo x > {{outputs.o}}",
        project.path("").display()
    );
    let mut manifest = HEAD.to_owned();
    for (name, script) in [
        ("link", link.as_str()),
        ("folder", &folder),
        ("pipe", "mkfifo tmp/events.jsonl; echo x > {outputs.o}"),
        ("endless", "truncate -s 1536M tmp/events.jsonl; echo x > {outputs.o}"),
        (
            "deep",
            "printf '{{\"event\":' > tmp/events.jsonl; yes [ | tr -d '\\n' | head -c 500000 >> tmp/events.jsonl; echo x > {outputs.o}",
        ),
    ] {
        manifest.push_str(&step(name, script, ""));
    }
    project.write("ingot.toml", manifest);
    for (name, expected) in [
        ("link", "a symlink stands there or on the way"),
        ("pipe", "it is a named pipe, not a regular file"),
        ("endless", "it wrote more events than are taken: 1048576 bytes in a line"),
        ("deep", "it wrote a line that is no event"),
    ] {
        let built = project.build(&[name]);
        let (code, message) = built.failure(name);
        assert_eq!(code, "E0806", "{name}: {message}");
        assert!(message.contains(expected), "{name}: {message}");
    }
    // Where a step may replace its own `tmp` at all, what is behind the link is not read.
    let built = project.build(&["folder"]);
    assert_eq!(built.of("metric").count(), 0, "{}", built.said.stdout);
    let lock = std::fs::read_to_string(project.path("ingot.lock")).unwrap_or_default();
    assert!(!lock.contains("stolen"));
}

#[test]
fn what_stands_in_the_place_of_a_record_is_no_record() {
    let project = Project::new(&format!("{HEAD}{}", step("a", "echo x > {outputs.o}", "")));
    assert_eq!(project.executed(), ["a"]);
    let record = |project: &Project| {
        let shard = std::fs::read_dir(project.path(".ingot/actions")).unwrap().next().unwrap();
        let record = std::fs::read_dir(shard.unwrap().path()).unwrap().next().unwrap();
        record.unwrap().path()
    };
    let path = record(&project);
    std::fs::rename(&path, project.path("aside")).unwrap();
    symlink(project.path("aside"), &path).unwrap();
    assert_eq!(project.executed(), ["a"], "a record behind a link is none");
    std::fs::remove_file(&path).unwrap();
    let made = Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    assert_eq!(project.executed(), ["a"], "nor is a pipe");
}

#[test]
fn a_manifest_that_asks_for_too_much_is_told_how_much() {
    let command = |name: &str, more: &str| step(name, "true", more);
    let list = |count: usize| (0..count).map(|x| x.to_string()).collect::<Vec<_>>().join(",");
    let many = command("a", &format!("matrix.x = [{}]\nreplicates = 1000", list(10_000)));
    let axes: String = (0..17).map(|axis| format!("matrix.x{axis} = [1]\n")).collect();
    let product: String =
        (0..9).map(|axis| format!("matrix.x{axis} = [{}]\n", list(100))).collect();
    let gates = "[[steps.a.gates]]\nmetric = \"m\"\nmin = 0\n".repeat(1001);
    let edges: String =
        (0..300).map(|n| format!("[steps.z{n}]\nlike = \"z\"\n")).collect::<String>();
    let edges = format!(
        "{}{}{edges}",
        command("m", &format!("matrix.x = [{}]", list(10_000))),
        command("z", "requires = [\"m\"]")
    );
    let param = format!("[params]\np = \"{}\"\n", "x".repeat(100_000));
    let text = format!("{param}{}", command("a", "").replace("true", &"{params.p}".repeat(10_000)));
    let wide: String = (0..30_000).map(|n| format!("k{n} = \"{}\"\n", "x".repeat(100))).collect();
    let like: String = (1..1000).map(|n| format!("[steps.b{n}]\nlike = \"b0\"\n")).collect();
    let like = format!("[steps.b0]\nkind = \"write\"\n{wide}{like}");
    for (manifest, code, expected) in [
        (many, "E0211", "`a` has 10000000 replicates of points, more than 100000"),
        (
            command("a", "replicates = 1000000000"),
            "E0211",
            "`replicates` is 1000000000, out of range",
        ),
        (command("a", &product), "E0211", "`a` has 1000000000000000000 points, more than 10000"),
        (command("a", &axes), "E0211", "`a` has 17 axes, more than 16"),
        (command("a", &gates), "E0212", "has 1001 gates, more than 1000"),
        (edges, "E0221", "the plan has more than 2000000 edges"),
        (text, "E0220", "with its params this text has 1000000000 bytes"),
        (like, "E0219", "written out, the steps take more than 512 MiB"),
        (format!("[params]\np{}\n", ".a".repeat(100_000) + " = 1"), "E0104", "nested deeper"),
        (format!("[params]\np = {}\n", "[\n".repeat(100_000)), "E0104", "nested deeper"),
        (format!("[params]\np = {}\n", "{a=".repeat(100_000)), "E0104", "nested deeper"),
        (format!("[a{}]\n", ".a".repeat(100_000)), "E0104", "nested deeper"),
    ] {
        let project = Project::new(&format!("{HEAD}{manifest}"));
        let said = project.run(&["plan"]);
        assert_eq!(said.code, 3, "{expected}: {}", said.stderr);
        assert!(said.stderr.contains(&format!("error[{code}]")), "{expected}: {}", said.stderr);
        assert!(said.stderr.contains(expected), "{expected}: {}", said.stderr);
        assert!(said.stderr.len() < 100_000, "{expected}: {} bytes", said.stderr.len());
    }
}

#[test]
fn a_chain_is_as_long_as_it_likes() {
    let name = |index: usize| format!("s{index:05}");
    let link = |index: usize| match index.checked_sub(1) {
        None => step(&name(0), "true", ""),
        Some(before) => step(&name(index), "true", &format!("inputs.p = \"{}.o\"", name(before))),
    };
    let chain: String = (0..20_000).map(link).collect();
    let project = Project::new(&format!("{HEAD}{chain}"));
    let said = project.run(&["plan"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stderr.contains("20000 steps: 0 hit, 1 run, 19999 depend on those"));
    // Closed to a circle, it is told by a few of its steps.
    project.edit("[steps.s00000]\n", "[steps.s00000]\ninputs.p = \"s19999.o\"\n");
    let said = project.run(&["plan"]);
    assert_eq!(code(&said), ("E0309", 3));
    assert!(said.stderr.contains("more) -> "), "{}", said.stderr);
    // And so with `like`.
    let like = |index: usize| format!("[steps.{}]\nlike = \"{}\"\n", name(index), name(index - 1));
    let likes: String = (1..5_000).map(like).collect();
    project.write("ingot.toml", format!("{HEAD}{}{likes}", link(0)));
    let said = project.run(&["plan", "s04999"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
}
