//! Roles that are kept, what is personal, what is redacted, images.

use ingot_protocol::Input;
use ingot_sql::transform::Limits;
use ingot_tables::dataset::{self, Dataset, Image, Modality};
use serde_json::json;

use crate::support::{Bench, artifact, query, sql, table};

const PEOPLE: &str = "
    id:int64:id | name:utf8:personal | note:utf8:personal? | age:int64:sensitive
    1 | ann | mail ann@example.com | 30
    2 | bob | call 10.0.0.1 | 40
";
const STAFF: &str = "
    name:utf8:personal | desk:utf8:group
    ann | a
    bob | b
";

/// The columns of a result: its first line.
fn head(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn what_is_computed_from_a_personal_column_is_personal() {
    let tables = [("data", PEOPLE), ("staff", STAFF)];
    for (text, expected) in [
        ("SELECT id, name FROM data", "id:int64:id | name:utf8:personal"),
        ("SELECT name AS n FROM data", "n:utf8:personal"),
        ("SELECT length(name) AS n FROM data", "n:int64:personal"),
        (
            "SELECT age, CASE WHEN name = 'ann' THEN 1 ELSE 0 END AS n FROM data",
            "age:int64:sensitive | n:int64:personal",
        ),
        ("SELECT age FROM data WHERE name = 'ann'", "age:int64:sensitive"),
        ("SELECT age AS years FROM data", "years:int64:feature"),
        ("SELECT n || '!' AS m FROM (SELECT upper(name) AS n FROM data) AS t", "m:utf8:personal"),
        (
            "SELECT age, max(name) AS n FROM data GROUP BY age",
            "age:int64:sensitive | n:utf8:personal",
        ),
        ("SELECT id, lag(name) OVER (ORDER BY id) AS n FROM data", "id:int64:id | n:utf8:personal"),
        ("SELECT id, desk FROM data JOIN staff USING (name)", "id:int64:id | desk:utf8:group"),
        (
            "SELECT id, (SELECT max(staff.name) FROM staff) AS m FROM data",
            "id:int64:id | m:utf8:personal",
        ),
        (
            "WITH w AS (SELECT id AS k, name AS id FROM data) SELECT k, id FROM w",
            "k:int64:feature | id:utf8:personal",
        ),
    ] {
        let said = sql(&tables, text);
        assert_eq!(head(&said).replace('?', ""), expected, "{text}\n{said}");
    }
    let params =
        json!({ "sql": "SELECT length(name) AS n FROM data", "roles": { "n": "feature" } });
    assert_eq!(head(&query(&tables, params)), "n:int64:feature?");
}

#[test]
fn a_redacted_column_is_no_longer_personal() {
    let params = json!({
        "sql": "SELECT id, note FROM data",
        "redact": [{ "column": "note", "patterns": ["email", "ipv4"] }],
    });
    insta::assert_snapshot!(query(&[("data", PEOPLE)], params), @r"
    id:int64:id | note:utf8:feature?
    1 | mail <email>
    2 | call <ipv4>
    ");
    let params = json!({
        "sql": "SELECT id, note FROM data", "roles": { "note": "ignore" },
        "redact": [{ "column": "note", "patterns": ["number", "ipv4"], "with": "#" }],
    });
    insta::assert_snapshot!(query(&[("data", PEOPLE)], params), @r"
    id:int64:id | note:utf8:ignore?
    1 | mail ann@example.com
    2 | call #
    ");
}

#[test]
fn classes_stay_with_the_label_as_it_was_and_go_with_a_changed_one() {
    let bench = Bench::new();
    let (mut schema, rows) = table("x:int64 | label:utf8:label\n1 | yes\n2 | no");
    schema.columns[1].classes = Some(vec!["no".into(), "yes".into()]);
    let path = bench.path("data");
    dataset::write(&path, &schema, &[("whole".to_owned(), rows)].into()).unwrap();
    for (name, text, expected) in [
        ("same", "SELECT label FROM data", Some(vec!["no".to_owned(), "yes".to_owned()])),
        ("changed", "SELECT upper(label) AS label FROM data", None),
        ("another", "SELECT x, label AS y FROM data", None),
    ] {
        let inputs = [("data", artifact("dataset", &path))];
        bench.run(name, json!({ "sql": text }), &inputs, Limits::default()).unwrap();
        let data = Dataset::open(&bench.path(name).join("data")).unwrap();
        let found = data.schema.columns.iter().find_map(|column| column.classes.clone());
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn images_pass_where_their_column_does() {
    let bench = Bench::new();
    let (mut schema, rows) = table("id:int64:id | image:binary\n1 | abcd\n2 | efgh");
    schema.modality = Modality::Image;
    schema.image = Some(Image { column: "image".into(), height: 2, width: 2, channels: 1 });
    let path = bench.path("data");
    dataset::write(&path, &schema, &[("whole".to_owned(), rows)].into()).unwrap();
    let run = |name: &str, text: &str| {
        let inputs: [(&str, Input); 1] = [("data", artifact("dataset", &path))];
        bench.run(name, json!({ "sql": text }), &inputs, Limits::default()).unwrap();
        Dataset::open(&bench.path(name).join("data")).unwrap().schema
    };
    assert_eq!(run("kept", "SELECT image FROM data WHERE id = 2").image, schema.image);
    assert_eq!(run("renamed", "SELECT image AS i FROM data").image.unwrap().column, "i");
    assert_eq!(run("left", "SELECT id FROM data").modality, Modality::Table);
}
