//! The documents, held to what is. Console blocks are run: each line behind `$ ` in
//! a shell, and what follows it compared; `...` stands for anything in a line, a
//! line of it alone for any lines. The reference of the manifest names every key of
//! its schema.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{LINES, WORDS, words};

struct Session {
    folder: PathBuf,
    home: PathBuf,
    /// Further variables.
    more: Vec<(&'static str, String)>,
}

impl Session {
    /// In an empty folder, with the programs of this build and the system's.
    fn new(folder: &Path) -> Self {
        let folder = folder.to_owned();
        Self { home: folder.clone(), folder, more: Vec::new() }
    }

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
            .envs(self.more.iter().map(|(name, value)| (name, value)))
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

/// The project's pages: the README and everything below `docs`.
fn pages() -> Vec<PathBuf> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = vec![root.join("README.md")];
    collect(&root.join("docs"), &mut found);
    found.sort();
    found
}

#[test]
fn what_the_pages_show_is_what_happens() {
    let worker = Path::new(env!("CARGO_BIN_EXE_ingot")).with_file_name("ingot-data");
    if !worker.exists() {
        eprintln!(
            "skipped: {} is not built; `cargo build --workspace` builds it",
            worker.display()
        );
        return;
    }
    let mut blocks = 0;
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for rest in text.split("```console\n").skip(1) {
            blocks += 1;
            run_block(&page, rest.split("```").next().unwrap());
        }
    }
    assert!(blocks > 1);
}

/// One block, in a folder of its own.
fn run_block(page: &Path, block: &str) {
    let folder = tempfile::tempdir().unwrap();
    follow(page, block, &mut Session::new(folder.path()));
}

/// Runs the lines of a block, and compares what follows them.
fn follow(page: &Path, block: &str, session: &mut Session) {
    for step in block.split("$ ").skip(1) {
        let (command, expected) = step.split_once('\n').unwrap();
        let found = session.run(command);
        let (expected, found): (Vec<&str>, Vec<&str>) =
            (expected.lines().collect(), found.lines().collect());
        assert!(
            agrees(&expected, &found),
            "{}\n$ {command}\nexpected {expected:#?}\nfound {found:#?}",
            page.display()
        );
    }
}

/// The guide to plugins has a compiler's work in it, so `cargo xtask plugins` asks for it.
/// Blocks that name a file are that file, or are added to its end.
#[test]
fn the_guide_to_plugins_is_followed_word_for_word() {
    if std::env::var_os("INGOT_TEST_GUIDE").is_none() {
        eprintln!("skipped: `cargo xtask plugins` follows the guide, which compiles a plugin");
        return;
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides/plugins.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::new(folder.path());
    let whole = |name: &'static str| Some((name, std::env::var(name).ok()?));
    let home = whole("HOME").unwrap().1;
    let kept = ["RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "CARGO_HOME"].into_iter().filter_map(whole);
    session.more = kept.collect();
    let programs = Path::new(env!("CARGO_BIN_EXE_ingot")).parent().unwrap().display();
    session.more.push(("PATH", format!("{programs}:{}", whole("PATH").unwrap().1)));
    session.more.push(("INGOT_CACHE", folder.path().join("cache").display().to_string()));
    session.home = home.into();
    let mut blocks = 0;
    for block in text.split("\n```").skip(1).step_by(2) {
        let (head, body) = block.split_once('\n').unwrap();
        let root = folder.path().join("flowers");
        match head.split(' ').collect::<Vec<_>>().as_slice() {
            ["console", "plugin"] => {
                // Each block begins where the session did, unless it is in the workspace.
                session.folder = if root.exists() && !body.contains("cd ") {
                    root
                } else {
                    folder.path().into()
                };
                follow(&page, body, &mut session);
            }
            [_, path] => std::fs::write(root.join(path), body).unwrap(),
            [_, path, "append"] => {
                let before = std::fs::read_to_string(root.join(path)).unwrap();
                std::fs::write(root.join(path), before + body).unwrap();
            }
            other => panic!("a block of another sort: {other:?}"),
        }
        blocks += 1;
    }
    assert_eq!(blocks, 7);
}

/// The guide to virtual environments needs a Python that makes virtual environments. Blocks that name a
/// file are that file.
#[test]
fn the_guide_to_virtual_environments_is_followed_word_for_word() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guides/virtual-environments.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut session = Session::new(folder.path());
    if session.run("python3 -m venv --without-pip probe && echo made") != "made\n" {
        eprintln!("skipped: python3 makes no virtual environment");
        return;
    }
    session.folder.push("own");
    for block in text.split("\n```").skip(1).step_by(2) {
        let (head, body) = block.split_once('\n').unwrap();
        match head.split_once(' ').unwrap() {
            ("console", "python") => follow(&page, body, &mut session),
            (_, path) => {
                let path = session.folder.join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, body).unwrap();
            }
        }
    }
}

fn manifest_schema() -> serde_json::Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/manifest.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_committed_manifests_agree_with_the_schema_for_editors() {
    let validator = jsonschema::validator_for(&manifest_schema()).unwrap();
    for path in ["workspace-example/ingot.toml", "src/cli/new/ingot.toml"] {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path));
        let manifest: serde_json::Value = toml::from_str(&text.unwrap()).unwrap();
        let mistakes: Vec<String> = validator
            .iter_errors(&manifest)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(mistakes, [""; 0], "{path}");
    }
}

#[test]
fn what_builds_and_plans_print_as_json_agrees_with_its_schema() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/events.json");
    let schema: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let project = words();
    project.write(
        "ingot.toml",
        format!(
            "{WORDS}[steps.bad]\nkind = \"command\"\nretries = 1\noutputs.text = \"files\"\n\
             run = [\"sh\", \"-c\", \"sleep 0.6; kill -9 $$\"]\n\
             [steps.behind]\nkind = \"join\"\ninputs.parts = \"bad.text\"\n\
             [exports]\n\"page.txt\" = \"page.page\"\n"
        ),
    );
    let mut names = std::collections::BTreeSet::new();
    let build = &["build", "--json", "-k", "--keep-failed", "page", "behind"];
    for (arguments, more) in
        [(&["plan", "--json", "page", "behind"][..], ""), (build, ""), (build, "test bad\n")]
    {
        project.write("data/lines.txt", format!("{LINES}{more}"));
        let said = project.run(arguments);
        for line in said.stdout.lines() {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            let mistakes: Vec<String> =
                validator.iter_errors(&event).map(|error| error.to_string()).collect();
            assert_eq!(mistakes, [""; 0], "{line}");
            names.insert(event["event"].as_str().unwrap().to_owned());
        }
    }
    let expected = "exported finding finished gate metric note observed planned progress remaining \
                    started step summary target";
    assert_eq!(names.into_iter().collect::<Vec<_>>().join(" "), expected);
}

#[test]
fn the_reference_names_every_key_of_the_manifest() {
    fn keys(schema: &serde_json::Value, found: &mut Vec<String>) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            found.push(name.clone());
            keys(property, found);
        }
        for inner in [&schema["additionalProperties"], &schema["items"]] {
            if inner.is_object() {
                keys(inner, found);
            }
        }
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/manifest.md");
    let page = std::fs::read_to_string(page).unwrap();
    let mut found = Vec::new();
    keys(&manifest_schema(), &mut found);
    assert!(found.len() > 40, "{found:?}");
    for key in found {
        let named = [format!("`{key}`"), format!("[{key}"), format!("{key},"), format!("{key} }}")];
        assert!(named.iter().any(|name| page.contains(name)), "`{key}` is not in the reference");
    }
}
