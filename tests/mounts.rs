//! Data outside of the workspace: mounts of a machine.

use std::os::unix::fs::symlink;

use crate::support::{Built, Project};

/// A step that reads a folder of the mount `big`.
fn project() -> Project {
    let project = Project::new(
        "[pipeline]\nname = \"m\"\nedition = 1\n\
         [sources.scans]\npath = \"mount:big/scans/*.txt\"\n\
         [steps.go]\nkind = \"command\"\n\
         run = [\"sh\", \"-c\", \"cat {inputs.scans}/*.txt > {outputs.text}; ls -d in/* >> {outputs.text}\"]\n\
         inputs.scans = \"scans\"\noutputs.text = \"files\"\n",
    );
    project.write("../here/scans/a.txt", "one\n");
    project.write("../here/scans/b.bak", "left out\n");
    project
}

/// Says in the user's own config where the mount is.
fn mount(project: &Project, folder: &str) {
    let place = project.path(folder);
    project.write(
        "../.config/ingot/config.toml",
        format!("[mounts]\nbig = \"{}\"\n", place.display()),
    );
}

fn refused(project: &Project) -> (i32, String) {
    let said = project.run(&["build"]);
    (said.code, said.stderr)
}

#[test]
fn the_content_of_a_mount_is_in_the_key_and_its_place_is_not() {
    let project = project();
    mount(&project, "../here");
    assert_eq!(project.executed(), ["go"]);
    assert_eq!(project.output("go", "text"), "one\nin/scans\n");
    let lock = project.read("ingot.lock");
    assert!(lock.contains("mount:big/scans/*.txt") && !lock.contains("here"), "{lock}");

    project.write("../there/scans/a.txt", "one\n");
    mount(&project, "../there");
    assert_eq!(project.executed(), Vec::<String>::new(), "the same bytes at another place");
    assert_eq!(project.run(&["build", "--locked"]).code, 0);
    project.write("../there/scans/a.txt", "two\n");
    let built: Built = project.build(&[]);
    assert_eq!(built.executed(), ["go"]);
    assert!(built.reasons()["go"][0].starts_with("input `mount:big/"), "{:?}", built.reasons());
}

#[test]
fn a_mount_that_is_not_there_is_the_machines_matter() {
    let project = project();
    let (code, said) = refused(&project);
    assert_eq!(code, 6, "{said}");
    assert!(said.contains("error[E0615]: there is no mount `big` on this machine"), "{said}");
    assert!(said.contains("ingot.toml:5:8"), "{said}");
    mount(&project, "../nowhere");
    let (code, said) = refused(&project);
    assert_eq!(code, 6, "{said}");
    mount(&project, "../here");
    project.edit("big/scans/*.txt", "big/scan/*.txt");
    let (code, said) = refused(&project);
    assert_eq!(code, 6, "{said}");
    assert!(said.contains("cannot read `mount:big/scan/*.txt`"), "{said}");
}

#[test]
fn a_mount_leads_nowhere_but_to_data_of_another_place() {
    let project = project();
    project.write("scans/a.txt", "mine\n");
    mount(&project, ".");
    let (code, said) = refused(&project);
    assert!(code == 6 && said.contains("lies in the workspace"), "{said}");
    mount(&project, ".ingot");
    let (code, said) = refused(&project);
    assert!(code == 6 && said.contains("lies in the workspace"), "{said}");

    mount(&project, "../here");
    project.write("../secret", "secret\n");
    symlink("../../secret", project.path("../here/scans/c.txt")).unwrap();
    let (code, said) = refused(&project);
    assert!(code == 3 && said.contains("leads out of its tree"), "{said}");
    std::fs::remove_file(project.path("../here/scans/c.txt")).unwrap();
    symlink("..", project.path("../here/up")).unwrap();
    project.edit("big/scans/*.txt", "big/up/secret");
    let (_, said) = refused(&project);
    assert!(said.contains("leads out of the workspace, or of its mount"), "{said}");
    project.edit("big/up/secret", "big/../secret");
    let (code, said) = refused(&project);
    assert!(code == 3 && said.contains("E0207"), "{said}");
}

#[test]
fn a_workspace_does_not_say_where_mounts_are() {
    let project = project();
    project.write("ingot.local.toml", "[mounts]\nbig = \"/root\"\n");
    let (code, said) = refused(&project);
    assert!(code == 6 && said.contains("E0607"), "{said}");
}

#[test]
fn a_link_out_of_the_workspace_is_told_of_mounts() {
    let project = project();
    project.write("../secret", "secret\n");
    symlink("../secret", project.path("data")).unwrap();
    project.edit("mount:big/scans/*.txt", "data");
    let (_, said) = refused(&project);
    assert!(said.contains("leads out of the workspace") && said.contains("mount:NAME"), "{said}");
}
