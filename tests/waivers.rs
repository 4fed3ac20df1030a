//! Waivers: errors that somebody answers for. They are in no key, so that what they let
//! through runs, and nothing else.

use crate::support::{Built, LINES, Project, words};

/// A source with so many bad lines.
fn bad(count: usize) -> String {
    format!("{LINES}{}", "train bad\n".repeat(count))
}

const WAIVER: &str = r#"
[[waivers]]
step = "deal"
finding = "line.bad"
rows = 2
reason = "two lines are known"
owner = "data-team"
until = 2999-12-31
"#;

fn waive(project: &Project, waiver: &str) {
    let manifest = project.read("ingot.toml");
    project.write("ingot.toml", format!("{manifest}{waiver}"));
}

/// The words project with two bad lines and the waiver, not built yet.
fn waived() -> Project {
    let project = words();
    project.write("data/lines.txt", bad(2));
    waive(&project, WAIVER);
    project
}

/// What became of the waivers, a line each.
fn standing(built: &Built) -> String {
    let said = built.of("waiver").map(|event| {
        let text = |key: &str| event[key].as_str().unwrap_or("-").to_owned();
        format!("{} {}: {}\n", text("standing"), text("code"), text("message"))
    });
    said.collect()
}

const BEHIND: [&str; 4] = ["grade", "grade/guess", "learn", "page"];

#[test]
fn what_a_waiver_lets_through_runs_and_nothing_else() {
    let project = words();
    project.write("data/lines.txt", bad(2));
    let built = project.build(&[]);
    assert_eq!((built.said.code, built.ended("blocked")), (4, BEHIND.map(str::to_owned).to_vec()));
    waive(&project, WAIVER);
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    assert_eq!(built.executed(), BEHIND, "the finding is recorded: `deal` does not run again");
    insta::assert_snapshot!(standing(&built), @"covers -: `line.bad` is waived: 2 rows; data-team answers for it until 2999-12-31: two lines are known");
    let finding = built.of("finding").next().unwrap();
    assert_eq!(
        (&finding["waived"], &finding["finding"]["severity"]),
        (&true.into(), &"error".into())
    );
    assert_eq!(project.executed(), Vec::<String>::new());
}

#[test]
fn a_changed_waiver_runs_what_tells_of_it_and_nothing_else() {
    let project = waived();
    assert_eq!(
        project.executed(),
        ["deal", "grade", "grade/guess", "head", "learn", "page", "title"]
    );
    assert!(project.output("page", "page").contains("line.bad: data-team"));
    project.edit("owner = \"data-team\"", "owner = \"another team\"");
    assert_eq!(project.executed(), ["page"], "the page says who answers");
    project.edit("rows = 2", "rows = 1");
    let built = project.build(&[]);
    assert_eq!((built.said.code, built.executed()), (4, Vec::new()));
    project.edit("rows = 1", "rows = 2");
    assert_eq!(project.executed(), Vec::<String>::new());
    project.edit("until = 2999-12-31", "until = 2020-01-01");
    let built = project.build(&[]);
    assert_eq!((built.said.code, built.executed()), (4, Vec::new()));
}

#[test]
fn one_row_more_is_an_error_with_both_numbers_and_one_less_is_said() {
    let project = waived();
    project.executed();
    project.write("data/lines.txt", bad(3));
    let built = project.build(&[]);
    assert_eq!(
        (built.said.code, built.executed()),
        (4, vec!["deal".to_owned(), "head".to_owned()])
    );
    assert_eq!(built.ended("blocked"), BEHIND);
    insta::assert_snapshot!(standing(&built), @"exceeded E0818: `line.bad` is about 3 rows, and its waiver is for 2");
    let plain = project.run(&["build"]);
    insta::assert_snapshot!(plain.stderr.lines().filter(|line| line.contains("deal")).collect::<Vec<_>>().join("\n"), @r"
        error deal: L0301: a line is bad
        error deal: E0818: `line.bad` is about 3 rows, and its waiver is for 2 (mend the rows that are new; or answer for them, too)
      blocked learn: `deal` did not pass
      blocked grade/guess: `deal` did not pass
      blocked grade: `deal` did not pass
      blocked page: `deal` did not pass
    deal  test_lines       1
    deal  train_lines      4
      verdict deal fails: L0301: a line is bad
    `ingot show deal` shows all that was found
    ");
    project.write("data/lines.txt", bad(1));
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0);
    insta::assert_snapshot!(standing(&built), @"covers -: `line.bad` is waived: 1 row, fewer than the 2 of the waiver; data-team answers for it until 2999-12-31: two lines are known");
}

