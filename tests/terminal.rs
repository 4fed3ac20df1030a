//! What a terminal gets to see of others' texts, and what becomes of output that cannot be
//! written.

use std::fs::File;
use std::io::Read;
use std::process::Stdio;

use crate::support::{Project, Said};

const HEAD: &str = "[pipeline]\nname = \"t\"\nedition = 1\n";

/// Steps that say escapes in each way in which a step can say anything.
fn project() -> Project {
    let escapes = r#"\u001b]0;owned\u0007\u009b2J\u202e"#;
    let finding = format!(
        r#"{{"event":"finding","severity":"warning","code":"X0001","message":"m {escapes}\nline"}}"#
    );
    let metric = format!(r#"{{"event":"metric","name":"n{escapes}\nline","value":1}}"#);
    // In a command's words a brace is written twice.
    let [finding, metric] =
        [finding, metric].map(|event| event.replace('{', "{{").replace('}', "}}"));
    let mut manifest = HEAD.to_owned();
    for (name, script) in [
        ("log", "printf '\\033]0;owned\\007\\033[2Jtail\\n'; exit 1".to_owned()),
        (
            "say",
            format!(
                "cat > $INGOT_EVENTS <<'END'\n{finding}\n{metric}\nEND\necho x > {{outputs.o}}"
            ),
        ),
        (
            "bad",
            "printf 'bad \\033]0;owned\\007 event\\n' > $INGOT_EVENTS; echo x > {outputs.o}".into(),
        ),
        (
            "name",
            "mkdir {outputs.o}; mkfifo \"{outputs.o}/$(printf 'n\\033]0;owned\\007')\"".into(),
        ),
    ] {
        let run = serde_json::json!(["sh", "-c", script]);
        manifest.push_str(&format!(
            "[steps.{name}]\nkind = \"command\"\nrun = {run}\noutputs.o = \"files\"\n"
        ));
    }
    Project::new(&manifest)
}

fn obeyed(text: &str) -> bool {
    text.contains(|c: char| (c.is_control() && c != '\n' && c != '\t') || c == '\u{202e}')
}

#[test]
fn nothing_that_a_step_says_reaches_the_terminal_as_an_escape() {
    let project = project();
    let commands: [&[&str]; 12] = [
        &["build", "log"],
        &["build", "say"],
        &["build", "bad"],
        &["build", "name"],
        &["show", "say"],
        &["why", "say"],
        &["log", "log"],
        &["diff"],
        &["plan"],
        &["graph"],
        &["build", "--json", "say", "--rerun", "say"],
        &["show", "--json", "say"],
    ];
    for command in commands {
        let said = project.run(command);
        for text in [&said.stdout, &said.stderr] {
            assert!(!obeyed(text), "{command:?}: {text:?}");
            assert!(!text.lines().any(|line| line.starts_with("line")), "{command:?}: {text}");
        }
        if command.contains(&"--json") {
            for line in said.stdout.lines() {
                serde_json::from_str::<serde_json::Value>(line).unwrap();
            }
            assert!(said.stdout.contains("owned"), "{}", said.stdout);
        }
    }
    let raw = project.run(&["log", "--raw", "log"]);
    assert!(raw.stdout.contains("\u{1b}]0;owned\u{7}"), "the log is as it was written");
}

#[test]
fn a_manifest_is_shown_without_its_escapes() {
    let project =
        Project::new(&format!("{HEAD}[steps.a]\nkind = \"c\u{9b}2J\u{202e}\u{7f}\"\nx = [\n"));
    let said = project.run(&["plan"]);
    assert_eq!(said.code, 3);
    assert!(!obeyed(&said.stderr), "{:?}", said.stderr);
    project
        .write("ingot.toml", format!("{HEAD}[steps.a]\nkind = \"c\\u001b]0;t\\u0007\\nline\"\n"));
    let said = project.run(&["plan"]);
    assert!(!obeyed(&said.stderr), "{:?}", said.stderr);
}

#[test]
fn output_that_cannot_be_written_is_no_success() {
    let project = Project::new(&format!("{HEAD}[steps.a]\nkind = \"write\"\ntext = \"x\"\n"));
    assert_eq!(project.run(&["build"]).code, 0);
    let commands: [&[&str]; 9] = [
        &["plan"],
        &["graph"],
        &["kinds"],
        &["schema"],
        &["show", "a"],
        &["--help"],
        &["error"],
        &["completions", "bash"],
        &["build", "--json"],
    ];
    for command in commands {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let said = Said::from(project.command(command).stdout(full).output().unwrap());
        assert_eq!(said.code, 74, "{command:?}: {}", said.stderr);
        assert!(said.stderr.contains("E1017"), "{command:?}: {}", said.stderr);
    }
}

#[test]
fn a_closed_pipe_ends_a_command_quietly() {
    let project = Project::new(&format!("{HEAD}[steps.a]\nkind = \"write\"\ntext = \"x\"\n"));
    for command in [["kinds"].as_slice(), &["graph"], &["error"], &["schema"], &["plan", "--json"]]
    {
        let mut child = project.command(command).stdout(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        let code = child.wait().unwrap().code();
        assert_eq!(code, Some(0), "{command:?}: {stderr}");
        assert!(!stderr.contains("panicked") && !stderr.contains("E1017"), "{stderr}");
    }
}
