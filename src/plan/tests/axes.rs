//! Folds and partitions: which points steps come to have, and what each reads.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ingot_protocol::{InputPort, Kind};
use serde_json::json;

use super::fake::{self, kind, port};
use super::{HEAD, Plan, feeds, names};
use crate::diag::render::render;
use crate::kinds::Kinds;
use crate::manifest::partition::Template;
use crate::manifest::{File, Files, Member, Overrides, load_all};
use crate::plan::{Origin, plan};

/// `split` that may deal folds, and kinds that read what it deals.
fn kinds() -> Kinds {
    let mut split = fake::split();
    split.params = json!({
        "type": "object",
        "properties": {
            "folds": { "type": "integer", "x-ingot-axis": "fold" },
            "repeats": { "type": "integer", "x-ingot-axis": "repeat" },
            "fold": { "type": "integer" },
            "repeat": { "type": "integer" }
        }
    });
    let gather: Kind = {
        let many = InputPort { many: true, required: false, ..port("data", &["dataset"]) };
        let one = InputPort { required: false, ..port("one", &["dataset"]) };
        kind("gather", vec![many, one], &[("data", "dataset")])
    };
    let mut evaluate = fake::evaluate();
    for port in evaluate.inputs.iter_mut().filter(|port| port.name == "data") {
        port.many = true;
        port.forwarded = true;
        port.required = false;
    }
    fake::with(vec![split, fake::train(), fake::predict(), evaluate, gather])
}

const DAYS: [&str; 3] = ["2026-11-01", "2026-11-02", "2026-11-03"];

fn outcome(text: &str) -> Result<Plan, String> {
    let bytes = format!("{HEAD}{text}").into_bytes();
    let file = File { member: Member::default(), shown: PathBuf::from("ingot.toml"), bytes };
    let lister = |_: &str, _: &Template| Ok(DAYS.map(str::to_owned).to_vec());
    let files = Files { files: &[file], current: "", lister: &lister };
    let loaded = load_all(&files, &Overrides::default());
    let show = |diagnostics: &[crate::diag::Diagnostic]| {
        let texts = diagnostics.iter().map(|one| render(one, &loaded.sources, false, 100));
        texts.collect::<Vec<_>>().join("\n")
    };
    let Some(manifest) = &loaded.manifest else { return Err(show(&loaded.diagnostics)) };
    let text = |target: &&str| (*target).to_owned();
    let targets: Vec<String> = [].iter().map(text).collect();
    plan(manifest, &kinds(), &targets).map_err(|mistakes| show(&mistakes))
}

