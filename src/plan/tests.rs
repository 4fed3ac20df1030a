//! Plans of small manifests over kinds that are written by hand.
#![allow(clippy::unwrap_used)]

mod axes;
mod fake;
mod graph;
mod implied;
mod listed;
mod mistakes;
mod wild;

use std::path::Path;

use super::{Feed, Origin, Plan, Step, plan};
use crate::diag::render::render;
use crate::kinds::Kinds;
use crate::manifest::{Overrides, load};

const HEAD: &str = "[pipeline]\nname = \"p\"\nedition = 1\nseed = 17\n\n";

/// A source that is split: what most plans start with.
const SPLIT: &str = "[sources.scans]\npath = \"scans.csv\"\n\n\
                     [steps.split]\nkind = \"split\"\ninputs.data = \"scans\"\n\n";

fn plan_with(kinds: &Kinds, text: &str, targets: &[&str]) -> Result<Plan, String> {
    let text = format!("{HEAD}{text}");
    let loaded = load(Path::new("ingot.toml"), text.as_bytes(), &Overrides::default());
    let show = |diagnostics: &[crate::diag::Diagnostic]| {
        let texts: Vec<String> =
            diagnostics.iter().map(|d| render(d, &loaded.sources, false, 100)).collect();
        texts.join("\n\n")
    };
    let Some(manifest) = &loaded.manifest else { panic!("{}", show(&loaded.diagnostics)) };
    let targets: Vec<String> = targets.iter().map(|target| (*target).to_owned()).collect();
    plan(manifest, kinds, &targets).map_err(|diagnostics| {
        for diagnostic in &diagnostics {
            assert!(!diagnostic.help.is_empty(), "no fix: {diagnostic:?}");
        }
        show(&diagnostics)
    })
}

/// The plan of a manifest for some targets; none is its default.
fn planned(text: &str, targets: &[&str]) -> Plan {
    let plan = plan_with(&fake::kinds(), text, targets).unwrap_or_else(|text| panic!("{text}"));
    for (index, step) in plan.steps.iter().enumerate() {
        assert!(step.dependencies.iter().all(|&before| before < index), "sorted: {}", step.name);
        assert!(step.dependencies.is_sorted());
    }
    plan
}

/// What is wrong with a manifest.
fn mistakes_of(text: &str, targets: &[&str]) -> String {
    match plan_with(&fake::kinds(), text, targets) {
        Ok(plan) => panic!("no mistake: {:?}", names(&plan)),
        Err(text) => text,
    }
}

fn names(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.name.as_str()).collect()
}

fn step<'a>(plan: &'a Plan, name: &str) -> &'a Step {
    &plan.steps[plan.find(name).unwrap_or_else(|| panic!("no {name}: {:?}", names(plan)))]
}

/// What stands on a step's port, in order: `producer.port` or a source's name.
fn feeds(plan: &Plan, name: &str, port: &str) -> Vec<String> {
    let origin = |feed: &Feed| match &feed.origin {
        Origin::Source(name) => name.clone(),
        Origin::Path(path) | Origin::Code(path) => format!("./{path}"),
        Origin::Output { step, port } => format!("{}.{port}", plan.steps[*step].name),
    };
    let groups = step(plan, name).inputs.get(port);
    groups.into_iter().flatten().flatten().map(origin).collect()
}
