//! Declared tools: which program a command starts, in a virtual environment too, and what
//! of it is in a key.

use std::path::Path;
use std::process::Command;

use crate::support::{Project, Said};

const HEAD: &str = "[pipeline]\nname = \"p\"\nedition = 1\n";

/// A step that imports a module, and a tool `python` that is `program`.
fn manifest(program: &str, run: &str) -> String {
    format!(
        "{HEAD}[tools.python]\nprogram = \"{program}\"\nidentity = [\"uv.lock\"]\n\
         [steps.go]\nkind = \"command\"\nrun = {run}\ninputs.code = \"./tools/go.py\"\n\
         outputs.text = \"files\"\n"
    )
}

const RUN: &str = r#"["python", "tools/go.py", "{outputs.text}"]"#;

/// A workspace with a virtual environment `.venv` that has the module `only_here`; nothing
/// where none can be made.
fn with_environment(run: &str) -> Option<Project> {
    let project = Project::new(&manifest(".venv/bin/python", run));
    project.write("uv.lock", "version = 1\n");
    project.write(
        "tools/go.py",
        "import sys, only_here\nopen(sys.argv[1], 'w').write(only_here.WORD)\n",
    );
    environment(&project, ".venv").then_some(project)
}

/// Makes a virtual environment in the workspace.
fn environment(project: &Project, folder: &str) -> bool {
    let python = Path::new("/usr/bin/python3");
    let made = Command::new(python)
        .args(["-m", "venv", "--without-pip"])
        .arg(project.path(folder))
        .output();
    if !made.is_ok_and(|made| made.status.success()) {
        eprintln!("skipped: /usr/bin/python3 makes no virtual environment");
        return false;
    }
    let lib = project.path(folder).join("lib");
    let version = std::fs::read_dir(lib).unwrap().next().unwrap().unwrap().file_name();
    let module = format!("{folder}/lib/{}/site-packages/only_here.py", version.display());
    project.write(&module, format!("WORD = 'of {folder}'\n"));
    true
}

/// The lines of `show go` that tell of programs.
fn programs(project: &Project) -> Vec<String> {
    let said = project.run(&["show", "go"]);
    let lines = said.stdout.lines().filter_map(|line| line.strip_prefix("program  "));
    lines.map(str::to_owned).collect()
}

#[test]
fn a_step_runs_in_the_virtual_environment_of_its_workspace() {
    let Some(project) = with_environment(RUN) else { return };
    assert_eq!(project.executed(), ["go"]);
    assert_eq!(project.output("go", "text"), "of .venv");
    let here = project.path(".venv/bin/python").display().to_string();
    let [program] = &programs(&project)[..] else {
        panic!("{}", project.run(&["show", "go"]).stdout)
    };
    assert!(program.starts_with(&format!("python: {here} (/usr/bin/python3")), "{program}");
    let json = project.run(&["show", "go", "--json"]).stdout;
    assert!(!json.contains(&here), "what is recorded says nothing of this machine");
    let lock = project.read("ingot.lock");
    let folder = project.path("").display().to_string();
    assert!(!lock.contains(folder.trim_end_matches('/')), "{lock}");

    project.write("uv.lock", "version = 2\n");
    let built = project.build(&[]);
    assert_eq!(built.executed(), ["go"]);
    assert!(built.reasons()["go"][0].contains("uv.lock"), "{:?}", built.reasons());
    assert_eq!(project.executed(), [""; 0]);
}

#[test]
fn a_workspace_that_moved_runs_nothing_again() {
    let Some(project) = with_environment(RUN) else { return };
    assert_eq!(project.executed(), ["go"]);
    let moved = project.path("").parent().unwrap().join("moved");
    std::fs::rename(project.path(""), &moved).unwrap();
    let mut command = project.other(Path::new(env!("CARGO_BIN_EXE_ingot")));
    command.current_dir(&moved).args(["build", "--json"]);
    let built = crate::support::Built::from(Said::from(command.output().unwrap()));
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    assert_eq!(built.executed(), [""; 0]);
}

