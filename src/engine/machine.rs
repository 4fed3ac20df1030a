//! Whether this machine can honour what a step declares of its platform.
//!
//! Invariant: only what the manifest wrote is asked for; a default is the worker's to
//! judge. A step that is not run asks for nothing.

use ingot_protocol::Platform;

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
    let declared = step.platform_places.keys().map(String::as_str);
    let (key, lacks) = lacking(&step.platform, declared)?;
    let span = step.platform_places.get(key).copied()?;
    Some((format!("`{}` declares {lacks}", step.name), span))
}

/// The first of these parts of a platform that this machine has not, and what it is.
pub fn lacking<'a>(
    platform: &Platform,
    mut declared: impl Iterator<Item = &'a str>,
) -> Option<(&'a str, String)> {
    declared.find_map(|key| {
        let lacks = match (key, platform.isa.as_str(), platform.device.as_str()) {
            ("isa", isa, _) if !env::has_instructions(isa) => {
                format!("`isa = \"{isa}\"`, and this processor has no such instructions")
            }
            ("device", _, "cuda") if env::gpus() == 0 => {
                "`device = \"cuda\"`, and this machine shows no GPU".to_owned()
            }
            _ => return None,
        };
        Some((key, lacks))
    })
}

/// Tells of every step among these that this machine cannot run, before any runs.
pub fn check(plan: &Plan, running: impl Iterator<Item = usize>) -> Vec<Diagnostic> {
    let lacking = running.filter_map(|index| lacks(&plan.steps[index]));
    lacking
        .map(|(message, span)| Diagnostic::error(CODE, message).label(span, "").help(HELP))
        .collect()
}
