//! [`Scheduler`]: which step may be resolved, run or given up now.
//!
//! Pure: events in, commands out; no thread, no clock, no file. The driver
//! carries every command out and reports back, in whatever order things end.
//!
//! A step waits until all its dependencies have a result, is then resolved
//! (a hit ends it there), and else runs as soon as the pools have room. Of
//! those that could run, the one with the longest way to the end of the graph
//! goes first, ties by index; nothing starts while the answer is out whether another
//! step must run, since that may be the one. A step that lacks room in a pool closes that pool
//! to what is behind it, so that it is never overtaken for ever; steps that need
//! nothing of that pool still pass.
//!
//! Invariant: every step gets exactly one end, whatever happens, and
//! [`Command::Finish`] comes once, last. Handling an event costs time in the
//! edges it settles and the distinct needs there are, never in the whole graph.

use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use crate::manifest::Resources;

/// A step, as far as scheduling goes.
#[derive(Debug, Clone, Default)]
pub struct Node {
    /// What it waits for; every index lower than its own.
    pub dependencies: Vec<Dependency>,
    /// How long it ran last time; what is not known counts as a second.
    pub cost: Option<Duration>,
    /// What it takes from the pools while it runs.
    pub need: Pool,
}

/// One step waiting for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dependency {
    /// The step waited for.
    pub step: usize,
    /// Whether its verdict must be a pass: true unless the waiting step's kind
    /// accepts failed verdicts and it does not name the other in `requires`.
    pub must_pass: bool,
}

/// An amount of what the machine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Pool {
    /// Cores; a step always takes at least one.
    pub cpu: u32,
    /// Bytes of memory.
    pub memory: u64,
    /// GPUs.
    pub gpu: u32,
}

/// What the driver reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The build begins.
    Start,
    /// The answer to [`Command::Resolve`].
    Resolved {
        /// The step.
        step: usize,
        /// What was found.
        resolution: Resolution,
    },
    /// The end of a step that was resolving or running.
    Finished {
        /// The step.
        step: usize,
        /// How it ended.
        result: Ending,
    },
    /// The user interrupted the build.
    Cancelled,
}

/// What resolving a step found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// A recorded result, which holds back consumers or not.
    Hit {
        /// Whether its verdict is no pass, in a build where that counts.
        verdict_blocks: bool,
    },
    /// No result: it must run.
    MustRun,
    /// No result yet: a step that runs or is about to has the same key. It is resolved
    /// again after that one, whatever its verdict.
    After {
        /// That step.
        step: usize,
    },
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// With a result, which holds back consumers or not.
    Done {
        /// Whether its verdict is no pass, in a build where that counts.
        verdict_blocks: bool,
    },
    /// Without a result.
    Failed,
    /// Stopped, because the build was cancelled.
    Cancelled,
    /// It is not for this build to start.
    HeldBack,
}

/// What the driver does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Computes the step's action and looks it up.
    Resolve(usize),
    /// Runs the step.
    Run(usize),
    /// Gives the step up: `by` failed, or its verdict is no pass.
    Block {
        /// The step given up.
        step: usize,
        /// Where the trouble began.
        by: usize,
    },
    /// Gives the step up: the build is stopping.
    Skip(usize),
    /// Stops every running step; each still reports its end.
    Cancel,
    /// Nothing is left to do.
    Finish,
}

/// Which step may be resolved, run or given up now.
#[derive(Debug)]
pub struct Scheduler {
    steps: Vec<Step>,
    classes: Vec<Class>,
    free: Pool,
    open: usize,
    resolving: usize,
    keep_going: bool,
    stopping: Stopping,
}

/// Whether new steps are still started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stopping {
    /// Everything goes on.
    No,
    /// A step failed: hits are still taken, nothing new runs.
    Failed,
    /// Interrupted: nothing new is looked at.
    Cancelled,
    /// [`Command::Finish`] was given.
    Finished,
}

#[derive(Debug)]
struct Step {
    phase: Phase,
    waits_for: usize,
    consumers: Vec<Dependency>,
    urgency: Duration,
    class: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Waiting,
    Resolving,
    Ready,
    Running,
    Ended,
}

/// Steps of equal need that are ready to run.
#[derive(Debug)]
struct Class {
    need: Pool,
    ready: BinaryHeap<Ready>,
}

/// Ordered so that the most urgent is the greatest, ties by the lower index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Ready {
    urgency: Duration,
    step: std::cmp::Reverse<usize>,
}

/// The cost of a step that nothing is known of.
pub const UNKNOWN_COST: Duration = Duration::from_secs(1);

