//! [`Stage`]: work on one item after the other, beside the thread that makes them.
//!
//! Invariant: items are worked on in the order in which they are given, so that what comes
//! out is what one thread makes; two wait at the most.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

use ingot_protocol::Failure;

/// Items that may wait.
const WAITING: usize = 2;

/// What is done to an item, and what it grows.
type Work<'scope, Item, Outcome> =
    Box<dyn FnMut(&mut Outcome, Item) -> Result<(), Failure> + Send + 'scope>;

/// Work on items.
pub(crate) enum Stage<'scope, Item, Outcome> {
    /// Done where the items are made.
    Here { outcome: Outcome, work: Work<'scope, Item, Outcome> },
    /// Done by a thread of its own.
    Beside { sender: SyncSender<Item>, thread: ScopedJoinHandle<'scope, Result<Outcome, Failure>> },
}

impl<'scope, Item: Send + 'scope, Outcome: Send + 'scope> Stage<'scope, Item, Outcome> {
    /// Begins; beside the others, where more than one thread may work.
    pub(crate) fn begin<'env>(
        (scope, cpus): (&'scope Scope<'scope, 'env>, u64),
        mut outcome: Outcome,
        work: impl FnMut(&mut Outcome, Item) -> Result<(), Failure> + Send + 'scope,
    ) -> Self {
        let mut work: Work<'scope, Item, Outcome> = Box::new(work);
        if cpus < 2 {
            return Self::Here { outcome, work };
        }
        let (sender, receiver) = sync_channel(WAITING);
        let thread = scope.spawn(move || {
            receiver.into_iter().try_for_each(|item| work(&mut outcome, item))?;
            Ok(outcome)
        });
        Self::Beside { sender, thread }
    }

    /// Gives it an item. A thread that has failed takes none, and says why at the end: what
    /// it says there goes before what is said here.
    pub(crate) fn give(&mut self, item: Item) -> Result<(), Failure> {
        match self {
            Self::Here { outcome, work } => work(outcome, item),
            Self::Beside { sender, .. } => {
                sender.send(item).map_err(|_| Failure::new("D0312", "a thread has stopped"))
            }
        }
    }

    /// Waits until every item is worked on.
    pub(crate) fn finish(self) -> Result<Outcome, Failure> {
        match self {
            Self::Here { outcome, .. } => Ok(outcome),
            Self::Beside { sender, thread } => {
                drop(sender);
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }
        }
    }
}
