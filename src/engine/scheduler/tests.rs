//! Random graphs on random machines with random endings, driven to the end.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

/// How a step of a made-up build behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Hit { verdict_blocks: bool },
    Done { verdict_blocks: bool },
    Failed,
    Unresolvable,
    HeldBack,
}

/// How a step of a made-up build ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Hit,
    Done,
    Failed,
    Blocked(usize),
    Skipped,
    Cancelled,
    HeldBack,
}

#[derive(Debug, Clone)]
struct Build {
    nodes: Vec<Node>,
    fates: Vec<Fate>,
    pools: Pool,
    keep_going: bool,
    /// After how many events the user interrupts, if at all.
    interrupt: Option<usize>,
    /// Which of the open answers comes next, round and round.
    order: Vec<usize>,
}

#[derive(Debug, PartialEq, Eq)]
struct Trace {
    ends: Vec<End>,
    commands: Vec<Command>,
}

/// Drives the build and checks, at every command, what must always hold.
fn drive(build: &Build) -> Trace {
    let Build { nodes, fates, .. } = build;
    let mut scheduler = Scheduler::new(nodes.clone(), build.pools, build.keep_going);
    let total = Pool { cpu: build.pools.cpu.max(1), ..build.pools };
    let mut ends: Vec<Option<End>> = vec![None; nodes.len()];
    let mut resolved = vec![false; nodes.len()];
    let (mut open, mut running) = (Vec::new(), Vec::new());
    let mut commands = Vec::new();
    let (mut failed, mut cancelled, mut finished) = (false, false, false);
    let mut event = Event::Start;
    for turn in 0.. {
        for command in scheduler.on(event) {
            assert!(!finished, "{command:?} after the end");
            commands.push(command);
            match command {
                Command::Resolve(step) => {
                    assert!(!std::mem::replace(&mut resolved[step], true), "resolved twice");
                    assert!(!cancelled);
                    for edge in &nodes[step].dependencies {
                        let before = ends[edge.step];
                        assert!(matches!(before, Some(End::Hit | End::Done)), "{before:?}");
                        assert!(!(edge.must_pass && blocks(fates[edge.step])));
                    }
                    open.push(match fates[step] {
                        Fate::Hit { verdict_blocks } => {
                            let resolution = Resolution::Hit { verdict_blocks };
                            Event::Resolved { step, resolution }
                        }
                        Fate::Unresolvable => Event::Finished { step, result: Ending::Failed },
                        Fate::HeldBack => Event::Finished { step, result: Ending::HeldBack },
                        _ => Event::Resolved { step, resolution: Resolution::MustRun },
                    });
                }
                Command::Run(step) => {
                    assert!(!cancelled && (build.keep_going || !failed), "started after the stop");
                    running.push(step);
                    let needs = running.iter().map(|&step: &usize| nodes[step].need.within(total));
                    let sum = needs.fold(Pool::default(), Pool::plus);
                    assert!(sum.fits(total), "{sum:?} of {total:?}");
                    let result = match fates[step] {
                        Fate::Done { verdict_blocks } => Ending::Done { verdict_blocks },
                        _ => Ending::Failed,
                    };
                    open.push(Event::Finished { step, result });
                }
                Command::Block { step, by } => end(&mut ends, step, End::Blocked(by)),
                Command::Skip(step) => end(&mut ends, step, End::Skipped),
                Command::Cancel => {
                    cancelled = true;
                    for event in &mut open {
                        if let Event::Finished { step, result } = event
                            && running.contains(step)
                        {
                            *result = Ending::Cancelled;
                        }
                    }
                }
                Command::Finish => finished = true,
            }
        }
        if build.interrupt == Some(turn) {
            event = Event::Cancelled;
            continue;
        }
        if open.is_empty() {
            break;
        }
        let next = build.order.get(turn % build.order.len().max(1)).copied().unwrap_or(0);
        event = open.swap_remove(next % open.len());
        match event {
            Event::Resolved { step, resolution: Resolution::Hit { .. } } => {
                end(&mut ends, step, End::Hit);
            }
            Event::Finished { step, result } => {
                running.retain(|&other| other != step);
                failed |= result == Ending::Failed;
                let ended = match result {
                    Ending::Done { .. } => End::Done,
                    Ending::Failed => End::Failed,
                    Ending::Cancelled => End::Cancelled,
                    Ending::HeldBack => End::HeldBack,
                };
                end(&mut ends, step, ended);
            }
            _ => {}
        }
    }
    assert!(finished, "the build hangs");
    Trace { ends: ends.into_iter().map(Option::unwrap).collect(), commands }
}

