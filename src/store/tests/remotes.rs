//! Results given to a remote and taken from it: whole, hostile, damaged, and cut short at
//! every operation.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::support::{
    Order, PATIENT, Tree, any_folder, file, folder, ingest, mode, open, paths, read, tamper, tree,
};
use crate::digest::Digest;
use crate::model::action::{Action, ActionKey, ENCODING};
use crate::model::artifact::{Artifact, Content};
use crate::model::result::{ActionResult, RESULT_VERSION};
use crate::store::Store;
use crate::store::believe::Promise;
use crate::store::fetch::{RemoteWarning, Remotes};
use crate::store::remote::{Address, Remote, RemoteError};
use crate::store::tree::{Entry, Node};
use crate::store::upload::Gift;
use crate::sys::fault::{Fault, arm};

/// The store `.ingot` in a folder, in front of a remote to take from.
pub(super) fn taking(at: &Path, remote: &Path) -> Store {
    let mut store = open(at);
    let from = Some(Remote::open(&Address::folder(remote)).unwrap());
    store.attach(Remotes { from, ..Remotes::default() });
    store
}

/// The same with one to give to.
pub(super) fn giving(at: &Path, remote: &Path) -> Store {
    let mut store = open(at);
    let to = Some(Remote::open_or_make(&Address::folder(remote)).unwrap());
    store.attach(Remotes { to, ..Remotes::default() });
    store
}

/// The action `name`, with one output on the port `data`.
pub(super) fn action(name: &str) -> Action {
    Action {
        encoding: ENCODING,
        kind: name.to_owned(),
        revision: 1,
        worker: "worker".into(),
        params: serde_json::Map::new(),
        inputs: BTreeMap::new(),
        outputs: BTreeMap::from([("data".to_owned(), "files".to_owned())]),
        platform: None,
        seed: None,
        command: None,
        lineage: None,
    }
}

pub(super) fn key(name: &str) -> ActionKey {
    action(name).key().unwrap()
}

/// Runs and records the action `name` with this output.
pub(super) fn record(store: &Store, name: &str, content: Content) -> ActionResult {
    store.put_bytes(&action(name).encode().unwrap()).unwrap();
    let artifact = Artifact { artifact_type: "files".into(), content };
    let result = ActionResult {
        version: RESULT_VERSION,
        key: key(name),
        outputs: BTreeMap::from([("data".to_owned(), artifact)]),
        metrics: Vec::new(),
        findings: Vec::new(),
    };
    let reservation = store.reserve(result.key, &PATIENT, &mut |_| {}).unwrap();
    store.record(reservation, result.clone()).unwrap();
    result
}

/// A remote with the result of the action `a`.
pub(super) fn remote_with(at: &Path, output: &Tree) -> ActionResult {
    let store = giving(&at.join("giver"), &at.join("remote"));
    let content = ingest(&store, output).unwrap();
    let result = record(&store, "a", content);
    assert!(matches!(store.give(&result).unwrap(), Gift::Given { .. }));
    result
}

pub(super) fn parts() -> Tree {
    tree([("a", file("aaaa")), ("d", tree([("b", file("bbbb"))]))])
}

/// Whether a fresh store finds the action `a` whole in the remote; and what it tells.
pub(super) fn is_taken(at: &Path) -> (bool, Vec<RemoteWarning>) {
    let fresh = folder();
    let store = taking(fresh.path(), &at.join("remote"));
    let taken = match store.find(key("a")).unwrap() {
        None => false,
        Some(result) => store.fetch(&result, &["data"]).unwrap(),
    };
    let recorded = store.get(key("a")).unwrap().is_some();
    assert_eq!(recorded, taken, "what was taken is recorded, and nothing else");
    assert_eq!(store.find(key("a")).unwrap().is_some(), taken, "it stays so");
    if taken {
        let result = store.get(key("a")).unwrap().unwrap();
        assert!(store.complete(&result, &["data"]).unwrap());
    }
    // No lock says what is there, so all of it is on its word.
    let mut troubles = store.troubles();
    troubles.retain(|trouble| !matches!(trouble, RemoteWarning::OnItsWord { .. }));
    (taken, troubles)
}

