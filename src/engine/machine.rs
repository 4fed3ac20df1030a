//! Whether this machine can honour what a step declares of its platform.
//!
//! Invariant: only what the manifest wrote is asked for; a default is the worker's to
//! judge. A step that is not run asks for nothing.

use crate::diag::{Diagnostic, Span};
use crate::plan::{Plan, Step};
use crate::sys::env;

/// The code of a platform that this machine is not.
pub const CODE: &str = "E0616";

/// What to do about it.
pub const HELP: &str = "build where there is one, take the result from a store (--cache-from), or \
                        declare another platform, which is another key";

/// What a step declares and this machine has not, and where that is written.
pub fn lacks(step: &Step) -> Option<(String, Span)> {
    step.platform_places.iter().find_map(|(key, span)| {
        let platform = &step.platform;
        let lacks = match (key.as_str(), platform.isa.as_str(), platform.device.as_str()) {
            ("isa", isa, _) if !env::has_instructions(isa) => {
                format!("`isa = \"{isa}\"`, and this processor has no such instructions")
            }
            ("device", _, "cuda") if env::gpus() == 0 => {
                "`device = \"cuda\"`, and this machine shows no GPU".to_owned()
            }
            _ => return None,
        };
        Some((format!("`{}` declares {lacks}", step.name), *span))
    })
}

/// Tells of every step among these that this machine cannot run, before any runs.
pub fn check(plan: &Plan, running: impl Iterator<Item = usize>) -> Vec<Diagnostic> {
    let lacking = running.filter_map(|index| lacks(&plan.steps[index]));
    lacking
        .map(|(message, span)| Diagnostic::error(CODE, message).label(span, "").help(HELP))
        .collect()
}