fn end(ends: &mut [Option<End>], step: usize, end: End) {
    assert_eq!(ends[step].replace(end), None, "step {step} ended twice");
}

fn blocks(fate: Fate) -> bool {
    matches!(fate, Fate::Hit { verdict_blocks: true } | Fate::Done { verdict_blocks: true })
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Done { verdict_blocks: false }),
        3 => Just(Fate::Hit { verdict_blocks: false }),
        1 => Just(Fate::Hit { verdict_blocks: true }),
        1 => Just(Fate::Done { verdict_blocks: true }),
        1 => Just(Fate::Failed),
        1 => Just(Fate::Unresolvable),
        1 => Just(Fate::HeldBack),
    ]
}

fn need() -> impl Strategy<Value = Pool> {
    (0..6_u32, 0..5_u64, 0..3_u32).prop_map(|(cpu, memory, gpu)| Pool { cpu, memory, gpu })
}

fn build() -> impl Strategy<Value = Build> {
    let step = (
        fate(),
        need(),
        prop::option::of(0..100_u64),
        prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..4),
    );
    (
        prop::collection::vec(step, 0..40),
        need(),
        any::<bool>(),
        prop::option::of(0..60_usize),
        prop::collection::vec(0..10_usize, 1..10),
    )
        .prop_map(|(steps, pools, keep_going, interrupt, order)| {
            let mut nodes = Vec::new();
            let mut fates = Vec::new();
            for (index, (fate, need, cost, edges)) in steps.into_iter().enumerate() {
                let mut dependencies: Vec<Dependency> = Vec::new();
                for (producer, must_pass) in edges {
                    let step = if index == 0 { continue } else { producer.index(index) };
                    if dependencies.iter().all(|edge| edge.step != step) {
                        dependencies.push(Dependency { step, must_pass });
                    }
                }
                nodes.push(Node { dependencies, cost: cost.map(Duration::from_secs), need });
                fates.push(fate);
            }
            Build { nodes, fates, pools, keep_going, interrupt, order }
        })
}

proptest! {
    /// `drive` asserts that dependencies precede, that pools are never
    /// exceeded, that every step ends exactly once and that the build ends.
    #[test]
    fn every_build_ends_with_one_end_a_step(build in build()) {
        drive(&build);
    }

    #[test]
    fn the_same_events_give_the_same_commands(build in build()) {
        prop_assert_eq!(drive(&build), drive(&build));
    }

    #[test]
    fn without_failures_every_step_has_a_result(mut build in build()) {
        build.interrupt = None;
        for fate in &mut build.fates {
            *fate = match *fate {
                Fate::Hit { .. } => Fate::Hit { verdict_blocks: false },
                _ => Fate::Done { verdict_blocks: false },
            };
        }
        let trace = drive(&build);
        prop_assert!(trace.ends.iter().all(|end| matches!(end, End::Hit | End::Done)));
    }

    /// With `keep_going` and without interruption, the ends do not depend on
    /// the order of answers: a step runs unless something before it keeps it back.
    #[test]
    fn a_step_is_blocked_exactly_when_something_before_it_is_wrong(mut build in build()) {
        (build.keep_going, build.interrupt) = (true, None);
        for fate in &mut build.fates {
            if *fate == Fate::HeldBack {
                *fate = Fate::Failed;
            }
        }
        let trace = drive(&build);
        let mut lost: Vec<bool> = Vec::new();
        for (node, fate) in build.nodes.iter().zip(&build.fates) {
            let blocked = node.dependencies.iter().any(|edge| {
                let wrong = matches!(build.fates[edge.step], Fate::Failed | Fate::Unresolvable);
                lost[edge.step] || wrong || (edge.must_pass && blocks(build.fates[edge.step]))
            });
            let step = lost.len();
            lost.push(blocked);
            match trace.ends[step] {
                End::Blocked(by) => prop_assert!(blocked && !lost[by], "{by} is no cause"),
                end => {
                    let own = match fate {
                        Fate::Hit { .. } => End::Hit,
                        Fate::Done { .. } => End::Done,
                        Fate::Failed | Fate::Unresolvable | Fate::HeldBack => End::Failed,
                    };
                    prop_assert!(!blocked);
                    prop_assert_eq!(end, own);
                }
            }
        }
    }

    /// A step that is not for this build leaves what waits for it, and nothing else.
    #[test]
    fn what_waits_for_a_step_that_is_held_back_is_skipped(mut build in build()) {
        (build.keep_going, build.interrupt) = (false, None);
        for fate in &mut build.fates {
            *fate = match *fate {
                Fate::HeldBack | Fate::Failed | Fate::Unresolvable => Fate::HeldBack,
                _ => Fate::Done { verdict_blocks: false },
            };
        }
        let trace = drive(&build);
        let mut skipped: Vec<bool> = Vec::new();
        for (step, node) in build.nodes.iter().enumerate() {
            let held = |step: usize| build.fates[step] == Fate::HeldBack;
            let waits = node.dependencies.iter().any(|edge| skipped[edge.step] || held(edge.step));
            skipped.push(waits);
            let expected = match (waits, held(step)) {
                (true, _) => End::Skipped,
                (false, true) => End::HeldBack,
                (false, false) => End::Done,
            };
            prop_assert_eq!(trace.ends[step], expected);
        }
    }

    #[test]
    fn events_that_fit_no_phase_change_nothing(
        build in build(),
        steps in prop::collection::vec(0..100_usize, 0..20),
    ) {
        let mut scheduler = Scheduler::new(build.nodes.clone(), build.pools, true);
        for step in steps {
            let result = Ending::Failed;
            let commands = scheduler.on(Event::Finished { step, result });
            prop_assert!(commands.is_empty() || build.nodes.is_empty());
        }
    }
}

