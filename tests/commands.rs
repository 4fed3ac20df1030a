//! Command steps: what they see, what they declare, what they are told.

use std::path::Path;

use crate::support::Project;

fn command(run: &str, more: &str) -> Project {
    let project = Project::new(&format!(
        "[pipeline]\nname = \"c\"\nedition = 1\n\
         [sources.data]\npath = \"data/x.txt\"\n\
         [steps.go]\nkind = \"command\"\nrun = {run}\noutputs.text = \"files\"\n{more}"
    ));
    project.write("data/x.txt", "one\ntwo\n");
    project.write("tools/count.sh", "wc -l < \"$1\" > \"$2\"\n");
    project
}

#[test]
fn a_command_finds_its_inputs_where_the_workspace_has_them() {
    let project = command(
        r#"["sh", "tools/count.sh", "{inputs.data}", "{outputs.text}"]"#,
        "inputs.data = \"data\"\ninputs.code = \"./tools\"\n",
    );
    assert_eq!(project.executed(), ["go"]);
    assert_eq!(project.output("go", "text").trim(), "2");
    project.write("tools/count.sh", "wc -c < \"$1\" > \"$2\"\n");
    let built = project.build(&[]);
    assert_eq!(built.reasons()["go"].len(), 1);
    assert!(built.reasons()["go"][0].starts_with("input `./tools`"), "{:?}", built.reasons());
    assert_eq!(project.output("go", "text").trim(), "8");
}

#[test]
fn an_undeclared_read_fails_and_names_the_line_to_add() {
    let project = command(r#"["sh", "-c", "cat data/x.txt > {outputs.text}"]"#, "");
    let built = project.build(&[]);
    assert_eq!(built.said.code, 1);
    let (code, message) = built.failure("go");
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("E0809", "it reads `data/x.txt`, which it does not declare")
    );
    let help = built.of("finished").find_map(|event| event["help"].as_str()).unwrap().to_owned();
    assert_eq!(help, "add to [steps.go]: inputs.x = \"./data/x.txt\"");
    project.edit("outputs.text = ", "inputs.x = \"./data/x.txt\"\noutputs.text = ");
    assert_eq!(project.executed(), ["go"]);
}

#[test]
fn a_command_reports_events() {
    let event = r#"{\"event\":\"metric\",\"name\":\"lines\",\"value\":2}"#;
    let run = format!(
        r#"["sh", "-c", '''echo "{}" > $INGOT_EVENTS; touch {{outputs.text}}''']"#,
        event.replace('{', "{{").replace('}', "}}")
    );
    let project = command(&run, "");
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}\n{}", built.said.stdout, built.said.stderr);
    assert_eq!(built.of("metric").next().unwrap()["metric"]["value"], 2.0);
}

#[test]
fn the_declared_environment_is_in_the_key_and_the_users_is_not_there() {
    let project = command(
        r#"["sh", "-c", "echo $A $USER_ONLY > {outputs.text}"]"#,
        "environment.A = \"one\"\n",
    );
    let run = |project: &Project| {
        let mut command = project.command(&["build", "--json"]);
        command.env("USER_ONLY", "leak");
        command.output().unwrap();
        project.output("go", "text")
    };
    assert_eq!(run(&project), "one\n");
    project.edit("\"one\"", "\"two\"");
    assert_eq!(run(&project), "two\n");
}

#[test]
fn the_files_of_a_folder_that_moved_are_named() {
    let project = command(
        r#"["sh", "-c", "cat data/* > {outputs.text}"]"#,
        "inputs.all = \"./data\"\ninputs.x = \"data\"\n",
    );
    project.write("data/sub/deep/y.txt", "y");
    project.write("data/z.txt", "z");
    project.edit("cat data/*", "cat data/*.txt");
    project.executed();
    project.write("data/sub/deep/y.txt", "Y");
    project.write("data/new/w.txt", "w");
    std::fs::remove_file(project.path("data/z.txt")).unwrap();
    let said = project.run(&["why", "go"]).stdout;
    let lines: Vec<&str> = said.lines().map(str::trim).collect();
    let at = lines.iter().position(|line| line.starts_with("input `./data`")).unwrap();
    assert_eq!(lines[at + 1..at + 4], ["+ new", "~ sub/deep/y.txt", "- z.txt"], "{said}");
    let plan = project.run(&["plan", "--json"]).stdout;
    let line: serde_json::Value = serde_json::from_str(plan.lines().next().unwrap()).unwrap();
    let files = line["reasons"][0]["files"].as_array().unwrap();
    assert_eq!(files[0], serde_json::json!({ "path": "new", "change": "added" }));
}

