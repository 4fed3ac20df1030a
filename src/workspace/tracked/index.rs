//! git's index, read just far enough to see whether a path is in it. Pure.
//!
//! Versions 2, 3 and 4 with digests of 20 or 32 bytes: git's `Documentation/gitformat-index`.
//! Invariant: an answer is given only of bytes that are an index to their last one; each
//! byte is looked at a bounded number of times.

/// What an index says of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Presence {
    /// It is there, or something in it.
    Yes,
    /// It is not there.
    No,
    /// It is not there, and the rest of the index is the shared one of this name.
    AsIn(String),
}

/// Looks for a path.
pub(super) fn look(bytes: &[u8], path: &[u8]) -> Result<Presence, &'static str> {
    // Nothing in the file says how long its digests are.
    let read = [20, 32].into_iter().find_map(|digest| Reader { bytes, at: 0, digest }.read(path));
    read.unwrap_or(Err("it is no index of version 2, 3 or 4"))
}

/// The mode of a folder that stands for all that is in it.
const SPARSE: u32 = 0o040_000;

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Bytes of a digest.
    digest: usize,
}

impl<'a> Reader<'a> {
    /// What it says of a path; nothing where it is no index with such digests.
    fn read(mut self, path: &[u8]) -> Option<Result<Presence, &'static str>> {
        if self.take(4)? != b"DIRC" {
            return None;
        }
        let version = self.number()?;
        if !(2..=4).contains(&version) {
            return None;
        }
        let mut found = false;
        let mut sparse = false;
        let mut name = Vec::new();
        for _ in 0..self.number()? {
            let mode = self.entry(version, &mut name)?;
            found |= is_at(&name, path);
            sparse |= mode == SPARSE && path.starts_with(&name);
        }
        let end = self.bytes.len().checked_sub(self.digest)?;
        let mut shared = None;
        while self.at < end {
            let sort = self.take(4)?;
            let length = self.number()? as usize;
            let content = self.take(length)?;
            if sort == b"link" {
                shared = Some(content.get(..self.digest)?);
            } else if sort.first()?.is_ascii_lowercase() && sort != b"sdir" {
                return Some(Err("it has a part that is not known here"));
            }
        }
        if self.at != end {
            return None;
        }
        let shared = shared.filter(|digest| digest.iter().any(|byte| *byte != 0));
        Some(match (found, sparse, shared) {
            (true, ..) => Ok(Presence::Yes),
            (false, true, _) => Err("it is sparse there"),
            (false, false, Some(digest)) => {
                Ok(Presence::AsIn(digest.iter().map(|byte| format!("{byte:02x}")).collect()))
            }
            (false, false, None) => Ok(Presence::No),
        })
    }

    /// Reads one entry, whose name follows that of the one before; gives its mode.
    fn entry(&mut self, version: u32, name: &mut Vec<u8>) -> Option<u32> {
        let begin = self.at;
        self.take(24)?;
        let mode = self.number()?;
        self.take(12 + self.digest)?;
        let flags = self.take(2)?;
        // Extended flags.
        if flags.first()? & 0x40 != 0 {
            self.take(2)?;
        }
        let kept = match version {
            4 => name.len().checked_sub(self.variable()?)?,
            _ => 0,
        };
        name.truncate(kept);
        let rest = self.bytes.get(self.at..)?;
        name.extend(self.take(rest.iter().position(|byte| *byte == 0)?)?);
        let padded = match version {
            4 => 1,
            // To a multiple of eight bytes, with one at least.
            _ => 8 - (self.at - begin) % 8,
        };
        self.take(padded)?;
        Some(mode)
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    fn number(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    /// A number of as many bytes as it needs, as in git's packs.
    fn variable(&mut self) -> Option<usize> {
        let mut value = 0usize;
        loop {
            let byte = *self.take(1)?.first()?;
            value = value.checked_add(usize::from(byte & 0x7f))?;
            if byte & 0x80 == 0 {
                return Some(value);
            }
            value = value.checked_add(1)?.checked_mul(128)?;
        }
    }
}

/// Whether a name is a path or something in it. Case does not count: it does not on every
/// file system.
fn is_at(name: &[u8], path: &[u8]) -> bool {
    let same = name.get(..path.len()).is_some_and(|start| start.eq_ignore_ascii_case(path));
    same && name.get(path.len()).is_none_or(|next| *next == b'/')
}
