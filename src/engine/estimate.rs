//! How long a build will take: the scheduler, run over the times of earlier builds.
//!
//! Invariant: the estimate goes the way that the build goes (the same scheduler, the
//! same pools), so it is right where every step takes as long as it did. A step that was
//! never timed counts as the scheduler counts it. Pure, but for [`recorded`], which asks
//! the store for the times.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::time::Duration;

use super::forecast::{Forecast, State};
use super::scheduler::{
    Command, Dependency, Ending, Event, Node, Pool, Resolution, Scheduler, UNKNOWN_COST,
};
use crate::plan::Plan;
use crate::store::Store;

/// How a step stands at the moment from which time is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It has its end.
    Ended,
    /// It has run so long.
    Running(Duration),
    /// It is to be started.
    Open,
}

/// The time that every step which may run took last; nothing of those never timed.
pub fn recorded(store: &Store, plan: &Plan, forecast: &Forecast) -> BTreeMap<String, Duration> {
    let mut times = BTreeMap::new();
    let names = plan.steps.iter().map(|step| step.name.as_str());
    let observed = store.observed(names).unwrap_or_default();
    for ((step, state), is_there) in plan.steps.iter().zip(&forecast.states).zip(observed) {
        if is_there
            && standing(state) == Phase::Open
            && let Ok(Some(last)) = store.last_observation(&step.name)
            && let Ok(time) = Duration::try_from_secs_f64(last.seconds)
        {
            times.insert(step.name.clone(), time);
        }
    }
    times
}

/// The plan as the scheduler sees it, with recorded times. A step that has the key of
/// another one waits for it, whatever its verdict.
pub fn nodes(plan: &Plan, forecast: &Forecast, recorded: &BTreeMap<String, Duration>) -> Vec<Node> {
    plan.steps
        .iter()
        .zip(&forecast.states)
        .map(|(step, state)| {
            let declared = step.dependencies.iter().map(|&before| Dependency {
                step: before,
                must_pass: !step.kind.accepts_failed || step.requires.contains(&before),
            });
            let twins = match state {
                State::Depends { on } => on.as_slice(),
                _ => &[],
            };
            let twins = twins
                .iter()
                .filter(|twin| !step.dependencies.contains(twin))
                .map(|&step| Dependency { step, must_pass: false });
            let twins: Vec<Dependency> = twins.collect();
            // It takes the other one's result.
            let cost = if twins.is_empty() {
                recorded.get(&step.name).copied()
            } else {
                Some(Duration::ZERO)
            };
            Node {
                dependencies: declared.chain(twins).collect(),
                cost,
                need: Pool::from(&step.resources),
            }
        })
        .collect()
}

/// How a step stands before the build. One that runs only if its inputs change is taken
/// to run.
pub fn standing(state: &State) -> Phase {
    match state {
        State::Hit(_) | State::Blocked { .. } => Phase::Ended,
        State::Run { .. } | State::Depends { .. } => Phase::Open,
    }
}

/// The wall time of a whole build.
pub fn whole(
    plan: &Plan,
    forecast: &Forecast,
    recorded: &BTreeMap<String, Duration>,
    pools: Pool,
) -> Estimate {
    let standing: Vec<Phase> = forecast.states.iter().map(standing).collect();
    let nodes = nodes(plan, forecast, recorded);
    Estimate {
        time: (!recorded.is_empty()).then(|| left(&nodes, &standing, pools)),
        untimed: untimed(&nodes, &standing),
    }
}

/// How many of the steps that have no end yet were never timed.
pub fn untimed(nodes: &[Node], standing: &[Phase]) -> u64 {
    let is_left =
        |(node, standing): &(&Node, &Phase)| node.cost.is_none() && **standing != Phase::Ended;
    nodes.iter().zip(standing).filter(is_left).count() as u64
}

/// What is known of the time of a whole build.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Estimate {
    /// The wall time; nothing where no step of it was ever timed.
    pub time: Option<Duration>,
    /// How many of the steps that run, or may run, were never timed.
    pub untimed: u64,
}

