//! One build of a workspace: what was asked for in, events and what came of it out.
//!
//! The manifest is planned, its inputs are digested, what is asked of the lock is checked
//! ([`checks`]), the steps run, and what outlives the build is written ([`finish`]).
//! Invariant: everything that happens is told to the sink, and nothing is printed.

mod checks;
mod finish;
mod keep;
mod lock;
mod walls;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::analysis::{Analysis, outlook};
use super::memo::MemoQuery;
use super::{Selection, Stop, Workspace, checkout, exports, forms, remotes};
use crate::diag::{Diagnostic, Exit, codes};
use crate::engine::drive::{self, Driven, Options};
use crate::engine::estimate::Estimate;
use crate::engine::event::BuildEvent;
use crate::engine::forecast::{Forecast, State, forecast_and_fetch};
use crate::engine::inputs::{self, Read};
use crate::engine::memo::Finished;
use crate::engine::reasons::{self, Reason, Subject};
use crate::engine::scheduler::Pool;
use crate::engine::{estimate, leasing, machine, points, targets};
use crate::model::Action;
use crate::model::result::Verdict;
use crate::plan::{Plan, Step};
use crate::store::remote::Address;
use crate::sys::{env, signal};

/// What a build is asked for.
pub struct BuildRequest<'a> {
    /// What to build, and what is altered for it.
    pub selection: Selection,
    /// Where results are taken from, too.
    pub from: Option<Address>,
    /// Where results are given to.
    pub to: Option<Address>,
    /// Cores to use; nothing means what the settings say.
    pub jobs: Option<u32>,
    /// Whether other steps go on after a failure.
    pub keep_going: bool,
    /// Steps that run whatever the store holds.
    pub rerun: Vec<String>,
    /// Whether the exec root of a step that fails is kept.
    pub keep_failed: bool,
    /// Only what differs from the lock of this revision is built, and what depends on it.
    pub affected_since: Option<String>,
    /// Whether the lock must agree.
    pub locked: bool,
    /// Whether nothing may run either.
    pub frozen: bool,
    /// Whether what cannot be vouched for is refused.
    pub strict: bool,
    /// Whether steps run in a sandbox.
    pub sandbox: bool,
    /// Whether commands are refused.
    pub no_commands: bool,
    /// Exports that are written also where the build is altered.
    pub exports: Vec<String>,
    /// Set by who ends the build.
    pub interrupt: Arc<AtomicBool>,
    /// A moment before the workspace was opened.
    pub began: Duration,
    /// Who is to leave a memo of it.
    pub memo: Option<&'a MemoQuery>,
    /// Whether it is one of `ingot runs`.
    pub keep_run: bool,
    /// Told what the build reads before it reads it, by who builds again when that changes.
    pub watch: Option<&'a dyn Fn(Vec<Read>)>,
}

impl BuildRequest<'_> {
    /// Of these targets, by who asks something of the build: one that goes on after a failure,
    /// and that is none of `ingot runs`. Its interrupt is its own: of a flag that two builds
    /// set up, the first interrupt is the second.
    pub fn aside(targets: Vec<String>, jobs: Option<u32>, began: Duration) -> Self {
        Self {
            selection: Selection { targets, ..Selection::default() },
            from: None,
            to: None,
            jobs,
            keep_going: true,
            rerun: Vec::new(),
            keep_failed: false,
            affected_since: None,
            locked: false,
            frozen: false,
            strict: false,
            sandbox: true,
            no_commands: false,
            exports: Vec::new(),
            interrupt: Arc::default(),
            began,
            memo: None,
            keep_run: false,
            watch: None,
        }
    }
}

/// What came of a build.
pub struct Built {
    /// The plan.
    pub plan: Plan,
    /// What ran; nothing where no step is affected.
    pub driven: Option<Driven>,
    /// How it ended.
    pub exit: Exit,
    /// What is wrong with the exports that were refused; or why what outlives the build
    /// could not be written.
    pub refused: Result<Vec<Diagnostic>, Stop>,
}

