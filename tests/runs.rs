//! `ingot runs`: what each build was and gave; `show` and `diff` of a run.

use crate::support::{Built, Project, Said, steady, told, words};

/// The words, built with one, two and three epochs, and once with another source.
fn four() -> Project {
    let project = words();
    project.build(&[]);
    project.build(&["--set", "epochs=1"]);
    project.build(&["--set", "epochs=3"]);
    project.write("data/lines.txt", "the first line\ntrain a b c x\ntest a b x\n");
    project.build(&[]);
    project
}

#[test]
fn every_build_that_did_something_is_a_run_with_its_variant_and_its_metrics() {
    let project = four();
    insta::assert_snapshot!(told(&project, &["runs"]), @r"
    run  started              seconds  status   share  epochs
      1  DATE  TIME   done    0.6667       2
      2  DATE  TIME   done    0.6667       1
      3  DATE  TIME   done    0.6667       3
      4  DATE  TIME   done         1       2
    exit 0
    ");
    insta::assert_snapshot!(told(&project, &["runs", "--sort=-share", "--md"]), @r"
    | run | started | seconds | status | share | epochs |
    | --- | --- | --- | --- | --- | --- |
    | 4 | DATE | TIME | done | 1 | 2 |
    | 1 | DATE | TIME | done | 0.6667 | 2 |
    | 2 | DATE | TIME | done | 0.6667 | 1 |
    | 3 | DATE | TIME | done | 0.6667 | 3 |
    exit 0
    ");
    insta::assert_snapshot!(told(&project, &["runs", "--csv", "--last", "2"]), @r"
    run,started,seconds,status,revision,profile,targets,grade.share,params.epochs,blocked,cached,dirty,executed,exit,failed,grade.outcome,grade.verdict,page.outcome,page.verdict,set,steps
    3,DATE,N,done,,,page,0.6666666666666666,3,0,4,,3,0,0,cached,pass,executed,pass,epochs=3,7
    4,DATE,N,done,,,page,1,2,0,1,,6,0,0,executed,pass,executed,pass,,7
    exit 0
    ");
    insta::assert_snapshot!(told(&project, &["runs", "--json", "--where", "run=2"]), @r#"
    {"begun":N,"blocked":0,"cached":4,"event":"run","executed":3,"exit":0,"failed":0,"number":2,"params":{"epochs":1},"results":{"grade":{"key":"HEX","metrics":[{"name":"share","value":0.6666666666666666}],"outcome":"cached","verdict":"pass"},"page":{"key":"HEX","outcome":"executed","verdict":"pass"}},"seconds":N,"set":{"epochs":"1"},"status":"done","steps":7,"targets":["page"],"variant":"HEX","version":1}
    exit 0
    "#);
}

#[test]
fn conditions_and_order_go_by_columns() {
    let project = four();
    let numbers = |arguments: &[&str]| -> String {
        let mut all = vec!["runs", "--json"];
        all.extend(arguments);
        let said = project.run(&all);
        assert_eq!(said.code, 0, "{}", said.stderr);
        let lines = said.stdout.lines();
        let numbers = lines.map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["number"].to_string()
        });
        numbers.collect::<Vec<_>>().join(" ")
    };
    for (arguments, expected) in [
        (&["--where", "epochs=2"][..], "1 4"),
        (&["--where", "params.epochs>1"], "1 3 4"),
        (&["--where", "epochs>=2", "--where", "share<1"], "1 3"),
        (&["--where", "grade.share == 1"], "4"),
        (&["--where", "status!=done"], ""),
        (&["--where", "profile!=ci"], "1 2 3 4"),
        (&["--where", "profile=ci"], ""),
        (&["--where", "set=epochs=3"], "3"),
        (&["--where", "started>2001"], "1 2 3 4"),
        (&["--sort", "epochs"], "2 1 4 3"),
        (&["--sort=-epochs"], "3 1 4 2"),
        (&["--sort", "epochs", "--reverse"], "3 1 4 2"),
        (&["--sort", "set"], "2 3 1 4"),
        (&["--sort=-set"], "3 2 1 4"),
        (&["--reverse"], "4 3 2 1"),
        (&["--last", "1"], "4"),
    ] {
        assert_eq!(numbers(arguments), expected, "{arguments:?}");
    }
    insta::assert_snapshot!(told(&project, &["runs", "--where", "shar>1"]), @r"
    error[E1031]: no run has a column `shar`
     |
     = help: did you mean `share`?
    `ingot error E1031` explains more
    exit 2
    ");
    insta::assert_snapshot!(told(&project, &["runs", "--sort", "acc"]), @r"
    error[E1031]: no run has a column `acc`
     |
     = help: `ingot runs --all` shows every column
    `ingot error E1031` explains more
    exit 2
    ");
    insta::assert_snapshot!(told(&project, &["runs", "--where", "share"]), @r"
    error[E1032]: `--where share` has no operator
     |
     = help: write a column, an operator and a value: `--where accuracy>=0.9`
    `ingot error E1032` explains more
    exit 2
    ");
    insta::assert_snapshot!(told(&project, &["runs", "--where", "share=>1"]), @r"
    error[E1032]: `--where share=>1` has no operator that there is
     |
     = help: write a column, an operator and a value: `--where accuracy>=0.9`
    `ingot error E1032` explains more
    exit 2
    ");
    insta::assert_snapshot!(told(&project, &["runs", "--where", "share>2"]), @r"
    no run is so; `ingot runs` shows them all
    exit 0
    ");
}

#[test]
fn a_build_that_asks_again_is_no_new_run_and_one_that_went_wrong_is() {
    let project = words();
    insta::assert_snapshot!(told(&project, &["runs"]), @r"
    no build has run here; `ingot build` makes a run
    exit 0
    ");
    let runs = || {
        let said = project.run(&["runs", "--csv"]);
        let rows = said.stdout.lines().skip(1).map(|row| {
            row.split(',')
                .enumerate()
                .filter(|(at, _)| [0, 3].contains(at))
                .map(|(_, cell)| cell)
                .collect::<Vec<_>>()
                .join(" ")
        });
        rows.collect::<Vec<_>>().join(", ")
    };
    project.build(&[]);
    for again in [&["build"][..], &["build", "--json"], &["build", "--set", "epochs=2"], &["build"]]
    {
        assert_eq!(project.run(again).code, 0);
    }
    assert_eq!(runs(), "1 done, 2 done", "--set says another variant, though with the same keys");
    project.write("data/lines.txt", "the first line\ntrain a b c\ntest x y z\n");
    project.build(&[]);
    project.build(&[]);
    assert_eq!(runs(), "1 done, 2 done, 3 verdict", "the verdict stays what it was");
    project.edit("[steps.page]", "[steps.bad]\nkind = \"break\"\n[steps.page]");
    project.build(&["bad"]);
    project.build(&["bad"]);
    assert_eq!(runs(), "1 done, 2 done, 3 verdict, 4 failed, 5 failed");
    insta::assert_snapshot!(told(&project, &["runs", "--where", "status=failed", "--all"]), @r"
    run  started              seconds  status  targets  epochs  bad.outcome  blocked  cached  executed  exit  failed  steps
      4  DATE  TIME   failed  bad           2  failed             0       0         0     1       1      1
      5  DATE  TIME   failed  bad           2  failed             0       0         0     1       1      1
    exit 0
    ");
}

#[test]
fn show_and_diff_take_a_run() {
    let project = four();
    insta::assert_snapshot!(told(&project, &["show", "grade", "--run", "2"]), @r"
    grade in run 2, DATE
    key      HEX
    outcome  cached
    verdict  pass
    param    epochs = 1
    output   report: files file:HEX

    metric   value  interval  of
    share   0.6667
    exit 0
    ");
    insta::assert_snapshot!(told(&project, &["show", "grade.report", "--run", "4"]), @r"
    files: 1 lines
    exit 0
    ");
    insta::assert_snapshot!(told(&project, &["show", "learn", "--run", "4"]), @r"
    error[E1033]: run 4 recorded nothing of `learn`
     |
     = help: it has grade, page
    `ingot error E1033` explains more
    exit 2
    ");
    insta::assert_snapshot!(told(&project, &["show", "grade", "--run", "9"]), @r"
    error[E1030]: there is no run 9
     |
     = help: `ingot runs` lists them; the last one is 4
    `ingot error E1030` explains more
    exit 2
    ");
    insta::assert_snapshot!(told(&project, &["diff", "--run", "2"]), @r"
    param           run 2  run 4
    params  epochs      1      2

    metric          run 2  run 4   change
    grade   share  0.6667      1  +0.3333

    time               run 2   run 4
    the whole build    TIME  TIME
    exit 0
    ");
    let json = told(&project, &["diff", "--run", "2", "--run", "3", "--json"]);
    assert_eq!(json.lines().count(), 3, "{json}");
}

#[test]
fn a_run_says_what_was_checked_out_and_asking_runs_nothing_of_the_repository() {
    let project = words();
    let git = |arguments: &[&str]| {
        let identity =
            ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"];
        let mut command = project.other("git".as_ref());
        command.env("GIT_CONFIG_NOSYSTEM", "1").args(identity).args(arguments);
        command.output()
    };
    if !git(&["init", "-q"]).is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: there is no git");
        return;
    }
    project.write(".gitattributes", "*.txt filter=evil\n");
    git(&["add", "."]).unwrap();
    git(&["commit", "-qm", "one"]).unwrap();
    let evil = format!("touch {}; cat", project.path("evil").display());
    for key in ["filter.evil.clean", "filter.evil.process", "core.fsmonitor"] {
        git(&["config", key, &evil]).unwrap();
    }
    git(&["config", "filter.evil.required", "true"]).unwrap();
    project.write("data/lines.txt", "the first line\ntrain a b c d\ntest a b x\n");
    project.build(&[]);
    assert!(!project.path("evil").exists(), "a program of the repository ran");
    let head = git(&["rev-parse", "HEAD"]).unwrap().stdout;
    let head = String::from_utf8(head).unwrap();
    let run = |number: &str| -> serde_json::Value {
        let said = project.run(&["runs", "--json", "--where", &format!("run={number}")]);
        serde_json::from_str(&said.stdout).unwrap()
    };
    assert_eq!(run("1")["revision"], head.trim());
    assert_eq!(run("1")["dirty"], true);
    let short = format!("revision={}", &head[..6]);
    let said = project.run(&["runs", "--where", &short]);
    assert!(said.stdout.contains(&format!("{}+", &head[..8])), "{}", said.stdout);
}

#[test]
fn no_secret_is_in_a_run() {
    let project = Project::new(
        "[pipeline]\nname = \"s\"\nedition = 1\n[params]\ntoken = \"none\"\nplain = 1\n\
         [steps.a]\nkind = \"command\"\nsecrets = [\"HF_TOKEN\"]\noutputs.text = \"files\"\n\
         run = [\"sh\", \"-c\", \"echo {params.plain} > {outputs.text}\"]\n",
    );
    let mut command = project.command(&["build", "--json", "--set", "token=hf_0123456789"]);
    command.env("HF_TOKEN", "hf_0123456789");
    let built = Built::from(Said::from(command.output().unwrap()));
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    let said = project.run(&["runs", "--json"]);
    assert!(said.stdout.contains("\"token\":\"***\""), "{}", said.stdout);
    assert!(!said.stdout.contains("hf_0123456789"));
}

#[test]
fn a_damaged_run_is_told_and_passed_over_and_collections_keep_the_others() {
    let project = four();
    let folder = std::fs::read_dir(project.path(".ingot/runs")).unwrap().next().unwrap().unwrap();
    std::fs::write(folder.path().join("2.json"), "{\"version\": 1").unwrap();
    for command in [&["gc"][..], &["clean"]] {
        assert_eq!(project.run(command).code, 0);
    }
    insta::assert_snapshot!(told(&project, &["runs"]), @r"
    run  started              seconds  status   share  epochs
      1  DATE  TIME   done    0.6667       2
      3  DATE  TIME   done    0.6667       3
      4  DATE  TIME   done         1       2
    warning[E0713]: .../runs/HEX/2.json is no run of this version
     |
     = help: remove the file; no result needs it
    exit 0
    ");
    insta::assert_snapshot!(told(&project, &["show", "grade", "--run", "2"]), @r"
    error[E1030]: run 2 cannot be read: .../runs/HEX/2.json is damaged
     |
     = help: `ingot runs` lists them; the last one is 4
    `ingot error E1030` explains more
    exit 2
    ");
    project.edit("epochs = 2", "epochs = 5");
    let summary = project.build(&[]);
    assert_eq!(summary.of("summary").next().unwrap()["run"], 5);
    assert_eq!(project.run(&["clean", "--all"]).code, 0);
    assert!(!project.path(".ingot").exists());
}

#[test]
fn builds_at_once_are_runs_of_their_own() {
    let project = Project::new(
        "[pipeline]\nname = \"m\"\nedition = 1\n[steps.a]\nkind = \"write\"\n\
         matrix.text = [\"1\", \"2\", \"3\", \"4\"]\n",
    );
    let steps = ["a@text=1", "a@text=2", "a@text=3", "a@text=4"];
    let children: Vec<_> = steps.iter().map(|step| project.start(&["build", step])).collect();
    for child in children {
        assert!(child.wait_with_output().unwrap().status.success());
    }
    let said = project.run(&["runs", "--json"]);
    let mut targets: Vec<String> = said
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|run| run["targets"][0].as_str().unwrap().to_owned())
        .collect();
    targets.sort();
    assert_eq!(targets, steps);
}

#[test]
fn columns_of_points_have_their_whole_names_and_what_tells_runs_apart_has_room() {
    let steps: String = (1..=4)
        .map(|lr| format!("{{\"event\": \"metric\", \"name\": \"accuracy\", \"value\": 0.{lr}}}\n"))
        .collect();
    let lines: Vec<&str> = steps.lines().collect();
    let mut manifest = "[pipeline]\nname = \"p\"\nedition = 1\n[params]\nepochs = 2\n".to_owned();
    for (at, line) in lines.iter().enumerate() {
        let line = line.replace('{', "{{").replace('}', "}}").replace('"', "\\\"");
        manifest.push_str(&format!(
            "[steps.tune{at}]\nkind = \"command\"\noutputs.text = \"files\"\nmatrix.lr = [0.5]\n\
             run = [\"sh\", \"-c\", \"echo '{line}' > $INGOT_EVENTS; echo {{params.epochs}} > {{outputs.text}}\"]\n"
        ));
    }
    let project = Project::new(&manifest);
    project.build(&[]);
    project.build(&["--set", "epochs=3"]);
    let mut command = project.command(&["runs"]);
    command.env("COLUMNS", "80");
    let said = Said::from(command.output().unwrap());
    insta::assert_snapshot!(steady(&format!("{}{}", said.stdout, said.stderr)), @r"
    run  started              seconds  status  tune0@lr=0.5.accuracy  epochs
      1  DATE  TIME   done                   0.1000       2
      2  DATE  TIME   done                   0.1000       3

    not shown: tune1@lr=0.5.accuracy, tune2@lr=0.5.accuracy, tune3@lr=0.5.accuracy; --all shows them
    ");
    let said = project.run(&["runs", "--json", "--where", "tune1@lr=0.5.accuracy=0.2"]);
    assert_eq!(said.stdout.lines().count(), 2, "{}", said.stderr);
}

#[test]
fn workspaces_of_one_store_count_for_themselves_and_go_with_their_runs() {
    let manifest = "[pipeline]\nname = \"s\"\nedition = 1\n[steps.a]\nkind = \"write\"\n";
    let (one, other) = (Project::new(manifest), Project::new(manifest));
    let shared = one.path("../shared");
    let run = |project: &Project, arguments: &[&str]| {
        let mut command = project.command(arguments);
        let said = Said::from(command.env("INGOT_STORE", &shared).output().unwrap());
        assert_eq!(said.code, 0, "{}", said.stderr);
        said
    };
    for project in [&one, &other] {
        run(project, &["build"]);
        let csv = run(project, &["runs", "--csv"]).stdout;
        let numbers: Vec<&str> = csv.lines().skip(1).map(|row| &row[..2]).collect();
        assert_eq!(numbers, ["1,"], "{csv}");
    }
    let kept = || std::fs::read_dir(shared.join("runs")).unwrap().count();
    let folder = other.path("").canonicalize().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    run(&one, &["gc"]);
    assert_eq!(kept(), 2, "it may only be away");
    run(&one, &["gc", "--forget", folder.to_str().unwrap()]);
    assert_eq!(kept(), 1);
}
