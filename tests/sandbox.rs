//! What a step can do to the machine: programs that try, launched as steps are.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use ingot::runner::environment::environment;
use ingot::runner::exec_root::ExecRoot;
use ingot::runner::launch::Launch;
use ingot::runner::launcher::Launcher;
use ingot::runner::mask::Mask;
use ingot::runner::supervise::{Ended, GRACE, Output, Run, supervise};
use ingot::runner::{RunError, probe};
use ingot_protocol::Event;

use crate::support::Project;

/// A workspace with a blob, a view of it and an exec root.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
    pub(crate) root: PathBuf,
    blob: PathBuf,
    reads: Vec<PathBuf>,
}

/// How a script is to be run.
#[derive(Default)]
pub(crate) struct Limits {
    pub(crate) timeout: Option<Duration>,
    pub(crate) grace: Option<Duration>,
    pub(crate) memory: Option<u64>,
    pub(crate) events: bool,
    pub(crate) network: bool,
    pub(crate) secret: Option<&'static str>,
}

pub(crate) struct Outcome {
    ended: Ended,
    pub(crate) result: Result<(), RunError>,
    pub(crate) log: String,
    events: Vec<Event>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(home.join("store/views")).unwrap();
        std::fs::create_dir_all(home.join("store/work/step")).unwrap();
        std::fs::write(home.join("secret.txt"), "not declared").unwrap();
        let blob = home.join("store/blob");
        std::fs::write(&blob, "the blob").unwrap();
        std::fs::set_permissions(&blob, std::os::unix::fs::PermissionsExt::from_mode(0o444))
            .unwrap();
        let view = home.join("store/views/v");
        std::fs::hard_link(&blob, &view).unwrap();
        let mut root = ExecRoot::new(&home.join("store/work/step")).unwrap();
        root.place_input("data", &view).unwrap();
        let reads = root.reads().to_vec();
        let root = root.path().to_owned();
        Self { folder, root, blob, reads }
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    pub(crate) fn run(&self, script: &str, limits: &Limits) -> Outcome {
        let log = self.home().join("log");
        let mut variables = environment(&self.root, 1, &[]);
        variables.insert("BENCH".into(), self.home().into());
        if let Some(secret) = limits.secret {
            variables.insert("TOKEN".into(), secret.into());
        }
        let cancel = AtomicBool::new(false);
        let mut events = Vec::new();
        let launcher = launcher();
        let secrets = limits.secret.iter().map(|secret| secret.as_bytes());
        let (ended, result) = supervise(
            Run {
                launcher: &launcher,
                sandbox: true,
                launch: Launch {
                    program: "/bin/sh".into(),
                    arguments: vec!["-c".into(), script.into()],
                    environment: variables.into_iter().collect(),
                    directory: self.root.clone(),
                    reads: self.reads.clone(),
                    writes: vec![self.root.join("out"), self.root.join("tmp")],
                    protects: vec![self.home()],
                    network: limits.network,
                    gpu: false,
                    memory: limits.memory,
                },
                mask: Mask::new(secrets),
                lock: None,
                log: &log,
                timeout: limits.timeout,
                cancel: &cancel,
                grace: limits.grace.unwrap_or(GRACE),
                output: if limits.events { Output::Events } else { Output::Log },
            },
            &mut |event| events.push(event),
        );
        let log = std::fs::read_to_string(log).unwrap_or_default();
        Outcome { ended, result, log, events }
    }
}

/// What of the sandbox this machine has.
fn held() -> Vec<String> {
    probe::held(&launcher(), tempfile::tempdir().unwrap().path()).0
}

fn launcher() -> Launcher {
    Launcher::new(env!("CARGO_BIN_EXE_ingot").into())
}

/// Whether the machine has the part of the sandbox that a test is about.
pub(crate) fn has(part: &str) -> bool {
    let held = held();
    let there = held.iter().any(|word| word == part);
    if !there {
        eprintln!("skipped: this machine has no `{part}` sandbox, only {held:?}");
    }
    there
}

#[test]
fn a_step_reads_its_inputs_and_writes_its_outputs() {
    let bench = Bench::new();
    let outcome =
        bench.run("cat in/data > out/copy; echo $HOME $PATH; echo err >&2", &Limits::default());
    assert!(outcome.result.is_ok(), "{:?} {}", outcome.result, outcome.log);
    assert_eq!(std::fs::read_to_string(bench.root.join("out/copy")).unwrap(), "the blob");
    assert!(outcome.log.contains("tmp/home /usr/local/bin:/usr/bin:/bin"), "{}", outcome.log);
    assert_eq!(outcome.ended.held, held());
}

