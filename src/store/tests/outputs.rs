//! Outputs go in and come out the same, or are refused by name.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use proptest::prelude::*;

use super::support::{
    Order, PATIENT, Tree, any_folder, file, folder, ingest, open, paths, read, refusal, set_mode,
    tree, write,
};
use crate::model::artifact::Content;
use crate::store::Store;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_tree_comes_out_as_it_went_in_whatever_the_order_of_its_making(made in any_folder()) {
        let (first, second) = (folder(), folder());
        let contents = [(&first, Order::Forward), (&second, Order::Backward)].map(|(at, order)| {
            let store = open(at.path());
            let output = at.path().join("output");
            write(&output, &made, order);
            let content = store.ingest_output(&output, &PATIENT).unwrap();
            assert!(!output.exists(), "an output is moved, not copied");
            assert_eq!(read(&store.view(content).unwrap()), made);
            content
        });
        prop_assert_eq!(contents[0], contents[1]);
    }

    #[test]
    fn different_trees_have_different_digests(one in any_folder(), other in any_folder()) {
        let at = folder();
        let store = open(at.path());
        let contents = [&one, &other].map(|made| ingest(&store, made).unwrap());
        prop_assert_eq!(one == other, contents[0] == contents[1]);
    }
}

#[test]
fn a_file_comes_out_with_its_bytes_and_its_executable_bit() {
    let at = folder();
    let store = open(at.path());
    for executable in [false, true] {
        let made = Tree::File(b"#!/bin/sh\n".to_vec(), executable);
        let content = ingest(&store, &made).unwrap();
        assert!(matches!(content, Content::File { executable: bit, .. } if bit == executable));
        assert_eq!(read(&store.view(content).unwrap()), made);
    }
}

#[test]
fn the_owner_s_executable_bit_alone_is_kept_of_a_mode() {
    let at = folder();
    let store = open(at.path());
    let contents = [0o600, 0o4644, 0o666, 0o411].map(|mode| {
        let output = at.path().join("output");
        fs::write(&output, "x").unwrap();
        set_mode(&output, mode);
        store.ingest_output(&output, &PATIENT).unwrap()
    });
    assert!(contents.iter().all(|content| *content == contents[0]), "{contents:?}");
}

/// Makes `output`, lets `spoil` spoil it, and gives the path and the reason
/// with which it is refused. Nothing of it may have been moved.
fn refused(spoil: impl Fn(&Path)) -> (String, String) {
    let at = folder();
    let store = open(at.path());
    let output = at.path().join("output");
    write(&output, &tree([("a", file("a")), ("d", tree([("e", file("e"))]))]), Order::Forward);
    spoil(&output);
    let before = paths(&output);
    let (path, reason) = refusal(store.ingest_output(&output, &PATIENT));
    assert_eq!(paths(&output), before, "a refused output stays whole");
    assert_eq!(blobs(&store), 0, "nothing of a refused output is kept");
    let path = path.strip_prefix(&output).unwrap().to_string_lossy().into_owned();
    (path, reason)
}

fn blobs(store: &Store) -> usize {
    paths(&store.root().join("cas")).iter().filter(|path| path.is_file()).count()
}