fn step(dependencies: &[usize], cost: u64, need: Pool) -> Node {
    let edge = |&step| Dependency { step, must_pass: true };
    Node {
        dependencies: dependencies.iter().map(edge).collect(),
        cost: Some(Duration::from_secs(cost)),
        need,
    }
}

fn cpu(cpu: u32) -> Pool {
    Pool { cpu, ..Pool::default() }
}

/// Starts a build in which nothing is cached; gives what runs at once.
fn first_runs(nodes: Vec<Node>, pools: Pool) -> (Scheduler, Vec<usize>) {
    let count = nodes.len();
    let mut scheduler = Scheduler::new(nodes, pools, false);
    let mut runs = Vec::new();
    scheduler.on(Event::Start);
    for step in 0..count {
        let event = Event::Resolved { step, resolution: Resolution::MustRun };
        runs.extend(runs_of(scheduler.on(event)));
    }
    (scheduler, runs)
}

fn runs_of(commands: Vec<Command>) -> Vec<usize> {
    let run = |command| if let Command::Run(step) = command { Some(step) } else { None };
    commands.into_iter().filter_map(run).collect()
}

fn done(step: usize) -> Event {
    Event::Finished { step, result: Ending::Done { verdict_blocks: false } }
}

#[test]
fn the_longest_way_to_the_end_goes_first() {
    // 1 is short but leads to the long 4; 2 and 3 tie.
    let nodes = vec![
        step(&[], 9, cpu(1)),
        step(&[], 1, cpu(1)),
        step(&[], 5, cpu(1)),
        step(&[], 5, cpu(1)),
        step(&[1], 20, cpu(1)),
    ];
    let (mut scheduler, runs) = first_runs(nodes, cpu(1));
    assert_eq!(runs, [1]);
    // 4 may be a hit, and else it is what should run now.
    assert_eq!(scheduler.on(done(1)), [Command::Resolve(4)]);
    let resolved = Event::Resolved { step: 4, resolution: Resolution::MustRun };
    assert_eq!(scheduler.on(resolved), [Command::Run(4)]);
    for (before, next) in [(4, 0), (0, 2), (2, 3)] {
        assert_eq!(scheduler.on(done(before)), [Command::Run(next)]);
    }
    assert_eq!(scheduler.on(done(3)), [Command::Finish]);
}

#[test]
fn a_wide_step_is_not_overtaken_for_ever() {
    let nodes = vec![step(&[], 9, cpu(1)), step(&[], 5, cpu(2)), step(&[], 1, cpu(1))];
    let (mut scheduler, runs) = first_runs(nodes, cpu(2));
    assert_eq!(runs, [0], "the second core waits for the step that needs both");
    assert_eq!(runs_of(scheduler.on(done(0))), [1]);
    assert_eq!(runs_of(scheduler.on(done(1))), [2]);
}

#[test]
fn a_step_that_waits_for_a_gpu_lets_others_pass() {
    let gpu = Pool { cpu: 1, memory: 0, gpu: 1 };
    let nodes = vec![step(&[], 9, gpu), step(&[], 5, gpu), step(&[], 1, cpu(1))];
    let (_, runs) = first_runs(nodes, Pool { cpu: 4, memory: 0, gpu: 1 });
    assert_eq!(runs, [0, 2]);
}