impl Scheduler {
    /// A scheduler for these steps on a machine with these pools. Without
    /// `keep_going` the first failure stops what has not been started.
    pub fn new(nodes: Vec<Node>, pools: Pool, keep_going: bool) -> Self {
        let total = Pool { cpu: pools.cpu.max(1), ..pools };
        let mut steps: Vec<Step> = Vec::with_capacity(nodes.len());
        let mut classes: Vec<Class> = Vec::new();
        let mut class_of: BTreeMap<Pool, usize> = BTreeMap::new();
        for (index, node) in nodes.iter().enumerate() {
            debug_assert!(node.dependencies.iter().all(|edge| edge.step < index));
            let need = node.need.within(total);
            let class = *class_of.entry(need).or_insert_with(|| {
                classes.push(Class { need, ready: BinaryHeap::new() });
                classes.len() - 1
            });
            let mut waits_for = 0;
            for edge in &node.dependencies {
                if let Some(producer) = steps.get_mut(edge.step) {
                    producer.consumers.push(Dependency { step: index, ..*edge });
                    waits_for += 1;
                }
            }
            let urgency = node.cost.unwrap_or(UNKNOWN_COST);
            let phase = Phase::Waiting;
            steps.push(Step { phase, waits_for, consumers: Vec::new(), urgency, class });
        }
        for (index, node) in nodes.iter().enumerate().rev() {
            let urgency = steps[index].urgency;
            for edge in &node.dependencies {
                let Some(producer) = steps.get_mut(edge.step) else { continue };
                let own = nodes[edge.step].cost.unwrap_or(UNKNOWN_COST);
                producer.urgency = producer.urgency.max(own.saturating_add(urgency));
            }
        }
        let open = steps.len();
        let stopping = Stopping::No;
        Self { steps, classes, free: total, open, resolving: 0, keep_going, stopping }
    }

    /// Takes an event in; says what to do. An event that does not fit the
    /// step's phase (a late or doubled answer) changes nothing.
    pub fn on(&mut self, event: Event) -> Vec<Command> {
        let mut commands = Vec::new();
        match event {
            Event::Start => self.start(&mut commands),
            Event::Resolved { step, resolution } => {
                if self.is_in(step, Phase::Resolving) {
                    self.resolving -= 1;
                    self.resolved(step, resolution, &mut commands);
                }
            }
            Event::Finished { step, result } => {
                if self.is_in(step, Phase::Running) {
                    let need = self.classes[self.steps[step].class].need;
                    self.free = self.free.plus(need);
                    self.end(step, result, &mut commands);
                } else if self.is_in(step, Phase::Resolving) {
                    self.resolving -= 1;
                    self.end(step, result, &mut commands);
                }
            }
            Event::Cancelled => self.cancel(&mut commands),
        }
        if self.resolving == 0 {
            self.run_ready(&mut commands);
        }
        if self.open == 0 && self.stopping != Stopping::Finished {
            self.stopping = Stopping::Finished;
            commands.push(Command::Finish);
        }
        commands
    }

    fn is_in(&self, step: usize, phase: Phase) -> bool {
        self.steps.get(step).is_some_and(|step| step.phase == phase)
    }

    fn start(&mut self, commands: &mut Vec<Command>) {
        for step in 0..self.steps.len() {
            self.resolve_if_free(step, commands);
        }
    }

    fn resolve_if_free(&mut self, step: usize, commands: &mut Vec<Command>) {
        if self.steps[step].waits_for == 0 && self.is_in(step, Phase::Waiting) {
            self.steps[step].phase = Phase::Resolving;
            self.resolving += 1;
            commands.push(Command::Resolve(step));
        }
    }

    fn resolved(&mut self, step: usize, resolution: Resolution, commands: &mut Vec<Command>) {
        match resolution {
            Resolution::Hit { verdict_blocks } => {
                self.end(step, Ending::Done { verdict_blocks }, commands);
            }
            Resolution::MustRun if self.stopping == Stopping::No => {
                let Step { urgency, class, .. } = self.steps[step];
                self.steps[step].phase = Phase::Ready;
                self.classes[class].ready.push(Ready { urgency, step: std::cmp::Reverse(step) });
            }
            Resolution::MustRun => self.give_up(step, Command::Skip, commands),
            Resolution::After { step: twin } => {
                self.steps[step].phase = Phase::Waiting;
                if self.is_in(twin, Phase::Ready) || self.is_in(twin, Phase::Running) {
                    self.steps[step].waits_for = 1;
                    self.steps[twin].consumers.push(Dependency { step, must_pass: false });
                } else {
                    self.resolve_if_free(step, commands);
                }
            }
        }
    }

