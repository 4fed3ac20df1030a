//! Faults on demand: the twin of the file system that tests run against.
//!
//! A test arms a folder: the k-th operation on a path below it fails, in one
//! of the ways a machine fails. Outside of tests there is nothing to arm, and
//! `point` and `length` are constants. Invariant: faults of one folder never
//! reach another, so that tests with faults run beside the others.

#[cfg(not(test))]
pub use absent::{length, point};
#[cfg(test)]
pub use armed::{Fault, arm, length, point};

#[cfg(not(test))]
mod absent {
    use std::io;
    use std::path::Path;

    /// Called before every operation; the error that it is to end with, if any.
    #[inline]
    pub fn point(_operation: &'static str, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    /// How many of `length` bytes a write or a copy gets down, and how it ends.
    #[inline]
    pub fn length(_path: &Path, length: u64) -> (u64, io::Result<()>) {
        (length, Ok(()))
    }
}

#[cfg(test)]
mod armed {
    #![allow(clippy::unwrap_used)]

    use std::io;
    use std::path::{Path, PathBuf};
    use std::sync::Mutex;

    /// How an operation fails.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Fault {
        /// It fails, once; a write leaves nothing.
        Error,
        /// The disk is full from now on; a write leaves its first half.
        Full,
        /// The process is gone: a write leaves its first half, and nothing
        /// that comes after it happens.
        Crash,
    }

    struct Plan {
        root: PathBuf,
        left: usize,
        fault: Fault,
        met: bool,
    }

    static PLANS: Mutex<Vec<Plan>> = Mutex::new(Vec::new());

    /// The fault of one folder, until dropped.
    #[derive(Debug)]
    pub struct Armed {
        root: PathBuf,
    }

    /// Lets `operations` operations below `root` pass, and the next one fail.
    pub fn arm(root: &Path, operations: usize, fault: Fault) -> Armed {
        let root = root.to_owned();
        PLANS.lock().unwrap().push(Plan {
            root: root.clone(),
            left: operations,
            fault,
            met: false,
        });
        Armed { root }
    }

    impl Armed {
        /// Whether an operation met the fault.
        pub fn met(&self) -> bool {
            PLANS.lock().unwrap().iter().any(|plan| plan.root == self.root && plan.met)
        }
    }

    impl Drop for Armed {
        fn drop(&mut self) {
            PLANS.lock().unwrap().retain(|plan| plan.root != self.root);
        }
    }

    /// The fault that this operation meets.
    fn meet(operation: &str, path: &Path) -> Option<Fault> {
        let mut plans = PLANS.lock().unwrap();
        let place = plans.iter().position(|plan| path.starts_with(&plan.root))?;
        let plan = &mut plans[place];
        if plan.left > 0 {
            plan.left -= 1;
            return None;
        }
        let meets = match plan.fault {
            Fault::Error => !plan.met,
            Fault::Crash => true,
            // A full disk still reads, renames and removes.
            Fault::Full => matches!(operation, "write" | "create"),
        };
        plan.met |= meets;
        meets.then_some(plan.fault)
    }

    fn error(fault: Fault) -> io::Error {
        match fault {
            Fault::Error => io::Error::other("injected fault"),
            Fault::Full => io::Error::from(io::ErrorKind::StorageFull),
            Fault::Crash => io::Error::other("injected crash"),
        }
    }

    /// See the twin outside of tests.
    pub fn point(operation: &'static str, path: &Path) -> io::Result<()> {
        meet(operation, path).map_or(Ok(()), |fault| Err(error(fault)))
    }

    /// See the twin outside of tests.
    pub fn length(path: &Path, length: u64) -> (u64, io::Result<()>) {
        match meet("write", path) {
            None => (length, Ok(())),
            Some(fault @ Fault::Error) => (0, Err(error(fault))),
            Some(fault) => (length / 2, Err(error(fault))),
        }
    }
}
