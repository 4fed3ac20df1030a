//! Carries the scheduler's commands out, and reports back to it.
//!
//! One thread owns the scheduler, the results and the event sink; every running
//! step has a thread of its own that only sends messages. A step is resolved
//! when everything it waits for has ended, so what the forecast left open is
//! settled here, by the same functions. Invariant: nothing but this loop
//! changes the state of a step, and nothing but its sink hears of it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use ingot_protocol::Event as WorkerEvent;

use super::estimate::{self, Phase};
use super::event::{BuildEvent, FailureSummary, FinishedResult, Outcome, Summary, is_held};
use super::execute::{self, Execution, StepContext, StepMessage};
use super::forecast::{Cause, Forecast, State};
use super::job::Job;
use super::known::Known;
use super::leasing::reads;
use super::locked;
use super::resolve::{Cuts, resolve};
use super::scheduler::{Command, Ending, Event, Node, Pool, Resolution, Scheduler};
use super::{Context, EngineError, Results};
use crate::model::action::{Action, ActionKey};
use crate::model::result::Verdict;
use crate::plan::Plan;
use crate::runner::supervise::GRACE;

/// How a build is to be done.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the machine gives.
    pub pools: Pool,
    /// Whether other steps go on after a failure.
    pub keep_going: bool,
    /// Whether a verdict that is no pass holds back what consumes the step.
    pub gates_fail: bool,
    /// Indices of steps that run whatever the store holds.
    pub rerun: Vec<usize>,
    /// Indices of steps that are not started.
    pub held_back: Vec<usize>,
    /// Set by the signal handler; a second signal ends the process.
    pub interrupt: Arc<AtomicBool>,
}

/// What a build gave.
#[derive(Debug)]
pub struct Driven {
    /// The results known at its end.
    pub results: Results,
    /// The build in numbers.
    pub summary: Summary,
    /// Whether it was interrupted.
    pub interrupted: bool,
    /// Step and code of each failure, in the order in which they ended.
    pub failures: Vec<(usize, String)>,
    /// How each step ended, in the words of the event stream.
    pub outcomes: Vec<&'static str>,
}

/// How often the loop looks at the interrupt while nothing happens.
const PATIENCE: Duration = Duration::from_millis(50);

/// How often at most it is told how long the build will take.
const ESTIMATED: Duration = Duration::from_secs(1);

/// What a step's thread sends.
enum Message {
    Told(usize, StepMessage),
    Ended(usize, Box<Result<Execution, Box<FailureSummary>>>),
}

/// Builds what `forecast` foresees. `reasons` says why a step runs, for the
/// one event that tells so.
pub fn drive(
    context: &Context<'_>,
    plan: &Plan,
    forecast: &Forecast,
    options: &Options,
    reasons: &dyn Fn(usize, &Action) -> Vec<String>,
    emit: &mut dyn FnMut(BuildEvent),
) -> Result<Driven, EngineError> {
    let (sender, receiver) = crossbeam_channel::unbounded();
    let cancel = AtomicBool::new(false);
    let nodes = estimate::nodes(plan, forecast, &context.expected);
    let mut scheduler = Scheduler::new(nodes.clone(), options.pools, options.keep_going);
    let mut driver = Driver {
        context,
        plan,
        forecast,
        options,
        reasons,
        emit,
        cancel: &cancel,
        sender,
        results: Results::new(plan.steps.len()),
        actions: vec![None; plan.steps.len()],
        nodes,
        started: vec![None; plan.steps.len()],
        ended: vec![false; plan.steps.len()],
        in_flight: BTreeMap::new(),
        keys: vec![None; plan.steps.len()],
        estimated: Instant::now(),
        running: 0,
        summary: Summary::default(),
        failures: Vec::new(),
        outcomes: vec!["skipped"; plan.steps.len()],
    };
    let begun = Instant::now();
    std::thread::scope(|scope| driver.run(scope, &mut scheduler, &receiver))?;
    let interrupted = options.interrupt.load(Ordering::SeqCst);
    driver.summary.seconds = begun.elapsed().as_secs_f64();
    driver.summary.interrupted = interrupted;
    Ok(Driven {
        results: driver.results,
        summary: driver.summary,
        interrupted,
        failures: driver.failures,
        outcomes: driver.outcomes,
    })
}

