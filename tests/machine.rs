//! Machines that fail: a store that cannot be written, files of someone else, blobs
//! that were damaged, collections beside builds, and both killed at any moment.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::support::{Project, Said, words};

/// What a script in the workspace said; nothing, with a word on why, where the machine
/// does not give what it needs (the script's exit code 99).
fn script(project: &Project, through: &[&str], script: &str) -> Option<Said> {
    let (program, arguments) = through.split_first().unwrap();
    let mut command = project.other(Path::new(program));
    match command.args(arguments).args(["sh", "-c", script]).output() {
        Ok(output) if output.status.code() != Some(99) => Some(Said::from(output)),
        refused => {
            eprintln!("skipped: this machine has no such thing: {refused:?}");
            None
        }
    }
}

const READ_ONLY: &str = r#"
mount --bind "$PWD/.ingot" "$PWD/.ingot" || exit 99
mount -o remount,bind,ro "$PWD/.ingot" || exit 99
touch .ingot/x 2>/dev/null && exit 99
"$INGOT" build >/dev/null 2>&1; echo "nothing to do $?"
"$INGOT" build --json >/dev/null; echo "the whole way $?"
"$INGOT" build --frozen; echo "frozen $?"
"$INGOT" plan >/dev/null; echo "plan $?"
"$INGOT" store check >/dev/null; echo "check $?"
touch data/lines.txt
"$INGOT" build; echo "touched $?"
sed -i 's/epochs = 2/epochs = 3/' ingot.toml
"$INGOT" build; echo "to run $?"
"$INGOT" build --frozen; echo "frozen to run $?"
sed -i 's/epochs = 3/epochs = 2/' ingot.toml
echo "another line" >> data/lines.txt
"$INGOT" build; echo "to copy $?"
"#;

#[test]
fn a_store_that_cannot_be_written_is_read_and_says_what_it_needs() {
    let project = words();
    project.executed();
    let through = ["unshare", "--user", "--map-root-user", "--mount"];
    let Some(said) = script(&project, &through, READ_ONLY) else { return };
    let ends: Vec<&str> = said.stdout.lines().filter(|line| line.len() < 30).collect();
    let expected = [
        "nothing to do 0",
        "the whole way 0",
        "frozen 0",
        "plan 0",
        "check 0",
        "touched 0",
        "to run 6",
        "frozen to run 5",
        "to copy 6",
    ];
    assert_eq!(ends, expected, "{}", said.stderr);
    assert!(said.stderr.contains("Read-only file system"), "{}", said.stderr);
    let help = "help: make it writable for you; or name another store in INGOT_STORE";
    assert_eq!(said.stderr.matches(help).count(), 2, "{}", said.stderr);
}

const OF_ANOTHER: &str = r#"
"$INGOT" build --json >/dev/null; echo "nothing to do $?"
"$INGOT" get learn.words >/dev/null; echo "get $?"
"$INGOT" build --rerun learn; echo "to run $?"
"#;

#[test]
fn a_store_of_another_user_is_read_and_says_what_it_needs() {
    let project = words();
    project.executed();
    let open = |path: &str| {
        let folder = project.path(path);
        std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o755)).unwrap();
    };
    open("..");
    let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
    let probe = "test \"$(id -u)\" = 65534 && test -x \"$INGOT\" || exit 99";
    if script(&project, &nobody, probe).is_none_or(|said| said.code != 0) {
        eprintln!("skipped: nobody cannot run the program here");
        return;
    }
    let said = script(&project, &nobody, OF_ANOTHER).unwrap();
    let ends: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(ends, ["nothing to do 0", "get 0", "to run 6"], "{}", said.stderr);
    assert!(said.stderr.contains("Permission denied"), "{}", said.stderr);
    assert!(said.stderr.contains("help: make it writable for you"), "{}", said.stderr);

    // Blobs that nobody but their owner can open: an error for others, put right by him.
    for blob in blobs(&project) {
        std::fs::set_permissions(blob, PermissionsExt::from_mode(0o000)).unwrap();
    }
    let build = "\"$INGOT\" build --json >/dev/null; echo \"closed $?\"";
    let said = script(&project, &nobody, build).unwrap();
    assert_eq!(said.stdout, "closed 6\n", "{}", said.stderr);
    assert!(said.stderr.contains("Permission denied"), "{}", said.stderr);
    project.edit("epochs = 2", "epochs = 3");
    assert_eq!(project.executed(), ["grade/guess", "learn", "page"]);
    assert_eq!(project.run(&["store", "check"]).code, 0);
    let said = script(&project, &nobody, build).unwrap();
    assert_eq!(said.stdout, "closed 0\n", "{}", said.stderr);
}

