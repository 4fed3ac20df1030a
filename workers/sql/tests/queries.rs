//! What queries give: projections, joins, windows, groups, ties, nulls, splits.

use ingot_sql::transform::Limits;
use serde_json::json;

use crate::support::{Bench, shown, sql, told};

const PEOPLE: &str = "
    id:int64:id | name:utf8:personal? | age:int64? | score:float64? | label:utf8:label?
    1 | ann | 31 | 0.5  | yes
    2 | bob |    | 1.5  | no
    3 | eve | 17 | 0.25 | yes
    4 |     | 31 |      | no
";
const VISITS: &str = "
    id:int64 | shop:utf8? | paid:float64
    1 | a | 2
    3 | b | 4
    1 | a | 8
    9 | a | 16
";

#[test]
fn rows_keep_their_order_and_columns_their_roles() {
    insta::assert_snapshot!(sql(&[("data", PEOPLE)], "SELECT * FROM data"), @r"
    id:int64:id | name:utf8:personal? | age:int64:feature? | score:float64:feature? | label:utf8:label?
    1 | ann | 31 | 0.5 | yes
    2 | bob |  | 1.5 | no
    3 | eve | 17 | 0.25 | yes
    4 |  | 31 |  | no
    ");
    insta::assert_snapshot!(
        sql(&[("data", PEOPLE)], "SELECT label, age + 1 AS older, upper(label) AS label_2 FROM data WHERE score > 0.3"), @r"
    label:utf8:label? | older:int64:feature? | label_2:utf8:feature?
    yes | 32 | YES
    no |  | NO
    ");
    insta::assert_snapshot!(
        sql(&[("data", PEOPLE)], "SELECT id, CASE WHEN age IS NULL THEN 'unknown' WHEN age < 18 THEN 'young' ELSE 'old' END AS label FROM data"), @r"
    id:int64:id | label:utf8:label
    1 | old
    2 | unknown
    3 | young
    4 | old
    ");
    insta::assert_snapshot!(sql(&[("data", PEOPLE)], "SELECT id FROM data WHERE false"), @"id:int64:id");
}

#[test]
fn dates_and_times_keep_their_types() {
    let query = "SELECT id, CAST('2020-01-0' || id AS DATE) AS day, \
                 arrow_cast('2020-01-01T08:30:00', 'Timestamp(Microsecond, Some(\"UTC\"))') AS at FROM data";
    insta::assert_snapshot!(sql(&[("data", PEOPLE)], query), @r"
    id:int64:id | day:date:feature | at:timestamp:feature
    1 | 2020-01-01 | 2020-01-01T08:30:00Z
    2 | 2020-01-02 | 2020-01-01T08:30:00Z
    3 | 2020-01-03 | 2020-01-01T08:30:00Z
    4 | 2020-01-04 | 2020-01-01T08:30:00Z
    ");
    let query = "SELECT CAST(CASE WHEN id < 3 THEN '2020-01-02' ELSE '2020-01-01' END AS DATE) AS day, count(*) AS n \
                 FROM data GROUP BY 1";
    insta::assert_snapshot!(sql(&[("data", PEOPLE)], query), @r"
    day:date:feature | n:int64:feature
    2020-01-01 | 2
    2020-01-02 | 2
    ");
}

#[test]
fn joins_keep_the_rows_of_data() {
    let tables = [("data", PEOPLE), ("visits", VISITS)];
    insta::assert_snapshot!(
        sql(&tables, "SELECT data.id, n, paid FROM data LEFT JOIN (SELECT id, count(*) AS n, sum(paid) AS paid FROM visits GROUP BY id) AS v ON data.id = v.id"), @r"
    id:int64:id | n:int64:feature? | paid:float64:feature?
    1 | 2 | 10.0
    2 |  |
    3 | 1 | 4.0
    4 |  |
    ");
    insta::assert_snapshot!(
        sql(&tables, "SELECT id FROM data WHERE EXISTS (SELECT 1 FROM visits WHERE visits.id = data.id)"), @r"
    id:int64:id
    1
    3
    ");
    insta::assert_snapshot!(
        sql(&tables, "SELECT id FROM data WHERE id NOT IN (SELECT id FROM visits)"), @r"
    id:int64:id
    2
    4
    ");
    insta::assert_snapshot!(
        sql(&tables, "SELECT id, (SELECT max(paid) FROM visits WHERE visits.id = data.id) AS most, (SELECT avg(paid) FROM visits) AS mean FROM data"), @r"
    id:int64:id | most:float64:feature? | mean:float64:feature?
    1 | 8.0 | 7.5
    2 |  | 7.5
    3 | 4.0 | 7.5
    4 |  | 7.5
    ");
    insta::assert_snapshot!(
        sql(&tables, "SELECT id, score - m AS off FROM data JOIN (SELECT label, avg(score) AS m FROM data GROUP BY label) AS g USING (label)"), @r"
    id:int64:id | off:float64:feature?
    1 | 0.125
    2 | 0.0
    3 | -0.125
    4 |
    ");
    insta::assert_snapshot!(
        sql(&tables, "SELECT data.id, shop FROM visits RIGHT JOIN data ON visits.id = data.id AND paid < 5"), @r"
    id:int64:id | shop:utf8:feature?
    1 | a
    2 |
    3 | b
    4 |
    ");
}

#[test]
fn windows_break_ties_by_the_row_key_and_give_the_rows_back_in_order() {
    insta::assert_snapshot!(
        sql(&[("data", PEOPLE)], "SELECT id, rank() OVER (ORDER BY age) AS r, sum(score) OVER (PARTITION BY label ORDER BY id) AS s, avg(id) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS near, count(*) OVER () AS n FROM data"), @r"
    id:int64:id | r:int64:feature | s:float64:feature? | near:float64:feature? | n:int64:feature
    1 | 2 | 0.5 | 1.5 | 4
    2 | 4 | 1.5 | 2.0 | 4
    3 | 1 | 0.75 | 3.0 | 4
    4 | 2 | 1.5 | 3.5 | 4
    ");
    insta::assert_snapshot!(
        sql(&[("data", PEOPLE)], "SELECT id, row_number() OVER () AS place, lag(id) OVER (ORDER BY id) AS before FROM data"), @r"
    id:int64:id | place:int64:feature | before:int64:feature?
    1 | 1 |
    2 | 2 | 1
    3 | 3 | 2
    4 | 4 | 3
    ");
    insta::assert_snapshot!(
        sql(&[("data", PEOPLE)], "SELECT id FROM data QUALIFY row_number() OVER (PARTITION BY label ORDER BY score DESC NULLS LAST) = 1"), @r"
    id:int64:id
    1
    2
    ");
}

#[test]
fn groups_come_in_the_order_of_their_values() {
    insta::assert_snapshot!(
        sql(&[("data", PEOPLE)], "SELECT age, count(*) AS n, sum(score) AS s, min(id) AS first FROM data GROUP BY age"), @r"
    age:int64:feature? | n:int64:feature | s:float64:feature? | first:int64:feature?
     | 1 | 1.5 | 2
    17 | 1 | 0.25 | 3
    31 | 2 | 0.5 | 1
    ");
    insta::assert_snapshot!(
        sql(&[("data", PEOPLE)], "SELECT label, string_agg(name, ',' ORDER BY name DESC) AS names FROM data GROUP BY label HAVING count(*) > 1"), @r"
    label:utf8:label? | names:utf8:personal?
    no | bob
    yes | eve,ann
    ");
    insta::assert_snapshot!(
        sql(&[("data", PEOPLE)], "SELECT count(*) AS n, sum(age) AS years, median(score) AS m, count(DISTINCT label) AS labels, sum(DISTINCT age) AS d FROM data"), @r"
    n:int64:feature | years:int64:feature? | m:float64:feature? | labels:int64:feature | d:int64:feature?
    4 | 79 | 0.5 | 2 | 48
    ");
    insta::assert_snapshot!(sql(&[("data", PEOPLE)], "SELECT DISTINCT label FROM data"), @r"
    label:utf8:label?
    no
    yes
    ");
    insta::assert_snapshot!(
        sql(&[("data", PEOPLE), ("visits", VISITS)], "SELECT label, sum(paid) AS paid FROM data JOIN visits ON data.id = visits.id GROUP BY label"), @r"
    label:utf8:label? | paid:float64:feature?
    yes | 14.0
    ");
    insta::assert_snapshot!(
        sql(&[("data", PEOPLE)], "SELECT sum(score) AS s FROM data WHERE id > 10"), @"s:float64:feature?");
}

#[test]
fn an_order_that_is_asked_for_is_kept_and_a_limit_takes_the_first() {
    insta::assert_snapshot!(
        sql(&[("data", PEOPLE)], "SELECT id, age FROM data ORDER BY age DESC NULLS LAST, id DESC"), @r"
    id:int64:id | age:int64:feature?
    4 | 31
    1 | 31
    3 | 17
    2 |
    ");
    insta::assert_snapshot!(sql(&[("data", PEOPLE)], "SELECT id FROM data LIMIT 2"), @r"
    id:int64:id
    1
    2
    ");
    insta::assert_snapshot!(
        sql(&[("data", PEOPLE)], "SELECT id FROM data ORDER BY id DESC LIMIT 2 OFFSET 1"), @r"
    id:int64:id
    3
    2
    ");
    insta::assert_snapshot!(
        sql(&[("data", PEOPLE), ("visits", VISITS)], "SELECT label, count(*) AS n FROM (SELECT * FROM data LIMIT 3) AS d GROUP BY label ORDER BY n DESC"), @r"
    label:utf8:label? | n:int64:feature
    yes | 2
    no | 1
    ");
}

#[test]
fn a_column_is_mended_in_place() {
    let tables = [("data", PEOPLE), ("visits", VISITS)];
    insta::assert_snapshot!(
        sql(&tables, "SELECT data.* EXCLUDE (label), rtrim(label, 's') AS label, coalesce(v.n, 0) AS visits FROM data LEFT JOIN (SELECT id, count(*) AS n FROM visits GROUP BY id) AS v ON data.id = v.id"), @r"
    id:int64:id | name:utf8:personal? | age:int64:feature? | score:float64:feature? | label:utf8:label? | visits:int64:feature
    1 | ann | 31 | 0.5 | ye | 2
    2 | bob |  | 1.5 | no | 0
    3 | eve | 17 | 0.25 | ye | 1
    4 |  | 31 |  | no | 0
    ");
    insta::assert_snapshot!(
        sql(&tables, "SELECT * REPLACE (coalesce(age, 0) AS age) FROM data"), @r"
    id:int64:id | name:utf8:personal? | age:int64:feature | score:float64:feature? | label:utf8:label?
    1 | ann | 31 | 0.5 | yes
    2 | bob | 0 | 1.5 | no
    3 | eve | 17 | 0.25 | yes
    4 |  | 31 |  | no
    ");
}

#[test]
fn parts_have_names() {
    insta::assert_snapshot!(
        sql(&[("data", PEOPLE)], "WITH young AS (SELECT * FROM data WHERE age < 30) SELECT data.id, young.id IS NOT NULL AS is_young FROM data LEFT JOIN young ON data.id = young.id"), @r"
    id:int64:id | is_young:bool:feature
    1 | false
    2 | false
    3 | true
    4 | false
    ");
    insta::assert_snapshot!(
        sql(&[("data", PEOPLE)], "SELECT id, t.weight FROM data JOIN (VALUES ('yes', 2.0), ('no', 1.0)) AS t(label, weight) USING (label)"), @r"
    id:int64:id | weight:float64:feature
    1 | 2.0
    2 | 1.0
    3 | 2.0
    4 | 1.0
    ");
}

#[test]
fn a_split_sees_its_own_rows_and_those_of_the_same_split() {
    let bench = Bench::new();
    let train = "x:int64 | g:utf8\n1 | a\n2 | b\n3 | a";
    let test = "x:int64 | g:utf8\n10 | a\n20 | c";
    let data = bench.dataset("data", &[("train", train), ("test", test)]);
    let means = "g:utf8 | m:int64\na | 7\nb | 8\nc | 9";
    let further = bench.dataset("means", &[("train", means), ("test", "g:utf8 | m:int64\na | 70")]);
    let lookup = bench.dataset("lookup", &[("whole", means)]);
    let params = json!({ "sql": "SELECT x, x - avg(x) OVER () AS off, means.m, lookup.m AS l FROM data LEFT JOIN means USING (g) LEFT JOIN lookup USING (g)" });
    let inputs = [("data", data.clone()), ("means", further.clone()), ("lookup", lookup)];
    bench.run("out", params, &inputs, Limits::default()).unwrap();
    let out = bench.path("out/data");
    insta::assert_snapshot!(format!("{}\n\n{}", shown(&out, "train"), shown(&out, "test")), @r"
    x:int64:feature | off:float64:feature? | m:int64:feature? | l:int64:feature?
    1 | -1.0 | 7 | 7
    2 | 0.0 | 8 | 8
    3 | 1.0 | 7 | 7

    x:int64:feature | off:float64:feature? | m:int64:feature? | l:int64:feature?
    10 | -5.0 | 70 | 7
    20 | 5.0 |  | 9
    ");

    let other = bench.dataset("other", &[("valid", means), ("dev", means)]);
    let params = || json!({ "sql": "SELECT x, m FROM data JOIN other USING (g)" });
    let inputs = [("data", data), ("other", other)];
    let failure = bench.run("none", params(), &inputs, Limits::default()).unwrap_err();
    insta::assert_snapshot!(told(&failure), @r#"
    Q0303: `other` has the splits `dev`, `valid`, and none is `test`, which is run by itself
      help: give the port one split: inputs.other = "STEP.PORT/SPLIT"
    "#);
}

#[test]
fn datasets_are_given_as_splits() {
    let bench = Bench::new();
    let mut train = bench.dataset("one", &[("whole", "x:int64\n1\n2")]);
    train.split = Some("train".into());
    let mut test = bench.dataset("two", &[("whole", "x:int64\n3")]);
    test.split = Some("test".into());
    let params = json!({ "sql": "SELECT x * 2 AS y FROM data" });
    bench.run("out", params, &[("data", train), ("data", test)], Limits::default()).unwrap();
    let out = bench.path("out/data");
    insta::assert_snapshot!(format!("{}\n\n{}", shown(&out, "train"), shown(&out, "test")), @r"
    y:int64:feature?
    2
    4

    y:int64:feature?
    6
    ");
}

#[test]
fn files_are_tables_with_the_types_of_their_cells() {
    let bench = Bench::new();
    let data = bench.dataset("data", &[("whole", "zip:utf8\n00501\n1")]);
    std::fs::write(bench.path("zips.csv"), "zip,city,people\n00501,Holtsville,0\n1,X,2\n").unwrap();
    let mut files = crate::support::artifact("files", &bench.path("zips.csv"));
    files.format = Some(json!({ "type": "csv" }));
    let params = json!({ "sql": "SELECT data.zip, city, people FROM data JOIN zips ON data.zip = zips.zip" });
    bench.run("out", params, &[("data", data), ("zips", files)], Limits::default()).unwrap();
    insta::assert_snapshot!(shown(&bench.path("out/data"), "whole"), @r"
    zip:utf8:feature | city:utf8:feature? | people:int64:feature?
    00501 | Holtsville | 0
    1 | X | 2
    ");
}