/// The wall time until every step has its end, when nothing fails.
pub fn left(nodes: &[Node], standing: &[Phase], pools: Pool) -> Duration {
    let mut costs = Vec::with_capacity(nodes.len());
    let mut urgent = nodes.to_vec();
    for (node, standing) in urgent.iter_mut().zip(standing) {
        let cost = node.cost.unwrap_or(UNKNOWN_COST);
        costs.push(match standing {
            Phase::Running(so_far) => {
                // What runs is not overtaken by what is only ready.
                node.cost = Some(Duration::MAX);
                cost.saturating_sub(*so_far)
            }
            Phase::Ended | Phase::Open => cost,
        });
    }
    let mut scheduler = Scheduler::new(urgent, pools, true);
    let mut running: BinaryHeap<Reverse<(Duration, usize)>> = BinaryHeap::new();
    let mut now = Duration::ZERO;
    let mut commands: VecDeque<Command> = scheduler.on(Event::Start).into();
    loop {
        while let Some(command) = commands.pop_front() {
            match command {
                Command::Resolve(step) => {
                    let resolution = match standing[step] {
                        Phase::Ended => Resolution::Hit { verdict_blocks: false },
                        Phase::Running(_) | Phase::Open => Resolution::MustRun,
                    };
                    commands.extend(scheduler.on(Event::Resolved { step, resolution }));
                }
                Command::Run(step) => {
                    running.push(Reverse((now.saturating_add(costs[step]), step)));
                }
                Command::Finish => return now,
                Command::Block { .. } | Command::Skip(_) | Command::Cancel => {}
            }
        }
        let Some(Reverse((end, step))) = running.pop() else { return now };
        now = end;
        let result = Ending::Done { verdict_blocks: false };
        commands.extend(scheduler.on(Event::Finished { step, result }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(dependencies: &[usize], seconds: u64, cpu: u32) -> Node {
        let edge = |&step| Dependency { step, must_pass: true };
        Node {
            dependencies: dependencies.iter().map(edge).collect(),
            cost: Some(Duration::from_secs(seconds)),
            need: Pool { cpu, ..Pool::default() },
        }
    }

    /// Seconds until the end on so many cores.
    fn seconds(nodes: &[Node], standing: &[Phase], cores: u32) -> u64 {
        left(nodes, standing, Pool { cpu: cores, ..Pool::default() }).as_secs()
    }

    #[test]
    fn it_is_the_sum_on_one_core_and_the_longest_way_on_many() {
        // 0 -> 2 -> 3 is a way of 2 + 5 + 1; 1 stands beside it.
        let nodes = [node(&[], 2, 1), node(&[], 6, 1), node(&[0], 5, 1), node(&[2], 1, 1)];
        let open = [Phase::Open; 4];
        assert_eq!(seconds(&nodes, &open, 1), 14);
        assert_eq!(seconds(&nodes, &open, 2), 8);
        assert_eq!(seconds(&nodes, &open, 64), 8);
    }

    #[test]
    fn what_needs_the_whole_machine_runs_alone() {
        let nodes = [node(&[], 4, 2), node(&[], 3, 1), node(&[], 3, 1)];
        assert_eq!(seconds(&nodes, &[Phase::Open; 3], 2), 7);
    }

    #[test]
    fn what_has_ended_costs_nothing_and_what_runs_costs_the_rest() {
        let nodes = [node(&[], 9, 1), node(&[0], 5, 1), node(&[0], 8, 1), node(&[1, 2], 1, 1)];
        let running = |so_far| Phase::Running(Duration::from_secs(so_far));
        let ended = Phase::Ended;
        assert_eq!(seconds(&nodes, &[ended, running(2), Phase::Open, Phase::Open], 2), 9);
        // On one core 1 goes on though 2 has the longer way.
        assert_eq!(seconds(&nodes, &[ended, running(2), Phase::Open, Phase::Open], 1), 12);
        assert_eq!(seconds(&nodes, &[ended, running(60), ended, Phase::Open], 1), 1);
        assert_eq!(seconds(&nodes, &[ended; 4], 1), 0);
    }

    #[test]
    fn a_step_that_was_never_timed_counts_a_little() {
        let nodes = [Node { cost: None, ..node(&[], 0, 1) }, node(&[0], 3, 1)];
        let expected = UNKNOWN_COST.as_secs() + 3;
        assert_eq!(seconds(&nodes, &[Phase::Open; 2], 1), expected);
        assert_eq!(seconds(&[], &[], 1), 0);
    }
}