/// Every blob of the store.
fn blobs(project: &Project) -> Vec<PathBuf> {
    let shards = std::fs::read_dir(project.path(".ingot/cas")).unwrap();
    let blobs = shards.flat_map(|shard| std::fs::read_dir(shard.unwrap().path()).unwrap());
    blobs.map(|blob| blob.unwrap().path()).collect()
}

/// The blob with these bytes.
fn blob(project: &Project, bytes: &str) -> PathBuf {
    let is_it = |path: &PathBuf| std::fs::read(path).is_ok_and(|found| found == bytes.as_bytes());
    blobs(project).into_iter().find(is_it).unwrap()
}

fn write_to(blob: &Path, bytes: &[u8]) {
    std::fs::set_permissions(blob, PermissionsExt::from_mode(0o644)).unwrap();
    std::fs::write(blob, bytes).unwrap();
    std::fs::set_permissions(blob, PermissionsExt::from_mode(0o444)).unwrap();
}

#[test]
fn a_damaged_blob_ends_as_a_rebuild_and_never_as_an_artifact() {
    type Damage = fn(&Path, &Path);
    let damages: [(&str, Damage); 7] = [
        ("flipped", |one, other| {
            for blob in [one, other] {
                let mut bytes = std::fs::read(blob).unwrap();
                bytes[1] ^= 4;
                write_to(blob, &bytes);
            }
        }),
        ("truncated", |one, other| [one, other].into_iter().for_each(|blob| write_to(blob, b"b"))),
        ("emptied", |one, other| [one, other].into_iter().for_each(|blob| write_to(blob, b""))),
        ("removed", |one, other| {
            [one, other].into_iter().for_each(|blob| std::fs::remove_file(blob).unwrap());
        }),
        ("swapped", |one, other| {
            let aside = one.with_file_name("aside");
            std::fs::rename(one, &aside).unwrap();
            std::fs::rename(other, one).unwrap();
            std::fs::rename(&aside, other).unwrap();
        }),
        ("copied over each other, with their times", |one, other| {
            let bytes = [one, other].map(|blob| std::fs::read(blob).unwrap());
            let times =
                [one, other].map(|blob| std::fs::metadata(blob).unwrap().modified().unwrap());
            for (blob, from) in [(one, 1), (other, 0)] {
                std::fs::remove_file(blob).unwrap();
                std::fs::write(blob, &bytes[from]).unwrap();
                std::fs::File::open(blob).unwrap().set_modified(times[from]).unwrap();
                std::fs::set_permissions(blob, PermissionsExt::from_mode(0o444)).unwrap();
            }
        }),
        ("a folder", |one, other| {
            for blob in [one, other] {
                std::fs::remove_file(blob).unwrap();
                std::fs::create_dir(blob).unwrap();
            }
        }),
    ];
    for (name, damage) in damages {
        let project = Project::new(
            "[pipeline]\nname = \"d\"\nedition = 1\n\
             [steps.base]\nkind = \"write\"\ntext = \"base\"\n\
             [steps.top]\nkind = \"join\"\ninputs.parts = \"base.text\"\ntimes = 2\n\
             [exports]\n\"top.txt\" = \"top.text\"\n",
        );
        assert_eq!(project.executed(), ["base", "top"]);
        let (base, top) = (blob(&project, "base\n"), blob(&project, "base\nbase\n"));
        damage(&base, &top);
        std::fs::remove_file(project.path("top.txt")).unwrap();
        assert_eq!(project.executed(), ["base", "top"], "{name}: what is damaged runs again");
        assert_eq!(project.output("base", "text"), "base\n", "{name}");
        assert_eq!(project.output("top", "text"), "base\nbase\n", "{name}");
        assert_eq!(project.read("top.txt"), "base\nbase\n", "{name}");
        assert_eq!(project.run(&["store", "check"]).code, 0, "{name}");
        assert_eq!(project.executed(), [""; 0], "{name}");
    }
}

/// A chain of short commands; what each of them gives depends on `version`.
fn chain(version: usize) -> String {
    let mut manifest = "[pipeline]\nname = \"c\"\nedition = 1\n\
                        [steps.s0]\nkind = \"write\"\ntext = \"VERSION\"\n"
        .to_owned();
    for step in 1..4 {
        manifest.push_str(&format!(
            "[steps.s{step}]\nkind = \"command\"\noutputs.text = \"files\"\n\
             run = [\"sh\", \"-c\", \"cat {{inputs.of}} > {{outputs.text}}; echo {step} >> {{outputs.text}}\"]\n\
             inputs.of = \"s{}.text\"\n",
            step - 1
        ));
    }
    manifest.replace("VERSION", &format!("version {version}"))
}

