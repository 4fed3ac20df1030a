//! What a failed command missed, told from what its program says of it.

use std::path::Path;

use crate::support::{Built, Project};

const HEAD: &str = "[pipeline]\nname = \"d\"\nedition = 1\n";

/// A step `go` that runs these words, with more lines of its table.
fn project(run: &str, more: &str) -> Project {
    let project = Project::new(&format!(
        "{HEAD}[steps.go]\nkind = \"command\"\nrun = {run}\noutputs.text = \"files\"\n{more}"
    ));
    project.write("data/rows.csv", "a\n1\n");
    project.write("tools/helper.py", "x = 1\n");
    project.write("results/old.txt", "");
    project
}

/// A step `go` that is this Python script.
fn python(script: &str, more: &str) -> Project {
    let code = "inputs.code = \"./tools/go.py\"\n";
    let project = project("[\"python3\", \"tools/go.py\"]", &format!("{code}{more}"));
    project.write("tools/go.py", script);
    project
}

fn shell(script: &str, more: &str) -> Project {
    project(&format!("[\"sh\", \"-c\", '''{script}''']"), more)
}

/// The code, the message and the help of the failure.
fn told(project: &Project) -> [String; 3] {
    let built: Built = project.build(&[]);
    let (code, message) = built.failure("go");
    let help = built.of("finished").find_map(|event| event["help"].as_str());
    [code, message, help.unwrap_or_default().to_owned()]
}

fn has_python() -> bool {
    let there = Path::new("/usr/bin/python3").exists();
    if !there {
        eprintln!("skipped: there is no /usr/bin/python3");
    }
    there
}

#[test]
fn a_word_that_is_a_path_is_no_undeclared_read() {
    let shell = shell("echo \"error: the data has no rows in tools\" >&2; exit 3", "");
    assert_eq!(told(&shell)[..2], ["E0801", "it ended with exit code 3"]);
    if has_python() {
        for script in [
            "raise ValueError('the training data has no column age')\n",
            "raise KeyError('data')\n",
            "raise ValueError(\"column 'data' does not exist\")\n",
        ] {
            assert_eq!(told(&python(script, ""))[0], "E0801", "{script}");
        }
    }
}

#[test]
fn what_was_denied_is_an_undeclared_read() {
    let help = "add to [steps.go]: inputs.rows = \"./data/rows.csv\"";
    for script in [
        "cat data/rows.csv > {outputs.text}",
        "sort < ./data/rows.csv > {outputs.text}",
        "head data/rows.csv && touch {outputs.text}",
    ] {
        let [code, message, found] = told(&shell(script, ""));
        assert_eq!(code, "E0809", "{script}");
        assert_eq!(message, "it reads `data/rows.csv`, which it does not declare");
        assert_eq!(found, help);
    }
    let [code, message, found] = told(&shell("sh tools/helper.py", ""));
    assert_eq!((code.as_str(), found.contains("./tools/helper.py")), ("E0809", true), "{message}");
    if has_python() {
        for script in [
            "open('data/rows.csv')\n",
            "import pathlib\n(pathlib.Path(__file__).parent / '../data/rows.csv').read_text()\n",
            "try:\n    open('data/rows.csv')\nexcept OSError as e:\n    raise RuntimeError('no') from e\n",
            "import subprocess, sys\nsubprocess.run(['cat', 'data/rows.csv'])\nraise ValueError('0 rows')\n",
            "raise FileNotFoundError('data/rows.csv not found.')\n",
        ] {
            let [code, _, found] = told(&python(script, ""));
            assert_eq!((code.as_str(), found.as_str()), ("E0809", help), "{script}");
        }
    }
}

#[test]
fn a_port_that_is_taken_is_not_proposed_again() {
    let project = shell("cat other/rows.csv", "inputs.rows = \"./data/rows.csv\"\n");
    project.write("other/rows.csv", "");
    assert_eq!(told(&project)[2], "add to [steps.go]: inputs.rows_more = \"./other/rows.csv\"");
}