#[test]
fn no_trick_changes_a_blob() {
    if !has("fs") {
        return;
    }
    for script in [
        "echo x > in/data",
        "chmod 666 in/data; echo x > in/data",
        "ln in/data out/alias && echo x > out/alias",
        "ln -f in/data out/alias; chmod 777 out/alias; echo x >> out/alias",
        "rm -f in/data; echo x > $BENCH/store/blob",
        "mv $BENCH/store/blob $BENCH/store/other",
        "mv in/data out/moved; echo x > out/moved",
        "ln -s $BENCH/store/blob out/link; echo x > out/link",
        "exec 3<>in/data; echo x >&3",
        "exec 3<in/data; echo x > /proc/self/fd/3",
        "rm -rf $BENCH/store",
        "truncate -s 0 in/data; dd if=/dev/zero of=in/data bs=1 count=1 conv=notrunc",
        "mount -o remount,rw $BENCH && echo x > in/data",
        "umount $BENCH; umount -l $BENCH; echo x > in/data",
        "touch -d 2001-01-01 in/data; chown 1:1 in/data",
    ] {
        let bench = Bench::new();
        let before = facts(&bench.blob);
        bench.run(script, &Limits::default());
        assert_eq!(std::fs::read_to_string(&bench.blob).unwrap(), "the blob", "{script}");
        if has("kill") {
            assert_eq!(facts(&bench.blob), before, "{script}");
        }
    }
}

fn facts(path: &Path) -> (u32, i64, u32) {
    use std::os::unix::fs::MetadataExt;
    let found = std::fs::metadata(path).unwrap();
    (found.mode(), found.mtime(), found.uid())
}

#[test]
fn what_is_not_declared_is_not_there() {
    if !has("fs") {
        return;
    }
    for script in [
        "cat $BENCH/secret.txt",
        "ls $BENCH",
        "cat /etc/shadow",
        "ls /root",
        "ls /home",
        "cat ../launch.json",
        "ln -s $BENCH/secret.txt out/s; cat out/s",
        "echo x > $BENCH/new",
        "echo x > new",
        "echo x > /tmp/ingot-escape-test",
        "cat /proc/1/root/etc/shadow",
    ] {
        let outcome = Bench::new().run(script, &Limits::default());
        assert!(matches!(outcome.result, Err(RunError::Exit { .. })), "{script}: {}", outcome.log);
    }
}

#[test]
fn the_network_is_off_unless_declared() {
    if !has("net") {
        return;
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let script =
        format!("python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", {port}), 2)'");
    let bench = Bench::new();
    let closed = bench.run(&script, &Limits::default());
    assert!(matches!(closed.result, Err(RunError::Exit { .. })), "{}", closed.log);
    let open = Bench::new().run(&script, &Limits { network: true, ..Limits::default() });
    assert!(open.result.is_ok(), "{}", open.log);
}

#[test]
fn no_process_outlives_its_step() {
    if !has("kill") {
        return;
    }
    let bench = Bench::new();
    let mark = format!("31{}", std::process::id());
    let script = format!(
        "(setsid sleep {mark} >/dev/null 2>&1 &) ; setsid sh -c 'sleep {mark} & sleep {mark}' & echo ok"
    );
    let outcome = bench.run(&script, &Limits::default());
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    assert_eq!(processes(&mark), Vec::<String>::new());
}

#[test]
fn no_descriptor_that_a_daemon_keeps_open_writes_after_the_step() {
    if !has("kill") {
        return;
    }
    let bench = Bench::new();
    // One keeps the file open, one opens it each time; the step waits for both to write.
    let script = "(setsid sh -c 'exec 3>out/kept; while :; do echo x >&3; done' >/dev/null 2>&1 &)
        (setsid sh -c 'while :; do echo x >> out/again; done' >/dev/null 2>&1 &)
        while [ ! -s out/kept ] || [ ! -s out/again ]; do sleep 0.01; done";
    let outcome = bench.run(script, &Limits::default());
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    let sizes = || {
        ["out/kept", "out/again"]
            .map(|path| std::fs::metadata(bench.root.join(path)).unwrap().len())
    };
    let at_its_end = sizes();
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(sizes(), at_its_end);
}

/// Processes with this word on their command line.
fn processes(word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(line) = std::fs::read(entry.path().join("cmdline")) else { continue };
        if line.split(|&byte| byte == 0).any(|part| part == word.as_bytes()) {
            found.push(String::from_utf8_lossy(&line).into_owned());
        }
    }
    found
}