proptest! {
    #[test]
    fn what_is_given_is_taken(made in any_folder()) {
        let at = folder();
        let result = remote_with(at.path(), &made);
        let store = taking(&at.path().join("taker"), &at.path().join("remote"));
        prop_assert_eq!(store.find(result.key).unwrap(), Some(result.clone()));
        prop_assert!(store.available(&result, &["data"]).unwrap());
        prop_assert!(store.fetch(&result, &["data"]).unwrap());
        let view = store.view(result.outputs["data"].content).unwrap();
        prop_assert_eq!(read(&view), made);
        let remote = at.path().join("remote").display().to_string();
        prop_assert_eq!(store.troubles(), vec![RemoteWarning::OnItsWord { remote }]);
    }
}

#[test]
fn a_remote_has_this_form() {
    let at = folder();
    let result = remote_with(at.path(), &file("x"));
    let remote = at.path().join("remote");
    let found: Vec<String> = paths(&remote)
        .iter()
        .filter(|path| path.is_file())
        .map(|path| path.strip_prefix(&remote).unwrap().display().to_string())
        .collect();
    let place = |folder: &str, digest: Digest| {
        let hex = digest.to_hex();
        format!("{folder}/{}/{}", &hex[..2], &hex[2..])
    };
    let mut expected = vec![
        "version".to_owned(),
        place("blobs", result.key.0),
        place("blobs", Digest::of(b"x")),
        place("records", result.key.0),
        place("seals", result.key.0),
    ];
    expected.sort();
    assert_eq!(found, expected);
    assert_eq!(fs::read_to_string(remote.join("version")).unwrap(), "ingot-remote 1\n");
    assert_eq!(mode(&remote.join(place("blobs", Digest::of(b"x")))), 0o444);
    let local = at.path().join("giver/.ingot").join(place("actions", result.key.0));
    let record = remote.join(place("records", result.key.0));
    assert_eq!(fs::read(record).unwrap(), fs::read(local).unwrap());
}

#[test]
fn what_is_not_read_stays_there() {
    let at = folder();
    let result = remote_with(at.path(), &parts());
    let taker = at.path().join("taker");
    let store = taking(&taker, &at.path().join("remote"));
    let found = store.find(result.key).unwrap().unwrap();
    assert!(store.fetch(&found, &[]).unwrap());
    let blobs = paths(&taker.join(".ingot/cas")).into_iter().filter(|path| path.is_file());
    assert_eq!(blobs.count(), 1, "the action");
    assert!(store.available(&found, &["data"]).unwrap());
    assert!(!store.complete(&found, &["data"]).unwrap());
    assert!(!store.has(Digest::of(b"aaaa"), 4).unwrap(), "that it is there was enough");
    // Later, without asking for the result again.
    store.view(found.outputs["data"].content).unwrap();
    assert!(store.complete(&found, &["data"]).unwrap());
}

