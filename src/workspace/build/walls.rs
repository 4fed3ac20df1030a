//! `--strict` and the sandbox: steps run behind every wall of it, or not at all.

use crate::diag::Diagnostic;
use crate::runner::{probe, sandbox};
use crate::workspace::store::store_stop;
use crate::workspace::{Stop, Workspace};

/// Refuses to run steps where a wall of the sandbox does not stand; `wanted` says whether
/// there is to be a sandbox at all.
pub(super) fn demand(workspace: &Workspace, wanted: bool) -> Result<(), Stop> {
    let refuse = |message: String, help: &str, causes: Vec<String>| {
        let mistake = Diagnostic { causes, ..Diagnostic::error("E0613", message) };
        Err(workspace.stop(vec![mistake.help(help)]))
    };
    if !wanted {
        let message = "--strict refuses steps without a sandbox".to_owned();
        return refuse(message, "build without --no-sandbox", Vec::new());
    }
    let work = workspace.store.work_folder().map_err(|error| store_stop(&error))?;
    let (held, why) = probe::held(&workspace.launcher, work.path());
    let lacking: Vec<&str> = sandbox::lacking(&held).into_iter().map(sandbox::Wall::word).collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let message = format!("the sandbox does not hold here: {} is missing", lacking.join(", "));
    refuse(
        message,
        "`ingot doctor` says what it takes; or build without --strict",
        why.into_iter().collect(),
    )
}
