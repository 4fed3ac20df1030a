//! What is refused, with its place and its fix.

use serde_json::json;

use crate::support::{query, sql};

const DATA: &str = "id:int64:id | capital-gain:int64 | Age:int64?\n1 | 2 | 3\n2 | 4 | ";
const MANY: &str = "id:int64 | x:int64\n1 | 1\n1 | 2\n1 | 3\n2 | 4";

/// What is said of each query, one below the other.
fn said(queries: &[&str]) -> String {
    let tables = [("data", DATA), ("many", MANY)];
    let said = queries.iter().map(|text| format!("{text}\n{}\n", sql(&tables, text)));
    said.collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_not_one_select() {
    insta::assert_snapshot!(said(&[
        "SELEC id FROM data",
        "SELECT id\nFROM data\nWHERE id = = 1",
        "SELECT 'open FROM data",
        "SELECT id FROM data; SELECT 1",
        "",
        "CREATE TABLE t AS SELECT 1",
        "INSERT INTO data VALUES (1)",
        "SET x = 1",
        "EXPLAIN SELECT id FROM data",
        "COPY data TO 'x.csv'",
        "DROP TABLE data",
    ]), @r"
    SELEC id FROM data
    Q0101: sql, line 1, column 1: expected an SQL statement, found SELEC, at `SELEC id FROM data`
      help: names with other characters than letters, digits and _ stand in double quotes, texts in single ones

    SELECT id
    FROM data
    WHERE id = = 1
    Q0101: sql, line 3, column 12: expected an expression, found =, at `= 1`
      help: names with other characters than letters, digits and _ stand in double quotes, texts in single ones

    SELECT 'open FROM data
    Q0101: sql, line 1, column 8: Unterminated string literal, at `'open FROM data`
      help: names with other characters than letters, digits and _ stand in double quotes, texts in single ones

    SELECT id FROM data; SELECT 1
    Q0102: sql, line 1, column 22: there are 2 statements
      help: write one SELECT; a second step takes the second one


    Q0102: `sql` holds no statement
      help: write one SELECT

    CREATE TABLE t AS SELECT 1
    Q0102: sql, line 1, column 14: `CREATE` is not a SELECT
      help: write one SELECT: a transform reads tables and gives one

    INSERT INTO data VALUES (1)
    Q0102: sql, line 1, column 1: `INSERT` is not a SELECT
      help: write one SELECT: a transform reads tables and gives one

    SET x = 1
    Q0102: sql: `SET` is not a SELECT
      help: write one SELECT: a transform reads tables and gives one

    EXPLAIN SELECT id FROM data
    Q0102: sql: `EXPLAIN` is not a SELECT
      help: write one SELECT: a transform reads tables and gives one

    COPY data TO 'x.csv'
    Q0102: sql, line 1, column 6: `COPY` is not a SELECT
      help: write one SELECT: a transform reads tables and gives one

    DROP TABLE data
    Q0102: sql: `DROP` is not a SELECT
      help: write one SELECT: a transform reads tables and gives one
    ");
}

#[test]
fn what_has_no_key_or_no_one_value() {
    insta::assert_snapshot!(said(&[
        "SELECT id FROM data UNION ALL SELECT id FROM many",
        "SELECT id FROM data EXCEPT SELECT id FROM many",
        "WITH RECURSIVE t AS (SELECT 1 AS n) SELECT n FROM t",
        "SELECT id FROM data TABLESAMPLE (10 ROWS)",
        "SELECT id FROM read_csv('x.csv')",
        "SELECT value FROM generate_series(1, 3)",
        "SELECT id FROM information_schema.tables",
        "SELECT id, count(*) FROM data GROUP BY ROLLUP (id)",
        "SELECT id FROM data WHERE id = $1",
        "SELECT id INTO x FROM data",
        "SELECT id, random() AS r FROM data",
        "SELECT id, uuid() AS r FROM data",
        "SELECT id FROM data\nWHERE now() > '2020-01-01'",
        "SELECT id, current_date AS r FROM data",
        "SELECT id, current_time AS r FROM data",
        "SELECT id, today() AS r FROM data",
        "SELECT version() AS v FROM data",
        "SELECT approx_distinct(id) AS v FROM data",
        "SELECT id FROM many",
        "SELECT 1 AS x",
        "SELECT data.id FROM data FULL JOIN many ON data.id = many.id",
        "SELECT many.x FROM many LEFT JOIN data ON data.id = many.id",
        "SELECT string_agg('a', ',' ORDER BY id) AS a, string_agg('b', ',' ORDER BY id DESC) AS b FROM data",
    ]), @r"
    SELECT id FROM data UNION ALL SELECT id FROM many
    Q0103: sql, line 1, column 1: UNION: its rows have no one key of a row of `data`
      help: make one step of each part and give both to `data` as splits, or join them

    SELECT id FROM data EXCEPT SELECT id FROM many
    Q0103: sql, line 1, column 1: EXCEPT: its rows have no one key of a row of `data`
      help: write WHERE NOT EXISTS (SELECT ..)

    WITH RECURSIVE t AS (SELECT 1 AS n) SELECT n FROM t
    Q0103: sql, line 1, column 1: WITH RECURSIVE: its rows have no key of a row of `data`
      help: leave RECURSIVE out, and write each level as a join

    SELECT id FROM data TABLESAMPLE (10 ROWS)
    Q0103: sql, line 1, column 16: TABLESAMPLE draws other rows each time
      help: keep rows by their key: WHERE substr(row_key, 1, 1) = '0' is one in sixteen

    SELECT id FROM read_csv('x.csv')
    Q0103: sql, line 1, column 16: `read_csv(..)` is a function that gives a table
      help: give the table on a port: inputs.NAME = ..

    SELECT value FROM generate_series(1, 3)
    Q0103: sql, line 1, column 19: `generate_series(..)` is a function that gives a table
      help: give the table on a port: inputs.NAME = ..

    SELECT id FROM information_schema.tables
    Q0201: sql, line 1, column 16: there is no table `information_schema.tables`
      help: a query sees the tables on its ports and nothing of the engine

    SELECT id, count(*) FROM data GROUP BY ROLLUP (id)
    Q0103: sql, line 1, column 48: ROLLUP, CUBE and GROUPING SETS
      help: write one step a grouping

    SELECT id FROM data WHERE id = $1
    Q0103: sql, line 1, column 32: `$1` stands for a value that nobody gives
      help: write the value, or a param of the pipeline: {params.NAME}

    SELECT id INTO x FROM data
    Q0103: sql, line 1, column 1: SELECT INTO makes a table
      help: leave INTO out

    SELECT id, random() AS r FROM data
    Q0104: sql, line 1, column 12: `random` gives another value each time: a result must be the same to the byte
      help: for a draw, use the row's key: substr(row_key, 1, 4) is one of 65,536 texts; for a date, write it, or a param of the pipeline: {params.today}

    SELECT id, uuid() AS r FROM data
    Q0104: sql, line 1, column 12: `uuid` gives another value each time: a result must be the same to the byte
      help: for a draw, use the row's key: substr(row_key, 1, 4) is one of 65,536 texts; for a date, write it, or a param of the pipeline: {params.today}

    SELECT id FROM data
    WHERE now() > '2020-01-01'
    Q0104: sql, line 2, column 7: `now` gives another value each time: a result must be the same to the byte
      help: for a draw, use the row's key: substr(row_key, 1, 4) is one of 65,536 texts; for a date, write it, or a param of the pipeline: {params.today}

    SELECT id, current_date AS r FROM data
    Q0104: sql, line 1, column 12: `current_date` gives another value each time: a result must be the same to the byte
      help: for a draw, use the row's key: substr(row_key, 1, 4) is one of 65,536 texts; for a date, write it, or a param of the pipeline: {params.today}

    SELECT id, current_time AS r FROM data
    Q0104: sql, line 1, column 12: `current_time` gives another value each time: a result must be the same to the byte
      help: for a draw, use the row's key: substr(row_key, 1, 4) is one of 65,536 texts; for a date, write it, or a param of the pipeline: {params.today}

    SELECT id, today() AS r FROM data
    Q0104: sql, line 1, column 12: `today` gives another value each time: a result must be the same to the byte
      help: for a draw, use the row's key: substr(row_key, 1, 4) is one of 65,536 texts; for a date, write it, or a param of the pipeline: {params.today}

    SELECT version() AS v FROM data
    Q0104: sql, line 1, column 8: `version` says something of the engine or the machine
      help: leave it out

    SELECT approx_distinct(id) AS v FROM data
    Q0104: sql, line 1, column 8: `approx_distinct` estimates, and the estimate depends on how rows come
      help: use count(DISTINCT ..), median or percentile_cont, which are exact

    SELECT id FROM many
    Q0401: sql: no row of the result comes from a row of `data`
      help: read FROM data

    SELECT 1 AS x
    Q0401: sql: no row of the result comes from a row of `data`
      help: read FROM data

    SELECT data.id FROM data FULL JOIN many ON data.id = many.id
    Q0402: sql: a row of the result may come from no row of `data`: it would have no key
      help: let the join keep the rows of `data` alone: FROM data LEFT JOIN ..

    SELECT many.x FROM many LEFT JOIN data ON data.id = many.id
    Q0402: sql: a row of the result may come from no row of `data`: it would have no key
      help: let the join keep the rows of `data` alone: FROM data LEFT JOIN ..

    SELECT string_agg('a', ',' ORDER BY id) AS a, string_agg('b', ',' ORDER BY id DESC) AS b FROM data
    Q0403: sql: the aggregates of one SELECT ask for 2 different orders
      help: ask for one ORDER BY in each SELECT, and join them by row_key or their groups
    ");
}

#[test]
fn names_that_are_not_there() {
    insta::assert_snapshot!(said(&[
        "SELECT id FROM dataa",
        "SELECT id,\n  age FROM data",
        "SELECT capital FROM data",
        "SELECT data.y FROM data",
        "SELECT id FROM data JOIN many ON data.id = many.id",
        "SELECT uper('x') AS x FROM data",
        "SELECT id + 'a' AS x FROM data WHERE id",
    ]), @r"
    SELECT id FROM dataa
    Q0201: sql, line 1, column 16: there is no table `dataa`
      help: did you mean `data`? There is `data`, `many`; another port makes another table: inputs.dataa = ..

    SELECT id,
      age FROM data
    Q0202: sql, line 2, column 3: there is no column `age`
      help: did you mean `Age`? There is `Age`, `capital-gain`, `id`, `row_key`; case counts, and a name such as capital-gain stands in double quotes

    SELECT capital FROM data
    Q0202: sql, line 1, column 8: there is no column `capital`
      help: did you mean `capital-gain`? There is `Age`, `capital-gain`, `id`, `row_key`; case counts, and a name such as capital-gain stands in double quotes

    SELECT data.y FROM data
    Q0202: sql, line 1, column 8: there is no column `data.y`
      help: there is `Age`, `capital-gain`, `id`, `row_key`

    SELECT id FROM data JOIN many ON data.id = many.id
    Q0204: sql, line 1, column 8: `id` is a column of several tables
      help: say of which: data.id

    SELECT uper('x') AS x FROM data
    Q0203: sql, line 1, column 8: there is no function `uper`
      help: did you mean `upper`? There is `abs`, `acos`, `acosh`, `any_value`, `arrow_cast`, `arrow_try_cast`, `ascii`, `asin`, `asinh`, `atan`, `atan2`, `atanh`, `avg`, `bit_and`, `bit_length`, `bit_or`, `bit_xor`, `bool_and`, `bool_or`, `btrim` and 143 more

    SELECT id + 'a' AS x FROM data WHERE id
    Q0205: sql: Cannot create filter with non-boolean predicate 'data.id' returning Int64
      help: write that part in another way
    ");
}

#[test]
fn joins_that_multiply() {
    insta::assert_snapshot!(said(&[
        "SELECT data.id, x FROM data JOIN many ON data.id = many.id",
        "SELECT data.id, x FROM data LEFT JOIN many ON data.id < many.x",
        "SELECT data.id, x FROM data, many",
        "SELECT data.id, m.x FROM data JOIN (SELECT id, max(x) AS x FROM many GROUP BY id) AS one ON data.id = one.id JOIN many AS m ON m.id = one.id",
    ]), @r"
    SELECT data.id, x FROM data JOIN many ON data.id = many.id
    Q0404: sql: JOIN .. ON data.id = many.id gives 2 rows more than `data` has for them
      help: make the right side unique in what the join asks, or group it: JOIN (SELECT id, count(*) AS n FROM other GROUP BY id) ..

    SELECT data.id, x FROM data LEFT JOIN many ON data.id < many.x
    Q0404: sql: LEFT JOIN .. ON data.id < many.x gives 3 rows more than `data` has for them
      help: make the right side unique in what the join asks, or group it: JOIN (SELECT id, count(*) AS n FROM other GROUP BY id) ..

    SELECT data.id, x FROM data, many
    Q0404: sql: CROSS JOIN gives 6 rows more than `data` has for them
      help: make the right side unique in what the join asks, or group it: JOIN (SELECT id, count(*) AS n FROM other GROUP BY id) ..

    SELECT data.id, m.x FROM data JOIN (SELECT id, max(x) AS x FROM many GROUP BY id) AS one ON data.id = one.id JOIN many AS m ON m.id = one.id
    Q0404: sql: JOIN .. ON one.id = m.id gives 2 rows more than `data` has for them
      help: make the right side unique in what the join asks, or group it: JOIN (SELECT id, count(*) AS n FROM other GROUP BY id) ..
    ");
}

#[test]
fn columns_that_cannot_be() {
    insta::assert_snapshot!(said(&[
        "SELECT id, id FROM data",
        "SELECT data.id, many.id FROM data JOIN (SELECT DISTINCT id FROM many) AS many ON data.id = many.id",
        "SELECT row_key FROM data",
        "SELECT 'x' AS row_key, id FROM data",
        "SELECT CAST('08:30:00' AS TIME) AS d FROM data",
        "SELECT to_timestamp('2020-01-01T00:00:00') AS t FROM data",
        "SELECT CAST(id AS DECIMAL(10, 2)) AS \"a b\" FROM data",
        "SELECT NULL AS n FROM data",
        "SELECT 18446744073709551615 AS big FROM data",
    ]), @r#"
    SELECT id, id FROM data
    Q0503: sql: two columns of the result are named `id`
      help: give one another name: .. AS id_2, or leave it out

    SELECT data.id, many.id FROM data JOIN (SELECT DISTINCT id FROM many) AS many ON data.id = many.id
    Q0503: sql: two columns of the result are named `id`
      help: give one another name: .. AS id_2, or leave it out

    SELECT row_key FROM data
    Q0504: sql: the result has no column
      help: select a column beside row_key, which every row has by itself

    SELECT 'x' AS row_key, id FROM data
    Q0503: sql: a column of the result is named `row_key`
      help: give it another name: rows have theirs already, and keep them

    SELECT CAST('08:30:00' AS TIME) AS d FROM data
    Q0501: sql: the column `d` of the result is `Time64(ns)`, which a dataset does not hold
      help: write CAST(.. AS TEXT) AS d

    SELECT to_timestamp('2020-01-01T00:00:00') AS t FROM data
    Q0501: sql: the column `t` of the result is `Timestamp(ns)`, which a dataset does not hold
      help: write arrow_cast(.., 'Timestamp(Microsecond, Some("UTC"))') AS t, or CAST(.. AS TEXT)

    SELECT CAST(id AS DECIMAL(10, 2)) AS "a b" FROM data
    Q0501: sql: the column `a b` of the result is `Decimal128(10, 2)`, which a dataset does not hold
      help: write CAST(.. AS DOUBLE) AS "a b"

    SELECT NULL AS n FROM data
    Q0501: sql: the column `n` of the result is `Null`, which a dataset does not hold
      help: say the type of what is missing: CAST(NULL AS DOUBLE) AS n

    SELECT 18446744073709551615 AS big FROM data
    Q0502: sql: a value of the column `big` is beyond int64
      help: write CAST(.. AS DOUBLE) AS big
    "#);
    let tables = [("data", DATA)];
    for (params, expected) in [
        (json!({ "roles": { "idd": "label" } }), "Q0505"),
        (json!({ "roles": { "id": "label", "Age": "label" } }), "Q0507"),
        (json!({ "redact": [{ "column": "id", "patterns": ["email"] }] }), "Q0506"),
        (json!({ "redact": [{ "column": "x", "patterns": ["email"] }] }), "Q0505"),
        (json!({ "roles": { "id": "boss" } }), "Q0004"),
    ] {
        let mut params = params;
        params["sql"] = json!("SELECT * FROM data");
        let said = query(&tables, params);
        assert!(said.starts_with(expected), "{said}");
    }
}