    /// Ends a step and settles every edge that leaves it.
    fn end(&mut self, step: usize, ending: Ending, commands: &mut Vec<Command>) {
        self.steps[step].phase = Phase::Ended;
        self.open -= 1;
        let consumers = std::mem::take(&mut self.steps[step].consumers);
        let block = |consumer| Command::Block { step: consumer, by: step };
        match ending {
            Ending::Done { verdict_blocks } => {
                for edge in consumers {
                    if verdict_blocks && edge.must_pass {
                        self.give_up(edge.step, block, commands);
                        continue;
                    }
                    let consumer = &mut self.steps[edge.step];
                    consumer.waits_for = consumer.waits_for.saturating_sub(1);
                    self.resolve_if_free(edge.step, commands);
                }
            }
            Ending::Failed => {
                for edge in consumers {
                    self.give_up(edge.step, block, commands);
                }
                if !self.keep_going && self.stopping == Stopping::No {
                    self.stopping = Stopping::Failed;
                    self.skip_ready(commands);
                }
            }
            Ending::Cancelled | Ending::HeldBack => {
                for edge in consumers {
                    self.give_up(edge.step, Command::Skip, commands);
                }
            }
        }
    }

    /// Ends a step that was not started, and all that waits for it.
    fn give_up(
        &mut self,
        step: usize,
        command: impl Fn(usize) -> Command,
        commands: &mut Vec<Command>,
    ) {
        let mut stack = vec![step];
        while let Some(step) = stack.pop() {
            if self.is_in(step, Phase::Ended) {
                continue;
            }
            self.steps[step].phase = Phase::Ended;
            self.open -= 1;
            commands.push(command(step));
            let consumers = std::mem::take(&mut self.steps[step].consumers);
            stack.extend(consumers.iter().rev().map(|edge| edge.step));
        }
    }

    fn skip_ready(&mut self, commands: &mut Vec<Command>) {
        let mut ready: Vec<usize> = self
            .classes
            .iter_mut()
            .flat_map(|class| class.ready.drain().map(|ready| ready.step.0))
            .collect();
        ready.sort_unstable();
        for step in ready {
            self.give_up(step, Command::Skip, commands);
        }
    }

    fn cancel(&mut self, commands: &mut Vec<Command>) {
        if self.stopping >= Stopping::Cancelled {
            return;
        }
        self.stopping = Stopping::Cancelled;
        commands.push(Command::Cancel);
        for class in &mut self.classes {
            class.ready.clear();
        }
        for step in 0..self.steps.len() {
            if self.is_in(step, Phase::Waiting) || self.is_in(step, Phase::Ready) {
                self.give_up(step, Command::Skip, commands);
            }
        }
    }

    /// Starts what the pools have room for, the most urgent first.
    fn run_ready(&mut self, commands: &mut Vec<Command>) {
        // What steps behind a waiting one may take: its scarce pools are closed.
        let mut left = self.free;
        let mut passed = vec![false; self.classes.len()];
        while left.cpu > 0 {
            let best = self
                .classes
                .iter()
                .enumerate()
                .filter(|&(class, _)| !passed[class])
                .filter_map(|(class, queue)| Some((*queue.ready.peek()?, class)))
                .max();
            let Some((ready, class)) = best else { return };
            let need = self.classes[class].need;
            if need.fits(left) {
                self.classes[class].ready.pop();
                self.steps[ready.step.0].phase = Phase::Running;
                self.free = self.free.minus(need);
                left = left.minus(need);
                commands.push(Command::Run(ready.step.0));
            } else {
                passed[class] = true;
                left = left.closed_where_short(need);
            }
        }
    }
}

impl Pool {
    /// This need on a machine that has `total`: at least one core and at most
    /// all of them. What asks for more memory or GPUs than there are takes
    /// everything, so that it runs alone.
    fn within(self, total: Self) -> Self {
        if self.memory > total.memory || self.gpu > total.gpu {
            return total;
        }
        Self { cpu: self.cpu.clamp(1, total.cpu), ..self }
    }

    fn fits(self, free: Self) -> bool {
        self.cpu <= free.cpu && self.memory <= free.memory && self.gpu <= free.gpu
    }

    fn plus(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_add(other.cpu),
            memory: self.memory.saturating_add(other.memory),
            gpu: self.gpu.saturating_add(other.gpu),
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(other.cpu),
            memory: self.memory.saturating_sub(other.memory),
            gpu: self.gpu.saturating_sub(other.gpu),
        }
    }

    /// Without what `need` finds too little of.
    fn closed_where_short(self, need: Self) -> Self {
        Self {
            cpu: if need.cpu > self.cpu { 0 } else { self.cpu },
            memory: if need.memory > self.memory { 0 } else { self.memory },
            gpu: if need.gpu > self.gpu { 0 } else { self.gpu },
        }
    }
}

impl From<&Resources> for Pool {
    fn from(resources: &Resources) -> Self {
        Self { cpu: resources.cpu, memory: resources.memory.unwrap_or(0), gpu: resources.gpu }
    }
}

#[cfg(test)]
mod tests;
