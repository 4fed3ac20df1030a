//! The action cache: what is recorded, believed, lost and fought over.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::support::{
    PATIENT, file, folder, ingest, key, open, open_in_another_boot, paths, record, result, tamper,
    tree,
};
use crate::digest::Digest;
use crate::model::artifact::Content;
use crate::store::action_cache::Lookup;
use crate::store::cas::stamp;
use crate::store::{Store, StoreError};

fn record_path(folder: &Path, name: &str) -> PathBuf {
    let hex = key(name).0.to_hex();
    folder.join(".ingot/actions").join(&hex[..2]).join(&hex[2..])
}

fn is_hit(store: &Store, name: &str) -> bool {
    matches!(store.lookup(key(name), &["data"], &PATIENT, &mut |_| {}).unwrap(), Lookup::Hit(_))
}

#[test]
fn what_is_recorded_is_found_by_its_key_alone() {
    let at = folder();
    let store = open(at.path());
    assert!(store.get(key("a")).unwrap().is_none());
    let content = ingest(&store, &file("x")).unwrap();
    record(&store, "a", content);
    assert_eq!(open(at.path()).get(key("a")).unwrap(), Some(result("a", content)));
    assert!(store.get(key("b")).unwrap().is_none());
}

#[test]
fn a_record_has_this_form() {
    let at = folder();
    let store = open(at.path());
    let content = ingest(&store, &file("x")).unwrap();
    record(&store, "a", content);
    insta::assert_snapshot!(fs::read_to_string(record_path(at.path(), "a")).unwrap(), @r#"
    {
      "version": 1,
      "result": {
        "version": 1,
        "key": "17762fddd969a453925d65717ac3eea21320b66b54342fde15128d6caf21215f",
        "outputs": {
          "data": {
            "type": "files",
            "content": "file:3ae7d805f6789a6402acb70ad4096a85a56bf6804eaf25c0493ac697548d30b5"
          }
        },
        "metrics": [],
        "findings": []
      }
    }
    "#);
}

#[test]
fn a_damaged_record_is_a_miss_and_is_replaced() {
    let at = folder();
    let store = open(at.path());
    let content = ingest(&store, &file("x")).unwrap();
    record(&store, "a", content);
    record(&store, "b", content);
    let path = record_path(at.path(), "a");
    let text = fs::read_to_string(&path).unwrap();
    let other = fs::read_to_string(record_path(at.path(), "b")).unwrap();
    let newer = text.replacen("\"version\": 1", "\"version\": 2", 1);
    let cut = &text[..text.len() / 2];
    for damaged in ["", "\0\0\0\0", cut, &newer, &other, "[]", "{\"version\": 1}"] {
        fs::write(&path, damaged).unwrap();
        assert!(!is_hit(&store, "a"), "{damaged}");
        record(&store, "a", content);
        assert!(is_hit(&store, "a"));
    }
}

#[test]
fn a_hit_needs_every_blob_of_the_ports_that_are_asked_for() {
    let made = || tree([("a", file("aaaa")), ("d", tree([("b", file("bbbb"))]))]);
    let blobs = {
        let at = folder();
        ingest(&open(at.path()), &made()).unwrap();
        let cas = fs::canonicalize(at.path().join(".ingot/cas")).unwrap();
        let files = paths(&cas).into_iter().filter(|path| path.is_file());
        files.map(|path| path.strip_prefix(&cas).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(blobs.len(), 4, "two files, two folders");
    for blob in blobs {
        type Loss = fn(&Path);
        let losses: [(&str, Loss); 4] = [
            ("removed", |path| fs::remove_file(path).unwrap()),
            ("emptied", |path| tamper(path, b"")),
            ("cut short", |path| {
                let bytes = fs::read(path).unwrap();
                tamper(path, &bytes[..bytes.len() - 1]);
            }),
            ("overwritten", |path| {
                let size = fs::read(path).unwrap().len();
                tamper(path, &vec![b'-'; size]);
            }),
        ];
        for (name, lose) in losses {
            let at = folder();
            let store = open(at.path());
            let content = ingest(&store, &made()).unwrap();
            record(&store, "a", content);
            assert!(is_hit(&store, "a"));
            lose(&at.path().join(".ingot/cas").join(&blob));
            assert!(!is_hit(&store, "a"), "{name} {}", blob.display());
            let asks_nothing = store.lookup(key("a"), &[], &PATIENT, &mut |_| {}).unwrap();
            assert!(matches!(asks_nothing, Lookup::Hit(_)), "nobody reads it");
            assert_eq!(ingest(&store, &made()).unwrap(), content, "its producer runs again");
            assert!(is_hit(&store, "a"), "{name} {}", blob.display());
        }
    }
}

#[test]
fn a_port_that_the_record_lacks_is_a_miss() {
    let at = folder();
    let store = open(at.path());
    let content = ingest(&store, &file("x")).unwrap();
    record(&store, "a", content);
    assert!(matches!(
        store.lookup(key("a"), &["other"], &PATIENT, &mut |_| {}).unwrap(),
        Lookup::Miss(_)
    ));
}

#[test]
fn many_threads_run_one_action_once() {
    let at = folder();
    let stores = [open(at.path()), open(at.path())];
    let runs = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (store, runs) = (&stores[thread % 2], &runs);
            scope.spawn(move || {
                match store.lookup(key("a"), &["data"], &PATIENT, &mut |_| {}).unwrap() {
                    Lookup::Hit(found) => assert_eq!(found.key, key("a")),
                    Lookup::Miss(reservation) => {
                        runs.fetch_add(1, Ordering::SeqCst);
                        let content = ingest(store, &file("x")).unwrap();
                        store.record(reservation, result("a", content)).unwrap();
                    }
                }
            });
        }
    });
    assert_eq!(runs.into_inner(), 1);
}