#[test]
fn damage_there_is_a_miss_here_and_is_told() {
    let at = folder();
    remote_with(at.path(), &parts());
    let places: Vec<_> = paths(&at.path().join("remote"))
        .into_iter()
        .filter(|path| path.is_file() && !path.ends_with("version"))
        .filter(|path| !path.starts_with(at.path().join("remote/seals")))
        .collect();
    assert_eq!(places.len(), 6, "two files, two folders, the action, the record");
    let other = Digest::of(b"other").to_hex();
    for place in &places {
        let whole = fs::read(place).unwrap();
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 0x10;
        let longer = [whole.as_slice(), b"x"].concat();
        for damaged in [&[], &whole[..whole.len() / 2], &flipped, &longer, other.as_bytes()] {
            tamper(place, damaged);
            let (taken, troubles) = is_taken(at.path());
            assert!(!taken, "{}", place.display());
            assert!(!troubles.is_empty(), "{}", place.display());
        }
        fs::remove_file(place).unwrap();
        let (taken, troubles) = is_taken(at.path());
        assert!(!taken, "{}", place.display());
        let is_record = place.starts_with(at.path().join("remote/records"));
        assert_eq!(troubles.is_empty(), is_record, "{}: {troubles:?}", place.display());
        fs::create_dir(place).unwrap();
        assert!(!is_taken(at.path()).0, "a folder");
        fs::remove_dir(place).unwrap();
        fs::write(place, whole).unwrap();
        assert!(is_taken(at.path()).0);
    }
    // Two blobs in each other's place.
    let blobs: Vec<_> =
        places.iter().filter(|place| place.starts_with(at.path().join("remote/blobs"))).collect();
    let bytes = |name: &[u8]| blobs.iter().find(|path| fs::read(path).unwrap() == name).unwrap();
    let (one, another) = (bytes(b"aaaa"), bytes(b"bbbb"));
    tamper(one, b"bbbb");
    tamper(another, b"aaaa");
    assert!(!is_taken(at.path()).0);
}

#[test]
fn a_record_that_cannot_be_right_is_passed_over() {
    let at = folder();
    let result = remote_with(at.path(), &parts());
    let giver = giving(&at.path().join("giver"), &at.path().join("remote"));
    let content = ingest(&giver, &file("another")).unwrap();
    let other = record(&giver, "b", content);
    giver.give(&other).unwrap();
    let hex = result.key.0.to_hex();
    let place = at.path().join("remote/records").join(&hex[..2]).join(&hex[2..]);
    let text = fs::read_to_string(&place).unwrap();
    let output = result.outputs["data"].content.to_string();
    let dead = Digest::of(b"nowhere").to_hex();
    let as_file = output.replace("tree:", "file:");
    for wrong in [
        text.replace(&hex, &other.key.0.to_hex()),
        text.replace("\"version\": 1", "\"version\": 2"),
        text.replace("\"files\"", "\"model\""),
        text.replace("\"data\"", "\"other\""),
        text.replace(&output, &format!("tree:{dead}")),
        text.replace(&output, &format!("file:{dead}")),
        text.replace(&output, "tree:0123"),
        text.replace(&output, &format!("tree:{}", Digest::of(b"aaaa").to_hex())),
        format!("{text}{}", "\n".repeat((64 << 20) + 1)),
    ] {
        fs::write(&place, &wrong).unwrap();
        let (taken, troubles) = is_taken(at.path());
        assert!(!taken, "{}", &wrong[..300.min(wrong.len())]);
        assert!(!troubles.is_empty());
    }
    // A node read as a file is a file: only the lock knows that it is another one.
    fs::write(&place, text.replace(&output, &as_file)).unwrap();
    assert!(is_taken(at.path()).0);
    let fresh = folder();
    let mut store = open(fresh.path());
    let outputs = BTreeMap::from([("data".to_owned(), result.outputs["data"].content)]);
    let promise = Promise { outputs, ..Promise::default() };
    store.attach(Remotes {
        from: Some(Remote::open(&Address::folder(at.path().join("remote"))).unwrap()),
        locked: BTreeMap::from([(result.key, promise)]),
        ..Remotes::default()
    });
    assert_eq!(store.find(result.key).unwrap(), None);
    let [RemoteWarning::PassedOver { reason, .. }] = &store.troubles()[..] else {
        panic!("not told")
    };
    assert!(reason.contains("the lock"), "{reason}");
}