/// Builds; all that happens goes to `sink`.
pub fn build(
    workspace: &mut Workspace,
    request: &BuildRequest<'_>,
    sink: &mut dyn FnMut(BuildEvent),
) -> Result<Built, Stop> {
    if let Some(from) = request.from.as_ref().filter(|_| request.strict) {
        remotes::refuse_unsigned(from, &workspace.settings)?;
    }
    workspace.attach(request.from.as_ref(), request.to.as_ref())?;
    let mut plan = workspace.plan(&request.selection.targets)?;
    checks::refuse_commands(request, workspace, &plan)?;
    if let Some(watch) = request.watch {
        watch(inputs::reads(&workspace.manifest, &plan));
    }
    let inputs = workspace.inputs(&plan)?;
    forms::check(workspace, &plan)?;
    if let Some(revision) = &request.affected_since {
        let affected = checks::affected(workspace, &plan, &inputs, revision)?;
        if affected.is_empty() {
            let (exit, refused) = (Exit::Done, Ok(Vec::new()));
            return Ok(Built { plan, driven: None, exit, refused });
        }
        plan = workspace.plan_of(&affected)?;
    }
    checks::refuse_expired(workspace, &plan)?;
    let is_locked = request.locked || request.frozen;
    if is_locked {
        checks::check_lock(workspace, &plan, &inputs)?;
    }
    let rerun = checks::rerun(&request.rerun, workspace, &plan)?;
    let exports = exports::chosen(workspace, &plan, &request.exports)?;
    let forecast = forecast_and_fetch(&outlook(workspace, &plan, &inputs, &rerun))
        .map_err(|error| workspace.engine_stop(&error))?;
    if is_locked {
        checks::check_hits(workspace, &plan, &forecast)?;
    }
    if request.frozen {
        checks::refuse_runs(workspace, &plan, &forecast)?;
    }
    let held_back = if request.watch.is_some() { held_back(&plan) } else { Vec::new() };
    let running = forecast.running().filter(|step| !held_back.contains(step));
    let lacking = machine::check(&plan, running);
    if !lacking.is_empty() {
        return Err(workspace.stop(lacking));
    }
    workspace.ingest(&plan, forecast.running(), &inputs)?;
    let expected = estimate::recorded(&workspace.store, &plan, &forecast);
    let options = Options {
        pools: pools(request.jobs, workspace)?,
        keep_going: request.keep_going,
        gates_fail: workspace.manifest.gates_fail,
        rerun,
        held_back,
        interrupt: Arc::clone(&request.interrupt),
    };
    let runs_any = forecast.states.iter().any(|state| !matches!(state, State::Hit(_)));
    let checkout = if runs_any { checkout::find(&workspace.root) } else { None };
    let time = estimate::whole(&plan, &forecast, &expected, options.pools);
    sink(planned(&plan, &forecast, time));
    remotes::tell_fetched(&workspace.store, sink);
    let leased = leasing::lease(&workspace.store, (&plan, &inputs), &forecast, request.began);
    let lease = leased.map_err(|error| workspace.store_stop(&error))?;
    if lease.is_some() {
        if request.strict {
            walls::demand(workspace, request.sandbox)?;
        }
        workspace.hold = None;
    }
    let workspace = &*workspace;
    let analysis = Analysis { workspace, plan: &plan, inputs: &inputs, forecast: &forecast };
    let lock = match is_locked || lease.is_some() {
        true => workspace.lock.whole()?,
        false => None,
    };
    let mut context =
        workspace.context(&inputs, expected, lock.filter(|_| is_locked), lease.as_ref());
    context.keep_failed = request.keep_failed;
    context.sandbox = request.sandbox;
    let why = |index: usize, action: &Action| -> Vec<String> {
        let found = match &forecast.states[index] {
            _ if options.rerun.contains(&index) => vec![Reason::plain(Subject::Asked)],
            State::Run { .. } => analysis.reasons(index).unwrap_or_default(),
            _ => {
                let last = lock.and_then(|lock| lock.steps.get(&plan.steps[index].name));
                let (sources, store) = (&workspace.sources, &workspace.store);
                reasons::reasons(&plan, index, action, last, &inputs, sources, store)
            }
        };
        found.iter().map(Reason::text).collect()
    };
    if request.watch.is_none() {
        // Until something runs, an interrupt ends the process: it has nothing to wait for.
        signal::on_interrupt(&request.interrupt);
    }
    let driven = drive::drive(&context, &plan, &forecast, &options, &why, sink)
        .map_err(|error| workspace.engine_stop(&error))?;
    let refused = finish::finish(analysis, &driven, (request, &exports), sink)
        .and_then(|refused| finish::give(workspace, &driven, sink).map(|()| refused));
    remotes::tell_fetched(&workspace.store, sink);
    let mut summary = driven.summary;
    let exit = exit(workspace, &driven);
    let ended = keep::Ended { request, plan: &plan, driven: &driven, checkout, exit };
    let kept = match request.keep_run {
        true => keep::keep(workspace, ended),
        false => Ok(None),
    };
    match kept {
        Ok(run) => summary.run = run,
        Err(error) => sink(BuildEvent::Warning {
            code: error.code().to_owned(),
            message: format!("this run is not kept: {error}"),
            help: Some(error.help().to_owned()),
        }),
    }
    targets::events(&plan, &driven.results).into_iter().for_each(&mut *sink);
    sink(BuildEvent::Summary(summary));
    if let Some(asked) = request.memo
        && refused.as_ref().is_ok_and(Vec::is_empty)
        && summary.executed + summary.cached == summary.steps
    {
        let Workspace { manifest, plugins, workers, .. } = workspace;
        let (results, inputs, forecast, plan) = (&driven.results, &inputs, &forecast, &plan);
        let finished = Finished { manifest, plugins, workers, plan, inputs, forecast, results };
        asked.leave(&finished, &workspace.store);
    }
    drop(exports);
    Ok(Built { plan, driven: Some(driven), exit, refused })
}

