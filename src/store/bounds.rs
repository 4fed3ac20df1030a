//! [`Extent`]: how large a tree is, and the bounds that every tree is held to.
//!
//! A step's output, a source's folder, a tree of this store and one of a remote have the
//! same bounds, so that what one machine takes each machine can hold. Invariant: an extent
//! that was added up without an error is within them. It is made from the leaves to the
//! root, so that a node which stands a billion times in its tree is looked at once, and
//! sums saturate, so that none is too large to be told. Pure: it looks at no tree itself.

/// Deepest place of a tree, in levels below its root.
pub const MOST_DEPTH: u32 = 256;

/// Most files, folders and symlinks of a tree.
pub const MOST_ENTRIES: u64 = 1 << 24;

/// Longest name, in bytes: what the file systems of Linux hold.
pub const MOST_NAME: usize = 255;

/// Longest target of a symlink, in bytes, likewise.
pub const MOST_TARGET: usize = 4095;

/// Most bytes of all files of a tree.
pub const MOST_BYTES: u64 = 1 << 46;

/// How large a file or folder is, with all that stands below it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extent {
    /// What stands below it, at any depth.
    pub entries: u64,
    /// How many levels there are below it.
    pub depth: u32,
    /// The bytes of its files.
    pub bytes: u64,
}

/// A bound that a tree does not keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    /// A name is too long.
    #[error("has a name of {found} bytes, where {MOST_NAME} are the most")]
    Name {
        /// Its bytes.
        found: usize,
    },
    /// A symlink's target is too long.
    #[error("is a symlink to a path of {found} bytes, where {MOST_TARGET} are the most")]
    Target {
        /// Its bytes.
        found: usize,
    },
    /// It is too deep.
    #[error("has more than {MOST_DEPTH} levels")]
    Depth,
    /// It has too many entries.
    #[error("has more than {MOST_ENTRIES} files and folders")]
    Entries,
    /// Its files are too large.
    #[error("has more than {MOST_BYTES} bytes")]
    Bytes,
}

impl Extent {
    /// A file of this size.
    pub fn of_file(size: u64) -> Self {
        Self { bytes: size, ..Self::default() }
    }

    /// Adds what stands under `name` in this folder.
    pub fn add(&mut self, name: &str, below: Self) -> Result<(), TooLarge> {
        self.entries = self.entries.saturating_add(below.entries).saturating_add(1);
        self.depth = self.depth.max(below.depth.saturating_add(1));
        self.bytes = self.bytes.saturating_add(below.bytes);
        if name.len() > MOST_NAME {
            return Err(TooLarge::Name { found: name.len() });
        }
        self.within()
    }

    /// Whether it keeps the bounds: for a file that is no part of a folder.
    pub fn within(&self) -> Result<(), TooLarge> {
        match self {
            _ if self.depth > MOST_DEPTH => Err(TooLarge::Depth),
            _ if self.entries > MOST_ENTRIES => Err(TooLarge::Entries),
            _ if self.bytes > MOST_BYTES => Err(TooLarge::Bytes),
            _ => Ok(()),
        }
    }
}

/// Refuses a symlink that no file system holds.
pub fn check_target(target: &str) -> Result<(), TooLarge> {
    match target.len() {
        found if found > MOST_TARGET => Err(TooLarge::Target { found }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_folder_is_as_large_as_what_stands_in_it() {
        let mut inner = Extent::default();
        inner.add("f", Extent::of_file(3)).unwrap();
        let mut outer = Extent::default();
        outer.add("a", inner).unwrap();
        outer.add("b", inner).unwrap();
        outer.add("link", Extent::default()).unwrap();
        assert_eq!(outer, Extent { entries: 5, depth: 2, bytes: 6 });
    }

    #[test]
    fn each_bound_is_held_at_its_edge() {
        let mut deep = Extent::default();
        let levels = (0..).take_while(|_| {
            let mut above = Extent::default();
            let held = above.add("d", deep);
            deep = above;
            held.is_ok()
        });
        assert_eq!(levels.count(), MOST_DEPTH as usize);

        let longest = "n".repeat(MOST_NAME);
        let add = |name: &str, below| Extent::default().add(name, below);
        assert_eq!(add(&longest, Extent::default()), Ok(()));
        assert_eq!(
            add(&format!("{longest}n"), Extent::default()),
            Err(TooLarge::Name { found: 256 })
        );
        let full = Extent { entries: MOST_ENTRIES - 1, ..Extent::default() };
        assert_eq!(add("d", full), Ok(()));
        assert_eq!(add("d", Extent { entries: MOST_ENTRIES, ..full }), Err(TooLarge::Entries));
        assert_eq!(add("f", Extent::of_file(MOST_BYTES)), Ok(()));
        assert_eq!(add("f", Extent::of_file(MOST_BYTES + 1)), Err(TooLarge::Bytes));
        assert_eq!(check_target(&"t".repeat(MOST_TARGET)), Ok(()));
        let found = MOST_TARGET + 1;
        assert_eq!(check_target(&"t".repeat(found)), Err(TooLarge::Target { found }));
    }

    #[test]
    fn a_bomb_of_a_few_nodes_is_found_by_its_number() {
        let mut bomb = Extent::of_file(u64::MAX / 2);
        for _ in 0..200 {
            let mut above = Extent::default();
            let _ = above.add("a", bomb);
            let _ = above.add("b", bomb);
            bomb = above;
        }
        assert_eq!(bomb.bytes, u64::MAX);
        assert_eq!(bomb.within(), Err(TooLarge::Entries));
    }
}
