//! [`Complaint`]: what a program says it could not have, read from a line of its log.
//!
//! Owns the table of the forms in which programs, shells and languages say it: one line a
//! form. Invariant: a line that has none of these forms says nothing, whatever words stand
//! in it: a path is taken from the place that its form has for it, and from nowhere else.
//! Pure. What it does not do: it looks at no file, so it does not know who is to blame.

use std::sync::LazyLock;

use regex::{Regex, escape};

/// What a program could not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Complaint {
    /// A file that is not there, or that it may not read or write.
    Missing(String),
    /// Something in these words is not there.
    MissingIn(String),
    /// A file that it may not open.
    Denied(String),
    /// A file that it cannot write; nothing where its name is not said.
    Unwritable(Option<String>),
    /// Another host.
    Host,
    /// A module of a language.
    Module(Language, String),
    /// A program that it starts.
    Program(String),
}

/// Whose modules are missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Python.
    Python,
    /// Node.
    Node,
    /// R.
    R,
    /// Julia.
    Julia,
    /// Perl.
    Perl,
    /// Ruby.
    Ruby,
}

/// What a form says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Missing,
    MissingIn,
    Denied,
    Unwritable,
    Host,
    Module(Language),
    Program,
}

use Language::{Julia, Node, Perl, Python, R, Ruby};
use Says::{Denied, Host, Missing, MissingIn, Module, Program, Unwritable};

