//! What is removed of a store, and of what is none.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::support::{file, folder, ingest, open, paths, record, tree};
use crate::store::{LAYOUT, Store, StoreError};

/// A folder of somebody's with the names that a store has.
fn foreign(at: &Path) {
    for path in ["work/thesis/a.tex", "views/sunset", "logs/captain.log"] {
        fs::create_dir_all(at.join(path).parent().unwrap()).unwrap();
        fs::write(at.join(path), "mine").unwrap();
    }
}

#[test]
fn what_is_no_store_is_neither_filled_nor_emptied() {
    type Spoil = fn(&Path);
    let spoil: [(&str, Spoil); 5] = [
        ("no mark", |_| {}),
        ("a mark that is a link", |at| symlink("/proc/version", at.join("version")).unwrap()),
        ("a mark that is a folder", |at| fs::create_dir(at.join("version")).unwrap()),
        ("an empty mark", |at| fs::write(at.join("version"), "").unwrap()),
        ("another mark", |at| fs::write(at.join("version"), "photos 1\n").unwrap()),
    ];
    for (what, spoil) in spoil {
        let at = folder();
        foreign(at.path());
        spoil(at.path());
        let before = paths(at.path());
        for all in [false, true] {
            let refused = Store::clean(at.path(), all).unwrap_err();
            assert!(matches!(refused.code(), "E0701" | "E0707"), "{what}: {refused}");
        }
        assert!(Store::open(at.path()).is_err(), "{what}");
        assert_eq!(paths(at.path()), before, "{what}");
    }
}

#[test]
fn what_is_not_the_store_s_stays_in_a_store() {
    for all in [false, true] {
        let at = folder();
        let store = open(at.path());
        let content = ingest(&store, &tree([("text", file("one"))])).unwrap();
        record(&store, "one", content);
        store.link_output("step/part", "data", content).unwrap();
        let root = store.root().to_owned();
        drop(store);
        foreign(&root);
        fs::write(root.join("cas/notes"), "mine").unwrap();
        fs::create_dir(root.join("photos")).unwrap();
        let left = Store::clean(&root, all).unwrap();
        for path in ["work/thesis/a.tex", "views/sunset", "logs/captain.log", "cas/notes"] {
            assert_eq!(fs::read_to_string(root.join(path)).unwrap(), "mine", "{path}");
        }
        assert!(!root.join("out/step").exists());
        assert_eq!(fs::read_dir(root.join("views")).unwrap().count(), 1);
        assert_eq!(left.iter().any(|path| path.ends_with("photos")), all, "{left:?}");
        assert_eq!(open(at.path()).get(super::support::key("one")).unwrap().is_some(), !all);
    }
}

#[test]
fn a_store_goes_whole_and_a_link_to_it_stays() {
    let at = folder();
    drop(open(at.path()));
    fs::rename(at.path().join(".ingot"), at.path().join("elsewhere")).unwrap();
    symlink("elsewhere", at.path().join(".ingot")).unwrap();
    assert_eq!(
        Store::clean(&at.path().join(".ingot"), true).unwrap(),
        Vec::<std::path::PathBuf>::new()
    );
    assert_eq!(fs::read_dir(at.path().join("elsewhere")).unwrap().count(), 0);
    drop(open(at.path()));
    assert_eq!(Store::clean(&at.path().join("elsewhere"), true).unwrap().len(), 0);
    assert!(!at.path().join("elsewhere").exists());
}

#[test]
fn a_folder_of_the_store_that_is_a_link_is_not_followed() {
    let at = folder();
    drop(open(at.path()));
    let (root, own) = (at.path().join(".ingot"), at.path().join("own"));
    fs::create_dir(&own).unwrap();
    fs::write(own.join(".tmp-1-2-3"), "mine").unwrap();
    fs::remove_dir(root.join("work")).unwrap();
    symlink(&own, root.join("work")).unwrap();
    let error = Store::open(&root).unwrap_err();
    assert!(matches!(&error, StoreError::InTheWay { path } if path.ends_with("work")), "{error}");
    assert_eq!(Store::clean(&root, true).unwrap(), [root.canonicalize().unwrap().join("work")]);
    assert!(own.join(".tmp-1-2-3").exists());
    assert_eq!(fs::read_to_string(root.join("version")).unwrap(), LAYOUT);
}