fn planned(text: &str) -> Plan {
    outcome(text).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

const FOLDS: &str = "[sources.scans]\npath = \"scans.csv\"\n\
                     [steps.split]\nkind = \"split\"\ninputs.data = \"scans\"\nfolds = 2\nrepeats = 2\n";

#[test]
fn a_step_that_reads_one_fold_has_the_folds_and_its_matrix() {
    let plan = planned(&format!(
        "{FOLDS}[steps.tune]\nkind = \"train\"\ninputs.data = \"split.data\"\nmatrix.lr = [0.1, 0.2]\n"
    ));
    insta::assert_snapshot!(names(&plan).join("\n"), @r"
    split@fold=1,repeat=1
    split@fold=1,repeat=2
    split@fold=2,repeat=1
    split@fold=2,repeat=2
    tune@fold=1,lr=0.1,repeat=1
    tune@fold=1,lr=0.1,repeat=2
    tune@fold=1,lr=0.2,repeat=1
    tune@fold=1,lr=0.2,repeat=2
    tune@fold=2,lr=0.1,repeat=1
    tune@fold=2,lr=0.1,repeat=2
    tune@fold=2,lr=0.2,repeat=1
    tune@fold=2,lr=0.2,repeat=2
    ");
    assert_eq!(feeds(&plan, "tune@fold=2,lr=0.1,repeat=1", "data"), ["split@fold=2,repeat=1.data"]);
    let split = plan.steps.iter().find(|step| step.name == "split@fold=2,repeat=1");
    let params = split.map(|step| serde_json::Value::from(step.params.all.clone()));
    assert_eq!(params, Some(json!({ "fold": 2, "folds": 2, "repeat": 1, "repeats": 2 })));
}

#[test]
fn a_port_that_takes_many_gathers_what_a_label_leaves() {
    let plan = planned(&format!(
        "{FOLDS}[steps.tune]\nkind = \"train\"\ninputs.data = \"split.data\"\nmatrix.lr = [0.1, 0.2]\n\
         [steps.eval]\nkind = \"evaluate\"\ninputs.model = \"tune@lr=0.1.model\"\ninputs.data = \"split.data\"\n"
    ));
    let implied: Vec<String> = names(&plan)
        .into_iter()
        .filter(|name| name.starts_with("eval"))
        .map(|name| {
            format!("{name}: {:?} {:?}", feeds(&plan, name, "model"), feeds(&plan, name, "data"))
        })
        .collect();
    insta::assert_snapshot!(implied.join("\n"), @r#"
    eval/predict@fold=1,repeat=1: ["tune@fold=1,lr=0.1,repeat=1.model"] ["split@fold=1,repeat=1.data"]
    eval/predict@fold=1,repeat=2: ["tune@fold=1,lr=0.1,repeat=2.model"] ["split@fold=1,repeat=2.data"]
    eval/predict@fold=2,repeat=1: ["tune@fold=2,lr=0.1,repeat=1.model"] ["split@fold=2,repeat=1.data"]
    eval/predict@fold=2,repeat=2: ["tune@fold=2,lr=0.1,repeat=2.model"] ["split@fold=2,repeat=2.data"]
    eval: [] []
    "#);
    assert_eq!(feeds(&plan, "eval", "predictions").len(), 4);
}

#[test]
fn of_an_axis_that_a_step_has_it_gathers_its_own_point() {
    let plan = planned(&format!(
        "{FOLDS}[steps.all]\nkind = \"gather\"\ninputs.data = \"split.data\"\n\
         [steps.own]\nkind = \"gather\"\ninputs.data = \"split.data\"\ninputs.one = \"split@repeat=1.data\"\n"
    ));
    assert_eq!(feeds(&plan, "all", "data").len(), 4);
    assert_eq!(feeds(&plan, "own@fold=1,repeat=1", "data"), ["split@fold=1,repeat=1.data"]);
    assert_eq!(names(&plan).iter().filter(|name| name.starts_with("own")).count(), 2);
}

#[test]
fn a_point_of_another_axis_is_named() {
    let mistakes = outcome(&format!(
        "{FOLDS}[steps.tune]\nkind = \"train\"\ninputs.data = \"split.data\"\nmatrix.lr = [0.1, 0.2]\n\
         [steps.more]\nkind = \"train\"\ninputs.data = \"split.data\"\ninputs.init = \"tune.model\"\n"
    ));
    insta::assert_snapshot!(mistakes.err().unwrap_or_default(), @r#"
    error[E0310]: `tune` has 8 points
      --> ingot.toml:20:15
       |
    20 | inputs.init = "tune.model"
       |               ^^^^^^^^^^^^
       |
       = help: name one of them, such as `tune@lr=0.1`
    "#);
}

#[test]
fn a_count_is_the_axis_and_nobody_elses() {
    let mistakes = outcome(
        "[sources.scans]\npath = \"scans.csv\"\n\
         [steps.split]\nkind = \"split\"\ninputs.data = \"scans\"\nfolds = 2\nfold = 1\n",
    );
    insta::assert_snapshot!(mistakes.err().unwrap_or_default(), @r"
    error[E0211]: `fold` is an axis: `folds` makes its points
      --> ingot.toml:12:8
       |
    12 | fold = 1
       |        ^
       |
       = help: write `folds = N`, and read `split@fold=1`
    ");
}

const RAW: &str = "[sources.raw]\npath = \"data/{day}/*.csv\"\n\
                   [steps.day]\nkind = \"split\"\ninputs.data = \"raw\"\nmatrix.day = { from = \"raw\" }\n";

#[test]
fn a_partition_is_a_point_and_a_source_of_its_own() {
    let plan = planned(&format!(
        "{RAW}[steps.next]\nkind = \"train\"\ninputs.data = \"day.data\"\n\
         [steps.week]\nkind = \"gather\"\ninputs.data = \"day.data\"\n"
    ));
    let sources: BTreeMap<&str, Vec<String>> =
        names(&plan).into_iter().map(|name| (name, feeds(&plan, name, "data"))).collect();
    insta::assert_debug_snapshot!(sources, @r#"
    {
        "day@day=2026-11-01": [
            "raw@day=2026-11-01",
        ],
        "day@day=2026-11-02": [
            "raw@day=2026-11-02",
        ],
        "day@day=2026-11-03": [
            "raw@day=2026-11-03",
        ],
        "next@day=2026-11-01": [
            "day@day=2026-11-01.data",
        ],
        "next@day=2026-11-02": [
            "day@day=2026-11-02.data",
        ],
        "next@day=2026-11-03": [
            "day@day=2026-11-03.data",
        ],
        "week": [
            "day@day=2026-11-01.data",
            "day@day=2026-11-02.data",
            "day@day=2026-11-03.data",
        ],
    }
    "#);
    assert!(plan.steps.iter().flat_map(|step| step.feeds()).all(|(_, feed)| match &feed.origin {
        Origin::Source(name) => name.starts_with("raw@day="),
        _ => true,
    }));
}

#[test]
fn a_window_takes_the_last_and_what_does_not_meet_is_told() {
    let plan = planned(&RAW.replace("\"raw\" }", "\"raw\", last = 2 }"));
    assert_eq!(names(&plan), ["day@day=2026-11-02", "day@day=2026-11-03"]);
    let mistakes = outcome(&format!(
        "{}[steps.one]\nkind = \"gather\"\ninputs.one = \"day.data\"\nmatrix.day = [\"2026-11-01\"]\n",
        RAW.replace("\"raw\" }", "\"raw\", last = 2 }")
    ));
    insta::assert_snapshot!(mistakes.err().unwrap_or_default(), @r#"
    error[E0322]: `one` reads no point of `day.data` that fits its other inputs
      --> ingot.toml:14:14
       |
    14 | inputs.one = "day.data"
       |              ^^^^^^^^^^
       |
       = help: read data of the same partitions and folds on every port
    "#);
}

#[test]
fn mistakes_in_partitions_stand_where_they_are() {
    let of = |axis: &str, path: &str| {
        let text =
            RAW.replace("matrix.day = { from = \"raw\" }", axis).replace("data/{day}/*.csv", path);
        outcome(&text).err().unwrap_or_default()
    };
    let mistakes = [
        of("matrix.date = { from = \"raw\" }", "data/{day}/*.csv"),
        of("matrix.day = { from = \"row\" }", "data/{day}/*.csv"),
        of("matrix.day = { from = \"raw\", last = 0 }", "data/{day}/*.csv"),
        of("matrix.day = { from = \"raw\" }", "data/*.csv"),
        of("", "data/*/{day}.csv"),
        of("", "{region}/{day}.csv"),
    ];
    insta::assert_snapshot!(mistakes.join("\n"), @r#"
    error[E0226]: the partitions of `raw` are called `day`, not `date`
      --> ingot.toml:11:8
       |
    11 | matrix.date = { from = "raw" }
       |        ^^^^
       |
       = help: write matrix.day = { from = .. }
    error[E0226]: there is no source `row`
      --> ingot.toml:11:23
       |
    11 | matrix.day = { from = "row" }
       |                       ^^^^^
       |
       = help: name a source whose path has a placeholder
    error[E0204]: `last` of `matrix.day` is out of range
      --> ingot.toml:11:37
       |
    11 | matrix.day = { from = "raw", last = 0 }
       |                                     ^
       |
       = help: write a whole number of at least 1
    error[E0226]: the source `raw` has no partitions
      --> ingot.toml:7:8
       |
     7 | path = "data/*.csv"
       |        ^^^^^^^^^^^^ no placeholder here
    ...
    11 | matrix.day = { from = "raw" }
       |                       -----
       |
       = help: write a path such as "data/{day}/*.csv"
    error[E0226]: `{day}` stands behind a pattern
     --> ingot.toml:7:8
      |
    7 | path = "data/*/{day}.csv"
      |        ^^^^^^^^^^^^^^^^^^
      |
      = help: put the placeholder before the first `*`
    error[E0226]: `{region}/{day}.csv` has 2 placeholders
     --> ingot.toml:7:8
      |
    7 | path = "{region}/{day}.csv"
      |        ^^^^^^^^^^^^^^^^^^^^
      |
      = help: one placeholder tells the partitions of a path apart; `*` takes any
    "#);
}
