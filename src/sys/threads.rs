//! The threads that walk trees.

use std::sync::LazyLock;

use rayon::{ThreadPool, ThreadPoolBuilder};

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