#[test]
fn params_and_axes_are_words_of_a_command() {
    let project = command(
        r#"["sh", "-c", 'echo "$1" "$2" "$K" $3 > {outputs.text}', "sh", "{params.bins}", "{params.odd}", "<{matrix.k}>"]"#,
        "matrix.k = [1, 2]\nenvironment.K = \"{params.rate}\"\n\
         [params]\nbins = 10\nrate = 0.5\nodd = \"{inputs.data}\"\n",
    );
    assert_eq!(project.executed(), ["go@k=1", "go@k=2"]);
    assert_eq!(project.output("go@k=2", "text"), "10 {inputs.data} 0.5 <2>\n");
    project.edit("matrix.k = [1, 2]", "matrix.k = [1, 2, 3]");
    assert_eq!(project.executed(), ["go@k=3"]);
    project.edit("rate = 0.5", "rate = 0.25");
    let built = project.build(&[]);
    assert_eq!(
        built.reasons()["go@k=1"],
        [r#"environment variable `K`: "0.5" -> "0.25""#],
        "what moved is named"
    );
}

#[test]
fn a_secret_reaches_the_command_and_nothing_else() {
    let project = command(
        r#"["sh", "-c", "echo $TOKEN >&2; test ${{#TOKEN}} = 14 && touch {outputs.text}"]"#,
        "secrets = [\"TOKEN\"]\n",
    );
    let output = project.command(&["build"]).env("TOKEN", "hunter2hunter2").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found = std::process::Command::new("grep")
        .args(["-r", "hunter2", "."])
        .current_dir(project.path(""))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "");
    // What the store has needs no secret, and what is to run does.
    assert_eq!(project.executed(), [""; 0]);
    let said = project.run(&["build", "--rerun", "go"]);
    assert_eq!(said.code, 6, "{}", said.stderr);
    assert!(said.stderr.contains("E0614") && said.stderr.contains("TOKEN"), "{}", said.stderr);
}

