//! The digest of a file's bytes.
//!
//! A large file is cut where BLAKE3's own tree is, and each thread reads a piece and
//! hashes it while the piece is still in its cache. Invariant: the digest is that of the
//! bytes from first to last, however many threads there are. A file is read, not mapped:
//! one that somebody cuts short would end the program.

use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use blake3::hazmat::{
    ChainingValue, HasherExt, Mode, left_subtree_len, merge_subtrees_non_root, merge_subtrees_root,
};

use super::StoreError;
use crate::digest::Digest;
use crate::sys::PathError;
use crate::sys::fs::{self, Reader};

/// What a thread reads and hashes at once: a power of two, less than a core's own cache.
const PIECE: u64 = 1 << 20;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The digest of a file's bytes.
pub(super) fn hash_file(path: &Path, size: u64) -> Result<Digest, StoreError> {
    hash_file_unless(path, size, &AtomicBool::new(false))
}

/// The same, given up when `cancel` is set: a file may have many terabytes of nothing.
pub(super) fn hash_file_unless(
    path: &Path,
    size: u64,
    cancel: &AtomicBool,
) -> Result<Digest, StoreError> {
    let file = fs::reader(path)?;
    let whole = match size > PIECE {
        true => whole(&file, size, cancel),
        false => Ok(None),
    };
    let hash = match whole {
        Ok(Some(hash)) => Ok(hash),
        // Small, or not of this size any more: what it holds from first to last.
        Ok(None) => blake3::Hasher::new().update_reader(file).map(|hasher| hasher.finalize()),
        Err(_) if cancel.load(Ordering::Relaxed) => {
            return Err(StoreError::Interrupted { path: path.to_owned() });
        }
        Err(error) => Err(error),
    };
    match hash {
        Ok(hash) => Ok(Digest::from_bytes(*hash.as_bytes())),
        Err(error) => Err(StoreError::Path(PathError::new("read", path, error))),
    }
}

/// The hash of a file of more than one piece; nothing where it has another size.
fn whole(file: &Reader, size: u64, cancel: &AtomicBool) -> io::Result<Option<blake3::Hash>> {
    let middle = left_subtree_len(size);
    let halves =
        rayon::join(|| subtree(file, 0..middle, cancel), || subtree(file, middle..size, cancel));
    match halves {
        (Ok(one), Ok(other)) if !file.reaches(size)? => {
            Ok(Some(merge_subtrees_root(&one, &other, Mode::Hash)))
        }
        (Ok(_), Ok(_)) => Ok(None),
        (Err(error), _) | (_, Err(error)) => match error.kind() {
            ErrorKind::UnexpectedEof => Ok(None),
            _ => Err(error),
        },
    }
}

/// The chaining value of a part of a file. As deep as the file's pieces have binary digits.
fn subtree(file: &Reader, part: Range<u64>, cancel: &AtomicBool) -> io::Result<ChainingValue> {
    let length = part.end - part.start;
    if length > PIECE {
        let middle = part.start + left_subtree_len(length);
        let (one, other) = rayon::join(
            || subtree(file, part.start..middle, cancel),
            || subtree(file, middle..part.end, cancel),
        );
        return Ok(merge_subtrees_non_root(&one?, &other?, Mode::Hash));
    }
    if cancel.load(Ordering::Relaxed) {
        return Err(ErrorKind::Interrupted.into());
    }
    BUFFER.with_borrow_mut(|buffer| {
        buffer.resize(length as usize, 0);
        file.read_exact_at(buffer, part.start)?;
        let mut hasher = blake3::Hasher::new();
        Ok(hasher.set_input_offset(part.start).update(buffer).finalize_non_root())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_any_size_has_the_digest_of_its_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for size in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 1, 5 * PIECE + 1025]
        {
            let bytes: Vec<u8> = (0..size).map(|at| (at * at / 7 + at / PIECE) as u8).collect();
            std::fs::write(&path, &bytes).unwrap();
            let of_bytes = Digest::of(&bytes);
            // What is believed of the size may be out of date.
            for believed in [size, size + 1, size.saturating_sub(1), 2 * size, 9 * PIECE] {
                assert_eq!(hash_file(&path, believed).unwrap(), of_bytes, "{size}, {believed}");
            }
        }
    }

    #[test]
    fn terabytes_of_nothing_can_be_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
        let cancelled = hash_file_unless(&path, 1 << 40, &AtomicBool::new(true));
        assert!(matches!(cancelled, Err(StoreError::Interrupted { .. })));
    }
}
