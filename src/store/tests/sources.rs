//! Sources: files, folders and globs of the workspace, and nothing else.

use std::fs;
use std::os::unix::fs::symlink;

use super::support::{
    Order, Tree, file, folder, ingest, open, open_later, read, refusal, tree, write,
};
use crate::model::artifact::Content;
use crate::store::export::Over;
use crate::store::{Store, StoreError};
use tempfile::TempDir;

fn sample() -> Tree {
    tree([
        ("a.csv", file("a")),
        ("b.csv", file("b")),
        ("notes.txt", file("n")),
        ("deep", tree([("c.csv", file("c")), ("cache", tree([("x", file("x"))]))])),
        ("empty", tree([])),
    ])
}

fn workspace() -> (TempDir, Store) {
    let at = folder();
    let store = open(at.path());
    write(&at.path().join("data"), &sample(), Order::Forward);
    (at, store)
}

#[test]
fn files_folders_and_globs_are_taken_as_they_stand() {
    let (at, store) = workspace();
    let csv = |name: &str, text: &str| (name.to_owned(), file(text));
    let folder = |entries: Vec<(String, Tree)>| Tree::Folder(entries.into_iter().collect());
    let table: Vec<(&str, &[&str], Tree)> = vec![
        ("data/a.csv", &[], file("a")),
        ("data", &[], sample()),
        ("./data/", &[], sample()),
        ("data/*.csv", &[], folder(vec![csv("a.csv", "a"), csv("b.csv", "b")])),
        ("data/{a,z}.csv", &[], folder(vec![csv("a.csv", "a")])),
        ("data/[ab].csv", &["b.*"], folder(vec![csv("a.csv", "a")])),
        (
            "data/**/*.csv",
            &["b.csv"],
            tree([("a.csv", file("a")), ("deep", tree([("c.csv", file("c"))]))]),
        ),
        (
            "data",
            &["*.csv", "**/cache", "empty"],
            tree([("deep", tree([("c.csv", file("c"))])), ("notes.txt", file("n"))]),
        ),
        ("data", &["**/cache/**", "*.csv", "notes.txt", "deep/*.csv"], tree([("empty", tree([]))])),
        ("data/deep", &["**"], tree([])),
        ("dat?/a.csv", &[], tree([("data", tree([("a.csv", file("a"))]))])),
    ];
    for (path, exclude, expected) in table {
        let exclude: Vec<String> = exclude.iter().map(|glob| (*glob).to_owned()).collect();
        let content = store.digest_source(at.path(), path, &exclude).unwrap();
        assert_eq!(read(&store.view(content).unwrap()), expected, "{path} {exclude:?}");
    }
}

#[test]
fn what_a_build_writes_is_no_part_of_a_source() {
    let at = folder();
    let store = open(at.path());
    fs::write(at.path().join("a"), "a").unwrap();
    fs::create_dir(at.path().join("old")).unwrap();
    fs::write(at.path().join("old/ingot.lock"), "a file like others").unwrap();
    let old = tree([("ingot.lock", file("a file like others"))]);
    let content = store.digest_source(at.path(), ".", &[]).unwrap();
    assert_eq!(read(&store.view(content).unwrap()), tree([("a", file("a")), ("old", old)]));
    let glob = store.digest_source(at.path(), "**", &[]).unwrap();
    fs::write(at.path().join("ingot.lock"), "after a build").unwrap();
    fs::write(at.path().join("ingot.local.toml"), "of this machine").unwrap();
    assert_eq!(store.digest_source(at.path(), ".", &[]).unwrap(), content);
    assert_eq!(store.digest_source(at.path(), "**", &[]).unwrap(), glob);
}

#[test]
fn what_is_not_there_and_what_is_no_glob_say_so() {
    let (at, store) = workspace();
    for (path, exclude, message) in [
        ("data/none.csv", "", "data/none.csv does not exist"),
        ("none/*.csv", "", "none does not exist"),
        ("data/*.json", "", "the glob `data/*.json` matches nothing"),
        ("data/[.csv", "", "the glob `[.csv` is not a glob: unclosed character class; missing ']'"),
        (
            "data",
            "{a",
            "the glob `{a` is not a glob: unclosed alternate group; missing '}' \
                       (maybe escape '{' with '[{]'?)",
        ),
    ] {
        let exclude: Vec<String> =
            (!exclude.is_empty()).then(|| exclude.to_owned()).into_iter().collect();
        let error = store.digest_source(at.path(), path, &exclude).unwrap_err();
        let text = error.to_string().replace(&format!("{}/", at.path().display()), "");
        assert_eq!((text.as_str(), error.code()), (message, "E0501"));
    }
}

