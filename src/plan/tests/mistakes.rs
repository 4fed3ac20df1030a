//! Each mistake that a plan finds, as it is shown.

use super::{SPLIT, mistakes_of};

/// Declares the step `x` beside a split and a model.
fn with(tail: &str) -> String {
    format!(
        "{SPLIT}[steps.m]\nkind = \"train\"\ninputs.data = \"split\"\nmatrix.lr = [1, 2]\n\n{tail}"
    )
}

#[test]
fn what_a_reference_names_must_be_there() {
    let text = with(
        "[steps.a]\nkind = \"train\"\ninputs.data = \"splt.data\"\n\n\
         [steps.b]\nkind = \"train\"\ninputs.data = \"split.rows\"\n\n\
         [steps.c]\nkind = \"train\"\ninputs.data = \"split\"\ninputs.init = \"m.model\"\n\n\
         [steps.d]\nkind = \"split\"\ninputs.data = \"scans.data\"\n\n\
         [steps.e]\nkind = \"train\"\ninputs.data = \"split\"\nrequires = [\"spilt\", \"zzz\"]\n",
    );
    insta::assert_snapshot!(mistakes_of(&text, &[]), @r#"
    error[E0301]: there is no source and no step `splt`
      --> ingot.toml:20:15
       |
    20 | inputs.data = "splt.data"
       |               ^^^^^^^^^^^
       |
       = help: did you mean `split`?

    error[E0302]: `split` has no output `rows`
      --> ingot.toml:24:15
       |
     9 | [steps.split]
       |        ----- declared here
    ...
    24 | inputs.data = "split.rows"
       |               ^^^^^^^^^^^^
       |
       = help: its outputs are `data`

    error[E0310]: `m` has 2 points
      --> ingot.toml:29:15
       |
    29 | inputs.init = "m.model"
       |               ^^^^^^^^^
       |
       = help: name one of them, such as `m@lr=1`

    error[E0302]: `scans` is a source: it has no outputs
      --> ingot.toml:33:15
       |
    33 | inputs.data = "scans.data"
       |               ^^^^^^^^^^^^
       |
       = help: write `scans`

    error[E0301]: there is no step `spilt`
      --> ingot.toml:38:13
       |
    38 | requires = ["spilt", "zzz"]
       |             ^^^^^^^
       |
       = help: did you mean `split`?

    error[E0301]: there is no step `zzz`
      --> ingot.toml:38:22
       |
    38 | requires = ["spilt", "zzz"]
       |                      ^^^^^
       |
       = help: `requires` takes names of steps
    "#);
}

#[test]
fn what_stands_on_a_port_must_fit() {
    let text = with(
        "[steps.a]\nkind = \"train\"\ninputs.data = \"m@lr=1.model\"\n\n\
         [steps.b]\nkind = \"train\"\ninputs.data = \"scans\"\n\n\
         [steps.c]\nkind = \"train\"\ninputs.data = [\"split\", \"split\"]\n\n\
         [steps.d]\nkind = \"train\"\ninputs.data = \"split\"\ninputs.inti = \"m@lr=1.model\"\n\n\
         [steps.e]\nkind = \"predict\"\ninputs.data = \"split\"\n\
         inputs.model = \"m@lr=1.model/train\"\n",
    );
    insta::assert_snapshot!(mistakes_of(&text, &[]), @r#"
    error[E0305]: the port `data` of `train` takes dataset, not model
      --> ingot.toml:20:15
       |
    13 | [steps.m]
       |        - made here
    ...
    20 | inputs.data = "m@lr=1.model"
       |               ^^^^^^^^^^^^^^ this is model
       |
       = help: name an output of type dataset

    error[E0305]: the port `data` of `train` takes dataset, not files
      --> ingot.toml:24:15
       |
    24 | inputs.data = "scans"
       |               ^^^^^^^ this is files
       |
       = help: put a `split` step in between

    error[E0308]: the port `data` of `train` takes one artifact, not 2
      --> ingot.toml:28:16
       |
    28 | inputs.data = ["split", "split"]
       |                ^^^^^^^  -------
       |
       = help: name one output here

    error[E0307]: `train` has no input port `inti`
      --> ingot.toml:33:15
       |
    33 | inputs.inti = "m@lr=1.model"
       |               ^^^^^^^^^^^^^^ unknown port
       |
       = help: did you mean `init`?

    error[E0312]: `model` has no splits
      --> ingot.toml:38:16
       |
    38 | inputs.model = "m@lr=1.model/train"
       |                ^^^^^^^^^^^^^^^^^^^^
       |
       = help: remove `/train`
    "#);
}

#[test]
fn a_port_that_is_needed_must_be_filled() {
    let text = with(
        "[steps.a]\nkind = \"train\"\n\n\
         [steps.b]\nkind = \"evaluate\"\ninputs.data = \"split\"\n\n\
         [steps.c]\nkind = \"train\"\ninputs.data = []\n",
    );
    insta::assert_snapshot!(mistakes_of(&text, &[]), @r#"
    error[E0306]: `a` needs the input `data`
      --> ingot.toml:18:8
       |
    18 | [steps.a]
       |        ^ no `inputs.data`
       |
       = help: add `inputs.data = ".."` (dataset)

    error[E0306]: `b` needs the input `predictions`
      --> ingot.toml:21:8
       |
    21 | [steps.b]
       |        ^ no `inputs.predictions`
       |
       = help: add `inputs.predictions = ".."` (predictions)
       = help: or give `inputs.data` and `inputs.model`

    error[E0306]: `c` needs the input `data`
      --> ingot.toml:25:8
       |
    25 | [steps.c]
       |        ^ no `inputs.data`
       |
       = help: add `inputs.data = ".."` (dataset)
    "#);
}

#[test]
fn which_of_several_outputs_must_be_clear() {
    let text = format!(
        "{SPLIT}[steps.c]\nkind = \"command\"\nrun = [\"sh\"]\noutputs.a = \"model\"\n\
         outputs.b = \"model\"\n\n\
         [steps.d]\nkind = \"predict\"\ninputs.data = \"split\"\ninputs.model = \"c\"\n\n\
         [steps.e]\nkind = \"command\"\nrun = [\"sh\"]\noutputs.a = \"modle\"\n"
    );
    insta::assert_snapshot!(mistakes_of(&text, &[]), @r#"
    error[E0303]: which output of `c`?
      --> ingot.toml:22:16
       |
    22 | inputs.model = "c"
       |                ^^^
       |
       = help: write `c.PORT` with one of `a`, `b`

    error[E0311]: there is no artifact type `modle`
      --> ingot.toml:27:13
       |
    27 | outputs.a = "modle"
       |             ^^^^^^^
       |
       = help: did you mean `model`?
    "#);
}

#[test]
fn a_kind_that_nobody_provides_is_one_mistake() {
    let text = with(
        "[steps.a]\nkind = \"trian\"\ninputs.data = \"split\"\n\n\
         [steps.b]\nkind = \"predict\"\ninputs.data = \"split\"\ninputs.model = \"a.model\"\n\
         requires = [\"a\"]\n\n\
         [exports]\nmodel = \"a.model\"\n\n[targets]\nall = [\"a\", \"b\"]\n",
    );
    insta::assert_snapshot!(mistakes_of(&text, &["all"]), @r#"
    error[E0304]: there is no kind `trian`
      --> ingot.toml:19:8
       |
    19 | kind = "trian"
       |        ^^^^^^^ unknown kind
       |
       = help: did you mean `train`?
    "#);
}

/// What is said of an evaluation whose missing port is filled by a step of this kind.
fn filled_by(kind: &str) -> String {
    let mut evaluate = super::fake::kind(
        "evaluate",
        vec![super::fake::port("model", &["files"]), super::fake::port("predictions", &["files"])],
        &[],
    );
    evaluate.expands = vec![super::fake::rule("predictions", kind, &[("model", "model")])];
    let kinds = super::fake::with(vec![evaluate]);
    let text =
        "[sources.s]\npath = \"s\"\n\n[steps.e]\nkind = \"evaluate\"\ninputs.model = \"s\"\n";
    super::plan_with(&kinds, text, &[]).unwrap_err()
}

#[test]
fn an_implied_kind_that_nobody_provides_is_one_mistake() {
    insta::assert_snapshot!(filled_by("predict"), @r#"
    error[E0304]: `evaluate` without `predictions` needs the kind `predict`, which no worker provides
     --> ingot.toml:9:8
      |
    9 | [steps.e]
      |        ^
      |
      = help: install its worker, or give `inputs.predictions`
    "#);
}

#[test]
fn a_command_is_implied_by_nothing() {
    let said = filled_by("command");
    assert!(said.contains("needs the kind `command`, which no worker provides"), "{said}");
}

#[test]
fn a_cycle_shows_every_place_on_it() {
    let text = format!(
        "{SPLIT}[steps.a]\nkind = \"train\"\ninputs.data = \"split\"\ninputs.init = \"c.model\"\n\n\
         [steps.b]\nkind = \"train\"\ninputs.data = \"split\"\ninputs.init = \"a.model\"\n\n\
         [steps.c]\nkind = \"train\"\ninputs.data = \"split\"\nrequires = [\"b\"]\n\n\
         [steps.self]\nkind = \"train\"\ninputs.data = \"split\"\ninputs.init = \"self.model\"\n"
    );
    insta::assert_snapshot!(mistakes_of(&text, &[]), @r#"
    error[E0309]: steps wait for each other: a -> b -> c -> a
      --> ingot.toml:21:15
       |
    16 | inputs.init = "c.model"
       |               --------- `a` waits for `c`
    ...
    21 | inputs.init = "a.model"
       |               ^^^^^^^^^ `b` waits for `a`
    22 |
    23 | [steps.c]
       |        - `c` waits for `b`
       |
       = help: remove one of these references

    error[E0309]: steps wait for each other: self -> self
      --> ingot.toml:31:15
       |
    31 | inputs.init = "self.model"
       |               ^^^^^^^^^^^^ `self` waits for `self`
       |
       = help: remove one of these references
    "#);
}

#[test]
fn a_target_must_be_there() {
    insta::assert_snapshot!(mistakes_of(&with(""), &["spilt", "zzz", "m"]), @r#"
    error[E0313]: there is no target `spilt`
     |
     = help: did you mean `split`?

    error[E0313]: there is no target `zzz`
     |
     = help: `ingot graph` shows every step
    "#);
}

#[test]
fn a_target_of_a_group_is_shown_at_its_place() {
    let text = with("[targets]\nall = [\"m\", \"card\"]\n");
    insta::assert_snapshot!(mistakes_of(&text, &["all"]), @r#"
    error[E0313]: there is no target `card`
      --> ingot.toml:19:13
       |
    19 | all = ["m", "card"]
       |             ^^^^^^
       |
       = help: `ingot graph` shows every step
    "#);
}

#[test]
fn an_export_is_one_whole_output() {
    let text = with(
        "[exports]\na = \"m.model\"\nb = \"split.data/test\"\nc = \"slit.data\"\n\
         d = \"m@lr=1\"\ne = \"m@*.model\"\nf = \"scans\"\ng = \"split.rows\"\n",
    );
    insta::assert_snapshot!(mistakes_of(&text, &[]), @r#"
    error[E0310]: `m` has 2 points, and an export copies one
      --> ingot.toml:19:5
       |
    19 | a = "m.model"
       |     ^^^^^^^^^
       |
       = help: name one of them, such as `m@lr=1`

    error[E0312]: an export copies a whole output, not its splits
      --> ingot.toml:20:5
       |
    20 | b = "split.data/test"
       |     ^^^^^^^^^^^^^^^^^
       |
       = help: remove `/test`

    error[E0301]: there is no step `slit`
      --> ingot.toml:21:5
       |
    21 | c = "slit.data"
       |     ^^^^^^^^^^^
       |
       = help: did you mean `split`?

    error[E0303]: which output of `m@lr=1`?
      --> ingot.toml:22:5
       |
    13 | [steps.m]
       |        - declared here
    ...
    22 | d = "m@lr=1"
       |     ^^^^^^^^
       |
       = help: its outputs are `log`, `model`

    error[E0310]: `m` has 2 points, and an export copies one
      --> ingot.toml:23:5
       |
    23 | e = "m@*.model"
       |     ^^^^^^^^^^^
       |
       = help: name one of them, such as `m@lr=1`

    error[E0301]: there is no step `scans`
      --> ingot.toml:24:5
       |
    24 | f = "scans"
       |     ^^^^^^^
       |
       = help: name a step and its output, such as `card.html`

    error[E0302]: `split` has no output `rows`
      --> ingot.toml:25:5
       |
     9 | [steps.split]
       |        ----- declared here
    ...
    25 | g = "split.rows"
       |     ^^^^^^^^^^^^
       |
       = help: its outputs are `data`
    "#);
}

#[test]
fn data_and_models_that_cannot_be_paired_are_said() {
    let mut evaluate = super::fake::kind(
        "evaluate",
        ["data", "model", "predictions"]
            .map(|name| ingot_protocol::InputPort {
                many: true,
                ..super::fake::port(name, &["files"])
            })
            .to_vec(),
        &[],
    );
    let inputs = [("data", "data"), ("model", "model")];
    evaluate.expands = vec![super::fake::rule("predictions", "predict", &inputs)];
    let predict = super::fake::kind("predict", Vec::new(), &[("predictions", "files")]);
    let kinds = super::fake::with(vec![evaluate, predict]);
    let text = "[sources.s]\npath = \"s\"\n\n[steps.e]\nkind = \"evaluate\"\n\
                inputs.data = [\"s\", \"s\"]\ninputs.model = [\"s\", \"s\", \"s\"]\n";
    insta::assert_snapshot!(super::plan_with(&kinds, text, &[]).unwrap_err(), @r#"
    error[E0308]: `predict` of `e` takes 3 artifacts or one here, not 2
      --> ingot.toml:11:16
       |
    11 | inputs.data = ["s", "s"]
       |                ^^^
       |
       = help: give as many, or fill `inputs.predictions` yourself
    "#);
}

#[test]
fn a_key_that_nothing_of_its_step_heeds_is_refused() {
    let text = with(
        "[steps.p]\nkind = \"predict\"\ninputs.data = \"split\"\ninputs.model = \"m@lr=1.model\"\n\
         seed = 3\n\n\
         [steps.c]\nkind = \"command\"\nrun = [\"true\"]\nreplicates = 2\nmatrix.a = [1, 2]\n\n\
         [steps.d]\nkind = \"command\"\nrun = [\"true\", \"{seed}\"]\nreplicates = 2\nseed = 4\n",
    );
    insta::assert_snapshot!(mistakes_of(&text, &[]), @r"
    error[E0320]: `seed` does nothing in `p`
      --> ingot.toml:22:8
       |
    22 | seed = 3
       |        ^ `predict` does not depend on it
       |
       = help: remove it

    error[E0320]: `replicates` does nothing in `c`
      --> ingot.toml:27:14
       |
    27 | replicates = 2
       |              ^ `command` does not depend on it
       |
       = help: hand it to the program: put `{seed}` into `run`
    ");
}

#[test]
fn an_input_that_feeds_no_step_is_refused() {
    let text = with(
        "[steps.p]\nkind = \"predict\"\ninputs.data = \"split\"\ninputs.model = \"m@lr=1.model\"\n\n\
         [steps.e]\nkind = \"evaluate\"\ninputs.data = \"split\"\ninputs.model = \"m@lr=1.model\"\n\
         inputs.predictions = \"p.predictions\"\n",
    );
    insta::assert_snapshot!(mistakes_of(&text, &[]), @r#"
    error[E0320]: `inputs.model` does nothing in `e`
      --> ingot.toml:26:16
       |
    26 | inputs.model = "m@lr=1.model"
       |                ^^^^^^^^^^^^^^ `evaluate` reads it for a step that it implies, and implies none
       |
       = help: remove it, or remove `inputs.predictions`
    "#);
}
