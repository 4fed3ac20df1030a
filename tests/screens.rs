//! What each command shows, word for word.
//!
//! Left out, because they are not the same twice: keys (they name the worker by its
//! binary), times, and where the workspace is.

use crate::support::{Project, WORDS, words};

/// What commands print, each behind its line, with its exit code when it is not 0.
pub(crate) fn screen(project: &Project, lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines {
        let said = project.run(&line.split(' ').skip(1).collect::<Vec<_>>());
        text.push_str(&format!("$ {line}\n{}{}", said.stdout, said.stderr));
        if said.code != 0 {
            text.push_str(&format!("[{}]\n", said.code));
        }
    }
    let text = text.replace(project.path("").to_str().unwrap(), "WORKSPACE/");
    plain(&text.split_inclusive('\n').map(without_program).collect::<String>())
}

/// A line without the place where this machine has a program.
fn without_program(line: &str) -> String {
    match line.strip_prefix("program  ").and_then(|rest| rest.split_once(": ")) {
        Some((name, _)) => format!("program  {name}: PROGRAM\n"),
        None => line.to_owned(),
    }
}

/// The text with `KEY` for 64 hexadecimal digits and `N s` for times.
fn plain(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '.';
    let mut out = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let digits = word.split_once('.').is_some_and(|(whole, part)| {
            part.len() == 2 && [whole, part].iter().all(|d| d.parse::<u32>().is_ok())
        });
        match word {
            _ if word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit()) => {
                out.push_str("KEY");
            }
            _ if digits && after.starts_with(" s") => out.push('N'),
            _ => out.push_str(word),
        }
        let other = after.find(is_word).unwrap_or(after.len());
        out.push_str(&after[..other]);
        rest = &after[other..];
    }
    out
}

