//! What is planned: order, points, splits, seeds, targets, exports.

use ingot_protocol::{Determinism, seed::derive};
use proptest::prelude::*;

use super::{SPLIT, fake, feeds, names, plan_with, planned, step};
use crate::kinds::FILES;
use crate::plan::{Cut, Origin};

/// Two points of a step and what consumes them.
const TUNE: &str = "[steps.tune]\nkind = \"train\"\ninputs.data = \"split.data\"\n\
                    matrix.lr = [1e-1, 1e-2]\n\n";

fn text(tail: &str) -> String {
    format!("{SPLIT}{TUNE}{tail}")
}

#[test]
fn steps_stand_in_topological_order_with_ties_by_name() {
    let plan = planned(
        &text(
            "[steps.a]\nkind = \"train\"\ninputs.data = \"split\"\ninputs.init = \"z.model\"\n\n\
             [steps.z]\nkind = \"train\"\ninputs.data = \"split\"\n",
        ),
        &[],
    );
    assert_eq!(names(&plan), ["split", "tune@lr=0.01", "tune@lr=0.1", "z", "a"]);
    assert_eq!(plan.ancestors(4), [0, 3]);
    assert_eq!(plan.targets, [0, 1, 2, 3, 4]);
}

#[test]
fn every_point_stands_in_coordinate_order_and_one_can_be_named() {
    let plan = planned(
        &text(
            "[steps.all]\nkind = \"evaluate\"\ninputs.data = \"split\"\n\
             inputs.predictions = [\"b\", \"a\"]\n\n\
             [steps.a]\nkind = \"predict\"\ninputs.data = \"split\"\n\
             inputs.model = \"tune@lr=0.01.model\"\n\n\
             [steps.b]\nkind = \"predict\"\ninputs.data = \"split\"\n\
             inputs.model = \"tune@lr=0.1\"\n\n\
             [steps.card]\nkind = \"document\"\ninputs.reports = \"tune@*.log\"\n",
        ),
        &[],
    );
    assert_eq!(feeds(&plan, "card", "reports"), ["tune@lr=0.1.log", "tune@lr=0.01.log"]);
    assert_eq!(feeds(&plan, "all", "predictions"), ["b.predictions", "a.predictions"]);
    assert_eq!(feeds(&plan, "a", "model"), ["tune@lr=0.01.model"]);
    assert_eq!(feeds(&plan, "b", "model"), ["tune@lr=0.1.model"], "the only output that fits");
    let groups = |step_name, port| step(&plan, step_name).inputs[port].len();
    assert_eq!((groups("card", "reports"), groups("all", "predictions")), (1, 2));
}

#[test]
fn a_port_reads_its_splits_unless_the_reference_says_others() {
    let plan = planned(
        &format!(
            "{SPLIT}[steps.m]\nkind = \"train\"\ninputs.data = \"split.data\"\n\n\
             [steps.n]\nkind = \"train\"\ninputs.data = \"split.data/test+train\"\n\n\
             [steps.p]\nkind = \"predict\"\ninputs.data = \"split\"\ninputs.model = \"m.model\"\n"
        ),
        &[],
    );
    let cut = |name: &str| step(&plan, name).inputs["data"][0][0].cut.clone();
    let pattern = "data/{split}-*".to_owned();
    let splits = |names: [&str; 2]| names.map(str::to_owned).to_vec();
    assert_eq!(
        cut("m"),
        Cut::Reads { pattern: pattern.clone(), splits: splits(["train", "valid"]) }
    );
    assert_eq!(cut("n"), Cut::Asked { pattern, splits: splits(["test", "train"]) });
    assert_eq!(cut("p"), Cut::Whole, "the port reads all");
    assert_eq!(cut("split"), Cut::Whole, "files have no splits");
}