#[test]
fn a_right_that_was_given_back_goes_to_the_next() {
    let at = folder();
    let store = open(at.path());
    let Lookup::Miss(reservation) = store.lookup(key("a"), &[], &PATIENT, &mut |_| {}).unwrap()
    else {
        panic!("a hit")
    };
    let handle = reservation.lock_file().unwrap();
    drop(reservation);
    let waiting = std::thread::scope(|scope| {
        let waiter = scope.spawn(|| is_hit(&store, "a"));
        // The worker's launcher still holds the lock, and so the right.
        record_without_lock(&store, "a");
        drop(handle);
        waiter.join().unwrap()
    });
    assert!(waiting, "who waits looks again");
}

/// Puts a record there as another process would.
fn record_without_lock(store: &Store, name: &str) {
    let at = folder();
    let content = ingest(store, &file("x")).unwrap();
    record(&open(at.path()), name, content);
    let path = record_path(store.root().parent().unwrap(), name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::copy(record_path(at.path(), name), path).unwrap();
}

/// Set for a copy of this test program that plays another `ingot`.
const RIVAL: &str = "INGOT_TEST_RIVAL_STORE";

/// Another process that reserves the action `a` of a store, says so, and waits.
fn rival(folder: &Path, test: &str) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", &format!("store::tests::records::{test}")])
        .env(RIVAL, folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap());
    assert!(said.lines().map_while(Result::ok).any(|line| line.ends_with("reserved")));
    child
}

#[test]
fn who_waits_for_a_right_stops_waiting_when_told_so() {
    let at = folder();
    let store = open(at.path());
    let _held = store.reserve(key("a"), &PATIENT, &mut |_| {}).unwrap();
    let cancel = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| store.lookup(key("a"), &[], &cancel, &mut |_| {}));
        cancel.store(true, Ordering::SeqCst);
        let refused = waiting.join().unwrap().unwrap_err();
        assert!(matches!(refused, StoreError::Cancelled { .. }), "{refused}");
    });
    assert!(store.reserve(key("b"), &cancel, &mut |_| {}).is_ok(), "what is free needs no waiting");
}

#[test]
fn a_right_dies_with_the_process_that_held_it() {
    if let Some(folder) = std::env::var_os(RIVAL) {
        let store = open(folder.as_ref());
        let _reservation = store.reserve(key("a"), &PATIENT, &mut |_| {}).unwrap();
        let _work = store.work_folder().unwrap();
        store.put_bytes(b"put by one that was killed").unwrap();
        println!("reserved");
        std::io::stdin().lock().lines().for_each(drop);
        return;
    }
    let at = folder();
    let store = open(at.path());
    let work = || fs::read_dir(at.path().join(".ingot/work")).unwrap().count();
    let own = work();
    let mut rival = rival(at.path(), "a_right_dies_with_the_process_that_held_it");
    store.sweep_work().unwrap();
    assert!(work() > own, "it is alive");
    let lock = at.path().join(".ingot/locks").join(key("a").0.to_hex());
    assert!(crate::sys::lock::try_lock(&lock).unwrap().is_none(), "the right is held");
    rival.kill().unwrap();
    rival.wait().unwrap();
    assert!(matches!(store.lookup(key("a"), &[], &PATIENT, &mut |_| {}).unwrap(), Lookup::Miss(_)));
    store.sweep_work().unwrap();
    assert_eq!(work(), own, "it was swept");
}

