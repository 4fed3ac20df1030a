//! `gc` beside workspaces that cannot be seen, and `clean` of what is no store.

use std::path::{Path, PathBuf};

use crate::support::{Built, Project, Said};

fn one_step(word: &str) -> Project {
    Project::new(&format!(
        "[pipeline]\nname = \"s\"\nedition = 1\n[steps.a]\nkind = \"write\"\ntext = \"{word}\"\n"
    ))
}

/// A place that stays while the workspace's folder is moved.
fn beside(project: &Project, name: &str) -> PathBuf {
    project.path("").parent().unwrap().join(name)
}

/// Two workspaces and the store that they share.
struct Two {
    one: Project,
    other: Project,
}

impl Two {
    fn built() -> Self {
        let two = Self { one: one_step("one"), other: one_step("other") };
        for project in [&two.one, &two.other] {
            assert_eq!(two.executed(project), ["a"]);
        }
        two
    }

    fn run(&self, project: &Project, arguments: &[&str]) -> Said {
        let mut command = project.command(arguments);
        command.env("INGOT_STORE", self.one.path("../shared"));
        Said::from(command.output().unwrap())
    }

    fn executed(&self, project: &Project) -> Vec<String> {
        let built = Built::from(self.run(project, &["build", "--json"]));
        assert_eq!(built.said.code, 0, "{}", built.said.stderr);
        built.executed()
    }

    /// Collects from the first one; gives the workspaces that were not seen, with the reason.
    fn unseen(&self, arguments: &[&str]) -> Vec<(String, String)> {
        let mut all = vec!["gc", "--json"];
        all.extend(arguments);
        let said = self.run(&self.one, &all);
        assert_eq!(said.code, 0, "{}", said.stderr);
        let event: serde_json::Value = serde_json::from_str(said.stdout.trim()).unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let unseen = event["unseen"].as_array().unwrap().iter();
        unseen.map(|root| (text(&root["workspace"]), text(&root["why"]))).collect()
    }
}

#[test]
fn a_workspace_that_cannot_be_seen_keeps_its_results() {
    let two = Two::built();
    let at = |path: &str| two.other.path(path);
    let (folder, away, hidden) = (at(""), beside(&two.other, "away"), beside(&two.other, "hidden"));
    type Change<'a> = &'a dyn Fn();
    let hide = |name: &str| std::fs::rename(at(name), &hidden).unwrap();
    let show = |name: &str| std::fs::rename(&hidden, at(name)).unwrap();
    let cases: [(&str, Change<'_>, Change<'_>); 5] = [
        ("its folder is gone", &|| std::fs::rename(&folder, &away).unwrap(), &|| {
            std::fs::rename(&away, &folder).unwrap()
        }),
        (
            "it has no ingot.toml",
            &|| {
                std::fs::rename(&folder, &away).unwrap();
                std::fs::create_dir(&folder).unwrap();
            },
            &|| {
                std::fs::remove_dir(&folder).unwrap();
                std::fs::rename(&away, &folder).unwrap();
            },
        ),
        ("it has no ingot.toml", &|| hide("ingot.toml"), &|| show("ingot.toml")),
        ("it has no ingot.lock", &|| hide("ingot.lock"), &|| show("ingot.lock")),
        (
            "its ingot.lock is damaged",
            &|| {
                std::fs::copy(at("ingot.lock"), &hidden).unwrap();
                two.other.write("ingot.lock", "garbage");
            },
            &|| show("ingot.lock"),
        ),
    ];
    for (why, change, back) in cases {
        change();
        let unseen = two.unseen(&[]);
        assert_eq!(unseen.len(), 1);
        assert_eq!(unseen[0].1, why);
        assert_eq!(two.run(&two.one, &["gc"]).stderr.matches("E0710").count(), 1);
        back();
        assert_eq!(two.executed(&two.other), [""; 0], "{why}");
        assert_eq!(two.unseen(&[]), []);
    }
}