/// The forms; of a line the first that fits counts. `{}` is what is told, a word where no
/// quotes are around it; `...` the rest of the line that is told; `*` a word; `#` a number;
/// `'` a quotation mark of any kind; `^` and `$` the ends of a line. Case does not matter.
const FORMS: &[(Says, &str)] = &[
    // Modules.
    (Module(Python), "No module named '{}'"),
    (Module(Python), "No module named {}"),
    (Module(Node), "Cannot find module '{}'"),
    (Module(Node), "Cannot find package '{}'"),
    (Module(R), "there is no package called '{}'"),
    (Module(Julia), "Package {} not found in current path"),
    (Module(Perl), "Can't locate {} in @INC"),
    (Module(Ruby), "cannot load such file -- {}"),
    // Other hosts.
    (Host, "Temporary failure in name resolution"),
    (Host, "Name or service not known"),
    (Host, "nodename nor servname provided"),
    (Host, "No address associated with hostname"),
    (Host, "Could not resolve host"),
    (Host, "Couldn't resolve host"),
    (Host, "Cannot resolve host"),
    (Host, "unable to resolve host"),
    (Host, "could not translate host name"),
    (Host, "Failed to resolve '{}'"),
    (Host, "NameResolutionError"),
    (Host, "gaierror"),
    (Host, "getaddrinfo * "),
    (Host, "EAI_AGAIN"),
    (Host, "ENOTFOUND"),
    (Host, "ENETUNREACH"),
    (Host, "Network is unreachable"),
    (Host, "Network unreachable"),
    (Host, "No route to host"),
    (Host, "UnknownHostException"),
    (Host, "failed to lookup address information"),
    (Host, "dial tcp: lookup "),
    (Host, "lookup *: no such host"),
    (Host, "bad address '{}'"),
    // Programs.
    (Program, "^*: #: {}: not found$"),
    (Program, "^sh: {}: not found$"),
    (Program, "^/bin/sh: {}: not found$"),
    (Program, "{}: command not found$"),
    (Program, "command not found: {}$"),
    (Program, "exec: '{}': executable file not found"),
    (Program, "env: '{}': No such file or directory"),
    (Program, "Cannot run program '{}'"),
    (Program, "spawn {} ENOENT"),
    // What is written: whoever cannot make a file does not read it.
    (Unwritable, "cannot create {}: "),
    (Unwritable, "cannot create directory '{}': Read-only file system"),
    (Unwritable, "cannot create directory '{}': Permission denied"),
    (Unwritable, "cannot create directory '{}': No such file or directory"),
    (Unwritable, "cannot create regular file '{}': Read-only file system"),
    (Unwritable, "cannot create regular file '{}': Permission denied"),
    (Unwritable, "cannot create regular file '{}': No such file or directory"),
    (Unwritable, "cannot touch '{}': "),
    (Unwritable, "into a non-existent directory: '{}'"),
    (Unwritable, "Parent directory {} does not exist"),
    (Unwritable, "Read-only file system: '{}'"),
    (Unwritable, "Read-only file system @ * - {}"),
    (Unwritable, "EROFS: read-only file system, * '{}'"),
    (Unwritable, "(os error 30), * '{}'"),
    (Unwritable, "'{}': Read-only file system"),
    (Unwritable, "{}: Read-only file system"),
    (Unwritable, "'{}' (Read-only file system)"),
    (Unwritable, "{} (Read-only file system)"),
    (Unwritable, "ReadOnlyFileSystemException: {}"),
    (Unwritable, "attempt to write a readonly database"),
    (Unwritable, "Read-only file system"),
    (Unwritable, "code: 30, kind: ReadOnlyFilesystem"),
    // What may not be opened.
    (Denied, "Permission denied: '{}'"),
    (Denied, "Permission denied @ * - {}"),
    (Denied, "EACCES: permission denied, * '{}'"),
    (Denied, "'{}': Permission denied"),
    (Denied, "{}: Permission denied"),
    (Denied, "'{}' (Permission denied)"),
    (Denied, "{} (Permission denied)"),
    (Denied, "AccessDeniedException: {}"),
    // What is not there.
    (Missing, "No such file or directory: '{}'"),
    (Missing, "No such file or directory: {}$"),
    (Missing, "No such file or directory @ * - {}"),
    (Missing, "No such file or directory, file path: {}"),
    (Missing, "No such file or directory (os error 2): {}$"),
    (Missing, "(os error 2), * '{}'"),
    (Missing, "ENOENT: no such file or directory, * '{}'"),
    (Missing, "can't open file '{}'"),
    (Missing, "cannot open file '{}'"),
    (Missing, "cannot open '{}'"),
    (Missing, "can't open '{}'"),
    (Missing, "cannot open {}: No such file"),
    (Missing, "cannot open compressed file '{}'"),
    (Missing, "Can't open perl script '{}'"),
    (Missing, "cannot stat '{}'"),
    (Missing, "cannot access '{}'"),
    (Missing, "Failed to open local file '{}'"),
    (Missing, "unable to open file: name = '{}', errno = 2"),
    (Missing, "imread_('{}'): can't open/read file"),
    (Missing, "'{}' does not exist in current working directory"),
    (Missing, "Path does not exist: {}"),
    (Missing, "Unable to access jarfile {}"),
    (Missing, "NoSuchFileException: {}"),
    (Missing, "Could not open input file: {}"),
    (Missing, "No rule to make target '{}'"),
    (Missing, "Failed opening required '{}'"),
    (Missing, "'{}' (No such file or directory)"),
    (Missing, "{} (No such file or directory)"),
    (Missing, "'{}': No such file or directory"),
    (Missing, "{}: Cannot open: No such file or directory"),
    (Missing, "{}: No such file or directory"),
    (Missing, "'{}': No such file"),
    (MissingIn, "FileNotFoundError: ..."),
];

static TABLE: LazyLock<Vec<(Says, Regex)>> = LazyLock::new(|| {
    let compiled = FORMS.iter().map(|(says, form)| Some((*says, Regex::new(&pattern(form)).ok()?)));
    compiled.flatten().collect()
});

/// A form as a regular expression.
fn pattern(form: &str) -> String {
    const QUOTES: &str = "'\"`‘’“”";
    let mut pattern = "(?i)".to_owned();
    let mut rest = form;
    if form.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        // `FileNotFoundError` has the letters of `ENOTFOUND`.
        pattern.push_str(r"\b");
    }
    let mut quoted = false;
    while let Some(first) = rest.chars().next() {
        let mut taken = first.len_utf8();
        match first {
            '{' => {
                let quotes = if quoted { "" } else { r"\s" };
                pattern.push_str(&format!("([^{quotes}{QUOTES}]+?)"));
                taken = 2;
            }
            '.' if rest.starts_with("...") => {
                pattern.push_str("(.+)");
                taken = 3;
            }
            '*' => pattern.push_str(r"\S+"),
            '#' => pattern.push_str(r"\d+"),
            '^' | '$' => pattern.push(first),
            '\'' => {
                quoted = rest.starts_with("'{}");
                pattern.push_str(&format!("[{QUOTES}]"));
            }
            _ => pattern.push_str(&escape(&rest[..taken])),
        }
        rest = &rest[taken..];
    }
    if form.ends_with("{}") {
        // Lazy, so its end is to be said.
        pattern.push_str(r"[.,;:)]?(?:\s|$)");
    }
    pattern
}

