//! What steps leave behind, however deep, long or closed, and what is too much to be kept.

use crate::support::{Project, Said};

/// Forty folders of 200 letters in one another, and a closed one at the end.
const DEEP: &str = "n=$(printf d%.0s $(seq 200)); i=0; while [ $i -lt 40 ]; do \
    mkdir $n; cd -P $n 2>/dev/null; i=$((i+1)); done; touch f; mkdir -m 000 closed";

fn step(script: &str) -> Project {
    let project = Project::new(
        "[pipeline]\nname = \"l\"\nedition = 1\n[steps.a]\nkind = \"command\"\n\
         run = [\"sh\", \"./step.sh\", \"{outputs.o}\"]\n\
         inputs.script = \"./step.sh\"\noutputs.o = \"files\"\n",
    );
    project.write("step.sh", format!("here=$PWD\n{script}\n"));
    project
}

fn work(project: &Project) -> usize {
    std::fs::read_dir(project.path(".ingot/work")).unwrap().count()
}

#[test]
fn what_is_too_deep_for_a_path_goes_with_its_step() {
    let project = step(&format!("echo x > $1; cd tmp; {DEEP}"));
    assert_eq!(project.executed(), ["a"]);
    assert_eq!(work(&project), 0);
    assert_eq!(project.output("a", "o"), "x\n");
}

#[test]
fn what_a_killed_build_left_too_deep_goes_with_the_next_command() {
    for command in [&["build"][..], &["clean"], &["gc"], &["clean", "--all"]] {
        let project = step("echo x > $1");
        project.executed();
        let left = project.path(".ingot/work/.tmp-1-2-3");
        std::fs::create_dir(&left).unwrap();
        let mut shell = project.other("sh".as_ref());
        let made = shell.args(["-c", DEEP]).current_dir(&left).status().unwrap();
        assert!(made.success());
        assert_eq!(project.run(&["store", "size"]).code, 0);
        let said = project.run(command);
        assert_eq!(said.code, 0, "{command:?}: {}", said.stderr);
        assert!(!left.exists(), "{command:?}");
    }
}

#[test]
fn what_is_mounted_in_a_work_folder_stays() {
    let project = step("echo x > $1");
    project.executed();
    let left = project.path(".ingot/work/.tmp-1-2-3");
    std::fs::create_dir_all(left.join("a/disk")).unwrap();
    let script = "mount -t tmpfs none .ingot/work/.tmp-1-2-3/a/disk || exit 99\n\
        echo mine > .ingot/work/.tmp-1-2-3/a/disk/file\n\
        \"$INGOT\" clean; echo \"clean $?\"; cat .ingot/work/.tmp-1-2-3/a/disk/file";
    let mut unshare = project.other("unshare".as_ref());
    unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]);
    match unshare.output() {
        Ok(output) if output.status.code() != Some(99) => {
            let said = Said::from(output);
            assert_eq!(said.stdout, "clean 6\nmine\n", "{}", said.stderr);
        }
        refused => eprintln!("skipped: nothing can be mounted here: {refused:?}"),
    }
}

#[test]
fn an_output_or_a_source_that_is_too_deep_is_refused() {
    let project =
        step("mkdir $1; cd $1; i=0; while [ $i -lt 300 ]; do mkdir d; cd d; i=$((i+1)); done");
    let built = project.build(&[]);
    assert_eq!(built.said.code, 1);
    assert_eq!(built.failure("a").0, "E0520");
    assert_eq!(work(&project), 0);

    let project = step(&format!("mkdir $1; cd $1; {DEEP}"));
    let built = project.build(&[]);
    assert_eq!(built.said.code, 1, "{}", built.said.stderr);
    assert_eq!(built.failure("a").0, "E0520");
    assert_eq!(work(&project), 0);

    let project = step("echo x > $1");
    project.edit("[steps.a]", "[sources.s]\npath = \"s\"\n[steps.a]");
    project.edit("\noutputs.o", "\ninputs.s = \"s\"\noutputs.o");
    let deep: std::path::PathBuf = std::iter::repeat_n("d", 300).collect();
    std::fs::create_dir_all(project.path("s").join(deep)).unwrap();
    let said = project.run(&["build"]);
    assert_eq!(said.code, 3);
    assert!(said.stderr.contains("E0520"), "{}", said.stderr);
}
