//! [`Stage`]: work on one item after the other, beside the thread that makes them.
//!
//! Invariant: items are worked on in the order in which they are given, so that what comes
//! out is what one thread would make; two wait at the most.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

use ingot_protocol::Failure;

/// Items that may wait.
const WAITING: usize = 2;

/// A thread with work of its own.
pub(super) struct Stage<'scope, Item, Outcome> {
    sender: SyncSender<Item>,
    thread: ScopedJoinHandle<'scope, Result<Outcome, Failure>>,
}

impl<'scope, Item: Send + 'scope, Outcome: Send + 'scope> Stage<'scope, Item, Outcome> {
    /// Begins: `outcome` is what the work grows.
    pub(super) fn begin<'env>(
        scope: &'scope Scope<'scope, 'env>,
        mut outcome: Outcome,
        mut work: impl FnMut(&mut Outcome, Item) -> Result<(), Failure> + Send + 'scope,
    ) -> Self {
        let (sender, receiver) = sync_channel(WAITING);
        let thread = scope.spawn(move || {
            receiver.into_iter().try_for_each(|item| work(&mut outcome, item))?;
            Ok(outcome)
        });
        Self { sender, thread }
    }

    /// Gives it an item; whether it still works.
    pub(super) fn give(&self, item: Item) -> bool {
        self.sender.send(item).is_ok()
    }

    /// Waits until every item is worked on.
    pub(super) fn finish(self) -> Result<Outcome, Failure> {
        drop(self.sender);
        match self.thread.join() {
            Ok(outcome) => outcome,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}