/// What looking a step up gave.
enum Answer {
    /// Its result.
    Known(Arc<Known>),
    /// Nothing, and a step that runs or is about to will make it.
    Twin(usize),
    /// Nothing.
    Nothing,
}

struct Driver<'a> {
    context: &'a Context<'a>,
    plan: &'a Plan,
    forecast: &'a Forecast,
    options: &'a Options,
    reasons: &'a dyn Fn(usize, &Action) -> Vec<String>,
    emit: &'a mut dyn FnMut(BuildEvent),
    cancel: &'a AtomicBool,
    sender: Sender<Message>,
    results: Results,
    actions: Vec<Option<(Box<Action>, ActionKey)>>,
    nodes: Vec<Node>,
    started: Vec<Option<Instant>>,
    ended: Vec<bool>,
    /// Keys of the steps that run or are about to.
    in_flight: BTreeMap<ActionKey, usize>,
    /// The key of each of them.
    keys: Vec<Option<ActionKey>>,
    estimated: Instant,
    running: usize,
    summary: Summary,
    failures: Vec<(usize, String)>,
    outcomes: Vec<&'static str>,
}

impl<'a> Driver<'a> {
    fn run<'scope>(
        &mut self,
        scope: &'scope std::thread::Scope<'scope, '_>,
        scheduler: &mut Scheduler,
        receiver: &Receiver<Message>,
    ) -> Result<(), EngineError>
    where
        'a: 'scope,
    {
        let mut commands: VecDeque<Command> = scheduler.on(Event::Start).into();
        let mut told = false;
        loop {
            while let Some(command) = commands.pop_front() {
                match command {
                    Command::Finish => return Ok(()),
                    Command::Run(step) => self.start(scope, step),
                    Command::Cancel => self.cancel.store(true, Ordering::SeqCst),
                    Command::Block { step, by } => {
                        let by = self.plan.steps[by].name.clone();
                        self.finish(step, Outcome::Blocked { by }, None, None);
                    }
                    Command::Skip(step) => self.finish(step, Outcome::Skipped, None, None),
                    Command::Resolve(step) => {
                        let event = self.resolve(step);
                        commands.extend(scheduler.on(event));
                    }
                }
            }
            if !told && self.options.interrupt.load(Ordering::SeqCst) {
                told = true;
                self.say_what_ends();
                commands.extend(scheduler.on(Event::Cancelled));
                continue;
            }
            match receiver.recv_timeout(PATIENCE) {
                Ok(Message::Told(step, StepMessage::Event(event))) => self.relay(step, event),
                Ok(Message::Told(step, StepMessage::Retry(message))) => {
                    self.summary.retries += 1;
                    let step = Some(self.plan.steps[step].name.clone());
                    (self.emit)(BuildEvent::Note { step, message });
                }
                Ok(Message::Told(step, StepMessage::Waiting(waiting))) => {
                    let step = Some(self.plan.steps[step].name.clone());
                    (self.emit)(BuildEvent::waiting(step, waiting));
                }
                Ok(Message::Ended(step, ended)) => {
                    let result = self.ended(step, *ended);
                    commands.extend(scheduler.on(Event::Finished { step, result }));
                    self.estimate();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    /// Settles whether a step hits, now that all before it are known.
    fn resolve(&mut self, step: usize) -> Event {
        match self.look_up(step) {
            Ok(Answer::Twin(twin)) => {
                Event::Resolved { step, resolution: Resolution::After { step: twin } }
            }
            Ok(Answer::Known(known)) => {
                let verdict_blocks = self.take(step, known, Outcome::Cached, None);
                Event::Resolved { step, resolution: Resolution::Hit { verdict_blocks } }
            }
            Ok(Answer::Nothing) if self.options.held_back.contains(&step) => {
                let name = &self.plan.steps[step].name;
                let message =
                    format!("not started: it asks for a GPU; `ingot build {name}` runs it");
                (self.emit)(BuildEvent::Note { step: Some(name.clone()), message });
                self.finish(step, Outcome::Skipped, None, None);
                Event::Finished { step, result: Ending::HeldBack }
            }
            Ok(Answer::Nothing) => {
                if let Some((_, key)) = self.actions[step] {
                    self.in_flight.entry(key).or_insert(step);
                    self.keys[step] = Some(key);
                }
                Event::Resolved { step, resolution: Resolution::MustRun }
            }
            Err(error) => {
                self.fail(step, *error.failure());
                Event::Finished { step, result: Ending::Failed }
            }
        }
    }

    fn look_up(&mut self, step: usize) -> Result<Answer, EngineError> {
        match &self.forecast.states[step] {
            State::Hit(known) => return Ok(Answer::Known(Arc::clone(known))),
            State::Run { action, key, .. } => {
                self.actions[step] = Some((action.clone(), *key));
                return Ok(Answer::Nothing);
            }
            State::Depends { .. } | State::Blocked { .. } => {}
        }
        let store = self.context.store;
        let _hold = store.hold()?;
        let action =
            resolve(self.plan, step, self.context.inputs, &self.results, Cuts::of(store))?.action;
        let key = action.key()?;
        if self
            .context
            .locked
            .is_some_and(|lock| !locked::agrees(lock, &self.plan.steps[step].name, key))
        {
            return Err(EngineError::NotLocked { step: self.plan.steps[step].name.clone() });
        }
        if let Some(lease) = self.context.lease {
            lease.add([key], reads(&action))?;
        }
        self.actions[step] = Some((Box::new(action), key));
        if self.options.rerun.contains(&step) {
            return Ok(Answer::Nothing);
        }
        if let Some(result) = store.find(key)? {
            let needed: Vec<&str> = self.forecast.needed[step].iter().map(String::as_str).collect();
            if store.fetch(&result, &needed)? {
                let known = Known::judge(&self.plan.steps[step], result);
                self.agree(step, &known)?;
                return Ok(Answer::Known(Arc::new(known)));
            }
        }
        Ok(self.in_flight.get(&key).map_or(Answer::Nothing, |twin| Answer::Twin(*twin)))
    }

    /// Under `--locked`, a result that is taken from a store is as the lock has it.
    fn agree(&self, step: usize, known: &Known) -> Result<(), EngineError> {
        let Some(lock) = self.context.locked else { return Ok(()) };
        match locked::differences(lock, &self.plan.steps[step], known).into_iter().next() {
            None => Ok(()),
            Some(first) => Err(EngineError::Differs(Box::new(first))),
        }
    }

    fn start<'scope>(&mut self, scope: &'scope std::thread::Scope<'scope, '_>, index: usize)
    where
        'a: 'scope,
    {
        let Some((action, key)) = self.actions[index].take() else { return };
        let step = &self.plan.steps[index];
        let reasons = (self.reasons)(index, &action);
        let job = Job::of(step, *action, self.context.tools);
        (self.emit)(BuildEvent::Started {
            step: step.name.clone(),
            kind: step.kind.name.clone(),
            reasons,
            job: job.digest().ok(),
        });
        self.started[index] = Some(Instant::now());
        self.running += 1;
        let forced = self.options.rerun.contains(&index)
            || matches!(self.forecast.states[index], State::Run { cause: Cause::Lost, .. });
        let needed = self.forecast.needed[index].clone();
        let sender = self.sender.clone();
        let (context, cancel) = (self.context, self.cancel);
        scope.spawn(move || {
            let events = sender.clone();
            let run =
                StepContext { context, step, job: &job, key, needed: &needed, forced, cancel };
            let ended = execute::execute(&run, &mut |told| {
                let _ = events.send(Message::Told(index, told));
            });
            let _ = sender.send(Message::Ended(index, Box::new(ended)));
        });
    }

    /// Tells how long the build will take from now on.
    fn estimate(&mut self) {
        let is_new = self.estimated.elapsed() < ESTIMATED;
        if is_new || self.context.expected.is_empty() || self.cancel.load(Ordering::SeqCst) {
            return;
        }
        self.estimated = Instant::now();
        let standing: Vec<Phase> = (0..self.nodes.len())
            .map(|step| match self.started[step] {
                _ if self.ended[step] => Phase::Ended,
                Some(begun) => Phase::Running(begun.elapsed()),
                None => estimate::standing(&self.forecast.states[step]),
            })
            .collect();
        let left = estimate::left(&self.nodes, &standing, self.options.pools);
        let untimed = estimate::untimed(&self.nodes, &standing);
        (self.emit)(BuildEvent::Remaining { seconds: left.as_secs_f64(), untimed });
    }

    /// Says that the build was interrupted, where something runs that must end first.
    fn say_what_ends(&mut self) {
        if self.running > 0 {
            let message = format!(
                "interrupted: what runs has {} s to end; a second interrupt ends it at once",
                GRACE.as_secs()
            );
            (self.emit)(BuildEvent::Note { step: None, message });
        }
    }

    fn ended(&mut self, step: usize, ended: Result<Execution, Box<FailureSummary>>) -> Ending {
        self.running -= 1;
        match ended {
            Ok(Execution { result, executed, held }) => {
                let known = Arc::new(Known::judge(&self.plan.steps[step], result));
                if let Err(error) = self.agree(step, &known) {
                    self.fail(step, *error.failure());
                    return Ending::Failed;
                }
                let outcome = if executed { Outcome::Executed } else { Outcome::Cached };
                Ending::Done { verdict_blocks: self.take(step, known, outcome, held) }
            }
            Err(_) if self.cancel.load(Ordering::SeqCst) => {
                self.finish(step, Outcome::Cancelled, None, None);
                Ending::Cancelled
            }
            Err(failure) => {
                self.fail(step, *failure);
                Ending::Failed
            }
        }
    }

    /// Takes a result in, and tells of it. Gives whether its verdict blocks.
    fn take(
        &mut self,
        step: usize,
        known: Arc<Known>,
        outcome: Outcome,
        held: Option<String>,
    ) -> bool {
        let is_cached = outcome == Outcome::Cached;
        BuildEvent::of_known(&self.plan.steps[step], &known, is_cached)
            .into_iter()
            .for_each(&mut *self.emit);
        let verdict = known.verdict;
        self.results.set(step, Arc::clone(&known));
        self.finish(step, outcome, Some(&known), held);
        self.options.gates_fail && verdict != Verdict::Pass
    }

    fn fail(&mut self, step: usize, failure: FailureSummary) {
        self.failures.push((step, failure.code.clone()));
        self.finish(step, Outcome::Failed(failure), None, None);
    }

    fn finish(
        &mut self,
        step: usize,
        outcome: Outcome,
        result: Option<&Known>,
        held: Option<String>,
    ) {
        let verdict = result.map(|known| known.verdict);
        self.summary.count(&outcome, verdict);
        self.outcomes[step] = outcome.word();
        self.ended[step] = true;
        if let Some(key) = self.keys[step].take()
            && self.in_flight.get(&key) == Some(&step)
        {
            self.in_flight.remove(&key);
        }
        let seconds = self.started[step].map_or(0.0, |start| start.elapsed().as_secs_f64());
        let step = self.plan.steps[step].name.clone();
        let result = result.map(|known| FinishedResult::of(&known.result));
        (self.emit)(BuildEvent::Finished { step, outcome, seconds, verdict, held, result });
    }

    fn relay(&mut self, step: usize, event: WorkerEvent) {
        if let WorkerEvent::Finding(finding) = &event
            && is_held(&self.plan.steps[step], finding)
        {
            return;
        }
        let event = BuildEvent::of_worker(&self.plan.steps[step].name, event);
        event.into_iter().for_each(&mut *self.emit);
    }
}
