//! What DVC made becomes the results of the steps that its stages became.
//!
//! Invariant: a result is recorded only where `dvc.lock` says that this command, with
//! these params, made these bytes from those that the step reads now; each file is
//! hashed to see it. What a step before was not adopted for is not adopted either.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::super::output::Output;
use super::super::{Global, Selection};
use super::{checksum, read};
use crate::diag::Diagnostic;
use crate::engine::inputs::Inputs;
use crate::engine::known::Known;
use crate::engine::resolve::{Cuts, resolve};
use crate::engine::{EngineError, Results};
use crate::import::dvc::lock::DvcLock;
use crate::import::dvc::{DVC_LOCK, Point};
use crate::manifest::member::local;
use crate::model::artifact::{Artifact, Content};
use crate::model::result::{ActionResult, RESULT_VERSION};
use crate::plan::Plan;
use crate::store::StoreError;
use crate::sys::signal;
use crate::workspace::{Stop, Workspace};

/// What DVC recorded, which must be there.
pub(super) fn read_lock(root: &Path) -> Result<DvcLock, Stop> {
    let Some(text) = read(root, DVC_LOCK) else {
        return Err(Stop::of(
            Diagnostic::error("E1013", format!("there is no {DVC_LOCK} to adopt outputs by")).help(
                "without `--adopt` the manifest is written alone; `ingot build` makes the outputs",
            ),
        ));
    };
    DvcLock::parse(&text).map_err(|error| super::unreadable(root, &error))
}

/// Adopts what can be, and says of the rest why not.
pub(super) fn adopt(
    root: &Path,
    points: &[Point],
    lock: &DvcLock,
    output: &Output,
) -> Result<(), Stop> {
    let global = Global { directory: Some(root.to_owned()), json: output.json };
    let workspace = Selection::default().open(&global)?;
    let plan = workspace.plan_all()?;
    let points: BTreeMap<&str, &Point> =
        points.iter().map(|point| (point.step.as_str(), point)).collect();
    let folder = workspace.place.own_folder();
    let seen = Snapshot::look(&workspace, &plan, &points)?;
    let vouched: Vec<Result<(), String>> = plan
        .steps
        .iter()
        .map(|step| match points.get(local(&step.name)) {
            Some(point) => check(point, lock, &folder),
            None => Err("it was no stage".to_owned()),
        })
        .collect();
    if !Snapshot::look(&workspace, &plan, &points)?.is_as(&seen, &workspace) {
        output.note("nothing is adopted: files changed while they were read\n");
        return Ok(());
    }
    let mut results = Results::new(plan.steps.len());
    let mut adopted = 0;
    let interrupt = Arc::new(AtomicBool::new(false));
    signal::on_interrupt(&interrupt);
    for (index, vouched) in vouched.into_iter().enumerate() {
        let step = &plan.steps[index];
        let open = step.dependencies.iter().find(|&&before| results.get(before).is_none());
        let refusal = match (vouched, open) {
            (Err(why), _) => Some(why),
            (Ok(()), Some(&before)) => {
                Some(format!("`{}`, which it reads, is not", plan.steps[before].name))
            }
            (Ok(()), None) => None,
        };
        if let Some(why) = refusal {
            output.data(&format!("{} is not adopted: {why}\n", step.name));
            continue;
        }
        let known = record(&workspace, &plan, index, &seen, &results, &interrupt)
            .map_err(|error| workspace.engine_stop(&error))?;
        results.set(index, Arc::new(known));
        adopted += 1;
    }
    workspace.store.flush().map_err(|error| workspace.store_stop(&error))?;
    output.note(&format!("adopted the outputs of {adopted} of {} steps\n", plan.steps.len()));
    Ok(())
}

/// What stands in the workspace. Snapshot twice the same, nothing moved in between, so what
/// was hashed for DVC's lock are the bytes that are in the store.
struct Snapshot {
    inputs: Inputs,
    /// Step and port -> content, of the outputs that are there.
    outputs: BTreeMap<(String, String), Content>,
}

impl Snapshot {
    fn look(
        workspace: &Workspace,
        plan: &Plan,
        points: &BTreeMap<&str, &Point>,
    ) -> Result<Self, Stop> {
        let inputs = workspace.inputs(plan)?;
        let mut outputs = BTreeMap::new();
        for step in &plan.steps {
            let makes = points.get(local(&step.name)).map(|point| &point.makes);
            for (port, path) in makes.into_iter().flatten() {
                let path = step.home.path(path);
                // What is not there, or is no content, is not vouched for either.
                if let Ok(content) = workspace.store.digest_source(&workspace.root, &path, &[]) {
                    outputs.insert((step.name.clone(), port.clone()), content);
                }
            }
        }
        Ok(Self { inputs, outputs })
    }

    fn is_as(&self, other: &Self, workspace: &Workspace) -> bool {
        let inputs = |seen: &Self| seen.inputs.declared(&workspace.manifest);
        self.outputs == other.outputs && inputs(self) == inputs(other)
    }
}

/// Why a stage's outputs are not the result of its step, if they are not.
fn check(point: &Point, lock: &DvcLock, folder: &Path) -> Result<(), String> {
    if point.makes.is_empty() {
        return Err("it makes nothing".to_owned());
    }
    let checksum = |path: &str, unix| checksum::of(&folder.join(path), unix);
    lock.agrees(point, &checksum, &|file| read(folder, file))
}

/// Records what was seen in the workspace as the step's result.
fn record(
    workspace: &Workspace,
    plan: &Plan,
    index: usize,
    seen: &Snapshot,
    results: &Results,
    cancel: &AtomicBool,
) -> Result<Known, EngineError> {
    let (store, step) = (&workspace.store, &plan.steps[index]);
    let action = resolve(plan, index, &seen.inputs, results, Cuts::of(store))?.action;
    let key = action.key()?;
    let mut outputs = BTreeMap::new();
    for port in step.outputs.values() {
        let content = seen.outputs.get(&(step.name.clone(), port.name.clone())).copied();
        let unknown = || EngineError::UnknownInput { port: port.name.clone() };
        let content = content.ok_or_else(unknown)?;
        let artifact_type = port.artifact_type.clone();
        outputs.insert(port.name.clone(), Artifact { artifact_type, content });
    }
    let result = ActionResult {
        version: RESULT_VERSION,
        key,
        outputs,
        metrics: Vec::new(),
        findings: Vec::new(),
    };
    let reservation = store.reserve(key, cancel, &mut |_| {})?;
    store.put_bytes(&action.encode().map_err(StoreError::from)?)?;
    store.record(reservation, result.clone())?;
    Ok(Known::judge(step, result))
}
