//! `ingot build`: does what `plan` says, writes the lock, copies the exports.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Args;

use super::output::Output;
use super::{CacheFrom, CacheTo, Global, Selection, error, plan};
use crate::diag::Exit;
use crate::engine::event::BuildEvent;
use crate::report::Report;
use crate::sys::clock;
use crate::workspace::build::{self, BuildRequest, Built};
use crate::workspace::memo::MemoQuery;
use crate::workspace::{Stop, Workspace};
use watch::Watch;

#[cfg(test)]
mod tests;
mod watch;

/// Arguments of `ingot build`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    from: CacheFrom,
    #[command(flatten)]
    to: CacheTo,
    /// Cores to use
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    jobs: Option<u32>,
    /// Say what would be done, as `ingot plan` does, and do nothing
    #[arg(short = 'n', long, conflicts_with_all = [
        "cache_to", "jobs", "keep_going", "rerun", "keep_failed", "affected_since", "watch",
        "locked", "frozen", "strict", "no_sandbox", "no_commands", "export",
    ])]
    dry_run: bool,
    /// Show every point of a matrix on lines of its own
    #[arg(long)]
    all: bool,
    /// Go on with other steps after a failure
    #[arg(short, long)]
    keep_going: bool,
    /// Run this step whatever the store holds
    #[arg(long, value_name = "STEP")]
    rerun: Vec<String>,
    /// Keep the exec root of a step that fails
    #[arg(long)]
    keep_failed: bool,
    /// Build only what differs from the lock of a git revision, and what depends on it
    #[arg(long, value_name = "REV")]
    affected_since: Option<String>,
    /// Build again whenever something that it reads changes; never starts a step on a GPU
    #[arg(long, conflicts_with = "rerun")]
    watch: bool,
    /// Fail unless the lock agrees with what is built
    #[arg(long)]
    locked: bool,
    /// Like --locked, and run nothing
    #[arg(long)]
    frozen: bool,
    /// Refuse commands whose tools have no declared identity, remotes that nobody signs, and
    /// a sandbox that does not hold
    #[arg(long)]
    strict: bool,
    /// Run steps without a sandbox: they see the whole machine, and may leave processes
    #[arg(long)]
    no_sandbox: bool,
    /// Refuse to run commands at all
    #[arg(long)]
    no_commands: bool,
    /// Write this export also where --set or --profile alters the build, which writes none
    #[arg(long, value_name = "PATH")]
    export: Vec<String>,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &Output) -> Result<Exit, Stop> {
    if arguments.dry_run {
        let Arguments { selection, from, all, .. } = arguments;
        return plan::show((selection, from), *all, global, output);
    }
    match arguments.watch {
        true => watch::run(arguments, global, output),
        false => build(arguments, global, output, &Arc::new(AtomicBool::new(false)), None),
    }
}

/// Builds once.
fn build(
    arguments: &Arguments,
    global: &Global,
    output: &Output,
    interrupt: &Arc<AtomicBool>,
    watch: Option<&mut Watch>,
) -> Result<Exit, Stop> {
    let report = Report::stderr(output.json, output.terminal, output.colour, output.width);
    let mut report = report.with_points(arguments.all);
    let mut emit = |event: BuildEvent| report.event(&event);
    let asked = match output.json || !arguments.is_plain() {
        true => None,
        false => MemoQuery::new(global.directory(), &arguments.selection.targets),
    };
    // A remote that is named may not be there: the short way would not look.
    if let Some(asked) = asked.as_ref().filter(|_| !arguments.from.is_named())
        && let Some(exit) = asked.replay(&mut emit)?
    {
        return Ok(exit);
    }
    let began = clock::now();
    let mut workspace = arguments.selection.open(global)?;
    let request = arguments.request(&workspace, interrupt)?;
    let watch = watch.map(RefCell::new);
    let reads = watch.as_ref().map(|watch| |reads| watch.borrow_mut().begin(Some(reads)));
    let watch = reads.as_ref().map(|reads| reads as &dyn Fn(_));
    let request = BuildRequest { began, memo: asked.as_ref(), watch, ..request };
    let built = build::build(&mut workspace, &request, &mut emit)?;
    end(arguments, &workspace, built, output)
}

/// Says what there is to say behind the build's events.
fn end(
    arguments: &Arguments,
    workspace: &Workspace,
    built: Built,
    output: &Output,
) -> Result<Exit, Stop> {
    let Built { plan, driven, exit, refused } = built;
    let Some(driven) = driven else {
        let revision = arguments.affected_since.as_deref().unwrap_or_default();
        output.note(&format!("no step is affected since {revision}\n"));
        return Ok(exit);
    };
    error::more(&workspace.kinds, &plan, &driven, output);
    let refused = refused?;
    match exit {
        exit if refused.is_empty() => Ok(exit),
        // A part of the build was not done.
        Exit::Done | Exit::Gate => Err(workspace.stop(refused)),
        exit => {
            output.diagnostics(&refused, &workspace.sources);
            Ok(exit)
        }
    }
}

impl Arguments {
    /// Whether nothing alters, forces or restricts the build.
    fn is_plain(&self) -> bool {
        let Self {
            selection,
            from: _,
            to,
            jobs: _,
            dry_run: _,
            all: _,
            keep_going: _,
            keep_failed: _,
            no_sandbox: _,
            rerun,
            affected_since,
            watch,
            locked,
            frozen,
            strict,
            no_commands,
            export,
        } = self;
        let flags = [*watch, *locked, *frozen, *strict, *no_commands];
        let altered = !selection.set.is_empty() || selection.profile.is_some();
        // What the memo relies on is here; what the remote has, it does not know.
        let gives = to.is_named();
        let named = [rerun, export].iter().any(|list| !list.is_empty());
        !altered && !gives && !named && affected_since.is_none() && flags == [false; 5]
    }

    /// What the workspace is asked for.
    fn request(
        &self,
        workspace: &Workspace,
        interrupt: &Arc<AtomicBool>,
    ) -> Result<BuildRequest<'static>, Stop> {
        let settings = &workspace.settings;
        Ok(BuildRequest {
            selection: self.selection.parsed()?,
            from: self.from.address(settings)?,
            to: self.to.address(settings)?,
            jobs: self.jobs,
            keep_going: self.keep_going,
            rerun: self.rerun.clone(),
            keep_failed: self.keep_failed,
            affected_since: self.affected_since.clone(),
            locked: self.locked,
            frozen: self.frozen,
            strict: self.strict,
            sandbox: !self.no_sandbox,
            no_commands: self.no_commands,
            exports: self.export.clone(),
            interrupt: Arc::clone(interrupt),
            began: clock::now(),
            memo: None,
            keep_run: true,
            watch: None,
        })
    }
}