#[test]
fn a_file_whose_name_looks_like_a_glob_is_a_file() {
    let at = folder();
    let store = open(at.path());
    fs::write(at.path().join("data[1].csv"), "x").unwrap();
    let content = store.digest_source(at.path(), "data[1].csv", &[]).unwrap();
    assert!(matches!(content, Content::File { .. }));
}

#[test]
fn a_symlink_leads_no_source_out_of_the_workspace() {
    let at = folder();
    let root = at.path().join("workspace");
    fs::create_dir(&root).unwrap();
    let store = open(&root);
    fs::write(at.path().join("secret"), "s").unwrap();
    fs::create_dir(root.join("d")).unwrap();
    fs::write(root.join("d/a"), "a").unwrap();
    symlink("../secret", root.join("file")).unwrap();
    symlink(at.path(), root.join("folder")).unwrap();
    symlink("../..", root.join("d/up")).unwrap();
    symlink("d/a", root.join("inside")).unwrap();
    for (path, place, reason) in [
        ("file", "file", "leads out of the workspace, or of its mount"),
        ("folder/secret", "folder/secret", "leads out of the workspace, or of its mount"),
        ("../secret", "../secret", "leads out of the workspace, or of its mount"),
        ("d", "d/up", "is a symlink that leads out of its tree"),
    ] {
        let error = store.digest_source(&root, path, &[]);
        assert_eq!(refusal(error), (root.join(place), reason.to_owned()), "{path}");
    }
    let content = store.digest_source(&root, "inside", &[]).unwrap();
    assert_eq!(read(&store.view(content).unwrap()), file("a"));
    let spared = store.digest_source(&root, "d", &["up".to_owned()]).unwrap();
    assert_eq!(read(&store.view(spared).unwrap()), tree([("a", file("a"))]));
}

#[test]
fn a_special_file_is_refused_where_it_is_part_of_the_source() {
    let (at, store) = workspace();
    std::os::unix::net::UnixListener::bind(at.path().join("data/socket")).unwrap();
    let (path, reason) = refusal(store.digest_source(at.path(), "data", &[]));
    assert_eq!(
        (path, reason.as_str()),
        (at.path().join("data/socket"), "is neither file, folder nor symlink")
    );
    assert!(store.digest_source(at.path(), "data/*.csv", &[]).is_ok());
}

#[test]
fn a_source_and_an_output_of_the_same_files_are_the_same_content() {
    let (at, store) = workspace();
    let source = store.digest_source(at.path(), "data", &[]).unwrap();
    assert_eq!(super::support::ingest(&store, &sample()).unwrap(), source);
}

#[test]
fn a_source_is_only_read() {
    let (at, _) = workspace();
    let store = open_later(at.path());
    super::support::set_mode(&at.path().join("data/a.csv"), 0o640);
    store.digest_source(at.path(), "data", &[]).unwrap();
    assert_eq!(super::support::mode(&at.path().join("data/a.csv")), 0o640);
    assert_eq!(read(&at.path().join("data")), sample());
}

#[test]
fn an_unreadable_source_names_the_source() {
    let at = folder();
    let store = open(at.path());
    fs::create_dir(at.path().join("d")).unwrap();
    let error = store.copy_file(&at.path().join("d")).unwrap_err();
    let StoreError::Path(error) = error else { panic!("{error}") };
    assert!(error.path.starts_with(at.path()), "{error}");
}

#[test]
fn a_deep_source_is_the_content_that_a_deep_output_is() {
    let at = folder();
    let store = open(at.path());
    let innermost = tree([("a", file("a")), ("b", file("b"))]);
    let deep = (0..255).fold(innermost, |inner, _| tree([("a", file("a")), ("d", inner)]));
    write(&at.path().join("data"), &deep, Order::Forward);
    let found = store.digest_source(at.path(), "data", &[]).unwrap();
    assert_eq!(found, ingest(&store, &deep).unwrap());
    store.copy_out(found, &at.path().join("copy"), Over::Known(None)).unwrap();
    assert_eq!(read(&at.path().join("copy")), deep);
    write(&at.path().join("deeper"), &tree([("d", tree([("d", deep)]))]), Order::Forward);
    let (_, reason) = refusal(store.digest_source(at.path(), "deeper", &[]));
    assert_eq!(reason, "has more than 256 levels");
}
