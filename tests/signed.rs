//! What a remote or a lock says of metrics, findings and verdicts, and who is believed:
//! each field forged, with and without a lock, with and without keys.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use crate::support::{Project, Said};

const SCRIPT: &str = r#"
echo '{"event":"metric","name":"accuracy","value":0.1}' > $INGOT_EVENTS
echo '{"event":"finding","severity":"warning","code":"D0001","message":"bad rows"}' >> $INGOT_EVENTS
echo x > $1
"#;

/// A step that reports the accuracy 0.1, where a gate asks for 0.9.
fn graded() -> Project {
    let project = Project::new(
        r#"
[pipeline]
name = "graded"
edition = 1

[steps.grade]
kind = "command"
run = ["/bin/sh", "grade.sh", "{outputs.page}"]
inputs.script = "./grade.sh"
outputs.page = "files"

[[steps.grade.gates]]
metric = "accuracy"
min = 0.9
"#,
    );
    project.write("grade.sh", SCRIPT);
    project
}

fn forget(project: &Project) {
    std::fs::remove_dir_all(project.path(".ingot")).unwrap();
}

/// The one file below a folder of the remote.
fn only(project: &Project, folder: &str) -> PathBuf {
    let mut at = project.path("../remote").join(folder);
    while at.is_dir() {
        at = std::fs::read_dir(at).unwrap().next().unwrap().unwrap().path();
    }
    at
}

fn forge(project: &Project, old: &str, new: &str) {
    let place = only(project, "records");
    let text = std::fs::read_to_string(&place).unwrap();
    assert!(text.contains(old), "{text}");
    std::fs::write(place, text.replace(old, new)).unwrap();
}

fn trust(project: &Project, keys: &[&str]) {
    let path = project.path("../remote");
    let text = format!("[remotes.team]\npath = \"{}\"\ntrust = {keys:?}\n", path.display());
    project.write("../.config/ingot/config.toml", text);
}

