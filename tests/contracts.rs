//! The data worker in a build: what is told while planning, and by which names.

use crate::support::Project;

const MANIFEST: &str = r#"
[pipeline]
name = "rows"
edition = 1

[sources.rows]
path = "data/*.csv"
format = { type = "csv" }

[steps.check]
kind = "validate"
inputs.data = "rows"
contract = "./contracts/rows.toml"

[steps.split]
kind = "split"
inputs.data = "check.data"
fractions = { train = 0.6, valid = 0.2, test = 0.2 }
"#;

/// The workspace with the worker `ingot-data`; nothing where it is not built.
fn project(contract: &str, rows: &str) -> Option<Project> {
    let project = Project::with("ingot-data", MANIFEST)?;
    project.write("contracts/rows.toml", format!("version = 1\n{contract}\n"));
    project.write("data/rows.csv", rows);
    Some(project)
}

#[test]
fn a_contract_that_contradicts_itself_is_told_while_planning() {
    let Some(project) = project("[columns.x]\nmin = 5\nmax = 3", "x\n1\n") else { return };
    for command in ["plan", "build"] {
        let said = project.run(&[command]);
        assert_eq!(said.code, 3, "{}", said.stderr);
        insta::allow_duplicates! {
            insta::assert_snapshot!(said.stderr, @"
            error[E0224]: `x`: `min` is 5, above `max`, which is 3
              --> contracts/rows.toml:3:7
               |
             3 | min = 5
               |       ^
               |
              ::: ingot.toml:13:12
               |
            13 | contract = \"./contracts/rows.toml\"
               |            ----------------------- the contract of this step
               |
               = help: let `min` be at most `max`
            `ingot error E0224` explains more
            ");
        }
    }
    project.write("contracts/rows.toml", "version = 1\n[columns.x]\ntpye = \"int64\"\n");
    let said = project.run(&["plan"]);
    assert!(said.code == 3 && said.stderr.contains("error[E0223]"), "{}", said.stderr);
}

#[test]
fn a_rule_outside_of_the_sql_of_contracts_is_told_at_its_place() {
    let rule = "[columns.x]\n[[rules]]\nname = \"recent\"\nsql = \"x > 0 and x < now()\"";
    let Some(project) = project(rule, "x\n1\n") else { return };
    let said = project.run(&["plan"]);
    assert_eq!(said.code, 3, "{}", said.stderr);
    let what = "error[E0223]: rule `recent`: `now` is no function of the SQL of contracts";
    assert!(said.stderr.contains(what), "{}", said.stderr);
    assert!(said.stderr.contains("contracts/rows.toml:5:22"), "{}", said.stderr);
}

#[test]
fn a_distribution_that_no_data_have_is_told_at_its_place() {
    let promise = "[columns.x]\ntype = \"utf8\"\n\
                   distribution = { reference = \"before\", test = \"ks\" }";
    let Some(project) = project(promise, "x\n1\n") else { return };
    let said = project.run(&["plan"]);
    assert_eq!(said.code, 3, "{}", said.stderr);
    let what = "error[E0224]: `x`: `ks` compares numbers, and the column has none";
    assert!(said.stderr.contains(what), "{}", said.stderr);
    assert!(said.stderr.contains("contracts/rows.toml:4:47"), "{}", said.stderr);
    // One that is right needs its table.
    project.write(
        "contracts/rows.toml",
        format!("version = 1\n{}\n", promise.replace("utf8", "int64")),
    );
    let said = project.run(&["plan"]);
    let told = "`check` has no input `before`, which its contract names";
    assert!(said.code == 3 && said.stderr.contains(told), "{}", said.stderr);
}

#[test]
fn a_table_that_the_step_does_not_have_is_told_while_planning() {
    let refers = "[columns.x]\nreferences = \"customers.id\"";
    let Some(project) = project(refers, "x\n1\n") else { return };
    let said = project.run(&["plan"]);
    assert_eq!(said.code, 3, "{}", said.stderr);
    let told = "`check` has no input `customers`, which its contract names";
    assert!(said.stderr.contains(told), "{}", said.stderr);
    assert!(said.stderr.contains("contracts/rows.toml:3:"), "{}", said.stderr);
    project.write("customers.csv", "id\n1\n");
    let given = "inputs.data = \"rows\"\ninputs.customers = \"customers\"";
    project.edit("inputs.data = \"rows\"", given);
    let source = "[sources.customers]\npath = \"customers.csv\"\nformat = { type = \"csv\" }\n";
    project.edit("[steps.check]", &format!("{source}\n[steps.check]"));
    let said = project.run(&["build", "check"]);
    assert_eq!(said.code, 0, "{}{}", said.stdout, said.stderr);
}

#[test]
fn fractions_that_do_not_add_up_are_told_while_planning() {
    let Some(project) = project("", "x\n1\n") else { return };
    project.edit("test = 0.2", "test = 0.1");
    let said = project.run(&["plan"]);
    assert_eq!(said.code, 3, "{}", said.stderr);
    assert!(said.stderr.contains("`fractions` add up to 0.9, not to 1"), "{}", said.stderr);
}

#[test]
fn errors_and_findings_name_the_file_of_the_source() {
    let Some(project) = project("[columns.x]\nmin = 0", "x\n1\n\"2\n") else { return };
    let said = project.run(&["build"]);
    let told = format!("{}{}", said.stdout, said.stderr);
    assert!(told.contains("D0208: data/rows.csv: line 3: the quote of cell 1"), "{told}");
    project.write("data/rows.csv", "x\n1\n");
    project.write("data/more.csv", "x\n2\ntwo\n");
    let said = project.run(&["build"]);
    let told = format!("{}{}", said.stdout, said.stderr);
    assert!(told.contains("such as `two` in line 3 of more.csv"), "{told}");
}