#[test]
fn strict_refuses_a_tool_without_identity_and_no_commands_refuses_all() {
    let project = command(r#"["sh", "-c", "touch {outputs.text}"]"#, "");
    assert_eq!(project.run(&["build", "--strict"]).code, 2);
    assert_eq!(project.run(&["build", "--no-commands"]).code, 2);
    project.write("tools.lock", "sh 1\n");
    project.edit(
        "[steps.go]",
        "[tools.sh]\nprogram = \"sh\"\nidentity = [\"tools.lock\"]\n[steps.go]",
    );
    assert_eq!(project.run(&["build", "--strict"]).code, 0);
    project.write("tools.lock", "sh 2\n");
    assert_eq!(project.executed(), ["go"]);
}

#[test]
fn a_command_that_takes_the_seed_draws_from_it() {
    let project = command(r#"["sh", "-c", "echo {seed} > {outputs.text}"]"#, "replicates = 2\n");
    project.edit("edition = 1", "edition = 1\nseed = 7");
    assert_eq!(project.executed(), ["go@replicate=1", "go@replicate=2"]);
    assert_eq!(project.output("go@replicate=1", "text").trim(), "7");
    assert_ne!(project.output("go@replicate=2", "text").trim(), "7");
    project.edit("seed = 7", "seed = 8");
    let built = project.build(&[]);
    assert_eq!(built.executed(), ["go@replicate=1", "go@replicate=2"]);
    assert_eq!(built.reasons()["go@replicate=1"], ["seed: 7 -> 8"]);
}

/// A command that prints these lines into its events file.
fn telling(lines: &str, more: &str) -> Project {
    let run = r#"["sh", "-c", "cat tools/events > $INGOT_EVENTS; echo x > {outputs.text}"]"#;
    let project = command(run, &format!("inputs.code = \"./tools/events\"\n{more}"));
    project.write("tools/events", lines);
    project
}

#[test]
fn of_a_metric_that_is_told_each_epoch_the_last_counts() {
    let project = telling(
        "{\"event\":\"metric\",\"name\":\"loss\",\"value\":NaN}\n\
         {\"event\":\"metric\",\"name\":\"loss\",\"value\":0.5}\n\
         {\"event\":\"metric\",\"name\":\"loss\",\"value\":5.0172e-9}\n",
        "[[steps.go.gates]]\nmetric = \"loss\"\nmax = 0.4\n",
    );
    assert_eq!(project.executed(), ["go"]);
    let shown = project.run(&["show", "go"]).stdout;
    assert_eq!(shown.matches("\nloss ").count(), 1, "{shown}");
    assert!(shown.contains("5.017e-9"), "{shown}");
    assert_eq!(project.run(&["build", "--locked"]).code, 0);
}

#[test]
fn a_metric_that_is_undefined_says_why_at_its_gate_and_costs_no_output() {
    let project = telling(
        "{\"event\":\"metric\",\"name\":\"auc\",\"value\":NaN}\n\
         {\"event\":\"metric\",\"name\":\"rows\",\"value\":3}\n",
        "[[steps.go.gates]]\nmetric = \"auc\"\nmin = 0.4\n",
    );
    for outcome in ["executed", "cached"] {
        let built = project.build(&[]);
        assert_eq!((built.said.code, built.ended(outcome)), (4, vec!["go".to_owned()]));
        let gate = built.of("gate").next().unwrap()["message"].as_str().unwrap().to_owned();
        assert_eq!(
            gate,
            "the result has no metric `auc`; there is rows; the metric auc is undefined: it was reported as NaN"
        );
    }
    assert_eq!(project.output("go", "text").trim(), "x");
    assert_eq!(project.run(&["build", "--locked"]).code, 4);
}

#[test]
fn what_is_wrong_with_an_event_is_said() {
    let project = telling("{\"event\":\"metric\",\"name\":\"a\",\"value\":1,\"slices\":{}}\n", "");
    let (code, message) = project.build(&[]).failure("go");
    assert_eq!(code, "E0806");
    assert!(message.contains("(unknown field `slices`, expected one of"), "{message}");
}

#[test]
fn a_script_that_was_run_by_hand_leaves_no_trace_that_exclude_names() {
    let project = command(
        r#"["sh", "tools/count.sh", "{inputs.data}", "{outputs.text}"]"#,
        "inputs.data = \"data\"\ninputs.code = \"code\"\n\
         [sources.code]\npath = \"tools\"\nexclude = [\"**/__pycache__/**\"]\n",
    );
    assert_eq!(project.executed(), ["go"]);
    project.write("tools/pkg/__pycache__/x.pyc", "x");
    project.write("tools/__pycache__/y.pyc", "y");
    assert_eq!(project.executed(), Vec::<String>::new());
    project.write("tools/pkg/new.sh", "true\n");
    assert_eq!(project.executed(), ["go"]);
}

#[test]
fn files_of_a_command_have_the_format_that_its_output_says() {
    let data = Path::new(env!("CARGO_BIN_EXE_ingot")).with_file_name("ingot-data");
    if !data.exists() {
        eprintln!("skipped: {} is not built", data.display());
        return;
    }
    let project = command(
        r#"["sh", "-c", "sed 's/$/,z/' data/x.txt > {outputs.text}"]"#,
        "inputs.data = \"data\"\n[steps.check]\nkind = \"validate\"\n\
         inputs.data = \"go.text\"\ncontract = \"./contract.toml\"\n",
    );
    std::os::unix::fs::symlink(data, project.path("").join("../workers/ingot-data")).unwrap();
    project.write("contract.toml", "version = 1\n");
    let bare = "outputs.text = \"files\"";
    let format = |header: bool| {
        format!(
            "outputs.text = {{ type = \"files\", format = {{ type = \"csv\", header = {header} }} }}"
        )
    };
    let built = project.build(&[]);
    assert_eq!(built.failure("check").0, "D0201", "{}", built.said.stderr);
    project.edit(bare, &format(true));
    assert_eq!(project.executed(), ["check"]);
    assert!(project.run(&["show", "check.data"]).stdout.contains("1 rows, 2 columns"));
    project.edit(&format(true), &format(false).replace("false", "false, columns = [\"a\", \"b\"]"));
    let built = project.build(&[]);
    assert_eq!(built.executed(), ["check"], "the bytes are the same: {}", built.said.stderr);
    assert!(project.run(&["show", "check.data"]).stdout.contains("2 rows, 2 columns"));
}

#[test]
fn what_a_command_writes_under_a_type_is_checked_at_that_step() {
    let project = command(
        r#"["sh", "-c", "mkdir {outputs.text}; cat tools/do; . tools/do"]"#,
        "inputs.code = \"./tools/do\"\n",
    );
    project.edit("outputs.text = \"files\"", "outputs.text = \"deck\"");
    project.write("tools/do", "echo good > out/text/lines\n");
    let built = project.build(&[]);
    let (code, message) = built.failure("go");
    assert_eq!(code, "L0103");
    assert_eq!(message, "its output `text` is no `deck`: out/text: there is no folder `data`");
    project.write("tools/do", "mkdir out/text/data; echo good > out/text/data/train-0.txt\n");
    assert_eq!(project.executed(), ["go"]);
}

#[test]
fn a_comment_in_code_reruns_nothing_and_why_names_the_function() {
    let project = command(
        r#"["python3", "tools/pkg/main.py", "{outputs.text}"]"#,
        "inputs.code = { path = \"./tools\", as = \"python\" }\n",
    );
    let main = "import sys\n\n\ndef size():\n    return 3  # three\n\n\nopen(sys.argv[1], 'w').write(str(size()))\n";
    project.write("tools/pkg/main.py", main);
    project.write("tools/notes.txt", "every byte\n");
    assert_eq!(project.executed(), ["go"]);
    assert_eq!(project.output("go", "text"), "3");

    project.write(
        "tools/pkg/main.py",
        main.replace("# three", "# so many").replace("\n\n\n", "\n# x\n\n"),
    );
    let built = project.build(&[]);
    assert_eq!((built.said.code, built.executed()), (0, Vec::new()), "{}", built.said.stderr);
    assert_eq!(project.run(&["build", "--locked"]).code, 0);

    project.write("tools/pkg/main.py", main.replace("return 3", "return 4"));
    let why = project.run(&["why", "go"]).stdout;
    assert!(why.contains("~ pkg/main.py\n"), "{why}");
    assert!(why.contains("in `size`\n"), "{why}");
    assert_eq!(project.executed(), ["go"]);
    project.write("tools/notes.txt", "every byte counts\n");
    assert_eq!(project.executed(), ["go"], "what is no Python counts byte by byte");
    project.write("tools/pkg/other.py", "def broken(:  # one\n");
    assert_eq!(project.executed(), ["go"]);
    project.write("tools/pkg/other.py", "def broken(:  # two\n");
    assert_eq!(project.executed(), ["go"], "nor does what does not parse have a form");
}

#[test]
fn a_script_alone_is_code_too_and_another_language_is_refused() {
    let project = command(
        r#"["python3", "tools/main.py", "{outputs.text}"]"#,
        "inputs.code = { path = \"tools/main.py\", as = \"python\" }\n",
    );
    project.write("tools/main.py", "import sys\nopen(sys.argv[1], 'w').write('x')\n");
    assert_eq!(project.executed(), ["go"]);
    project.write("tools/main.py", "import sys  # why\n\nopen( sys.argv[1],'w' ).write('x')\n");
    assert_eq!(project.executed(), Vec::<String>::new());
    project.write("tools/main.py", "import sys\nopen(sys.argv[1], 'w').write('y')\n");
    let why = project.run(&["why", "go"]).stdout;
    assert!(why.contains("outside of functions and classes"), "{why}");
    project.edit("as = \"python\"", "as = \"perl\"");
    let said = project.run(&["plan"]);
    assert!(
        said.code == 3 && said.stderr.contains("`as = \"perl\"` is no language"),
        "{}",
        said.stderr
    );
}