#[test]
fn a_workspace_is_forgotten_when_it_is_told_and_after_some_days() {
    for told in [true, false] {
        let two = Two::built();
        let folder = two.other.path("");
        std::fs::rename(&folder, beside(&two.other, "away")).unwrap();
        match told {
            true => {
                let refused = two.run(&two.one, &["gc", "--forget", "/nobody/builds/here"]);
                assert_eq!(refused.code, 6);
                assert!(refused.stderr.contains("E0711"), "{}", refused.stderr);
                let folder = folder.to_str().unwrap();
                assert_eq!(two.unseen(&["--forget", folder, "--dry"]), []);
                assert_eq!(two.unseen(&[]).len(), 1, "a dry run forgets nothing");
                assert_eq!(two.unseen(&["--forget", folder]), []);
            }
            false => {
                let day = std::time::Duration::from_secs(24 * 3600);
                for (days, kept) in [(29, 1), (31, 0)] {
                    let then = std::time::SystemTime::now() - days * day;
                    for root in std::fs::read_dir(two.one.path("../shared/roots")).unwrap() {
                        let root = std::fs::File::open(root.unwrap().path()).unwrap();
                        root.set_modified(then).unwrap();
                    }
                    assert_eq!(two.unseen(&[]).len(), kept, "{days}");
                }
            }
        }
        std::fs::rename(beside(&two.other, "away"), &folder).unwrap();
        assert_eq!(two.executed(&two.one), [""; 0]);
        assert_eq!(two.executed(&two.other), ["a"], "told: {told}");
    }
}

#[test]
fn a_root_that_cannot_be_read_ends_a_collection() {
    let two = Two::built();
    let roots = two.one.path("../shared/roots");
    let foreign = roots.join("x");
    std::fs::write(&foreign, "").unwrap();
    assert_eq!(two.unseen(&[]), []);
    assert!(foreign.exists(), "it is not the store's");
    let damaged = roots.join("0".repeat(64));
    for text in ["/proc/self", "", "garbage"] {
        std::fs::write(&damaged, text).unwrap();
        let said = two.run(&two.one, &["gc"]);
        assert_eq!(said.code, 6, "{}", said.stderr);
        assert!(said.stderr.contains("E0709"), "{}", said.stderr);
    }
    std::fs::remove_file(damaged).unwrap();
    // A root of the version before: which results it needs is not known.
    let path = "/gone/before";
    let name = ingot::digest::Digest::of(path.as_bytes()).to_hex();
    std::fs::write(roots.join(name), path).unwrap();
    two.one.edit("\"one\"", "\"two\"");
    assert_eq!(two.executed(&two.one), ["a"]);
    assert_eq!(two.unseen(&[]).len(), 1);
    two.one.edit("\"two\"", "\"one\"");
    assert_eq!(two.executed(&two.one), [""; 0], "everything stayed");
}

#[test]
fn nothing_is_cleaned_but_a_store_whatever_names_it() {
    let project = one_step("x");
    let mine = |folder: &Path| {
        for path in ["work/thesis/a.tex", "photos/1"] {
            std::fs::create_dir_all(folder.join(path).parent().unwrap()).unwrap();
            std::fs::write(folder.join(path), "mine").unwrap();
        }
    };
    let (one, two) = (project.path("../one"), project.path("../two"));
    mine(&one);
    mine(&two);
    project.write("ingot.local.toml", format!("[store]\npath = \"{}\"\n", two.display()));
    for arguments in [&["clean"][..], &["clean", "--all"], &["gc"], &["store", "check"], &["build"]]
    {
        for variable in [Some(&one), None] {
            let mut command = project.command(arguments);
            command.envs(variable.map(|folder| ("INGOT_STORE", folder)));
            let said = Said::from(command.output().unwrap());
            assert_eq!(said.code, 6, "{arguments:?}: {}", said.stderr);
            assert!(said.stderr.contains("E0707"), "{arguments:?}: {}", said.stderr);
        }
    }
    for folder in [&one, &two] {
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), 2);
        assert_eq!(std::fs::read_to_string(folder.join("work/thesis/a.tex")).unwrap(), "mine");
    }
}