/// What a line of a log says that its program could not have.
pub fn read(line: &str) -> Option<Complaint> {
    let line = line.trim();
    TABLE.iter().find_map(|(says, form)| {
        let found = form.captures(line)?;
        let told = found.get(1).map(|told| told.as_str().to_owned());
        Some(match says {
            Unwritable => Complaint::Unwritable(told),
            Host => Complaint::Host,
            Missing => Complaint::Missing(told?),
            MissingIn => Complaint::MissingIn(told?),
            Denied => Complaint::Denied(told?),
            Module(language) => Complaint::Module(*language, told?),
            Program => Complaint::Program(told?),
        })
    })
}

/// The lines that belong to what ended a program: of a Python traceback with what it came
/// from, what stands before it is another matter.
pub fn ending(tail: &[String]) -> &[String] {
    let begins = |line: &String| line.trim_start().starts_with("Traceback (most recent call last)");
    let mut from = tail.len();
    while let Some(begin) = tail[..from].iter().rposition(begins) {
        from = begin;
        let before = tail[..begin].iter().rev().find(|line| !line.trim().is_empty());
        let goes_on = before.is_some_and(|line| {
            line.contains("another exception occurred") || line.contains("the direct cause of")
        });
        if !goes_on {
            return &tail[from..];
        }
    }
    tail
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> String {
        match read(line) {
            None => "-".to_owned(),
            Some(complaint) => format!("{complaint:?}"),
        }
    }

    #[test]
    fn every_form_is_a_regular_expression() {
        assert_eq!(TABLE.len(), FORMS.len());
    }

    #[test]
    fn what_programs_say_of_a_missing_file_names_it() {
        for line in [
            "FileNotFoundError: [Errno 2] No such file or directory: 'data/x.csv'",
            "cat: data/x.csv: No such file or directory",
            "sh: 0: cannot open data/x.csv: No such file",
            "sh: 1: cannot open data/x.csv: No such file",
            "bash: line 1: data/x.csv: No such file or directory",
            "zsh: no such file or directory: data/x.csv",
            "head: cannot open 'data/x.csv' for reading: No such file or directory",
            "ls: cannot access 'data/x.csv': No such file or directory",
            "cp: cannot stat 'data/x.csv': No such file or directory",
            "sed: can't read data/x.csv: No such file or directory",
            "sort: cannot read: data/x.csv: No such file or directory",
            "awk: fatal: cannot open file `data/x.csv' for reading: No such file or directory",
            "mawk: cannot open data/x.csv (No such file or directory)",
            "tar: data/x.csv: Cannot open: No such file or directory",
            "python3: can't open file 'data/x.csv': [Errno 2] No such file or directory",
            "Error: ENOENT: no such file or directory, open 'data/x.csv'",
            "  cannot open file 'data/x.csv': No such file or directory",
            "Error: 'data/x.csv' does not exist in current working directory ('/step').",
            "Fatal error: cannot open file 'data/x.csv': No such file or directory",
            "ERROR: LoadError: SystemError: opening file \"data/x.csv\": No such file or directory",
            "java.io.FileNotFoundException: data/x.csv (No such file or directory)",
            "java.nio.file.NoSuchFileException: data/x.csv",
            "Error: Unable to access jarfile data/x.csv",
            "open data/x.csv: no such file or directory",
            "panic: open data/x.csv: no such file or directory",
            "Error: failed to read data/x.csv: No such file or directory (os error 2)",
            "FileNotFoundError: No such file or directory (os error 2): data/x.csv",
            "error: Uncaught NotFound: No such file or directory (os error 2), open 'data/x.csv'",
            "No such file or directory @ rb_sysopen - data/x.csv (Errno::ENOENT)",
            "Can't open perl script \"data/x.csv\": No such file or directory",
            "FileNotFoundError: [Errno 2] Failed to open local file 'data/x.csv'.",
            "OSError: Unable to open file (unable to open file: name = 'data/x.csv', errno = 2)",
            "make: *** No rule to make target 'data/x.csv'.  Stop.",
        ] {
            assert_eq!(said(line), "Missing(\"data/x.csv\")", "{line}");
        }
    }

    #[test]
    fn other_complaints_are_told_apart() {
        let lines = [
            "FileNotFoundError: data/x.csv not found.",
            "PermissionError: [Errno 13] Permission denied: 'data/x.csv'",
            "cat: data/x.csv: Permission denied",
            "OSError: [Errno 30] Read-only file system: 'model.pkl'",
            "sh: 1: cannot create model.pkl: Read-only file system",
            "sh: 1: cannot create results/m.pkl: Directory nonexistent",
            "mkdir: cannot create directory ‘k’: Read-only file system",
            "bash: line 1: k: Read-only file system",
            "Error: EROFS: read-only file system, open 'k'",
            "OSError: Cannot save file into a non-existent directory: 'results'",
            "sqlite3.OperationalError: attempt to write a readonly database",
            "sh: 1: uv: not found",
            "tools/run.sh: 3: ./fit: not found",
            "bash: line 1: uv: command not found",
            "/usr/bin/env: 'uv': No such file or directory",
            "ModuleNotFoundError: No module named 'pandas.core'; 'pandas' is not a package",
            "/usr/bin/python3: No module named pytest",
            "Error: Cannot find module './helper'",
            "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'lodash' imported from /step/a.mjs",
            "Error in library(dplyr) : there is no package called ‘dplyr’",
            "socket.gaierror: [Errno -3] Temporary failure in name resolution",
            "curl: (6) Could not resolve host: example.org",
            "Error: getaddrinfo EAI_AGAIN example.org",
            "OSError: [Errno 101] Network is unreachable",
            "Get \"https://x.org\": dial tcp: lookup x.org: no such host",
        ];
        let told: Vec<String> = lines.iter().map(|line| said(line)).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        MissingIn("data/x.csv not found.")
        Denied("data/x.csv")
        Denied("data/x.csv")
        Unwritable(Some("model.pkl"))
        Unwritable(Some("model.pkl"))
        Unwritable(Some("results/m.pkl"))
        Unwritable(Some("k"))
        Unwritable(Some("k"))
        Unwritable(Some("k"))
        Unwritable(Some("results"))
        Unwritable(None)
        Program("uv")
        Program("./fit")
        Program("uv")
        Program("uv")
        Module(Python, "pandas.core")
        Module(Python, "pytest")
        Module(Node, "./helper")
        Module(Node, "lodash")
        Module(R, "dplyr")
        Host
        Host
        Host
        Host
        Host
        "#);
    }

    #[test]
    fn words_of_a_log_are_no_complaint() {
        for line in [
            "ValueError: the training data has no column age",
            "KeyError: 'data'",
            "ValueError: column 'data' does not exist",
            "error: data: not found in index",
            "AssertionError: data",
            "data/x.csv: 3 rows",
            "tools/value.py:3: UserWarning: data is empty",
            "  File \"/step/tools/value.py\", line 3, in <module>",
            "  data = socket.create_connection((\"host.invalid\", 80), timeout=5)",
            "cat: data: Is a directory",
        ] {
            assert_eq!(said(line), "-", "{line}");
        }
    }

    #[test]
    fn what_stands_before_a_traceback_is_another_matter() {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let alone = lines(
            "warning: no name\nTraceback (most recent call last):\n  File \"a\"\nValueError: data",
        );
        assert_eq!(ending(&alone).len(), 3);
        let chained = lines(
            "warning\nTraceback (most recent call last):\nOSError: x\n\nDuring handling of the \
             above exception, another exception occurred:\n\nTraceback (most recent call last):\n\
             ValueError: data",
        );
        assert_eq!(ending(&chained).len(), 7);
        let none = lines("one\ntwo");
        assert_eq!(ending(&none).len(), 2);
    }
}
