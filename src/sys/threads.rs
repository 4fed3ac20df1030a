//! The threads that walk trees, and those that wait for them.
//!
//! Invariant: how deep a stack gets depends on one tree, never on how many there are.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::env;

/// Enough for the deepest tree that is kept, also while a thread that waits for another
/// one takes up a second walk.
const STACK: usize = 16 << 20;

static DEEP: LazyLock<Option<ThreadPool>> =
    LazyLock::new(|| ThreadPoolBuilder::new().stack_size(STACK).build().ok());

/// Walks a tree where there is stack for it.
pub fn walk<T: Send>(walk: impl FnOnce() -> T + Send) -> T {
    match &*DEEP {
        Some(pool) => pool.install(walk),
        None => walk(),
    }
}

/// What a task says of each item, in their order, on as many threads as the machine has.
///
/// For tasks that [`walk`]: a thread of a pool that waited there would take up the next item
/// meanwhile, on the same stack, and with thousands of them the stack would end.
pub fn each<T: Sync, R: Send>(items: &[T], task: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = (env::processors() as usize).min(items.len());
    if threads < 2 {
        return items.iter().map(task).collect();
    }
    let next = AtomicUsize::new(0);
    let run = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return done };
            done.push((at, task(item)));
        }
    };
    let mut all: Vec<(usize, R)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let own = run();
        let joined = others.into_iter().flat_map(|thread| match thread.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        own.into_iter().chain(joined).collect()
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, said)| said).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_of_walks_take_no_more_stack_than_one() {
        use rayon::prelude::*;

        let items: Vec<usize> = (0..20_000).collect();
        let said = each(&items, |&item| {
            walk(|| {
                // As the names of a folder are looked at.
                let below: Vec<usize> = (0..4).into_par_iter().map(|name| name * item).collect();
                below.into_iter().sum::<usize>()
            })
        });
        assert_eq!(said, items.iter().map(|item| 6 * item).collect::<Vec<_>>());
    }
}
