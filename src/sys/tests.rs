//! File operations: whole or not at all, and nothing but their own.
#![allow(clippy::unwrap_used)]

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use super::fault::{Fault, arm};
use super::{fs, lock};

/// A folder that costs no disk where the machine has one: for tests that make many.
pub(crate) fn folder_in_memory() -> tempfile::TempDir {
    let memory = tempfile::Builder::new().prefix("ingot-").tempdir_in("/dev/shm");
    memory.unwrap_or_else(|_| tempfile::tempdir().unwrap())
}

fn names(folder: &Path) -> Vec<String> {
    fs::names(folder).unwrap().into_iter().map(|name| name.into_string().unwrap()).collect()
}

#[test]
fn a_file_is_written_whole_or_stays_as_it_was() {
    for fault in [Fault::Error, Fault::Full, Fault::Crash] {
        for operations in 0.. {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("file");
            std::fs::write(&path, "old").unwrap();
            let armed = arm(folder.path(), operations, fault);
            let written = fs::write_atomically(&path, b"new, and longer", 0o640);
            let met = armed.met();
            drop(armed);
            let expected = if written.is_ok() { "new, and longer" } else { "old" };
            assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
            if fault != Fault::Crash {
                assert_eq!(names(folder.path()), ["file"], "{fault:?} {operations}");
            }
            if !met {
                let mode = std::fs::metadata(&path).unwrap().permissions().mode();
                // Created, written, renamed; a full disk renames all the same.
                let expected = if fault == Fault::Full { 2 } else { 3 };
                assert_eq!((operations, mode & 0o777), (expected, 0o640));
                break;
            }
        }
    }
}

#[test]
fn a_torn_line_takes_no_later_one_with_it() {
    for fault in [Fault::Full, Fault::Crash] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        fs::append(&path, b"first\n").unwrap();
        // Opened, looked at, and torn while it is written.
        let armed = arm(&path, 2, fault);
        fs::append(&path, b"second\n").unwrap_err();
        drop(armed);
        fs::append(&path, b"third\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "first\nsec\nthird\n");
    }
}

#[test]
fn two_folders_change_places() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
    for path in [&one, &other] {
        std::fs::create_dir(path).unwrap();
        std::fs::write(path.join(path.file_name().unwrap()), "").unwrap();
    }
    fs::exchange(&one, &other).unwrap();
    assert_eq!((names(&one), names(&other)), (vec!["other".into()], vec!["one".into()]));
    assert!(fs::exchange(&one, &folder.path().join("none")).is_err());
    assert_eq!(names(folder.path()), ["one", "other"]);
}

#[test]
fn a_lock_that_cannot_be_written_is_shared_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    std::fs::write(&path, "").unwrap();
    fs::set_mode(&path, 0o444).unwrap();
    let held = lock::lock_shared(&path).unwrap();
    let second = lock::lock_shared(&path).unwrap();
    drop((held, second));
    let missing = lock::lock_shared(&folder.path().join("none/lock")).unwrap_err();
    assert_eq!(missing.operation, "open");
}

#[test]
fn an_error_says_what_was_tried_and_where() {
    let error = fs::read(Path::new("/none/of/this")).unwrap_err();
    assert_eq!(error.to_string(), "cannot read /none/of/this");
    assert!(!error.is_full());
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let error = fs::copy(&missing, &folder.path().join("to"), 0o600).unwrap_err();
    assert_eq!(error.path, missing, "the file that cannot be read, not the new one");
}

#[test]
fn a_copy_has_the_bytes_and_the_mode_and_takes_no_one_s_place() {
    let folder = tempfile::tempdir().unwrap();
    let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
    let bytes = vec![7; 300_000];
    std::fs::write(&from, &bytes).unwrap();
    assert_eq!(fs::copy(&from, &to, 0o600).unwrap(), 300_000);
    assert_eq!(std::fs::read(&to).unwrap(), bytes);
    assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::copy(&from, &to, 0o600).is_err(), "it exists");
    std::fs::remove_file(&to).unwrap();
    let _armed = arm(&to, 1, Fault::Full);
    assert!(fs::copy(&from, &to, 0o600).unwrap_err().is_full());
    assert_eq!(std::fs::metadata(&to).unwrap().len(), 150_000, "torn in the middle");
}

#[test]
fn removing_a_folder_takes_closed_folders_and_follows_no_symlink() {
    let folder = tempfile::tempdir().unwrap();
    let [kept, gone] = ["kept", "gone"].map(|name| folder.path().join(name));
    std::fs::create_dir_all(kept.join("inner")).unwrap();
    std::fs::create_dir_all(gone.join("a/b")).unwrap();
    symlink(&kept, gone.join("a/link")).unwrap();
    for closed in ["a/b", "a", ""] {
        fs::set_mode(&gone.join(closed), 0o555).unwrap();
    }
    fs::remove_all(&gone).unwrap();
    fs::remove_all(&gone).unwrap();
    assert_eq!(names(folder.path()), ["kept"]);
    assert!(kept.join("inner").exists());
}