#[test]
fn a_shells_script_starts_the_tools_that_it_names() {
    let run = r#"["sh", "-c", "python tools/go.py {outputs.text}; command -v python >&2"]"#;
    let Some(project) = with_environment(run) else { return };
    assert_eq!(project.executed(), ["go"]);
    assert_eq!(project.output("go", "text"), "of .venv");
    assert_eq!(programs(&project).len(), 2, "python and sh");
    project.write("uv.lock", "version = 2\n");
    assert_eq!(project.executed(), ["go"]);
}

#[test]
fn a_path_that_is_a_tools_program_starts_that_tool() {
    let Some(project) = with_environment(&RUN.replace("\"python\"", "\".venv/bin/python\"")) else {
        return;
    };
    assert_eq!(project.executed(), ["go"]);
    project.write("uv.lock", "version = 2\n");
    assert_eq!(project.executed(), ["go"]);
}

#[test]
fn one_machine_says_where_it_has_a_program() {
    let Some(project) = with_environment(RUN) else { return };
    assert_eq!(project.executed(), ["go"]);
    let lock = project.read("ingot.lock");
    assert!(environment(&project, "other"));
    project.write("ingot.local.toml", "[tools.python]\nprogram = \"other/bin/python\"\n");
    assert_eq!(project.executed(), [""; 0], "where a program is is in no key");
    project.write("tools/go.py", project.read("tools/go.py") + "# again\n");
    assert_eq!(project.executed(), ["go"]);
    assert_eq!(project.output("go", "text"), "of other");
    let other = project.path("other/bin/python").display().to_string();
    assert!(programs(&project)[0].contains(&other), "{:?}", programs(&project));
    assert!(!project.read("ingot.lock").contains("other/bin"));
    let said = project.run(&["doctor"]);
    let row = said.stdout.lines().find(|line| line.starts_with("tools.python")).unwrap();
    let words: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(words, ["tools.python", "ok", &other, "(ingot.local.toml:2:11)"]);
    assert!(lock.contains("program = \".venv/bin/python\""), "{lock}");
}

#[test]
fn an_absolute_program_is_in_no_key_and_no_lock() {
    let project = Project::new(&manifest("/bin/cat", r#"["python", "tools/go.py"]"#));
    project.edit("[\"python\", ", "[\"sh\", \"-c\", \"python $0 > {outputs.text}\", ");
    project.write("uv.lock", "1");
    project.write("tools/go.py", "text");
    assert_eq!(project.executed(), ["go"]);
    assert_eq!(project.output("go", "text"), "text");
    let lock = project.read("ingot.lock");
    assert!(lock.contains("program = \"python\"") && !lock.contains("/bin/cat"), "{lock}");
    project.edit("/bin/cat", "/usr/bin/cat");
    assert_eq!(project.executed(), [""; 0]);
}

#[test]
fn a_tool_that_is_not_there_is_named_with_its_place() {
    let project = Project::new(&manifest(".venv/bin/python", RUN));
    project.write("uv.lock", "1");
    project.write("tools/go.py", "");
    let built = project.build(&[]);
    assert_eq!(
        built.failure("go"),
        ("E0605".into(), "the tool `python` is `.venv/bin/python`, which is not there".into())
    );
    let said = project.run(&["doctor"]);
    assert_eq!(said.code, 6);
    assert!(said.stdout.contains("`.venv/bin/python` is not there"), "{}", said.stdout);
    project.write("ingot.local.toml", "[tools.pyton]\nprogram = \"x\"\n");
    let said = project.run(&["plan"]);
    assert_eq!(said.code, 3);
    assert!(said.stderr.contains("ingot.local.toml:1:8"), "{}", said.stderr);
    assert!(said.stderr.contains("did you mean `python`?"), "{}", said.stderr);
}