#[test]
fn what_no_tree_can_hold_is_refused_by_name() {
    let link = |at: &'static str, target: &'static str| {
        move |output: &Path| symlink(target, output.join(at)).unwrap()
    };
    let out = "is a symlink that leads out of its tree";
    let round = "is a symlink that leads round in a circle";
    let twin = "has a twin that differs in case alone";
    type Spoil = Box<dyn Fn(&Path)>;
    let table: Vec<(&str, &str, Spoil)> = vec![
        (
            "a",
            "has a second name (a hard link)",
            Box::new(|output| {
                fs::hard_link(output.join("a"), output.with_file_name("kept")).unwrap();
            }),
        ),
        (
            "d/pipe",
            "is neither file, folder nor symlink",
            Box::new(|output| {
                let made = std::process::Command::new("mkfifo").arg(output.join("d/pipe")).status();
                assert!(made.unwrap().success());
            }),
        ),
        (
            "socket",
            "is neither file, folder nor symlink",
            Box::new(|output| {
                std::os::unix::net::UnixListener::bind(output.join("socket")).unwrap();
            }),
        ),
        ("l", out, Box::new(link("l", "/etc/passwd"))),
        ("l", out, Box::new(link("l", "../store"))),
        ("d/l", out, Box::new(link("d/l", "../../output/a"))),
        (
            "l",
            out,
            Box::new(|output| {
                // One level deep by its letters, above the tree by its way.
                symlink("..", output.join("d/up")).unwrap();
                symlink("d/up/../secret", output.join("l")).unwrap();
            }),
        ),
        ("l", round, Box::new(link("l", "l"))),
        (
            "d/l",
            round,
            Box::new(|output| {
                symlink("../m", output.join("d/l")).unwrap();
                symlink("d/l", output.join("m")).unwrap();
            }),
        ),
        (
            "d/\u{fffd}",
            "has a name that is not UTF-8",
            Box::new(|output| {
                fs::write(output.join("d").join(OsStr::from_bytes(&[0xff])), "").unwrap();
            }),
        ),
        (
            "l",
            "is a symlink to what is not UTF-8",
            Box::new(|output| {
                symlink(OsStr::from_bytes(&[0xff]), output.join("l")).unwrap();
            }),
        ),
        ("d/e", twin, Box::new(|output| fs::write(output.join("d/E"), "").unwrap())),
        (
            "\u{fc}",
            twin,
            Box::new(|output| {
                fs::write(output.join("\u{fc}"), "").unwrap();
                fs::write(output.join("\u{dc}"), "").unwrap();
            }),
        ),
    ];
    for (path, reason, spoil) in table {
        let spoiled = refused(spoil);
        assert_eq!(spoiled, (path.to_owned(), reason.to_owned()));
    }
}

#[test]
fn a_folder_that_hides_a_symlink_hides_no_way_out() {
    let at = folder();
    let store = open(at.path());
    let output = at.path().join("output");
    write(&output, &tree([("z", tree([]))]), Order::Forward);
    symlink("..", output.join("z/up")).unwrap();
    symlink("z/up/../secret", output.join("l")).unwrap();
    set_mode(&output.join("z"), 0o000);
    assert_eq!(refusal(store.ingest_output(&output, &PATIENT)).0, output.join("l"));
}

#[test]
fn an_output_is_no_symlink() {
    let at = folder();
    let store = open(at.path());
    let output = at.path().join("output");
    symlink("elsewhere", &output).unwrap();
    assert_eq!(refusal(store.ingest_output(&output, &PATIENT)).0, output);
}

#[test]
fn a_deep_tree_is_kept_and_a_deeper_one_refused() {
    let at = folder();
    let store = open(at.path());
    let nested = |levels: usize| {
        let innermost = tree([("a", file("a")), ("b", file("b"))]);
        (0..levels).fold(innermost, |inner, _| tree([("a", file("a")), ("d", inner)]))
    };
    let content = ingest(&store, &nested(255)).unwrap();
    assert_eq!(read(&store.view(content).unwrap()), nested(255));
    let (path, reason) = refusal(ingest(&store, &nested(256)));
    assert_eq!(reason, "has more than 256 levels");
    assert!(path.ends_with("d/a"), "{}", path.display());
}

#[test]
fn folders_that_a_step_closed_are_taken_all_the_same() {
    let at = folder();
    let store = open(at.path());
    let output = at.path().join("output");
    let made = tree([("d", tree([("e", file("e"))]))]);
    write(&output, &made, Order::Forward);
    set_mode(&output.join("d/e"), 0o000);
    set_mode(&output.join("d"), 0o000);
    let content = store.ingest_output(&output, &PATIENT).unwrap();
    assert_eq!(read(&store.view(content).unwrap()), made);
}