fn is_chain(project: &Project, version: usize) {
    assert_eq!(project.output("s3", "text"), format!("version {version}\n1\n2\n3\n"));
}

#[test]
fn builds_and_collections_in_a_loop_do_not_disturb_each_other() {
    let project = Project::new(&chain(0));
    for version in 0..12 {
        project.write("ingot.toml", chain(version % 3));
        let mut building = [(); 2].map(|()| project.start(&["build", "--json"]));
        while building.iter_mut().any(|child| child.try_wait().unwrap().is_none()) {
            let said = project.run(&["gc"]);
            assert_eq!(said.code, 0, "{}", said.stderr);
        }
        for child in building {
            let said = Said::from(child.wait_with_output().unwrap());
            assert_eq!(said.code, 0, "{version}: {}\n{}", said.stdout, said.stderr);
        }
        is_chain(&project, version % 3);
    }
    assert_eq!(project.run(&["store", "check"]).code, 0);
    assert_eq!(project.executed(), [""; 0]);
}

/// Moments from a seed: a fixed sequence of numbers below `limit`.
fn moments(seed: u64, limit: u64) -> impl Iterator<Item = u64> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    })
}

#[test]
fn builds_and_collections_that_are_killed_harm_nothing() {
    let project = Project::new(&chain(0));
    project.executed();
    let mut killed = [0, 0];
    // A collection of so little takes a few milliseconds; some are killed at their start.
    let rounds = moments(17, 150).zip(moments(23, 5)).take(40);
    for (round, (build, collection)) in rounds.enumerate() {
        project.write("ingot.toml", chain(round % 3));
        let mut children = [project.start(&["build"]), project.start(&["gc"])];
        // The collection, the build, or both.
        for (index, moment) in [(1, collection), (0, build)] {
            let child = &mut children[index];
            std::thread::sleep(Duration::from_millis(moment));
            if round % 3 != index && child.try_wait().unwrap().is_none() {
                child.kill().unwrap();
                killed[index] += 1;
            }
            child.wait().unwrap();
        }
    }
    assert!(killed[0] > 0 && killed[1] > 0, "nothing was killed: {killed:?}");
    let end = Instant::now() + Duration::from_secs(60);
    project.write("ingot.toml", chain(7));
    while project.run(&["build"]).code != 0 {
        assert!(Instant::now() < end, "no build succeeds any more");
    }
    is_chain(&project, 7);
    assert_eq!(project.run(&["store", "check"]).code, 0, "nothing is damaged or unreadable");
    assert_eq!(project.run(&["gc"]).code, 0);
    assert_eq!(project.executed(), [""; 0]);
    for folder in ["leases", "work"] {
        let left = std::fs::read_dir(project.path(&format!(".ingot/{folder}"))).unwrap().count();
        assert_eq!(left, 0, "{folder}");
    }
}

#[test]
fn a_platform_that_the_machine_is_not_ends_the_build_before_anything_runs() {
    if Path::new("/proc/driver/nvidia/gpus").exists() {
        eprintln!("skipped: this machine has a GPU");
        return;
    }
    let project = Project::new(
        "[pipeline]\nname = \"g\"\nedition = 1\n\
         [steps.first]\nkind = \"write\"\ntext = \"a\"\n\
         [steps.behind]\nkind = \"command\"\nrun = [\"cp\", \"{inputs.a}\", \"{outputs.b}\"]\n\
         inputs.a = \"first\"\noutputs.b = \"files\"\ndevice = \"cuda\"\n\
         [steps.alone]\nkind = \"command\"\nrun = [\"touch\", \"{outputs.b}\"]\n\
         outputs.b = \"files\"\ndevice = \"cuda\"\n",
    );
    let said = project.run(&["build"]);
    assert_eq!(said.code, 6, "{}", said.stderr);
    assert!(
        said.stderr.contains("error[E0616]: `alone` declares `device = \"cuda\"`"),
        "{}",
        said.stderr
    );
    assert!(said.stderr.contains("ingot.toml:17:10"), "{}", said.stderr);
    assert!(!said.stderr.contains("run first"), "{}", said.stderr);
    let said = project.run(&["build", "behind"]);
    assert!(said.code == 6 && said.stderr.contains("`behind` declares"), "{}", said.stderr);
    assert!(!said.stderr.contains("run first"), "{}", said.stderr);
    assert_eq!(project.build(&["first"]).executed(), ["first"], "what declares nothing is built");
}