#[test]
fn every_bad_end_has_its_name() {
    let limits = Limits::default();
    let code = |script: &str, limits: &Limits| {
        let outcome = Bench::new().run(script, limits);
        (outcome.result.map_err(|error| error.code().to_owned()), outcome.ended.tail)
    };
    assert_eq!(code("echo why >&2; exit 3", &limits), (Err("E0801".into()), vec!["why".into()]));
    assert_eq!(code("kill -SEGV $$", &limits).0, Err("E0802".into()));
    let short = Limits { timeout: Some(Duration::from_millis(300)), ..Limits::default() };
    assert_eq!(code("sleep 1000", &short).0, Err("E0803".into()));
    let deaf = "trap '' TERM INT; while :; do sleep 1; done";
    let impatient = Limits { grace: Some(Duration::from_millis(100)), ..short };
    assert_eq!(code(deaf, &impatient).0, Err("E0803".into()));
    let events = Limits { events: true, ..Limits::default() };
    assert_eq!(code("echo hello", &events).0, Err("E0806".into()));
    assert_eq!(code("head -c 3000000 /dev/zero", &events).0, Err("E0806".into()));
    assert_eq!(code("printf '{\"event\":'", &events).0, Err("E0806".into()));
    let cut = "printf '{\"event\":'; kill -9 $$";
    assert_eq!(code(cut, &events).0, Err("E0802".into()), "a line that its death cut short");
    let error = r#"echo '{"event":"error","code":"D0104","message":"no rows"}'; exit 1"#;
    assert_eq!(code(error, &events).0, Err("D0104".into()));
    let memory = Limits { memory: Some(64 << 20), ..Limits::default() };
    let hungry = "python3 -c 'x = bytearray(512 << 20)'";
    assert!(code(hungry, &memory).0.is_err());
}

#[test]
fn every_process_of_a_step_that_is_to_end_may_write_first() {
    let script = "trap 'echo saved > out/first; exit' TERM; \
        sh -c 'trap \"sleep 0.2; echo saved > out/second; exit\" TERM; echo up > out/up; \
        while :; do sleep 0.01; done' & while :; do sleep 0.01; done";
    let bench = Bench::new();
    let limits = Limits { timeout: Some(Duration::from_secs(1)), ..Limits::default() };
    let outcome = bench.run(script, &limits);
    assert!(matches!(outcome.result, Err(RunError::Timeout { .. })), "{:?}", outcome.result);
    for file in ["up", "first", "second"] {
        let there = bench.root.join("out").join(file).exists();
        assert!(there, "{file} is missing: {}", outcome.log);
    }
}

#[test]
fn a_flood_of_events_does_not_keep_a_step_from_its_end() {
    let script = r#"while :; do echo '{"event":"progress","done":1,"total":2,"unit":"x"}'; done"#;
    let limits =
        Limits { timeout: Some(Duration::from_millis(300)), events: true, ..Limits::default() };
    let outcome = Bench::new().run(script, &limits);
    assert!(matches!(outcome.result, Err(RunError::Timeout { .. })), "{:?}", outcome.result);
    assert!(!outcome.events.is_empty());
}

#[test]
fn events_arrive_in_order_and_secrets_do_not_reach_the_log() {
    let limits = Limits { events: true, secret: Some("hunter2hunter2"), ..Limits::default() };
    let script = r#"echo "token $TOKEN" >&2; echo '{"event":"metric","name":"a","value":1}'; echo '{"event":"observe","name":"b","value":2}'"#;
    let outcome = Bench::new().run(script, &limits);
    assert!(outcome.result.is_ok(), "{:?} {}", outcome.result, outcome.log);
    assert_eq!(outcome.log, "token ***\n");
    assert_eq!(outcome.events.len(), 2);
    assert!(matches!(&outcome.events[0], Event::Metric(metric) if metric.value == 1.0));
}

#[test]
fn without_a_sandbox_a_step_sees_the_machine_and_that_is_said() {
    let project = Project::new("");
    project.write("secret.txt", "told");
    let path = project.path("secret.txt").canonicalize().unwrap();
    project.write(
        "ingot.toml",
        format!(
            "[pipeline]\nname = \"p\"\nedition = 1\n[steps.a]\nkind = \"command\"\n\
             run = [\"cp\", \"{}\", \"{{outputs.x}}\"]\noutputs.x = \"files\"\n",
            path.display()
        ),
    );
    if has("fs") {
        assert_eq!(project.build(&[]).said.code, 1);
    }
    let said = project.run(&["build", "--no-sandbox"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stderr.contains("without a sandbox"), "{}", said.stderr);
    assert_eq!(project.output("a", "x"), "told");
    let slow = "run = [\"sh\", \"-c\", \"sleep 30 & sleep 30\"]\ntimeout = \"300ms\"\n";
    project.write(
        "ingot.toml",
        format!("[pipeline]\nname = \"p\"\nedition = 1\n[steps.a]\nkind = \"command\"\n{slow}"),
    );
    let built = project.build(&["--no-sandbox"]);
    assert_eq!(built.failure("a").0, "E0803");
}