#[test]
fn a_failed_name_look_up_tells_of_the_network() {
    let shell = shell("echo 'curl: (6) Could not resolve host: example.org' >&2; exit 6", "");
    let [code, message, help] = told(&shell);
    assert_eq!(code, "E0813", "{message}");
    assert!(help.starts_with("add to [steps.go]: network = true"), "{help}");
    shell.edit("outputs.text", "network = true\noutputs.text");
    assert_eq!(told(&shell)[0], "E0801", "it has one");
    if has_python() {
        for script in [
            "import socket\nsocket.create_connection(('host.invalid', 80), timeout=5)\n",
            "import urllib.request\ndata = urllib.request.urlopen('http://host.invalid/data')\n",
            "import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=5)\n",
        ] {
            assert_eq!(told(&python(script, ""))[0], "E0813", "{script}");
        }
        // What failed before and was caught did not end it.
        let caught = "import sys\nprint('no news: Could not resolve host: x', file=sys.stderr)\n\
                      raise ValueError('data')\n";
        assert_eq!(told(&python(caught, ""))[0], "E0801");
    }
}

#[test]
fn a_write_to_the_working_directory_tells_where_a_step_writes() {
    let place =
        "write to the path that `{outputs.text}` stands for; what is not kept to $TMPDIR (tmp/)";
    for (script, what) in [
        ("echo 1 > model.pkl", "it writes `model.pkl`, where a step cannot write"),
        ("mkdir made", "it writes `made`, where a step cannot write"),
        ("touch results/new.txt", "it writes `results/new.txt`, where a step cannot write"),
        ("echo 1 > /tmp/x", "it writes `/tmp/x`, where a step cannot write"),
    ] {
        let [code, message, help] = told(&shell(script, ""));
        assert_eq!([code.as_str(), &message, &help], ["E0814", what, place], "{script}");
    }
    let inputs = "inputs.rows = \"./data/rows.csv\"\n";
    let [code, message, help] = told(&shell("echo 1 >> data/rows.csv", inputs));
    assert_eq!(code, "E0814");
    assert_eq!(
        message,
        "it writes `data/rows.csv`, which it has as an input, where a step cannot write"
    );
    assert!(help.starts_with("inputs are read-only: "), "{help}");
    if has_python() {
        for script in [
            "open('model.pkl', 'w')\n",
            "import os\nos.mkdir('made')\n",
            "open('results/x', 'w')\n",
        ] {
            let [code, message, help] = told(&python(script, ""));
            assert_eq!(code, "E0814", "{script} {message}");
            assert!(help.contains("{outputs.text}"), "{help}");
        }
    }
}

#[test]
fn a_missing_module_tells_what_to_declare() {
    if !has_python() {
        return;
    }
    let [code, message, help] = told(&python("import helper\n", ""));
    assert_eq!(code, "E0809", "{message}");
    assert_eq!(message, "it needs `helper`, and does not declare `tools/helper.py`");
    assert_eq!(help, "write in [steps.go]: inputs.code = \"./tools\"");
    let own = python("import own.deep\n", "");
    own.write("own/__init__.py", "");
    own.write("own/deep.py", "");
    assert_eq!(told(&own)[2], "add to [steps.go]: inputs.own = \"./own\"");
    own.edit("inputs.code", "inputs.own = \"./own\"\ninputs.code");
    let [code, message, help] = told(&own);
    assert_eq!(code, "E0815", "{message}");
    assert_eq!(help, "add to [steps.go]: environment.PYTHONPATH = \".\"");
    own.edit("inputs.code", "environment.PYTHONPATH = \".\"\ninputs.code");
    assert_eq!(told(&own)[0], "E0805", "it is found");
    let [code, message, help] = told(&python("import no_such_module_anywhere\n", ""));
    assert_eq!(code, "E0815");
    assert!(message.ends_with("python3 has no module `no_such_module_anywhere`"), "{message}");
    assert!(message.starts_with("/usr/"), "{message}");
    assert_eq!(
        help,
        "declare a virtual environment that has it: [tools.python3] program = \".venv/bin/python\", identity = [\"uv.lock\"]"
    );
}

#[test]
fn a_missing_program_tells_how_to_declare_it() {
    let [code, message, help] = told(&shell("no-such-tool --version", ""));
    assert_eq!(code, "E0816", "{message}");
    assert_eq!(
        help,
        "install `no-such-tool`, or name it in `run` and declare it: [tools.no-such-tool] program = \"no-such-tool\""
    );
}
