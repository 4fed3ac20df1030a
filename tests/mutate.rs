//! `ingot mutate`: faults in copies of the sources, each built to its first stop. The
//! sources, the lock and the exports stay as they are, and what was tried is in the cache.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::Project;

const MANIFEST: &str = r#"
[pipeline]
name = "people"
edition = 1
seed = 7

[sources.people]
path = "data/people.csv"
format = { type = "csv" }

[sources.note]
path = "note.txt"

[steps.check]
kind = "validate"
inputs.data = "people"
contract = "./people.toml"

[steps.page]
kind = "tell"
inputs.of = ["note"]

[exports]
"out/page.txt" = "page"
"#;

const CONTRACT: &str = "version = 1\n\
    [table]\nmin_rows = 30\n\
    [columns.age]\ntype = \"int64\"\nmax = 99\nnullable = false\n\
    [columns.town]\ntype = \"utf8\"\n\
    [columns.kind]\ntype = \"utf8\"\nrole = \"label\"\nset = [\"no\", \"yes\"]\n";

/// A workspace with 40 people; nothing where the data worker is not built.
fn people() -> Option<Project> {
    let project = Project::with("ingot-data", MANIFEST)?;
    let towns = ["Aachen", "Bonn", "Celle"];
    let rows = (0..40).map(|at| {
        let kind = if at % 3 == 0 { "yes" } else { "no" };
        format!("{},{},{kind}\n", 20 + at, towns[at % 3])
    });
    project.write("data/people.csv", format!("age,town,kind\n{}", rows.collect::<String>()));
    project.write("note.txt", "a note\n");
    project.write("people.toml", CONTRACT);
    Some(project)
}

/// What came of each fault: by what it is, what stopped it and how many steps ran.
fn tried(project: &Project) -> BTreeMap<String, (Option<String>, u64)> {
    let said = project.run(&["mutate", "--json"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let lines = said.stdout.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let stopped = line["stopped"]["by"].as_str().map(|by| {
            let message = line["stopped"]["message"].as_str().unwrap_or_default();
            format!("{by} {}", message.split(':').next().unwrap_or_default())
        });
        let name = format!("{}: {}", line["fault"], line["what"]).replace('"', "");
        (name, (stopped, line["executed"].as_u64().unwrap()))
    });
    lines.collect()
}

/// A line each, the survivors without a stop.
fn table(tried: &BTreeMap<String, (Option<String>, u64)>) -> String {
    let lines = tried.iter().map(|(what, (stopped, _))| {
        format!("{what} -> {}\n", stopped.as_deref().unwrap_or("survives"))
    });
    lines.collect()
}

#[test]
fn each_fault_is_stopped_or_survives_and_nothing_else_is_touched() {
    let Some(project) = people() else { return };
    assert_eq!(project.executed(), ["check", "page"]);
    let before = ["ingot.lock", "data/people.csv", "out/page.txt"].map(|path| project.read(path));
    let first = tried(&project);
    insta::assert_snapshot!(table(&first), @r"
    constant: `age` is the same in every row -> survives
    constant: `town` is the same in every row -> survives
    cut_short: the file ends behind 28 of 40 rows -> contract D0313
    dropped_class: the class `no` is gone, 26 rows of it -> contract D0313
    dropped_class: the class `yes` is gone, 14 rows of it -> contract D0313
    duplicate_rows: 3 rows twice -> survives
    emptied: `age`: half of its cells are empty -> contract D0304
    emptied: `town`: half of its cells are empty -> contract D0304
    leaked_label: `age` says the label: it is the number of the class -> survives
    negated: `age` with the other sign -> survives
    new_category: `town`: a category that is new, in 2 cells -> survives
    nulls_as_text: `age`: the word NULL, in 4 cells -> contract D0303
    nulls_as_text: `town`: the word NULL, in 4 cells -> survives
    outliers: `age`: 1 number times a million -> contract D0306
    shifted_cells: from `age` on, cells stand a column further, in 1 row -> contract D0304
    shifted_cells: from `town` on, cells stand a column further, in 1 row -> contract D0304
    shifted_column: `age` stands a row further: each value is another row's -> survives
    shifted_column: `town` stands a row further: each value is another row's -> survives
    stale: the last 20 rows are the first ones again -> survives
    swapped_labels: 3 labels of another class -> survives
    unit: `age` in another unit: every number times 1000 -> contract D0306
    upper_case: `town`: its values in capitals -> survives
    ");
    let after = ["ingot.lock", "data/people.csv", "out/page.txt"].map(|path| project.read(path));
    assert_eq!(before, after);
    let ran = |tried: &BTreeMap<String, (Option<String>, u64)>| {
        tried.values().map(|(_, executed)| executed).sum::<u64>()
    };
    assert_eq!(ran(&first), first.len() as u64, "one `check` each; the page reads no copy");
    let again = tried(&project);
    assert_eq!((table(&again), ran(&again)), (table(&first), 0));
    assert_eq!(project.executed(), Vec::<String>::new(), "the sources are themselves again");
}

#[test]
fn a_line_of_the_contract_stops_what_survived() {
    let Some(project) = people() else { return };
    let survivors = |project: &Project| {
        let tried = tried(project);
        let alive = tried.into_iter().filter(|(_, (stopped, _))| stopped.is_none());
        alive.map(|(what, _)| what).collect::<Vec<String>>()
    };
    let before = survivors(&project);
    let set = "type = \"utf8\"\nset = [\"Aachen\", \"Bonn\", \"Celle\"]\nnullable = false\n";
    let town = "[columns.town]\n";
    project.write(
        "people.toml",
        CONTRACT.replace(&format!("{town}type = \"utf8\"\n"), &format!("{town}{set}")),
    );
    let after = survivors(&project);
    let gone: Vec<&String> = before.iter().filter(|what| !after.contains(what)).collect();
    assert!(gone.iter().any(|what| what.starts_with("new_category")), "{before:?}");
    assert!(gone.iter().any(|what| what.starts_with("upper_case")), "{before:?}");
    assert!(after.iter().all(|what| before.contains(what)), "nothing new survives: {after:?}");
}

#[test]
fn what_does_not_pass_as_it_is_cannot_be_tried() {
    let Some(project) = people() else { return };
    project.write("people.toml", CONTRACT.replace("max = 99", "max = 30"));
    let said = project.run(&["mutate"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("E1037") && said.stderr.contains("D0306"), "{}", said.stderr);
    let said = project.run(&["mutate", "page"]);
    assert_eq!(said.code, 2);
    assert!(said.stderr.contains("none of the sources"), "{}", said.stderr);
}

#[test]
fn a_waiver_holds_for_the_copies_too() {
    let Some(project) = people() else { return };
    project.write("people.toml", CONTRACT.replace("max = 99", "max = 58"));
    let waiver = "[[waivers]]\nstep = \"check\"\nfinding = \"contract.range\"\nrows = 1\n\
                  reason = \"she is\"\nowner = \"us\"\nuntil = 2999-12-31\n";
    project.write("ingot.toml", format!("{MANIFEST}{waiver}"));
    let tried = tried(&project);
    let of = |name: &str| tried.iter().find(|(what, _)| what.starts_with(name)).unwrap().1;
    assert_eq!(of("unit").0.as_deref(), Some("contract D0306"), "forty rows are more than one");
    assert_eq!(of("swapped_labels").0, None);
}
