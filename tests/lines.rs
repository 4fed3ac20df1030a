//! What a build and a plan tell, and in how many lines: the points of a matrix together, the
//! numbers that were asked for, each verdict.

use crate::support::{Project, steady, told, words};

#[test]
fn a_build_ends_with_the_numbers_that_were_asked_for_and_with_each_verdict() {
    let project = words();
    project.write("data/lines.txt", "the first line\ntrain a b c\ntest x y z\n");
    let built = told(&project, &["build"]);
    let ending = |text: &str| text[text.find("\nstep").unwrap()..].to_owned();
    insta::assert_snapshot!(ending(&built), @r"
    step   metric  value
    grade  share       0

    7 steps: 7 executed, 0 cached, 1 verdict failed in TIME
      verdict grade fails: share is 0, below the minimum of 0.5
    `ingot show grade` shows all that was found
    exit 4
    ");
    assert_eq!(ending(&told(&project, &["build"])).lines().nth(2), ending(&built).lines().nth(2));
    project.write("data/lines.txt", "the first line\ntrain a bad\ntest a b\n");
    insta::assert_snapshot!(told(&project, &["build", "deal"]), @r"
    1 of 1 step to run; about TIME
          run deal (deal): input `data/lines.txt`: file:5a8a61a7b604 -> file:8719b75458ae
        error deal: L0301: a line is bad
         done deal in TIME

    step  metric       value
    deal  test_lines       1
    deal  train_lines      1

    1 step: 1 executed, 0 cached, 1 verdict failed in TIME
      verdict deal fails: L0301: a line is bad
    `ingot show deal` shows all that was found
    exit 4
    ");
}

/// A step with three points, one that reads a point and one that reads all.
fn points() -> Project {
    Project::new(
        "[pipeline]\nname = \"p\"\nedition = 1\n\
         [steps.tune]\nkind = \"write\"\nmatrix.text = [\"a\", \"b\", \"c\"]\n\
         [steps.first]\nkind = \"first\"\ninputs.text = \"tune@text=a.text\"\n\
         [steps.all]\nkind = \"join\"\ninputs.parts = \"tune@*.text\"\n",
    )
}

#[test]
fn points_are_one_line_until_each_is_asked_for() {
    let project = points();
    insta::assert_snapshot!(told(&project, &["status"]), @r"
    state    step               kind   why
    run      tune@* (3 points)  write  never built before
    depends  first              first  step `tune@text=a`
    depends  all                join   step `tune@*`

    5 steps: 0 hit, 3 run, 2 depend on those
    `ingot build` does this; `ingot why STEP` says more
    exit 0
    ");
    insta::assert_snapshot!(told(&project, &["build", "-n", "--all"]), @r"
    state    step         kind   why
    run      tune@text=a  write  never built before
    depends  first        first  step `tune@text=a`
    run      tune@text=b  write  never built before
    run      tune@text=c  write  never built before
    depends  all          join   step `tune@text=a`; step `tune@text=b`; 1 more

    5 steps: 0 hit, 3 run, 2 depend on those
    `ingot build` does this; `ingot why STEP` says more
    exit 0
    ");
    insta::assert_snapshot!(told(&project, &["why", "tune"]), @r"
    3 points of tune@* run:
      never built before
    exit 0
    ");
    assert_eq!(project.run(&["plan", "--json"]).stdout.lines().count(), 5);
    let built = steady(&project.run(&["build", "-j", "1"]).stderr);
    insta::assert_snapshot!(built, @r"
    3 of 5 steps to run, 2 more if their inputs change
          run tune@* (write), 3 points: never built before
         done tune@*, 3 points, TIME of work
          run first (first): never built before
         done first in TIME
          run all (join): never built before
         done all in TIME
    5 steps: 5 executed, 0 cached in TIME
    ");
    project.edit("\"c\"", "\"d\"");
    insta::assert_snapshot!(told(&project, &["plan"]), @r"
    state    step                    kind   why
    hit      tune@* (2 of 3 points)  write
    hit      first                   first
    run      tune@text=d             write  never built before
    depends  all                     join   step `tune@text=d`

    5 steps: 3 hit, 1 run, 1 depend on those; about TIME, and 1 step was never timed
    `ingot build` does this; `ingot why STEP` says more
    exit 0
    ");
    insta::assert_snapshot!(told(&project, &["why", "tune"]), @r"
    2 points of tune@* do not run: the store has their results
    tune@text=d runs:
      never built before
      key HEX
    exit 0
    ");
    insta::assert_snapshot!(told(&project, &["why", "tune", "--all"]), @r"
    tune@text=a does not run: the store has its result
      key HEX
    tune@text=b does not run: the store has its result
      key HEX
    tune@text=d runs:
      never built before
      key HEX
    exit 0
    ");
    let built = project.run(&["build", "-j", "1", "--all", "--rerun", "tune"]).stderr;
    assert_eq!(built.matches("done tune@text=").count(), 3, "{built}");
}

#[test]
fn a_dry_run_is_a_plan_and_refuses_what_only_a_build_does() {
    let project = words();
    let plan = project.run(&["plan", "--set", "epochs=9", "grade"]);
    let dry = project.run(&["build", "-n", "--set", "epochs=9", "grade"]);
    assert_eq!((dry.stdout, dry.stderr, dry.code), (plan.stdout, plan.stderr, 0));
    assert!(!project.path("ingot.lock").exists());
    for flag in [&["-k"][..], &["-j", "2"], &["--watch"], &["--locked"], &["--rerun", "grade"]] {
        let mut all = vec!["build", "--dry-run"];
        all.extend(flag);
        let said = project.run(&all);
        assert_eq!(said.code, 2, "{flag:?}");
        assert!(said.stderr.contains("cannot be used with"), "{}", said.stderr);
    }
}