#[test]
fn a_recorded_action_leaves_no_checkpoint() {
    let at = folder();
    let store = open(at.path());
    let checkpoints = store.checkpoint_path(key("a"));
    fs::create_dir_all(checkpoints.join("epoch-1")).unwrap();
    record(&store, "a", Content::Tree(Digest::of(b"x")));
    assert!(!checkpoints.exists());
}

#[test]
fn after_another_boot_what_was_not_synced_is_hashed() {
    let made = || tree([("a", file("a")), ("b", file("b"))]);
    let at = folder();
    let store = open(at.path());
    let content = ingest(&store, &made()).unwrap();
    record(&store, "a", content);
    // The machine goes down: a blob's name is on the disk, its bytes are not,
    // and its time is as it was put.
    let blob = store.blob_path(Digest::of(b"a"));
    tamper(&blob, b"\0");
    crate::sys::fs::set_mode(&blob, 0o444).unwrap();
    crate::sys::fs::set_modified(&blob, stamp(Digest::of(b"a"))).unwrap();
    drop(store);
    assert!(is_hit(&open(at.path()), "a"), "in the same boot it is believed");
    let store = open_in_another_boot(at.path());
    assert!(!is_hit(&store, "a"));
    assert_eq!(paths(&at.path().join(".ingot/quarantine")).len(), 1);
    assert_eq!(ingest(&store, &made()).unwrap(), content);
    assert!(is_hit(&store, "a"));
}

#[test]
fn what_was_synced_is_not_hashed_again_after_another_boot() {
    let at = folder();
    let store = open(at.path());
    let digest = store.put_bytes(b"x").unwrap();
    store.flush().unwrap();
    store.flush().unwrap();
    let synced = at.path().join(".ingot/synced");
    let text = fs::read_to_string(&synced).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("ingot-synced 1"));
    assert_eq!(lines.next(), Some(crate::sys::clock::boot_id().as_str()));
    let moment: u64 = lines.next().unwrap().parse().unwrap();
    // As if the sync had been an hour later, so that the blob is older than it.
    let later = format!("ingot-synced 1\nfirst boot\n{}\n", moment + 3_600_000_000_000);
    fs::write(&synced, later).unwrap();
    let blob = store.blob_path(digest);
    tamper(&blob, b"y");
    drop(open_in_another_boot(at.path()));
    assert!(blob.exists(), "it was not looked at");
    // Without a word of when, everything is.
    fs::write(&synced, "?").unwrap();
    drop(open_in_another_boot(at.path()));
    assert!(!blob.exists());
}

#[test]
fn observations_and_descriptors_stand_beside_the_results() {
    use crate::store::work::Observation;
    let at = folder();
    let store = open(at.path());
    let observation = |seconds| Observation {
        version: 1,
        key: key("a"),
        at: 1,
        seconds,
        before: 0.0,
        peak_memory: None,
        held: vec!["fs".into()],
        programs: Default::default(),
    };
    let step = "eval/predict@name=\u{fc} \"x\"";
    assert_eq!(store.last_observation(step).unwrap(), None);
    for seconds in [1.0, 2.5] {
        store.observe(step, &observation(seconds)).unwrap();
    }
    assert_eq!(store.last_observation(step).unwrap(), Some(observation(2.5)));
    let log = paths(&at.path().join(".ingot/observations")).remove(0);
    let text = fs::read_to_string(&log).unwrap();
    fs::write(&log, format!("{text}{{\"half a li")).unwrap();
    assert_eq!(store.last_observation(step).unwrap(), Some(observation(2.5)));

    assert_eq!(store.descriptor("worker 1").unwrap(), None);
    store.put_descriptor("worker 1", b"{}").unwrap();
    assert_eq!(store.descriptor("worker 1").unwrap(), Some(b"{}".to_vec()));
}
