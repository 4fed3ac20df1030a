//! Microseconds a step that the scheduler takes, over graphs of growing size: events in,
//! commands out, no process and no file. `cargo xtask bench` puts it into its table.

#![allow(clippy::print_stdout, reason = "what a benchmark is for")]

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use ingot::engine::scheduler::{
    Command, Dependency, Ending, Event, Node, Pool, Resolution, Scheduler,
};

fn main() {
    for steps in [1_000, 10_000, 100_000] {
        let nodes = nodes(steps);
        let rounds = 1_000_000 / steps;
        let begun = Instant::now();
        for _ in 0..rounds {
            drive(nodes.clone());
        }
        let each = begun.elapsed().as_secs_f64() / (rounds * steps) as f64;
        println!("{steps} steps: {:.3} us a step", each * 1e6);
    }
}

/// A layered graph: each step waits for three of those before it, spread by a fixed rule.
fn nodes(steps: usize) -> Vec<Node> {
    (0..steps)
        .map(|index| Node {
            dependencies: [7, 31, 101]
                .into_iter()
                .filter_map(|back| index.checked_sub(back))
                .map(|step| Dependency { step, must_pass: true })
                .collect(),
            cost: Some(Duration::from_millis(index as u64 % 50)),
            need: Pool { cpu: 1 + index as u32 % 2, memory: 0, gpu: 0 },
        })
        .collect()
}

/// Every step misses, runs and ends well, the oldest first.
fn drive(nodes: Vec<Node>) {
    let pools = Pool { cpu: 16, memory: u64::MAX, gpu: 0 };
    let mut scheduler = Scheduler::new(nodes, pools, false);
    let mut commands: VecDeque<Command> = scheduler.on(Event::Start).into();
    let mut running = VecDeque::new();
    loop {
        let event = match commands.pop_front() {
            Some(Command::Resolve(step)) => {
                Event::Resolved { step, resolution: Resolution::MustRun }
            }
            Some(Command::Run(step)) => {
                running.push_back(step);
                continue;
            }
            Some(Command::Finish) => return,
            Some(Command::Block { .. } | Command::Skip(_) | Command::Cancel) => continue,
            None => match running.pop_front() {
                Some(step) => {
                    Event::Finished { step, result: Ending::Done { verdict_blocks: false } }
                }
                None => return,
            },
        };
        commands.extend(scheduler.on(event));
    }
}