#[test]
fn a_source_brings_its_format_and_an_empty_port_is_absent() {
    let plan = planned(
        "[sources.scans]\npath = \"scans.csv\"\nformat = { type = \"csv\", header = true }\n\n\
         [steps.split]\nkind = \"split\"\ninputs.data = \"scans\"\n\n\
         [steps.m]\nkind = \"train\"\ninputs.data = \"split\"\ninputs.init = []\n\n\
         [steps.n]\nkind = \"train\"\ninputs.data = \"split\"\ninputs.init = false\n",
        &[],
    );
    let feed = &step(&plan, "split").inputs["data"][0][0];
    assert_eq!(
        (feed.artifact_type.as_str(), &feed.origin),
        (FILES, &Origin::Source("scans".into()))
    );
    assert_eq!(feed.format.as_ref().unwrap()["type"], "csv");
    for name in ["m", "n"] {
        assert!(!step(&plan, name).inputs.contains_key("init"), "{name}");
    }
}

#[test]
fn the_seed_is_the_pipeline_s_or_the_step_s_and_replicates_are_paired() {
    let plan = planned(
        &format!(
            "{SPLIT}[steps.a]\nkind = \"train\"\ninputs.data = \"split\"\nreplicates = 2\n\n\
             [steps.b]\nkind = \"train\"\ninputs.data = \"split\"\nreplicates = 2\n\n\
             [steps.c]\nkind = \"train\"\ninputs.data = \"split\"\nseed = 5\n\n\
             [steps.p]\nkind = \"predict\"\ninputs.data = \"split\"\ninputs.model = \"c.model\"\n"
        ),
        &[],
    );
    let seed = |name: &str| step(&plan, name).seed.as_ref().map(|seed| seed.value);
    let second = derive(17, "replicate", 2);
    for name in ["a", "b"] {
        assert_eq!(seed(&format!("{name}@replicate=1")), Some(17), "as without replicates");
        assert_eq!(seed(&format!("{name}@replicate=2")), Some(second), "paired");
    }
    assert_eq!((seed("c"), seed("split"), seed("p")), (Some(5), Some(17), None));
}

#[test]
fn the_platform_is_what_is_declared() {
    let plan = planned(
        &format!(
            "{SPLIT}[steps.m]\nkind = \"train\"\ninputs.data = \"split\"\nthreads = 2\n\
             device = \"cuda\"\n"
        ),
        &[],
    );
    let platform = &step(&plan, "m").platform;
    assert_eq!((platform.threads, platform.device.as_str()), (2, "cuda"));
    assert_eq!((platform.isa.as_str(), platform.precision.as_str()), ("avx2", "fp32"));
    assert_eq!(step(&plan, "split").platform, ingot_protocol::Platform::default());
}

#[test]
fn a_plan_holds_its_targets_and_what_they_take() {
    let text = text(
        "[steps.card]\nkind = \"document\"\ninputs.reports = \"tune@*.log\"\n\n\
         [steps.other]\nkind = \"train\"\ninputs.data = \"split\"\n\n\
         [targets]\nmodels = [\"tune\", \"other\"]\n\n\
         [exports]\n\"card.html\" = \"card.html\"\n\"other.model\" = \"other.model\"\n",
    );
    for (targets, steps, chosen, exports) in [
        (
            &["card"][..],
            &["split", "tune@lr=0.01", "tune@lr=0.1", "card"][..],
            &["card"][..],
            &["card.html"][..],
        ),
        (&["tune@lr=0.1"], &["split", "tune@lr=0.1"], &["tune@lr=0.1"], &[]),
        (
            &["models"],
            &["other", "split", "tune@lr=0.01", "tune@lr=0.1"],
            &["other", "tune@lr=0.01", "tune@lr=0.1"],
            &["other.model"],
        ),
        (&["split", "split"], &["split"], &["split"], &[]),
    ] {
        let plan = planned(&text, targets);
        let mut found = names(&plan);
        found.sort_unstable();
        let mut expected = steps.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected, "{targets:?}");
        let mut asked: Vec<&str> =
            plan.targets.iter().map(|&index| plan.steps[index].name.as_str()).collect();
        asked.sort_unstable();
        assert_eq!(asked, chosen, "{targets:?}");
        let paths: Vec<&str> = plan.exports.iter().map(|export| export.path.as_str()).collect();
        assert_eq!(paths, exports, "{targets:?}");
    }
    let plan = planned(&format!("{text}\n"), &[]);
    let export = &plan.exports[0];
    assert_eq!((plan.steps[export.step].name.as_str(), export.port.as_str()), ("card", "html"));
}

