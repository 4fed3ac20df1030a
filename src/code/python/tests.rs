#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;

const SOURCE: &str = r#"#!/usr/bin/env python3
# -*- coding: utf-8 -*-
"""A docstring  # stays."""

import os   # why


def train( rate, *, steps=10 ):   # a comment
	if rate > 0 and \
	   steps:
		return f"{rate:>{ steps }}  # {os.name}"
	else :
		return {  # in brackets
			"a": 1,

			"b": [ 2 ],
		}

@ decorator
class Model:
    size = 3; name = '''two
  lines'''
    async def fit(self): pass
"#;

#[test]
fn comments_and_layout_go_and_strings_stay() {
    insta::assert_snapshot!(canonical(SOURCE).unwrap(), @r#"
    #!/usr/bin/env python3
    """A docstring  # stays."""
    import os
    def train ( rate , * , steps = 10 ) :
     if rate > 0 and steps :
      return f"{rate:>{ steps }}  # {os.name}"
     else :
      return { "a" : 1 , "b" : [ 2 ] , }
    @ decorator
    class Model :
     size = 3 ; name = '''two
      lines'''
     async def fit ( self ) : pass
    "#);
}

#[test]
fn other_layout_is_the_same_form_and_another_token_is_not() {
    let forms = |sources: &[&str]| {
        let mut forms: Vec<Option<String>> = sources.iter().map(|it| canonical(it)).collect();
        forms.dedup();
        forms.len()
    };
    assert_eq!(
        forms(&[
            "if a:\n    b( 1 , 2 )\n",
            "if a :  # why\n\tb(1,\n# what\n\n2)",
            "\r\nif a:\r\n  b \\\r\n  (1, 2)\r\n",
            "\u{feff}if a:\n\n\n    b(1, 2)\n\n# end",
        ]),
        1
    );
    for (old, new) in [
        ("a = 1\n", "a = 1.\n"),
        ("a = 'x  y'\n", "a = 'x y'\n"),
        ("a = f'{x  }'\n", "a = f'{x}'\n"),
        ("if a:\n b\nc\n", "if a:\n b\n c\n"),
        ("a = '#x'\n", "a = '#y'\n"),
        ("a\nb\n", "a, b\n"),
        ("#!/bin/sh\na\n", "#!/usr/bin/python3\na\n"),
    ] {
        assert_eq!(forms(&[old, new]), 2, "{old} {new}");
    }
}

#[test]
fn what_is_not_surely_a_program_has_no_form() {
    for source in [
        "def f(:\n",
        "a = 'open\n",
        "a = 1\rb = 2\r",
        "# coding: latin-1\na = 'x'\n",
        "#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\na = 1\n",
    ] {
        assert_eq!(canonical(source), None, "{source:?}");
    }
    assert_eq!(canonical(&"a\n".repeat(LARGEST)), None);
    let deep = format!("{}{}", "(".repeat(200_000), ")".repeat(200_000));
    let _ = canonical(&deep);
    let _ = canonical(&"- ".repeat(400_000));
}

#[test]
fn a_change_is_told_by_the_definition_it_is_in() {
    let changed = |from: &str, to: &str| changes(SOURCE, &SOURCE.replacen(from, to, 1)).unwrap();
    assert_eq!(changed("# why", "# because"), Vec::<String>::new());
    assert_eq!(changed("steps=10", "steps=11"), ["train"]);
    assert_eq!(changed("self): pass", "self): return 1"), ["Model.fit"]);
    assert_eq!(changed("size = 3", "size = 4"), ["Model"]);
    assert_eq!(changed("@ decorator", "@ other"), ["Model"]);
    assert_eq!(changed("import os", "import sys"), [""]);
    assert_eq!(changed("def train", "def learn"), ["learn", "train"]);
}

/// Files of the library that comes with Python.
fn library() -> Vec<PathBuf> {
    let script = "import sysconfig; print(sysconfig.get_paths()['stdlib'])";
    let Ok(said) = Command::new("python3").args(["-c", script]).output() else { return Vec::new() };
    let folder = PathBuf::from(String::from_utf8_lossy(&said.stdout).trim());
    let files = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "py"))
    };
    let mut found: Vec<PathBuf> = ["", "json", "asyncio", "email", "test"]
        .iter()
        .flat_map(|it| files(&folder.join(it)))
        .collect();
    found.sort();
    found.into_iter().step_by(5).take(150).collect()
}

#[test]
fn python_reads_the_same_program_from_the_form() {
    let files = library();
    if files.is_empty() {
        eprintln!("skipped: there is no python3");
        return;
    }
    let at = tempfile::tempdir().unwrap();
    let mut formed = 0;
    for (index, path) in files.iter().enumerate() {
        let Ok(source) = std::fs::read_to_string(path) else { continue };
        let Some(form) = canonical(&source) else { continue };
        assert_eq!(canonical(&form).as_ref(), Some(&form), "{}", path.display());
        std::fs::write(at.path().join(format!("{index}.old")), source).unwrap();
        std::fs::write(at.path().join(format!("{index}.new")), form).unwrap();
        formed += 1;
    }
    assert!(formed * 10 >= files.len() * 9, "{formed} of {} files have a form", files.len());
    let script = "import ast, glob, sys\n\
                  read = lambda name: ast.dump(ast.parse(open(name, encoding='utf-8').read()))\n\
                  for old in glob.glob(sys.argv[1] + '/*.old'):\n\
                  \x20   if read(old) != read(old[:-3] + 'new'): sys.exit(old)\n";
    let said = Command::new("python3").args(["-W", "ignore", "-c", script]).arg(at.path()).output();
    let said = said.unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
}