fn new_key(project: &Project) -> String {
    let said = project.run(&["key", "new"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    said.stdout.trim().to_owned()
}

/// Ways to make a record say what is not so.
const FORGERIES: [(&str, &str); 4] = [
    ("\"value\": 0.1", "\"value\": 0.99"),
    ("\"name\": \"accuracy\"", "\"name\": \"recall\""),
    ("\"severity\": \"warning\"", "\"severity\": \"info\""),
    ("bad rows", "fine rows"),
];

#[test]
fn a_forged_record_is_no_hit_where_the_lock_knows_the_key() {
    for (old, new) in FORGERIES {
        let project = graded();
        assert_eq!(project.build(&["--cache-to", "../remote"]).said.code, 4);
        let lock = project.read("ingot.lock");
        forge(&project, old, new);
        forget(&project);
        let frozen = project.build(&["--frozen", "--cache-from", "../remote"]);
        assert_eq!(frozen.said.code, 5, "{new}: {}", frozen.said.stderr);
        assert!(frozen.said.stderr.contains("E0705"), "{new}: {}", frozen.said.stderr);
        for flags in [&["--locked"][..], &[]] {
            forget(&project);
            let built = project.build(&[&["--cache-from", "../remote"], flags].concat());
            assert_eq!(built.said.code, 4, "{new}: {}", built.said.stdout);
            assert_eq!(built.executed(), ["grade"], "{new}");
            assert_eq!(project.read("ingot.lock"), lock, "{new}");
        }
    }
}

#[test]
fn a_remote_that_nobody_signs_is_told_and_refused_under_strict() {
    let project = graded();
    project.build(&["--cache-to", "../remote"]);
    forge(&project, "\"value\": 0.1", "\"value\": 0.99");
    for (arguments, code, says) in [
        (&["--cache-from", "../remote"][..], 0, Some("E0715")),
        (&["--cache-from", "../remote", "--strict"], 6, None),
    ] {
        forget(&project);
        std::fs::remove_file(project.path("ingot.lock")).unwrap();
        let built = project.build(arguments);
        assert_eq!(built.said.code, code, "{}", built.said.stderr);
        let told = built.of("warning").filter(|event| event["code"] == "E0715").count();
        assert_eq!(told, usize::from(says.is_some()), "{}", built.said.stdout);
    }
    let said = project.run(&["build", "--strict", "--cache-from", "../remote"]);
    assert!(said.stderr.contains("E0716"), "{}", said.stderr);
}

#[test]
fn a_trusted_signature_counts_and_no_other_one_does() {
    let project = graded();
    let key = new_key(&project);
    project.build(&["--cache-to", "../remote"]);
    let other = key.replace(|c: char| c.is_ascii_digit(), "0");
    let build = |arguments: &[&str]| {
        let _ = std::fs::remove_dir_all(project.path(".ingot"));
        let _ = std::fs::remove_file(project.path("ingot.lock"));
        let built = project.build(arguments);
        (built.said.code, built.executed().len())
    };
    trust(&project, &[&key]);
    for named in ["team", "../remote", "../w/../remote"] {
        assert_eq!(build(&["--cache-from", named, "--strict"]), (4, 0), "{named}");
    }
    project.write("ingot.local.toml", "[cache]\nfrom = \"team\"\n");
    assert_eq!(build(&["--strict"]), (4, 0), "named by a file of the workspace");
    std::fs::remove_file(project.path("ingot.local.toml")).unwrap();
    for keys in [&[][..], &[other.as_str()]] {
        // Some texts are no key at all.
        trust(&project, keys);
        let (code, executed) = build(&["--cache-from", "team"]);
        assert!((code, executed) == (4, 1) || code == 3, "{keys:?}: {code}, {executed}");
    }
    trust(&project, &[&key]);
    forge(&project, "\"value\": 0.1", "\"value\": 0.99");
    assert_eq!(build(&["--cache-from", "team"]), (4, 1), "forged behind the signature");
    std::fs::remove_dir_all(project.path("../remote/seals")).unwrap();
    assert_eq!(build(&["--cache-from", "team"]), (4, 1), "no signature");
}

#[test]
fn whom_to_trust_is_the_user_s_own_matter() {
    let project = graded();
    let table = "[remotes.team]\npath = \"../remote\"\ntrust = []\n";
    project.write("ingot.local.toml", table);
    let said = project.run(&["plan"]);
    assert_eq!(said.code, 3);
    assert!(
        said.stderr.contains("E0319") && said.stderr.contains("config.toml"),
        "{}",
        said.stderr
    );
    std::fs::remove_file(project.path("ingot.local.toml")).unwrap();
    for wrong in ["ed25519:00", "ssh-ed25519 AAAA", ""] {
        trust(&project, &[wrong]);
        let said = project.run(&["plan"]);
        assert_eq!(said.code, 3, "{wrong}");
        assert!(said.stderr.contains("E0318"), "{wrong}: {}", said.stderr);
    }
}

#[test]
fn a_key_is_made_once_for_its_user_alone_and_openssl_knows_it() {
    let project = graded();
    assert!(project.run(&["key", "show"]).stderr.contains("E1021"));
    let key = new_key(&project);
    let path = project.path("../.config/ingot/key.pem");
    let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    assert_eq!(project.run(&["key", "show"]).stdout, format!("{key}\n"));
    let again = project.run(&["key", "new"]);
    assert!(again.code == 2 && again.stderr.contains("E1020"), "{}", again.stderr);
    assert_eq!(project.run(&["key", "show"]).stdout, format!("{key}\n"), "never replaced");
    let openssl = |arguments: &[&str]| {
        let mut command: Command = project.other("openssl".as_ref());
        command.args(arguments).output().ok().map(Said::from)
    };
    let text = path.to_str().unwrap();
    let Some(public) = openssl(&["pkey", "-in", text, "-pubout"]) else {
        eprintln!("skipped the rest: openssl is not installed");
        return;
    };
    assert_eq!(public.stdout, project.run(&["key", "show", "--pem"]).stdout, "{}", public.stderr);
    std::fs::remove_file(&path).unwrap();
    let made = openssl(&["genpkey", "-algorithm", "ed25519", "-out", text]).unwrap();
    assert_eq!(made.code, 0, "{}", made.stderr);
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    let shown = project.run(&["key", "show"]);
    assert!(shown.stdout.starts_with("ed25519:") && shown.stdout != format!("{key}\n"));
}

#[test]
fn a_key_that_others_could_read_signs_nothing() {
    let project = graded();
    new_key(&project);
    let path = project.path("../.config/ingot/key.pem");
    let aside = project.path("../.config/ingot/aside");
    let whole = std::fs::read(&path).unwrap();
    let wrong: [(&str, &dyn Fn()); 4] = [
        ("others may read", &|| {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        }),
        ("no regular file", &|| {
            std::fs::rename(&path, &aside).unwrap();
            std::os::unix::fs::symlink(&aside, &path).unwrap();
        }),
        ("no regular file", &|| {
            std::fs::remove_file(&path).unwrap();
            std::fs::create_dir(&path).unwrap();
        }),
        ("no private Ed25519 key", &|| {
            std::fs::remove_dir(&path).unwrap();
            std::fs::write(&path, &whole[..60]).unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        }),
    ];
    for (why, make) in wrong {
        make();
        for arguments in [&["build", "--cache-to", "../remote"][..], &["key", "show"]] {
            let said = project.run(arguments);
            assert_eq!(said.code, 6, "{why}: {}", said.stderr);
            assert!(said.stderr.contains("E0717"), "{why}: {}", said.stderr);
            assert!(said.stderr.contains(why), "{why}: {}", said.stderr);
        }
    }
}

#[test]
fn a_lock_that_was_edited_by_hand_is_found_and_a_build_writes_the_truth() {
    for (edits, code) in [
        (
            &[("value = 0.1", "value = 3.0"), ("verdict = \"fail\"", "verdict = \"pass\"")][..],
            "E0906",
        ),
        (&[("verdict = \"fail\"", "verdict = \"pass\"")], "E0907"),
        (&[("value = 0.1", "value = 0.2")], "E0906"),
        (&[("bad rows", "fine rows")], "E0906"),
    ] {
        let project = graded();
        assert_eq!(project.build(&[]).said.code, 4);
        let lock = project.read("ingot.lock");
        let mut edited = lock.clone();
        for (old, new) in edits {
            assert!(edited.contains(old), "{edited}");
            edited = edited.replace(old, new);
        }
        project.write("ingot.lock", &edited);
        for arguments in [&["lock"][..], &["build", "--locked"], &["build", "--frozen"]] {
            let said = project.run(arguments);
            assert_eq!(said.code, 5, "{edits:?} {arguments:?}: {}", said.stderr);
            let told = said.stderr.contains(code) || said.stderr.contains("E0907");
            assert!(told || arguments == ["lock"], "{arguments:?}: {}", said.stderr);
        }
        // Without the store's record the step runs, and says it.
        forget(&project);
        assert_eq!(project.build(&["--locked"]).said.code, 5, "{edits:?}");
        assert_eq!(project.build(&["--frozen"]).said.code, 5, "{edits:?}");
        assert_eq!(project.read("ingot.lock"), edited);
        assert_eq!(project.build(&[]).said.code, 4);
        assert_eq!(project.read("ingot.lock"), lock);
        assert_eq!(project.run(&["lock"]).code, 0);
        assert_eq!(project.build(&["--locked"]).said.code, 4);
        assert_eq!(project.build(&["--frozen"]).said.code, 4);
    }
}

#[test]
fn a_metric_that_does_not_come_again_is_a_mismatch_before_it_is_a_gate() {
    let project = graded();
    project.write("grade.sh", SCRIPT.replace("\"value\":0.1", "\"value\":0.1'$(date +%N)'"));
    assert_eq!(project.build(&[]).said.code, 4);
    forget(&project);
    let built = project.build(&["--locked"]);
    assert_eq!(built.said.code, 5, "{}", built.said.stdout);
    assert!(built.said.stdout.contains("E0906"), "{}", built.said.stdout);
    assert!(built.said.stdout.contains("accuracy"), "{}", built.said.stdout);
}