#[test]
fn plan_and_build_say_what_runs_and_why() {
    let project = words();
    insta::assert_snapshot!(screen(&project, &["ingot plan"]), @r"
$ ingot plan
state    step         kind   why
run      deal         deal   never built before
run      head         first  never built before
depends  learn        learn  step `deal`
depends  grade/guess  guess  step `deal`; step `learn`
depends  grade        grade  step `grade/guess`
depends  title        join   step `head`
depends  page         tell   step `grade`; step `title`

7 steps: 0 hit, 2 run, 5 depend on those
`ingot build` does this; `ingot why STEP` says more
");
    project.executed();
    project.edit("epochs = 2", "epochs = 3");
    project.edit("min = 0.5", "min = 0.7");
    insta::assert_snapshot!(screen(&project, &["ingot plan", "ingot plan --json learn"]), @r#"
$ ingot plan
state    step         kind   why
hit      deal         deal
hit      head         first
run      learn        learn  param `epochs`: 2 -> 3
depends  grade/guess  guess  step `learn`
depends  grade        grade  step `grade/guess`
hit      title        join
depends  page         tell   step `grade`

7 steps: 3 hit, 1 run, 3 depend on those; about N s
`ingot build` does this; `ingot why STEP` says more
$ ingot plan --json learn
{"event":"step","step":"deal","kind":"deal","state":"hit","reasons":[]}
{"event":"step","step":"learn","kind":"learn","state":"run","reasons":[{"what":"param","name":"epochs","old":"2","new":"3","at":"ingot.toml:9:10"}]}
"#);
    insta::assert_snapshot!(screen(&project, &["ingot build -j 1 grade"]), @r"
    $ ingot build -j 1 grade
    1 of 4 steps to run, 2 more if their inputs change; about N s
          run learn (learn): param `epochs`: 2 -> 3
     progress learn 1/3 epochs: loss 1, rate 0.5000
     progress learn 2/3 epochs: loss 0.5000, rate 0.5000
     progress learn 3/3 epochs: loss 0.3333, rate 0.5000
         done learn in N s
          run grade/guess (guess): input `learn.words`: file:d2814cb6dda8 -> file:f9bcc1fd3fe3
         done grade/guess in N s
         gate grade: share is 0.6667, below the minimum of 0.7

    step   metric   value
    grade  share   0.6667

    4 steps: 2 executed, 2 cached, 1 verdict failed in N s
      verdict grade fails: share is 0.6667, below the minimum of 0.7
    `ingot show grade` shows all that was found
    [4]
    ");
    insta::assert_snapshot!(screen(&project, &["ingot build -j 1 grade"]), @r"
    $ ingot build -j 1 grade
         gate grade: share is 0.6667, below the minimum of 0.7

    step   metric   value
    grade  share   0.6667

    4 steps: 0 executed, 4 cached, 1 verdict failed in N s
      verdict grade fails: share is 0.6667, below the minimum of 0.7
    `ingot show grade` shows all that was found
    [4]
    ");
    insta::assert_snapshot!(screen(&project, &["ingot build -j 1 deal --rerun deal"]), @r"
    $ ingot build -j 1 deal --rerun deal
    1 of 1 step to run; about N s
          run deal (deal): asked for by --rerun
         done deal in N s

    step  metric       value
    deal  test_lines       1
    deal  train_lines      1

    1 step: 1 executed, 0 cached in N s
    ");
}

#[test]
fn why_names_what_changed_and_where() {
    let project = words();
    let all = ["ingot why learn", "ingot why grade", "ingot why head"];
    insta::assert_snapshot!(screen(&project, &all[..1]), @r"
$ ingot why learn
learn runs if these give it something new:
  deal runs:
    never built before
");
    project.executed();
    project.edit("epochs = 2", "epochs = 3");
    insta::assert_snapshot!(screen(&project, &all), @r"
$ ingot why learn
learn runs:
  param `epochs`: 2 -> 3   (ingot.toml:9:10)
  it took N s the last time
  key KEY
$ ingot why grade
grade runs if these give it something new:
  learn runs, by way of grade/guess:
    param `epochs`: 2 -> 3   (ingot.toml:9:10)
  it took N s the last time
  building it runs up to 3 steps, about N s by their last times
$ ingot why head
head does not run: the store has its result
  key KEY
");
    project.write("data/lines.txt", "another first line\n");
    insta::assert_snapshot!(screen(&project, &["ingot why head", "ingot why nothing"]), @r"
$ ingot why head
head runs:
  input `data/lines.txt`: file:088aa2bbf16d -> file:a555ebf83e7e   (ingot.toml:16:15)
  it took N s the last time
  key KEY
$ ingot why nothing
error[E0313]: there is no target `nothing`
 |
 = help: `ingot graph` shows every step
`ingot error E0313` explains more
[2]
");
}

#[test]
fn results_can_be_looked_at() {
    let project = words();
    let before = ["ingot show grade", "ingot log grade", "ingot get grade.report"];
    insta::assert_snapshot!(screen(&project, &before), @r"
$ ingot show grade
error[E1006]: `grade` has no result for this manifest
 |
 = help: `ingot build grade` makes it, `ingot why grade` says why
`ingot error E1006` explains more
[2]
$ ingot log grade
error[E1007]: `grade` has no log for this manifest
 |
 = help: a step from another machine's store brings none; `ingot build --rerun grade` makes one
`ingot error E1007` explains more
[2]
$ ingot get grade.report
error[E1006]: `grade` has no result for this manifest
 |
 = help: `ingot build grade` makes it
`ingot error E1006` explains more
[2]
");
    project.executed();
    let all = [
        "ingot show grade",
        "ingot show learn.words",
        "ingot log grade",
        "ingot get grade.report",
        "ingot get grade.nothing",
        "ingot clean",
        "ingot clean --all",
        "ingot build -j 1 page",
    ];
    insta::assert_snapshot!(screen(&project, &all), @r"
    $ ingot show grade
    grade (grade)
    key      KEY
    output   report: files file:KEY
    verdict  pass
    rebuilt  never
    gate     share is 0.6667, at least 0.5

    metric   value  interval  of
    share   0.6667
    $ ingot show learn.words
    files: 1 lines

    made by
    step   kind   from
    deal   deal   lines
    learn  learn  deal.deck
    $ ingot log grade
    `grade` wrote no log
    $ ingot get grade.report
    WORKSPACE/.ingot/views/file-KEY
    $ ingot get grade.nothing
    error[E0302]: `grade` has no output `nothing`
     |
     = help: its outputs are report
    `ingot error E0302` explains more
    [3]
    $ ingot clean
    removed failed, out, views, work of WORKSPACE/.ingot; results are kept
    `ingot clean --all` removes those too
    $ ingot clean --all
    removed WORKSPACE/.ingot
    $ ingot build -j 1 page
    2 of 7 steps to run, 5 more if their inputs change
          run deal (deal): the store has no result for it
         done deal in N s
          run learn (learn): the store has no result for it
     progress learn 1/2 epochs: loss 1, rate 0.5000
     progress learn 2/2 epochs: loss 0.5000, rate 0.5000
         done learn in N s
          run head (first): the store has no result for it
         done head in N s
          run grade/guess (guess): the store has no result for it
         done grade/guess in N s
          run grade (grade): the store has no result for it
         gate grade: share is 0.6667, at least 0.5
         done grade in N s
          run title (join): the store has no result for it
         done title in N s
          run page (tell): the store has no result for it
         done page in N s

    step   metric   value
    grade  share   0.6667

    7 steps: 7 executed, 0 cached in N s
    ");
}

#[test]
fn the_lock_is_checked_and_frozen() {
    let project = words();
    insta::assert_snapshot!(screen(&project, &["ingot lock", "ingot build --frozen"]), @r"
$ ingot lock
error[E0901]: there is no ingot.lock
 |
 = help: `ingot build` writes it; commit it
`ingot error E0901` explains more
[5]
$ ingot build --frozen
error[E0901]: there is no ingot.lock
 |
 = help: `ingot build` writes it; commit it
`ingot error E0901` explains more
[5]
");
    project.executed();
    insta::assert_snapshot!(screen(&project, &["ingot lock", "ingot build --frozen"]), @r"
    $ ingot lock
    ingot.lock agrees with 7 steps
    $ ingot build --frozen
         gate grade: share is 0.6667, at least 0.5

    step   metric   value
    grade  share   0.6667

    7 steps: 0 executed, 7 cached in N s
    ");
    project.edit("epochs = 2", "epochs = 3");
    let lines = ["ingot lock", "ingot build --locked"];
    insta::assert_snapshot!(screen(&project, &lines), @r"
$ ingot lock
learn
  param `epochs`: 2 -> 3   (ingot.toml:9:10)

`ingot build` brings the lock up to date
[5]
$ ingot build --locked
error[E0902]: `learn` is not as ingot.lock has it
 |
 = note: param `epochs`: 2 -> 3 (ingot.toml:9:10)
 = help: `ingot build` updates ingot.lock; or undo the change to ingot.toml
`ingot error E0902` explains more
[5]
");
}

#[test]
fn kinds_graphs_and_codes_are_listed() {
    let project = words();
    let lines = ["ingot kinds", "ingot kinds grade", "ingot kinds laern"];
    insta::assert_snapshot!(screen(&project, &lines), @r"
$ ingot kinds
kind     what it does
break    break lines
command  run a program of the workspace or of the machine
count    count lines
deal     deal lines
draw     draw lines
first    first lines
gather   gather lines
grade    grade lines
guess    guess lines
join     join lines
learn    learn lines
tell     tell lines
write    write lines
the worker `ingot-data` is not installed
the worker `ingot-torch` is not installed
the worker `ingot-wasm` is not installed

`ingot kinds KIND` shows its ports and params
$ ingot kinds grade
grade: grade lines
revision 1, worker ingot-lines binary=KEY

input    type
words    words
deck     deck   reads test
guesses  files  required, many

output  type
report  files
$ ingot kinds laern
error[E0304]: there is no kind `laern`
 |
 = help: did you mean `learn`?
`ingot error E0304` explains more
[3]
");
    let lines = ["ingot graph", "ingot graph --format dot title"];
    insta::assert_snapshot!(screen(&project, &lines), @r##"
$ ingot graph
flowchart LR
  n0["deal"]:::run
  n1["grade"]:::depends
  n2["grade/guess"]:::depends
  n3["head"]:::run
  n4["learn"]:::depends
  n5[("lines")]
  n6["page"]:::depends
  n7["title"]:::depends
  n0 -->|deck| n2
  n0 -->|deck| n4
  n1 -->|of| n6
  n2 -->|guesses| n1
  n3 -->|parts| n7
  n4 -->|words| n2
  n5 -->|text| n0
  n5 -->|text| n3
  n7 -->|of| n6
  classDef run fill:#fce8e6,stroke:#d93025
  classDef depends fill:#fef7e0,stroke:#f29900
$ ingot graph --format dot title
digraph ingot {
  rankdir = LR;
  node [shape = box];
  "head" [label = "head\nfirst", style = filled, fillcolor = "#fce8e6", color = "#d93025", tooltip = "run"];
  "title" [label = "title\njoin", style = filled, fillcolor = "#fef7e0", color = "#f29900", tooltip = "depends"];
  "head" -> "title" [label = "parts"];
  "lines" -> "head" [label = "text"];
}
"##);
    let lines = ["ingot error E0501", "ingot error E9999"];
    insta::assert_snapshot!(screen(&project, &lines), @r"
$ ingot error E0501
E0501: a source is not there

The path or glob of a source, input or param finds nothing in the workspace. Paths are relative to ingot.toml.
$ ingot error E9999
error[E1003]: there is no code `E9999`
 |
 = help: `ingot error` lists them
`ingot error E1003` explains more
[2]
");
}

#[test]
fn exit_codes_tell_how_it_ended() {
    let code = |manifest: &str, arguments: &[&str]| {
        let project = Project::new(manifest);
        project.write("data/lines.txt", "the first line\ntrain a b c\ntest a b x\n");
        project.run(arguments).code
    };
    let failing = WORDS.replace("kind = \"first\"", "kind = \"break\"");
    for (what, manifest, arguments, expected) in [
        ("done", WORDS.to_owned(), &["build"][..], 0),
        ("a step failed", failing.clone(), &["build"], 1),
        ("no such option", WORDS.to_owned(), &["build", "--fast"], 2),
        ("no such command", WORDS.to_owned(), &["biuld"], 2),
        ("a wrong manifest", WORDS.replace("\"first\"", "\"fisrt\""), &["build"], 3),
        ("a gate failed", WORDS.replace("min = 0.5", "min = 0.9"), &["build"], 4),
        ("no lock", WORDS.to_owned(), &["build", "--locked"], 5),
        ("a missing worker", WORDS.replace("\"first\"", "\"train\""), &["build"], 6),
        (
            "a step failed and a gate too",
            failing.replace("min = 0.5", "min = 0.9"),
            &["build", "-k"],
            1,
        ),
    ] {
        assert_eq!(code(&manifest, arguments), expected, "{what}");
    }
}