/// So many folders in one another, each with a file and a closed one beside it.
fn deep(top: &Path, levels: usize) {
    use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};
    let open = |parent: &std::fs::File, name: &str, flags: OFlags| {
        std::fs::File::from(openat(parent, name, flags, Mode::RUSR).unwrap())
    };
    let folder = OFlags::RDONLY | OFlags::DIRECTORY;
    let mut at = std::fs::File::from(openat(CWD, top, folder, Mode::empty()).unwrap());
    let name = "d".repeat(255);
    for _ in 0..levels {
        open(&at, "file", OFlags::CREATE | OFlags::WRONLY);
        mkdirat(&at, "closed", Mode::empty()).unwrap();
        mkdirat(&at, &name, Mode::RWXU).unwrap();
        at = open(&at, &name, folder);
    }
}

#[test]
fn no_folder_is_too_deep_or_too_full_to_be_removed() {
    let folder = folder_in_memory();
    let kept = folder.path().join("kept");
    std::fs::create_dir(&kept).unwrap();
    let gone = folder.path().join("gone");
    std::fs::create_dir(&gone).unwrap();
    deep(&gone, 300);
    assert!(std::fs::remove_dir_all(gone.join("x")).is_err());
    std::fs::create_dir(gone.join("full")).unwrap();
    for name in 0..3000 {
        symlink(&kept, gone.join(format!("full/{name}"))).unwrap();
    }
    fs::remove_all(&gone).unwrap();
    assert_eq!(names(folder.path()), ["kept"]);
}

#[test]
fn an_operation_that_fails_leaves_what_is_left_to_be_removed_again() {
    for operations in 0.. {
        let folder = folder_in_memory();
        let gone = folder.path().join("gone");
        std::fs::create_dir(&gone).unwrap();
        deep(&gone, 2);
        let armed = arm(&gone, operations, Fault::Error);
        let removed = fs::remove_all(&gone);
        let met = armed.met();
        drop(armed);
        assert_eq!(removed.is_ok(), !met, "{operations}");
        fs::remove_all(&gone).unwrap();
        assert_eq!(names(folder.path()), [""; 0]);
        if !met {
            break;
        }
    }
}

#[test]
fn a_way_shows_each_folder_and_follows_no_symlink() {
    let folder = tempfile::tempdir().unwrap();
    let top = folder.path().canonicalize().unwrap();
    std::fs::create_dir(top.join("d")).unwrap();
    std::fs::write(top.join("d/file"), "text").unwrap();
    symlink("d", top.join("link")).unwrap();
    let way = fs::way(&top.join("d/file")).unwrap();
    assert_eq!(way.len(), top.components().count() + 2);
    assert_eq!(way.last().map(|file| file.len()), Some(4));
    assert!(fs::way(&top.join("link/file")).is_err());
}

#[test]
fn what_is_no_file_is_no_lock() {
    let folder = tempfile::tempdir().unwrap();
    let [link, pipe, other] = ["link", "pipe", "other"].map(|name| folder.path().join(name));
    symlink(folder.path().join("none"), &link).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    std::fs::create_dir(&other).unwrap();
    for path in [&link, &pipe, &other] {
        assert!(lock::try_lock(path).is_err(), "{}", path.display());
    }
    assert_eq!(names(folder.path()), ["link", "other", "pipe"], "nothing was made");
}

#[test]
fn a_stamp_is_exact_and_follows_no_symlink() {
    let folder = tempfile::tempdir().unwrap();
    let [file, link] = ["file", "link"].map(|name| folder.path().join(name));
    std::fs::write(&file, "").unwrap();
    symlink("file", &link).unwrap();
    fs::set_modified(&link, Duration::new(5, 7)).unwrap();
    let stamp = |path: &Path| {
        let metadata = fs::metadata(path).unwrap();
        (metadata.mtime(), metadata.mtime_nsec())
    };
    assert_eq!(stamp(&link), (5, 7));
    assert_ne!(stamp(&file), (5, 7));
}

#[test]
fn no_two_temporary_names_are_the_same() {
    let names: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..100).map(|_| fs::temporary_name()).collect::<Vec<_>>()))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let distinct: std::collections::BTreeSet<&String> = names.iter().collect();
    assert_eq!(distinct.len(), names.len());
    let beside = fs::temporary_beside(Path::new("/a/b"));
    assert_eq!(beside.parent(), Some(Path::new("/a")));
}

#[test]
fn a_lock_is_held_by_one_file_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    let held = lock::lock(&path).unwrap();
    assert!(lock::try_lock(&path).unwrap().is_none());
    let second_handle = held.try_clone().unwrap();
    drop(held);
    assert!(lock::try_lock(&path).unwrap().is_none(), "the other handle holds it");
    drop(second_handle);
    assert!(lock::try_lock(&path).unwrap().is_some());
}

#[test]
fn faults_of_one_folder_do_not_reach_another() {
    let [one, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let armed = arm(one.path(), 0, Fault::Crash);
    fs::create_dir(&other.path().join("d")).unwrap();
    assert!(!armed.met());
    fs::create_dir(&one.path().join("d")).unwrap_err();
    assert!(armed.met());
    drop(armed);
    fs::create_dir(&one.path().join("d")).unwrap();
}

#[test]
fn what_took_the_place_of_a_file_is_neither_read_nor_copied() {
    let folder = tempfile::tempdir().unwrap();
    let (link, pipe) = (folder.path().join("link"), folder.path().join("pipe"));
    symlink("/dev/zero", &link).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
    for path in [&link, &pipe] {
        assert!(fs::reader(path).is_err(), "{}", path.display());
        assert!(fs::copy(path, &folder.path().join("copy"), 0o600).is_err(), "{}", path.display());
        assert!(!folder.path().join("copy").exists());
    }
}
