//! `docs/guides/own-code.md`, followed: its files are written, its lines run.

use std::path::Path;
use std::process::Command;

/// Whether a line is as expected, where `...` stands for anything.
fn alike(expected: &str, found: &str) -> bool {
    let parts: Vec<&str> = expected.split("...").collect();
    let mut rest = found;
    for (index, part) in parts.iter().enumerate() {
        match rest.find(part) {
            Some(0) => rest = &rest[part.len()..],
            Some(at) if index > 0 => rest = &rest[at + part.len()..],
            _ => return false,
        }
    }
    rest.is_empty() || parts.last() == Some(&"")
}

#[test]
fn the_guide_to_own_code_is_followed_on_census_data() {
    let Some(data) = std::env::var_os("INGOT_TEST_DATA") else {
        eprintln!("skipped: INGOT_TEST_DATA names no folder with the census data");
        return;
    };
    let ingot = Path::new(env!("CARGO_BIN_EXE_ingot"));
    let census = Path::new(&data).join("adult/adult.data");
    let workers = ["ingot-data", "ingot-torch"].map(|name| ingot.with_file_name(name));
    if let Some(absent) = std::iter::once(&census).chain(&workers).find(|path| !path.exists()) {
        eprintln!("skipped: there is no {}", absent.display());
        return;
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides/own-code.md");
    let text = std::fs::read_to_string(page).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(census, folder.path().join("adult.data")).unwrap();
    let blocks: Vec<(&str, &str)> = text
        .split("\n```")
        .skip(1)
        .step_by(2)
        .filter_map(|block| block.split_once('\n'))
        .filter_map(|(head, body)| Some((head.split_once(' ')?.1, body)))
        .collect();
    for (name, body) in blocks.iter().filter(|(name, _)| name.contains('.')) {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, format!("{body}\n")).unwrap();
    }
    for (name, body) in blocks.iter().filter(|(name, _)| !name.contains('.')) {
        for line in body.split("$ ").skip(1) {
            let (line, expected) = line.split_once('\n').unwrap_or((line, ""));
            let path = std::env::var("PATH").unwrap_or_default();
            let ran = Command::new("sh")
                .args(["-c", &format!("{{ {line}; }} 2>&1")])
                .current_dir(folder.path())
                .env("PATH", format!("{}:{path}", ingot.parent().unwrap().display()))
                .env("COLUMNS", "100")
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&ran.stdout);
            if *name == "venv" && !ran.status.success() {
                eprintln!("skipped: no virtual environment here: {line}: {said}");
                return;
            }
            let last = expected.trim().lines().next_back().unwrap_or_default();
            let found = said.lines().next_back().unwrap_or_default();
            assert!(last.is_empty() || alike(last, found), "{line}\n{said}");
        }
    }
}
