//! What columns are like: the output `profile` of `validate`, in whole steps.

use ingot_data::worker::DataWorker;
use ingot_protocol::Worker;
use ingot_tables::profile::{Profile, Scalar, Summary};
use serde_json::json;

use crate::support::{Bench, source};

const CONTRACT: &str = r#"
version = 1
[columns.name]
role = "personal"
[columns.size]
max = { value = 1000, severity = "quarantine" }
[columns.note]
nullable = true
"#;

/// A table of so many rows, whose sizes are 0, 1, 2 and so on in a mixed order.
fn table(rows: u64) -> String {
    let mut csv = "name,size,note,even\n".to_owned();
    for row in 0..rows {
        let size = row * 7_919 % rows;
        let note = if size % 10 == 3 { "" } else { ["<b>", "plain", "plain"][size as usize % 3] };
        csv.push_str(&format!("Ann {row},{size},{note},{}\n", size.is_multiple_of(2)));
    }
    csv
}

fn profile(bench: &Bench, name: &str, csv: &str) -> Profile {
    let contract = bench.write("c.toml", CONTRACT);
    let rows = bench.write("rows.csv", csv);
    let inputs = [("data", source(&rows, json!({ "type": "csv" })))];
    bench.run("validate", name, json!({ "contract": contract }), &inputs).unwrap();
    Profile::read(&bench.path(name).join("profile")).unwrap()
}

fn whole<'a>(profile: &'a Profile, column: &str) -> &'a Summary {
    let column = profile.columns.iter().find(|found| found.name == column).unwrap();
    &column.splits["whole"]
}

#[test]
fn columns_are_summed_up_without_a_personal_value() {
    let bench = Bench::new();
    let profile = profile(&bench, "v", &table(1_000));
    let name = whole(&profile, "name");
    assert_eq!(name, &Summary { rows: 1_000, ..Summary::default() });
    let size = whole(&profile, "size");
    let numbers = size.numbers.as_ref().unwrap();
    assert_eq!((numbers.min, numbers.max), (Some(0.0), Some(999.0)));
    assert!((numbers.mean.unwrap() - 499.5).abs() < 1e-9);
    assert_eq!(numbers.sample, (0..1_000).map(f64::from).collect::<Vec<_>>());
    assert_eq!((numbers.histogram.start, numbers.histogram.width), (0.0, 32.0));
    assert_eq!(numbers.histogram.counts.iter().sum::<u64>(), 1_000);
    for quantile in &numbers.quantiles {
        let error = (quantile.value / 1_000.0 - quantile.share).abs();
        assert!(error <= numbers.rank_error, "{quantile:?}");
    }
    let distinct = size.distinct.unwrap();
    assert!((distinct.count as f64 / 1_000.0 - 1.0).abs() < 4.0 * distinct.standard_error);
    // None of a thousand different values is frequent.
    assert_eq!(size.top.as_ref().unwrap().values, []);
    let note = whole(&profile, "note");
    assert_eq!((note.nulls, note.distinct.unwrap().count), (100, 2));
    let values = &note.top.as_ref().unwrap().values;
    assert_eq!((&values[0].value, values[0].count), (&Scalar::Text("plain".into()), 600));
    let even = whole(&profile, "even").top.as_ref().unwrap();
    assert_eq!((even.values.len(), even.error, even.others), (2, 0, 0));

    let page = std::fs::read_to_string(bench.path("v/profile/profile.html")).unwrap();
    for absent in ["Ann", "<b>", "<script", "://", "url(", "@import"] {
        assert!(!page.contains(absent), "{absent}");
    }
    assert!(page.contains("&lt;b&gt;") && page.contains("no value is shown"));
    let shown = DataWorker.show("profile", &bench.path("v/profile")).unwrap();
    assert_eq!(shown.tables["columns"][2][..4], ["size", "whole", "1000", "0"]);
    DataWorker.check("profile", &bench.path("v/profile")).unwrap();
}

#[test]
fn a_profile_is_of_the_rows_that_are_kept_and_samples_many() {
    let bench = Bench::new();
    let profile = profile(&bench, "v", &table(3_000));
    // Sizes above 1000 are in quarantine, which is more than may be, but no matter here.
    let numbers = whole(&profile, "size").numbers.as_ref().unwrap();
    assert_eq!((whole(&profile, "size").rows, numbers.max), (1_001, Some(1_000.0)));
    assert_eq!(numbers.sample.len(), 1_000);
    let mean = numbers.sample.iter().sum::<f64>() / 1_000.0;
    assert!((mean - 500.0).abs() < 1.0, "{mean}");
}

#[test]
fn whole_numbers_that_no_float_holds_are_not_told_apart() {
    let bench = Bench::new();
    let csv = "name,size,note,even,id\na,1,x,true,9007199254740993\nb,2,x,true,9007199254740992\n";
    let profile = profile(&bench, "v", csv);
    let id = whole(&profile, "id");
    assert_eq!((&id.distinct, &id.top), (&None, &None));
    assert_eq!(id.numbers.as_ref().unwrap().max, Some(9_007_199_254_740_992.0));
    assert_eq!(whole(&profile, "size").top.as_ref().unwrap().values[0].value, Scalar::Whole(1));
}

#[test]
fn a_document_that_contradicts_itself_is_refused() {
    let bench = Bench::new();
    let column = |splits: serde_json::Value| {
        json!({ "version": 1, "columns": [
            { "name": "x", "type": "int64", "role": "personal", "splits": splits }
        ] })
    };
    for (document, expected) in [
        (json!({ "version": 2, "columns": [] }), "version 2, where version 1 is read"),
        (column(json!({ "a": { "rows": 1, "nulls": 2 } })), "more values are missing"),
        (
            column(json!({ "a": { "rows": 1, "nulls": 0,
                "distinct": { "count": 1, "standard_error": 0 } } })),
            "it is personal",
        ),
    ] {
        let path = bench.write("p.json", &document.to_string());
        let refused = Profile::read(&path).unwrap_err();
        assert!(refused.code == "D1106" && refused.message.contains(expected), "{refused:?}");
    }
}