#[test]
fn a_tree_from_there_leads_nowhere_else() {
    let link = |target: &str| Entry::Symlink { target: target.to_owned() };
    let lead = |links: Vec<(&str, Entry)>| {
        let at = folder();
        let store = giving(&at.path().join("giver"), &at.path().join("remote"));
        let entries = links.into_iter().map(|(name, entry)| (name.to_owned(), entry));
        let (digest, _) = store.put_node(&Node::new(entries.collect())).unwrap();
        let result = record(&store, "a", Content::Tree(digest));
        assert!(matches!(store.give(&result).unwrap(), Gift::Given { .. }));
        is_taken(at.path()).0
    };
    assert!(lead(vec![("in", link("other"))]));
    assert!(!lead(vec![("out", link("/etc/passwd"))]));
    assert!(!lead(vec![("out", link("../../secret"))]));
    assert!(!lead(vec![("round", link("ring")), ("ring", link("round"))]));
}

#[test]
fn who_saw_damage_mends_it() {
    let at = folder();
    let result = remote_with(at.path(), &file("x"));
    let hex = Digest::of(b"x").to_hex();
    let place = at.path().join("remote/blobs").join(&hex[..2]).join(&hex[2..]);
    tamper(&place, b"y");
    let mut store = open(&at.path().join("taker"));
    let remote = || Some(Remote::open_or_make(&Address::folder(at.path().join("remote"))).unwrap());
    store.attach(Remotes { from: remote(), to: remote(), ..Remotes::default() });
    let found = store.find(result.key).unwrap().unwrap();
    assert!(!store.fetch(&found, &["data"]).unwrap());
    let content = ingest(&store, &file("x")).unwrap();
    let made = record(&store, "a", content);
    assert!(matches!(store.give(&made).unwrap(), Gift::Given { blobs: 1, bytes: 1 }));
    assert!(is_taken(at.path()).0);
}

#[test]
fn a_folder_of_something_else_is_no_remote() {
    let at = folder();
    let open_both = |path: &Path| {
        (
            Remote::open(&Address::folder(path)).err(),
            Remote::open_or_make(&Address::folder(path)).err(),
        )
    };
    let empty = at.path().join("empty");
    fs::create_dir(&empty).unwrap();
    for absent in [at.path().join("none"), empty] {
        assert!(matches!(Remote::open(&Address::folder(&absent)), Err(RemoteError::Absent { .. })));
    }
    let used = at.path().join("used");
    fs::create_dir(&used).unwrap();
    fs::write(used.join("thesis"), "").unwrap();
    assert!(matches!(
        open_both(&used),
        (Some(RemoteError::NotARemote { .. }), Some(RemoteError::NotARemote { .. }))
    ));
    let newer = at.path().join("newer");
    fs::create_dir(&newer).unwrap();
    for version in ["ingot-remote 2\n", "ingot-store 1\n", "", &"x".repeat(100)] {
        fs::write(newer.join("version"), version).unwrap();
        assert!(matches!(
            open_both(&newer),
            (Some(RemoteError::OtherVersion { .. }), Some(RemoteError::OtherVersion { .. }))
        ));
    }
}

#[test]
fn a_gift_that_fails_at_any_operation_leaves_no_record_without_its_blobs() {
    for fault in [Fault::Error, Fault::Full, Fault::Crash] {
        for operations in 0.. {
            let at = folder();
            let store = open(&at.path().join("giver"));
            let content = ingest(&store, &parts()).unwrap();
            let result = record(&store, "a", content);
            drop(store);
            let remote = at.path().join("remote");
            let armed = arm(&remote, operations, fault);
            let given = Remote::open_or_make(&Address::folder(&remote)).is_ok_and(|to| {
                let mut store = open(&at.path().join("giver"));
                store.attach(Remotes { to: Some(to), ..Remotes::default() });
                let gift = store.give(&result).unwrap();
                assert_eq!(store.troubles().is_empty(), gift != Gift::Failed);
                gift != Gift::Failed
            });
            let met = armed.met();
            drop(armed);
            if Remote::open(&Address::folder(&remote)).is_ok() {
                let (taken, troubles) = is_taken(at.path());
                assert!(taken || !given, "{fault:?} at {operations}");
                assert_eq!(troubles, [], "{fault:?} at {operations}: whole or not there");
            }
            let store = giving(&at.path().join("giver"), &remote);
            assert!(matches!(store.give(&result).unwrap(), Gift::Given { .. }), "tried again");
            assert!(is_taken(at.path()).0, "{fault:?} at {operations}");
            if !met {
                assert!(given && operations > 10);
                break;
            }
        }
    }
}

