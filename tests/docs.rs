//! The documents' console blocks, run: each line behind `$ ` in a shell, and what
//! follows it compared. `...` stands for anything in a line, a line of it alone
//! for any lines.

use std::path::{Path, PathBuf};
use std::process::Command;

struct Session {
    folder: PathBuf,
    home: PathBuf,
}

impl Session {
    fn run(&mut self, line: &str) -> String {
        if let Some(folder) = line.strip_prefix("cd ") {
            self.folder.push(folder);
            return String::new();
        }
        let programs = Path::new(env!("CARGO_BIN_EXE_ingot")).parent().unwrap();
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", programs.display());
        let output = Command::new("sh")
            .args(["-c", &format!("{{ {line}; }} 2>&1")])
            .current_dir(&self.folder)
            .env_clear()
            .env("PATH", path)
            .env("HOME", &self.home)
            .env("COLUMNS", "100")
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// Whether lines are as expected.
fn agrees(expected: &[&str], found: &[&str]) -> bool {
    match (expected.split_first(), found.split_first()) {
        (None, None) => true,
        (Some((&"...", rest)), _) => (0..=found.len()).any(|skip| agrees(rest, &found[skip..])),
        (Some((line, rest)), Some((other, others))) => alike(line, other) && agrees(rest, others),
        _ => false,
    }
}

fn alike(expected: &str, found: &str) -> bool {
    let mut parts = expected.split("...");
    let Some(mut rest) = parts.next().and_then(|first| found.strip_prefix(first)) else {
        return false;
    };
    let open = expected.contains("...");
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.is_empty() || (open && expected.ends_with("..."))
}

#[test]
fn what_the_readme_shows_is_what_happens() {
    let worker = Path::new(env!("CARGO_BIN_EXE_ingot")).with_file_name("ingot-data");
    if !worker.exists() {
        eprintln!(
            "skipped: {} is not built; `cargo build --workspace` builds it",
            worker.display()
        );
        return;
    }
    let readme =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let blocks: Vec<&str> = readme
        .split("```console\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let folder = tempfile::tempdir().unwrap();
        let mut session =
            Session { folder: folder.path().to_owned(), home: folder.path().to_owned() };
        for step in block.split("$ ").skip(1) {
            let (command, expected) = step.split_once('\n').unwrap();
            let found = session.run(command);
            let (expected, found): (Vec<&str>, Vec<&str>) =
                (expected.lines().collect(), found.lines().collect());
            assert!(
                agrees(&expected, &found),
                "$ {command}\nexpected {expected:#?}\nfound {found:#?}"
            );
        }
    }
}
