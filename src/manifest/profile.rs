//! `[profiles.NAME]`: what `--profile NAME` sets. Pure.
//!
//! Invariant: a profile sets params, the gates' mode, resources and the executor, and
//! nothing else, so that what it changes of a key it changes by way of a param. Every
//! profile is checked, chosen or not.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::Fields;
use super::node::Node;
use super::resources::Taken;
use super::step::Resources;
use crate::diag::suggest::nearest;
use crate::diag::{Diagnostic, Span};

/// What the chosen profile sets; without one, nothing.
#[derive(Debug, Default)]
pub(super) struct Profile {
    /// Values of `[params]`.
    pub(super) params: BTreeMap<String, Node>,
    /// Whether a failed gate is said and blocks nothing.
    pub(super) gates_warn: bool,
    /// Base name of a step -> what it takes instead.
    resources: BTreeMap<String, Taken>,
}

impl Profile {
    /// Reads `[profiles]`: the one that is `wanted`, and the names of all. `steps` are the
    /// base names of the steps.
    pub(super) fn read(
        fields: &mut Fields<'_>,
        steps: &BTreeSet<&str>,
        wanted: Option<&str>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> (Self, Vec<String>) {
        let mut chosen = Self::default();
        let mut names = Vec::new();
        for (name, _, node) in fields.table("profiles", diagnostics) {
            names.push(name.to_owned());
            let profile = Self::one(name, node, steps, diagnostics);
            if wanted == Some(name) {
                chosen = profile;
            }
        }
        (chosen, names)
    }

    fn one(
        name: &str,
        node: &Node,
        steps: &BTreeSet<&str>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut fields = Fields::of(format!("[profiles.{name}]"), node, diagnostics);
        let params = fields.table("params", diagnostics);
        let gates = fields.word("gates", &["fail", "warn"], diagnostics);
        // Where steps run: this machine is all that this version knows.
        fields.word("executor", &["local"], diagnostics);
        let mut resources = BTreeMap::new();
        for (step, span, node) in fields.table("resources", diagnostics) {
            if !steps.contains(step) {
                let mistake = Diagnostic::error("E0301", format!("there is no step `{step}`"))
                    .label(span, "");
                diagnostics.push(match nearest(step, steps.iter().copied()) {
                    Some(near) => mistake.help(format!("did you mean `{near}`?")),
                    None => mistake.help(format!("write [profiles.{name}.resources.STEP]")),
                });
            }
            let what = format!("[profiles.{name}.resources.{step}]");
            resources.insert(step.to_owned(), Taken::read(&what, node, diagnostics));
        }
        fields.finish(diagnostics);
        let owned = params.into_iter().map(|(key, _, node)| (key.to_owned(), node.clone()));
        Self { params: owned.collect(), gates_warn: gates.as_deref() == Some("warn"), resources }
    }

    /// What a step takes under this profile: each part that the profile says replaces the
    /// step's own.
    pub(super) fn resources(&self, step: &str, own: Resources) -> Resources {
        self.resources.get(step).map_or(own.clone(), |taken| taken.over(own))
    }
}

/// Tells of a profile that no manifest has.
pub(super) fn check(wanted: &str, known: &[String], diagnostics: &mut Vec<Diagnostic>) {
    if known.iter().any(|name| name == wanted) {
        return;
    }
    let mistake = Diagnostic::error("E0216", format!("there is no profile `{wanted}`"))
        .label(Span::default(), "in this manifest");
    diagnostics.push(match nearest(wanted, known.iter().map(String::as_str)) {
        Some(near) => mistake.help(format!("did you mean `--profile {near}`?")),
        None => mistake.help(format!("add [profiles.{wanted}]")),
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use crate::diag::render::render;
    use crate::manifest::{Loaded, Overrides, Resources, load};

    const STEPS: &str = "[pipeline]\nname = \"p\"\nedition = 1\n\
        [steps.tune]\nkind = \"write\"\nthreads = 2\nmatrix.lr = [1, 2]\n\
        resources = { memory = \"1GiB\" }\n\
        [steps.other]\nkind = \"write\"\n";

    fn load_with(profile: Option<&str>, more: &str) -> Loaded {
        let overrides = Overrides { profile: profile.map(str::to_owned), ..Overrides::default() };
        load(Path::new("ingot.toml"), format!("{STEPS}{more}").as_bytes(), &overrides)
    }

    #[test]
    fn a_profile_replaces_the_parts_of_resources_that_it_says() {
        let big = "[profiles.big.resources.tune]\ncpu = 8\ngpu = 1\n[profiles.big]\nexecutor = \"local\"\n";
        let of = |profile, step: &str| {
            let manifest = load_with(profile, big).manifest.unwrap();
            manifest.steps[step].resources.clone()
        };
        let memory = Some(1 << 30);
        assert_eq!(of(None, "tune@lr=1"), Resources { cpu: 2, memory, gpu: 0 });
        for point in ["tune@lr=1", "tune@lr=2"] {
            assert_eq!(of(Some("big"), point), Resources { cpu: 8, memory, gpu: 1 });
        }
        assert_eq!(of(Some("big"), "other"), of(None, "other"));
    }

    #[test]
    fn a_profile_sets_nothing_else_and_names_steps_that_are_there() {
        let loaded = load_with(
            None,
            "[profiles.a]\nexecutor = \"slurm\"\nthreads = 2\n\
             [profiles.a.resources.tone]\ncpu = 2\n[profiles.a.resources.tune]\ncpus = 2\n",
        );
        let said: Vec<String> = loaded
            .diagnostics
            .iter()
            .map(|diagnostic| render(diagnostic, &loaded.sources, false, 80))
            .collect();
        insta::assert_snapshot!(said.join("\n"), @r#"
error[E0204]: `executor` of `[profiles.a]` cannot be `slurm`
  --> ingot.toml:12:12
   |
12 | executor = "slurm"
   |            ^^^^^^^
   |
   = help: write "local"
error[E0201]: [profiles.a] has no key `threads`
  --> ingot.toml:13:1
   |
13 | threads = 2
   | ^^^^^^^ unknown key
   |
   = help: its keys are executor, gates, params, resources
error[E0301]: there is no step `tone`
  --> ingot.toml:14:23
   |
14 | [profiles.a.resources.tone]
   |                       ^^^^
   |
   = help: did you mean `tune`?
error[E0201]: [profiles.a.resources.tune] has no key `cpus`
  --> ingot.toml:17:1
   |
17 | cpus = 2
   | ^^^^ unknown key
   |
   = help: did you mean `cpu`?
"#);
    }
}