#[test]
fn what_a_dead_writer_left_goes_after_a_day_and_nothing_else() {
    let at = folder();
    remote_with(at.path(), &file("x"));
    let incoming = at.path().join("remote/incoming");
    let past = crate::sys::clock::now() - std::time::Duration::from_secs(25 * 3600);
    let names = [".tmp-1-a0-0", ".tmp-1-a0-1", ".tmp-1-a0", "thesis", ".tmp-x-a0-0"];
    for name in names {
        fs::write(incoming.join(name), "").unwrap();
        if name != ".tmp-1-a0-1" {
            crate::sys::fs::set_modified(&incoming.join(name), past).unwrap();
        }
    }
    Remote::open_or_make(&Address::folder(at.path().join("remote"))).unwrap();
    let mut left: Vec<_> = names[1..].iter().map(|name| incoming.join(name)).collect();
    left.sort();
    assert_eq!(paths(&incoming), left);
    assert!(crate::sys::fs::is_temporary_name(&crate::sys::fs::temporary_name()));
}

#[test]
fn what_is_partly_here_is_not_given() {
    let at = folder();
    let store = giving(at.path(), &at.path().join("remote"));
    super::support::write(&at.path().join("made"), &parts(), Order::Forward);
    let content = ingest(&store, &parts()).unwrap();
    let result = record(&store, "a", content);
    fs::remove_file(store.blob_path(Digest::of(b"bbbb"))).unwrap();
    assert_eq!(store.give(&result).unwrap(), Gift::Partial);
    assert_eq!(store.troubles(), []);
    assert_eq!(paths(&at.path().join("remote/records")), [""; 0].map(std::path::PathBuf::from));
}

/// A store in front of a toy: another kind of remote than a folder.
fn with_toy(at: &Path, name: &str) -> Store {
    let address = Address::parse(Path::new(&format!("toy://{name}")), Path::to_owned).unwrap();
    let to = Some(Remote::open_or_make(&address).unwrap());
    let from = Some(Remote::open(&address).unwrap());
    let mut store = open(at);
    store.attach(Remotes { from, to, ..Remotes::default() });
    store
}

#[test]
fn another_kind_of_remote_gives_what_it_took_and_is_asked_once_for_all_sizes() {
    let at = folder();
    let giver = with_toy(&at.path().join("giver"), "both");
    let content = ingest(&giver, &parts()).unwrap();
    let result = record(&giver, "a", content);
    let Gift::Given { blobs, .. } = giver.give(&result).unwrap() else { panic!("not given") };
    assert!(blobs > 3);
    let asked = |store: &Store| match &store.remotes.to {
        Some(Remote::Toy(toy)) => toy.asked.load(std::sync::atomic::Ordering::Relaxed),
        other => panic!("{other:?}"),
    };
    assert_eq!(asked(&giver), 1);
    let taker = with_toy(&at.path().join("taker"), "both");
    let found = taker.find(result.key).unwrap().unwrap();
    assert!(taker.available(&found, &["data"]).unwrap());
    assert!(taker.fetch(&found, &["data"]).unwrap());
    assert_eq!((found, taker.troubles().len()), (result, 1), "it is believed on its word");
    let nowhere = Address::Toy("nowhere".to_owned());
    assert!(matches!(Remote::open(&nowhere), Err(RemoteError::Absent { .. })));
}

#[test]
fn another_kind_of_remote_is_one_file_and_lines_of_one_other() {
    let files = paths(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")).into_iter();
    let named = files
        .filter(|path| fs::read_to_string(path).is_ok_and(|text| text.contains("Toy")))
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned());
    let mut found: Vec<String> = named.collect();
    found.sort();
    assert_eq!(found, ["remote.rs", "remotes.rs", "toy.rs"], "the second is this one");
}