#[test]
fn what_fits_nothing_runs_alone() {
    let large = Pool { cpu: 1, memory: 100, gpu: 0 };
    let nodes = vec![step(&[], 9, large), step(&[], 5, cpu(1)), step(&[], 1, cpu(64))];
    let (mut scheduler, runs) = first_runs(nodes, Pool { cpu: 4, memory: 10, gpu: 0 });
    assert_eq!(runs, [0]);
    assert_eq!(runs_of(scheduler.on(done(0))), [1]);
    assert_eq!(runs_of(scheduler.on(done(1))), [2]);
    assert_eq!(scheduler.on(done(2)), [Command::Finish]);
}

#[test]
fn a_failure_stops_what_was_not_started_unless_told_to_keep_going() {
    let nodes = vec![step(&[], 1, cpu(1)), step(&[0], 1, cpu(1)), step(&[], 1, cpu(1))];
    for (keep_going, expected) in [
        (false, vec![Command::Block { step: 1, by: 0 }, Command::Skip(2), Command::Finish]),
        (true, vec![Command::Block { step: 1, by: 0 }, Command::Run(2)]),
    ] {
        let mut scheduler = Scheduler::new(nodes.clone(), cpu(1), keep_going);
        scheduler.on(Event::Start);
        for step in [0, 2] {
            scheduler.on(Event::Resolved { step, resolution: Resolution::MustRun });
        }
        let failed = Event::Finished { step: 0, result: Ending::Failed };
        assert_eq!(scheduler.on(failed), expected);
    }
}

#[test]
fn a_step_with_the_key_of_one_that_runs_is_resolved_after_it() {
    let must_run = |step| Event::Resolved { step, resolution: Resolution::MustRun };
    let twin = Event::Resolved { step: 1, resolution: Resolution::After { step: 0 } };
    let blocks = Ending::Done { verdict_blocks: true };
    for (result, expected) in [
        (Ending::Done { verdict_blocks: false }, vec![Command::Resolve(1)]),
        (blocks, vec![Command::Resolve(1)]),
        (Ending::Failed, vec![Command::Block { step: 1, by: 0 }, Command::Finish]),
        (Ending::Cancelled, vec![Command::Skip(1), Command::Finish]),
    ] {
        let nodes = vec![step(&[], 1, cpu(1)), step(&[], 1, cpu(1))];
        let mut scheduler = Scheduler::new(nodes, cpu(4), false);
        scheduler.on(Event::Start);
        assert_eq!(scheduler.on(must_run(0)), []);
        assert_eq!(scheduler.on(twin), [Command::Run(0)]);
        assert_eq!(scheduler.on(Event::Finished { step: 0, result }), expected);
        if expected == [Command::Resolve(1)] {
            assert_eq!(scheduler.on(twin), [Command::Resolve(1)], "the other one has ended");
            assert_eq!(scheduler.on(must_run(1)), [Command::Run(1)]);
        }
    }
}

#[test]
fn an_empty_build_ends_at_once() {
    let mut scheduler = Scheduler::new(Vec::new(), Pool::default(), false);
    assert_eq!(scheduler.on(Event::Start), [Command::Finish]);
    assert_eq!(scheduler.on(Event::Start), []);
}

/// Handling an event must not look at the whole graph: a quadratic scheduler
/// would not come to the end of this one.
#[test]
fn a_hundred_thousand_steps_are_no_matter() {
    const STEPS: usize = 100_000;
    let nodes: Vec<Node> = (0..STEPS)
        .map(|index| {
            let before = [index / 2, index.saturating_sub(7)];
            let edges: Vec<usize> = before.into_iter().filter(|&step| step < index).collect();
            let gpu = u32::from(index % 3 == 0);
            step(&edges, index as u64 % 13, Pool { cpu: 1, memory: index as u64 % 5, gpu })
        })
        .collect();
    let mut scheduler = Scheduler::new(nodes, Pool { cpu: 16, memory: 16, gpu: 2 }, false);
    let mut queue = std::collections::VecDeque::from(scheduler.on(Event::Start));
    let mut runs = 0;
    while let Some(command) = queue.pop_front() {
        let event = match command {
            Command::Resolve(step) => Event::Resolved { step, resolution: Resolution::MustRun },
            Command::Run(step) => {
                runs += 1;
                done(step)
            }
            _ => continue,
        };
        queue.extend(scheduler.on(event));
    }
    assert_eq!(runs, STEPS);
}