#[test]
fn one_that_covers_nothing_warns_each_time() {
    let project = words();
    waive(&project, WAIVER);
    let warning = || {
        let said = project.run(&["build"]);
        assert_eq!(said.code, 0);
        said.stderr.lines().find(|line| line.contains("E0819")).unwrap().trim().to_owned()
    };
    let first = warning();
    insta::assert_snapshot!(first, @"warning deal: E0819: the waiver of `line.bad` covers no error: none was found (take it away)");
    assert_eq!(warning(), first);
    // A step that is not built has no finding.
    let built = project.build(&["title"]);
    assert_eq!((built.said.code, standing(&built)), (0, String::new()));
}

#[test]
fn one_that_has_run_out_stops_the_build_before_anything_runs_locked_or_not() {
    let project = waived();
    project.executed();
    project.edit("until = 2999-12-31", "until = 2020-01-01");
    let lock = project.read("ingot.lock");
    for flags in [&["build"][..], &["build", "--locked"], &["build", "--frozen"], &["build", "-k"]]
    {
        let said = project.run(flags);
        assert_eq!(said.code, 4, "{flags:?}: {}", said.stderr);
        assert!(said.stderr.contains("error[E0817]"), "{}", said.stderr);
    }
    insta::assert_snapshot!(project.run(&["build"]).stderr, @r"
    error[E0817]: the waiver of `deal` for `line.bad` ran out
      --> ingot.toml:49:9
       |
    49 | until = 2020-01-01
       |         ^^^^^^^^^^ data-team answered for it until then
       |
       = help: mend what was found and take the waiver away; or agree with its owner on a later `until`
    `ingot error E0817` explains more
    ");
    assert_eq!(project.read("ingot.lock"), lock);
    // Its step is not among those that are built.
    assert_eq!(project.run(&["build", "title"]).code, 0);
    let shown = project.run(&["show", "deal"]).stdout;
    let lines = |word: &str| shown.lines().filter(|line| line.starts_with(word)).count();
    assert_eq!((lines("waiver"), lines("error"), lines("waived")), (1, 1, 0), "{shown}");
}

#[test]
fn where_gates_only_warn_one_that_has_run_out_does_too() {
    let project = waived();
    waive(&project, "[profiles.look]\ngates = \"warn\"\n");
    project.edit("until = 2999-12-31", "until = 2020-01-01");
    let said = project.run(&["build", "--profile", "look"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stderr.contains("E0817"), "{}", said.stderr);
}

#[test]
fn the_lock_knows_what_was_waived() {
    let project = waived();
    project.executed();
    assert_eq!(project.run(&["build", "--locked"]).code, 0);
    // Another reason is in the page alone; here the page is not built.
    project.edit("two lines are known", "they are known");
    assert_eq!(project.run(&["build", "--locked", "grade"]).code, 0);
    project.edit("rows = 2", "rows = 1");
    let said = project.run(&["build", "--locked", "grade"]);
    assert_eq!(said.code, 5);
    assert!(said.stderr.contains("E0907"), "{}", said.stderr);
}

#[test]
fn what_no_step_finds_is_refused_while_planning() {
    let cases = [
        ("step = \"deal\"", "step = \"dael\"", "there is no step `dael`"),
        ("line.bad", "line.bda", "did you mean `line.bad`?"),
        ("line.bad", "L0301", "it is called `line.bad`"),
        ("step = \"deal\"", "step = \"page/deal\"", "there is no step `page/deal`"),
        ("rows = 2", "rows = 0", "`rows` of `a waiver` is out of range"),
        ("rows = 2", "row = 2", "did you mean `rows`?"),
        ("rows = 2", "rows = \"2\"", "must be a whole number"),
        ("2999-12-31", "2999-02-30", ""),
        ("2999-12-31", "\"soon\"", "`soon` is no day of the calendar"),
        ("2999-12-31", "2999-12-31T00:00:00Z", "is no day of the calendar"),
        ("owner = \"data-team\"\n", "", "a waiver needs `owner`"),
        ("\"data-team\"", "\" \"", "the `owner` of a waiver is empty"),
        ("reason = \"two lines are known\"\n", "", "a waiver needs `reason`"),
        ("until = 2999-12-31\n", "", "a waiver needs `until`"),
    ];
    for (old, new, expected) in cases {
        let project = waived();
        project.edit(old, new);
        let said = project.run(&["plan"]);
        assert_eq!(said.code, 3, "{new}: {}", said.stderr);
        assert!(said.stderr.contains(expected), "{new}: {}", said.stderr);
    }
    let project = waived();
    waive(&project, WAIVER);
    let said = project.run(&["build"]);
    assert_eq!(said.code, 3);
    insta::assert_snapshot!(said.stderr, @r"
    error[E0228]: two waivers of `deal` cover `line.bad`
      --> ingot.toml:43:1
       |
    43 | [[waivers]]
       | ^^^^^^^^^^^ this one
    ...
    51 | [[waivers]]
       | ----------- and this one
       |
       = help: make one of them, or give each a `column`
    `ingot error E0228` explains more
    ");
}

#[test]
fn a_waiver_of_a_step_with_points_names_one_of_them() {
    let project = waived();
    project.edit(
        "[steps.deal]\n",
        "[steps.deal]\nmatrix.part = { a = { threads = 1 } , b = { threads = 1 } }\n",
    );
    let said = project.run(&["plan", "deal"]);
    assert!(said.stderr.contains("E0310"), "{}", said.stderr);
}

#[test]
fn a_question_about_other_steps_passes_over_it() {
    let project = waived();
    project.executed();
    for step in ["title", "deal", "page"] {
        let said = project.run(&["why", step]);
        assert_eq!(said.code, 0, "{step}: {}", said.stderr);
    }
}

#[test]
fn of_a_step_that_says_not_what_it_finds_a_waiver_names_the_code() {
    let finding =
        r#"{{"event":"finding","severity":"error","code":"MINE","message":"odd","column":"a"}}"#;
    let project = Project::new(&format!(
        "[pipeline]\nname = \"p\"\nedition = 1\n\
         [steps.go]\nkind = \"command\"\noutputs.text = \"files\"\n\
         run = [\"sh\", \"-c\", '''echo '{finding}' > $INGOT_EVENTS; echo x > {{outputs.text}}''']\n\
         [[waivers]]\nstep = \"go\"\nfinding = \"MINE\"\ncolumn = \"a\"\n\
         reason = \"we know\"\nowner = \"us\"\nuntil = 2999-12-31\n"
    ));
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}{}", built.said.stdout, built.said.stderr);
    insta::assert_snapshot!(standing(&built), @"covers -: `MINE` of `a` is waived; us answers for it until 2999-12-31: we know");
    project.edit("column = \"a\"\n", "column = \"b\"\n");
    let built = project.build(&[]);
    assert_eq!((built.said.code, built.executed()), (4, Vec::new()));
    project.edit("column = \"b\"\n", "rows = 3\n");
    let built = project.build(&[]);
    assert_eq!((built.said.code, built.executed()), (4, Vec::new()));
    insta::assert_snapshot!(standing(&built), @"exceeded E0818: `MINE` counts no rows, and its waiver is for 3 rows");
}

#[test]
fn a_member_waives_its_own_steps_and_those_of_others_by_name() {
    let member = |more: &str| {
        format!(
            "[pipeline]\nname = \"p\"\nedition = 1\n[sources.lines]\npath = \"lines.txt\"\n\
             [steps.deal]\nkind = \"deal\"\ninputs.text = \"lines\"\n\
             [steps.learn]\nkind = \"learn\"\ninputs.deck = \"deal.deck\"\n{more}"
        )
    };
    let project = Project::new("[workspace]\nmembers = [\"one\", \"other\"]\n");
    let of_other = WAIVER.replace("\"deal\"", "\"other:deal\"");
    project.write("one/ingot.toml", member(&format!("{WAIVER}{of_other}")));
    project.write("other/ingot.toml", member(""));
    project.write("one/lines.txt", bad(2));
    project.write("other/lines.txt", format!("{}train more\n", bad(2)));
    let built = project.build(&[]);
    assert_eq!(built.said.code, 0, "{}", built.said.stderr);
    assert_eq!(built.executed(), ["one:deal", "one:learn", "other:deal", "other:learn"]);
    assert_eq!(built.of("waiver").count(), 2);
    project.write("other/ingot.toml", member(&WAIVER.replace("rows = 2", "rows = 5")));
    let said = project.run(&["build"]);
    assert!(
        said.stderr.contains("two waivers of `other:deal` cover `line.bad`"),
        "{}",
        said.stderr
    );
}