#[test]
fn the_default_is_what_a_bare_build_builds() {
    let text = text("").replace("[sources", "[targets]\nx = [\"split\"]\n\n[sources");
    let head = "default = [\"x\"]\n\n";
    // The pipeline's table comes last before this text.
    let plan = plan_with(&fake::kinds(), &format!("{head}{text}"), &[]).unwrap();
    assert_eq!(names(&plan), ["split"]);
}

#[test]
fn requires_waits_and_reads_nothing() {
    let plan = planned(
        &text(
            "[steps.after]\nkind = \"train\"\ninputs.data = \"split\"\n\
             requires = [\"tune\", \"tune@lr=0.1\"]\n",
        ),
        &[],
    );
    let after = step(&plan, "after");
    let required: Vec<&str> =
        after.requires.iter().map(|&index| plan.steps[index].name.as_str()).collect();
    assert_eq!(required, ["tune@lr=0.01", "tune@lr=0.1"]);
    assert_eq!(after.dependencies.len(), 3, "and the split");
    assert_eq!(feeds(&plan, "after", "data"), ["split.data"]);
}

#[test]
fn a_command_takes_anything_and_promises_less_with_the_network() {
    let plan = planned(
        &format!(
            "{SPLIT}[steps.c]\nkind = \"command\"\nrun = [\"sh\", \"{{inputs.code}}\"]\n\
             inputs.code = \"./tools\"\ninputs.rows = [\"split\", \"scans\"]\n\
             outputs.out = \"model\"\noutputs.log = \"files\"\n\n\
             [steps.n]\nkind = \"command\"\nrun = [\"sh\"]\noutputs.out = \"files\"\n\
             network = true\n\n\
             [steps.p]\nkind = \"predict\"\ninputs.data = \"split\"\ninputs.model = \"c\"\n"
        ),
        &[],
    );
    assert_eq!(feeds(&plan, "c", "code"), ["./tools"]);
    assert_eq!(feeds(&plan, "c", "rows"), ["split.data", "scans"]);
    assert_eq!(feeds(&plan, "p", "model"), ["c.out"], "by its type");
    assert_eq!(step(&plan, "c").determinism(), Determinism::Platform);
    assert_eq!(step(&plan, "n").determinism(), Determinism::None);
    assert_eq!(step(&plan, "c").worker, "ingot-command");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Steps that each read any of the steps before them, declared in any order.
    #[test]
    fn any_acyclic_graph_is_sorted_and_kept_whole(
        edges in prop::collection::vec(prop::collection::btree_set(0..12_usize, 0..3), 1..12),
        reverse in any::<bool>(),
    ) {
        let mut declared: Vec<String> = edges
            .iter()
            .enumerate()
            .map(|(index, before)| {
                let references: Vec<String> = before
                    .iter()
                    .filter(|&&before| before < index)
                    .map(|before| format!("\"s{before}\""))
                    .collect();
                format!(
                    "[steps.s{index}]\nkind = \"command\"\nrun = [\"true\"]\n\
                     outputs.out = \"files\"\ninputs.before = [{}]\n\n",
                    references.join(", ")
                )
            })
            .collect();
        if reverse {
            declared.reverse();
        }
        let plan = planned(&declared.concat(), &[]);
        prop_assert_eq!(plan.steps.len(), edges.len());
        for (index, before) in edges.iter().enumerate() {
            let mut expected: Vec<String> = before
                .iter()
                .filter(|&&before| before < index)
                .map(|before| format!("s{before}.out"))
                .collect();
            expected.sort();
            let mut found = feeds(&plan, &format!("s{index}"), "before");
            found.sort();
            prop_assert_eq!(found, expected);
        }
    }
}