/// What this machine gives to the steps of a build.
pub fn pools(jobs: Option<u32>, workspace: &Workspace) -> Result<Pool, Stop> {
    let cpu = match jobs {
        Some(jobs) => jobs,
        None => workspace.settings.jobs()?.value,
    };
    Ok(Pool { cpu, memory: env::memory().unwrap_or(u64::MAX), gpu: env::gpus() })
}

/// The steps of a plan that a build which repeats itself never starts: a save never takes
/// the GPU that others wait for.
fn held_back(plan: &Plan) -> Vec<usize> {
    let asks = |step: &Step| step.resources.gpu > 0 || step.platform.device == "cuda";
    (0..plan.steps.len()).filter(|&index| asks(&plan.steps[index])).collect()
}

fn planned(plan: &Plan, forecast: &Forecast, estimate: Estimate) -> BuildEvent {
    let count =
        |matches: fn(&State) -> bool| forecast.states.iter().filter(|s| matches(s)).count() as u64;
    let moves = |state: &State| matches!(state, State::Run { .. } | State::Depends { .. });
    let moving = plan.steps.iter().zip(&forecast.states).filter(|(_, state)| moves(state));
    let moving = moving.map(|(step, _)| step.name.as_str());
    BuildEvent::Planned {
        steps: plan.steps.len() as u64,
        hits: count(|state| matches!(state, State::Hit(_))),
        runs: count(|state| matches!(state, State::Run { .. })),
        depends: count(|state| matches!(state, State::Depends { .. })),
        expected_seconds: estimate.time.map(|time| time.as_secs_f64()),
        untimed: estimate.untimed,
        points: points::groups(moving),
    }
}

fn exit(workspace: &Workspace, driven: &Driven) -> Exit {
    if driven.interrupted {
        return Exit::Interrupted;
    }
    let failed = driven.failures.iter().map(|(_, code)| codes::of_step(code));
    if let Some(exit) = Exit::first(failed) {
        return exit;
    }
    let broken = driven.results.iter().any(|(_, known)| known.verdict != Verdict::Pass);
    if broken && workspace.manifest.gates_fail { Exit::Gate } else { Exit::Done }
}
