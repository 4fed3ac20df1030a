//! What the SQL of contracts says, and what is refused by name at its place.

use super::*;

fn refused(sql: &str) -> String {
    let columns = |table: Option<&str>, name: &str| match (table, name) {
        (_, "a" | "b") => Known::Type(Type::Int64),
        (None, "x") => Known::Type(Type::Float64),
        (None, "t") => Known::Type(Type::Utf8),
        (None, "is_ok") => Known::Type(Type::Bool),
        (None, "unknown") => Known::Nothing,
        _ => Known::Absent,
    };
    let read = Condition::read(sql).and_then(|condition| condition.check(&columns));
    match read {
        Ok(()) => String::new(),
        Err(mistake) => {
            let place = sql.get(mistake.place).unwrap_or("?");
            format!("[{place}] {}", mistake.what)
        }
    }
}

#[test]
fn the_subset_is_taken() {
    for sql in [
        "a = 0 or b = 0",
        "not a < b and a is not null",
        "a in (1, 2, null) and t not in ('x', 'it''s')",
        "a between -9223372036854775808 and x",
        "t like 'a\\%%' or t not like '_'",
        "case when a > 0 then x else 0 end >= 0.5e-3",
        "case t when 'x' then a when 'y' then b end is null",
        "coalesce(a, b, 0) % 2 = 0 and abs(-x) >= round(x, 2)",
        "length(trim(upper(lower(t)))) <= 3",
        "floor(x) <= a and ceil(x) >= a",
        "cast(t as bigint) = a and cast(a as double precision) = x and cast(a as utf8) = t",
        "is_ok and unknown",
        "unknown + a > 0.5",
        "coalesce(unknown, 1) = 'x' or coalesce(unknown, 1) = 2",
        "sum(a) <= 100 and count(*) > 0 and count(distinct t) = count(t) and avg(a + x) < max(b)",
        "sum(a) = (select sum(b) from orders)",
        "a <= (select max(a) from orders where b > 0)",
        "\"a\" != 1 -- whatever",
    ] {
        assert_eq!(refused(sql), "", "{sql}");
    }
}

#[test]
fn what_is_outside_of_it_is_refused_by_name() {
    let told: Vec<String> = [
        "",
        "a =",
        "a = 1 b",
        "a = 'x",
        "(a = 1",
        "A = 1",
        "t = \"x\"",
        "a",
        "a + 1",
        "a = t",
        "a in (1, 'x')",
        "t like a",
        "t like 'x' escape '!'",
        "t ilike 'x'",
        "t similar to 'x'",
        "t ~ 'x'",
        "t || 'x' = 'y'",
        "a & 1 = 0",
        "a::text = 'x'",
        "try_cast(t as bigint) = 1",
        "cast(t as date) = 1",
        "now() > 1",
        "random() > 0.5",
        "substring(t from 1 for 2) = 'x'",
        "extract(year from t) = 2026",
        "date '2026-01-01' = t",
        "a is true",
        "a is distinct from b",
        "a in (select a from orders)",
        "exists (select 1 from orders)",
        "data.a = 1",
        "row_number() over () = 1",
        "sum(a) filter (where b > 0) = 1",
        "sum(distinct a) = 1",
        "sum(sum(a)) = 1",
        "sum(a) = b",
        "sum(t) = 1",
        "sum(*) = 1",
        "(select a from orders) = 1",
        "(select sum(a) from orders group by b) = 1",
        "(select sum(a) from orders, others) = 1",
        "(select sum(a) from orders where sum(b) > 1) = 1",
        "(select sum(c) from orders) = 1",
        "case a + 1 when 2 then true end",
        "round(x, a) = 1",
        "abs(a, b) = 1",
        "lower(a) = 'x'",
        "-t = 1",
        "not a",
        "a = 9223372036854775808",
        "a = 1e400",
        "a = $1",
        "a = x'00'",
        "a = e'x'",
    ]
    .iter()
    .map(|sql| format!("{sql}\n    {}", refused(sql)))
    .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_long_and_a_deep_rule_are_refused_and_end_nothing() {
    let chain = |count: usize| format!("a = {}1", "1 + ".repeat(count));
    assert_eq!(refused(&chain(150)), "");
    assert!(refused(&chain(400)).ends_with("more than 200 levels"), "{}", refused(&chain(400)));
    assert!(refused(&chain(100_000)).contains("words and signs; 1000 are the most"));
    let unknown = format!("similar to 'x' or {}", chain(450));
    assert!(!refused(&format!("t {unknown}")).is_empty());
    assert!(!refused(&format!("nothing({})", chain(480))).is_empty());
    let nested = format!("{}a = 1{}", "(".repeat(400), ")".repeat(400));
    assert!(refused(&nested).contains("nests too deep"), "{}", refused(&nested));
    assert!(!refused(&"not ".repeat(900)).is_empty());
    assert!(!refused(&"- ".repeat(900)).is_empty());
    assert!(!refused(&"case when ".repeat(300)).is_empty());
}
