//! Templates of log lines: drafted, added as a column, and what was never seen.

use arrow::array::AsArray;
use ingot_data::worker::DataWorker;
use ingot_protocol::draft::Question;
use ingot_protocol::{Event, Severity, Worker};
use ingot_tables::dataset::Dataset;
use serde_json::json;

use crate::support::{Bench, source};

/// What is told of the lines, and the column `template`.
fn validated(
    bench: &Bench,
    name: &str,
    log: &str,
    templates: &str,
) -> (Vec<String>, Vec<Option<String>>) {
    let contract = bench.write("c.toml", "version = 1\n[columns.line]\nrole = \"personal\"\n");
    let (templates, log) = (bench.write("t.templates", templates), bench.write("x.log", log));
    let inputs = [("data", source(&log, json!({ "type": "lines" })))];
    let params = json!({ "contract": contract, "templates": templates });
    let events = bench.run("validate", name, params, &inputs).unwrap();
    let told = events.iter().filter_map(|event| match event {
        Event::Finding(finding) if finding.severity > Severity::Info => {
            Some(format!("{:?} {}: {}", finding.severity, finding.code, finding.message))
        }
        _ => None,
    });
    let rows = Dataset::open(&bench.path(name).join("data")).unwrap().read("whole").unwrap();
    let ids = rows.column_by_name("template").unwrap().as_string::<i32>();
    let ids = ids.iter().map(|id| id.map(str::to_owned)).collect();
    (told.collect(), ids)
}

fn drafted(bench: &Bench, log: &str) -> String {
    let question = Question { name: "x.log".into(), format: None, column: Some("line".into()) };
    let path = bench.write("draft.log", log);
    DataWorker.draft("templates", &question, &path).unwrap().text
}

#[test]
fn a_template_that_was_never_seen_is_told_with_its_line() {
    let bench = Bench::new();
    let log = "job 7 started\njob 12 started\ndisk /dev/sda1 full\n";
    let templates = drafted(&bench, log);
    insta::assert_snapshot!(templates, @r"
    templates 1 line
    42229f7a683f disk <*> full
    2e16a81078d5 job <*> started
    ");
    let (told, ids) = validated(&bench, "v", log, &templates);
    assert_eq!(told, [""; 0]);
    assert_eq!((&ids[0], ids[0] == ids[2]), (&ids[1], false));
    let more = format!("{log}job 7 failed\njob 9 failed\n");
    let (told, later) = validated(&bench, "w", &more, &templates);
    assert_eq!(
        told,
        ["Warning D0339: `line`: 2 texts have a template that was never seen, such as in line 4"]
    );
    assert_eq!((&later[..3], &later[3..]), (&ids[..], &[None, None][..]));
    // Drafted again, what was there keeps its id.
    let again = drafted(&bench, &more);
    assert!(templates.lines().all(|line| again.lines().any(|other| other == line)));
}

#[test]
fn a_person_may_widen_a_template() {
    let bench = Bench::new();
    let templates = "templates 1 line\none job <*> <*>\nfull disk <*> full\n";
    let (told, ids) = validated(&bench, "v", "job 7 started\njob 8 failed\n", templates);
    assert_eq!(told, [""; 0]);
    assert_eq!(ids, [Some("one".to_owned()), Some("one".to_owned())]);
}

#[test]
fn a_file_that_is_no_templates_is_refused_with_its_line() {
    let bench = Bench::new();
    let contract = bench.write("c.toml", "version = 1\n");
    let log = bench.write("x.log", "a\n");
    for (text, code, place) in [
        ("", "D0337", ":1: it is no file of templates"),
        ("templates 2 line\n", "D0337", ":1: it names no column"),
        ("templates 1 line\nx\n", "D0337", ":2: the line is not an id"),
        ("templates 1 line\nx a\nx b\n", "D0337", ":3: another line has the same id"),
        ("templates 1 other\nx a\n", "D0338", "`other`, which is not there"),
    ] {
        let templates = bench.write("t.templates", text);
        let inputs = [("data", source(&log, json!({ "type": "lines" })))];
        let params = json!({ "contract": contract, "templates": templates });
        let refused =
            bench.run("validate", &format!("v {place}").replace('/', ""), params, &inputs);
        let refused = refused.unwrap_err();
        assert!(refused.code == code && refused.message.contains(place), "{refused:?}");
    }
}

#[test]
fn the_lines_of_a_machine_have_few_templates() {
    let Some(folder) = std::env::var_os("INGOT_TEST_DATA") else {
        eprintln!("skipped: INGOT_TEST_DATA names no folder");
        return;
    };
    let bench = Bench::new();
    let log =
        std::fs::read_to_string(std::path::Path::new(&folder).join("bgl/BGL_2k.log")).unwrap();
    let messages: String = log
        .lines()
        .map(|line| line.splitn(10, ' ').last().unwrap_or_default().to_owned() + "\n")
        .collect();
    let templates = drafted(&bench, &messages);
    let count = templates.lines().count() - 1;
    assert!((100..350).contains(&count), "{count} templates of 2000 lines");
    let (told, ids) = validated(&bench, "v", &messages, &templates);
    assert!(told.is_empty() && ids.iter().all(Option::is_some), "{told:?}");
}
