use super::*;

/// The changes from one contract to another, a line each.
fn told(old: &str, new: &str) -> Vec<String> {
    let read = |text: &str| Contract::parse(&format!("version = 1\n{text}")).unwrap();
    let changes = changes(&read(old), &read(new)).into_iter();
    let told =
        changes.map(|Change { effect, about, what }| format!("{} {about} {what}", effect.name()));
    told.collect()
}

/// The changes of one column.
fn of_column(old: &str, new: &str) -> Vec<String> {
    let column = |promises: &str| format!("[columns.x]\n{promises}\n");
    told(&column(old), &column(new))
}

#[test]
fn a_promise_that_says_less_is_breaking_and_one_that_says_more_is_stricter() {
    for (weak, strong, key) in [
        ("nullable = true", "", "`nullable`"),
        ("", "unique = true", "`unique`"),
        ("", "type = \"int64\"", "`type`"),
        ("max = 9", "max = 8", "`max`"),
        ("max = 8.5", "max = 8", "`max`"),
        ("min = 1", "min = 2", "`min`"),
        ("nullable = true", "nullable = true\nmax_null_fraction = 0.1", "`max_null_fraction`"),
        ("set = [1, 2, 3]", "set = [1, 2]", "`set`"),
        ("", "set = [\"a\"]", "`set`"),
        ("min_length = 1", "min_length = 2", "`min_length`"),
        ("max_length = 2", "max_length = 1", "`max_length`"),
        ("", "pattern = 'a+'", "`pattern`"),
        ("monotonic = \"increasing\"", "monotonic = \"strictly_increasing\"", "`monotonic`"),
        ("newest = 2026-11-01", "newest = 2026-11-02", "`newest`"),
        ("nan = \"allow\"", "", "`nan`"),
        ("max = { value = 9, severity = \"warning\" }", "max = 9", "`max`"),
        ("max = { value = 9, allow = 0.1 }", "max = 9", "`max`"),
        ("severity = \"info\"\nmax = 9", "severity = \"quarantine\"\nmax = 9", "`max`"),
        (
            "distribution = { reference = \"a\", max = 1.0 }",
            "distribution = { reference = \"a\", max = 0.5 }",
            "`distribution`",
        ),
    ] {
        let [weaker, stricter] = [of_column(strong, weak), of_column(weak, strong)];
        // A changed default of the column is told of each promise that has it.
        for (found, effect) in [(weaker, "breaking"), (stricter, "stricter")] {
            let has = |line: &&String| line.starts_with(&format!("{effect} columns.x {key}"));
            assert!(found.iter().any(|line| has(&line)), "{weak} {strong} {found:?}");
            assert!(found.iter().all(|line| line.starts_with(effect)), "{found:?}");
        }
        assert_eq!(of_column(strong, strong), [""; 0], "{strong}");
    }
}

#[test]
fn what_is_another_promise_is_breaking_both_ways() {
    for (one, other) in [
        ("role = \"group\"", "role = \"id\""),
        ("type = \"utf8\"", "type = \"int64\""),
        ("set = [1, 2]", "set = [1, 3]"),
        ("pattern = 'a+'", "pattern = 'b+'"),
        ("monotonic = \"increasing\"", "monotonic = \"decreasing\""),
        ("references = \"a.id\"", "references = \"b.id\""),
        ("max = { value = 9, severity = \"warning\" }", "max = 10"),
    ] {
        for found in [of_column(one, other), of_column(other, one)] {
            assert!(found.len() == 1 && found[0].starts_with("breaking"), "{found:?}");
        }
    }
}

#[test]
fn tables_columns_and_rules_that_come_and_go() {
    let old = "[table]\nmin_rows = 10\nunique = [[\"a\", \"b\"]]\n[columns.a]\n[columns.b]\n\
               [[rules]]\nname = \"total\"\nsql = \"a > 0\"\n\
               [[rules]]\nname = \"few\"\nsql = \"a < 9\"\nallow = 0.1\n";
    let new = "[table]\nmin_rows = 5\nunknown_columns = \"refuse\"\n[columns.a]\n[columns.c]\n\
               [[rules]]\nname = \"few\"\nsql = \"a < 9\"\n[[rules]]\nname = \"more\"\nsql = \"a > 1\"\n";
    assert_eq!(
        told(old, new),
        [
            "breaking columns.b the column is gone",
            "breaking rules.total the rule is gone",
            "breaking table `min_rows`: 10 -> 5",
            "breaking table `unique`: a, b is gone",
            "stricter rules.few `allow`: 0.1 -> 0",
            "stricter rules.more a new rule",
            "stricter table `unknown_columns`: keep -> refuse",
            "compatible columns.c a new column",
        ]
    );
    assert_eq!(told(old, old), [""; 0]);
}
