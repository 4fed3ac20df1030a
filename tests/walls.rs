//! Ways out of the sandbox, one a wall of it: each script tries, and says `out` where it
//! got out. `docs/concepts/sandbox.md` names these tests beside what holds.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::Path;

use ingot::runner::RunError;

use crate::sandbox::{Bench, Limits, has};

/// Runs a script of Python behind the walls; nothing where the system has no Python.
fn python(bench: &Bench, script: &str, limits: &Limits) -> Option<String> {
    if !Path::new("/usr/bin/python3").exists() {
        eprintln!("skipped: this system has no python3");
        return None;
    }
    std::fs::write(bench.root.join("try.py"), script).unwrap();
    let outcome = bench.run("/usr/bin/python3 try.py", limits);
    Some(format!("{:?} {}", outcome.result.err(), outcome.log))
}

/// Each label whose expression is true, or gives something, got out.
fn ways_out(bench: &Bench, ways: &[(&str, &str)]) -> Option<String> {
    let head = "import os, socket, ctypes, struct, mmap\n\
                libc = ctypes.CDLL(None, use_errno=True)\n\
                def done(value): return value >= 0\n\
                def read(path): return open(path, 'rb').read(10)\n\
                def way(label, body):\n    try:\n        if body(): print('out', label)\n    except BaseException: pass\n";
    let lines = ways.iter().map(|(label, body)| format!("way({label:?}, lambda: {body})\n"));
    python(bench, &lines.fold(head.to_owned(), |all, line| all + &line), &Limits::default())
}

#[test]
fn what_is_not_declared_does_not_exist() {
    if !has("root") {
        return;
    }
    let bench = Bench::new();
    for path in ["$BENCH/secret.txt", "$BENCH/store/blob", "/etc/shadow", "/root", "/var", "/run"] {
        let outcome = bench.run(&format!("[ -e {path} ] && echo out; true"), &Limits::default());
        assert_eq!(outcome.log, "", "{path}");
    }
}

#[test]
fn modes_times_and_owners_outside_stay() {
    if !has("root") {
        return;
    }
    let bench = Bench::new();
    let secret = bench.home().join("secret.txt");
    let facts = || {
        let found = std::fs::metadata(&secret).unwrap();
        (found.permissions().mode(), found.mtime(), found.uid())
    };
    let before = facts();
    bench.run(
        "chmod 777 $BENCH $BENCH/secret.txt; touch -d 2001-01-01 $BENCH/secret.txt; chown 1 $BENCH/secret.txt",
        &Limits::default(),
    );
    assert_eq!(facts(), before);
}

#[test]
fn a_step_is_the_same_user_on_the_same_host_in_the_same_folder_everywhere() {
    if !has("root") {
        return;
    }
    let outcome = Bench::new().run("id -u; id -un; hostname; pwd; echo $HOME", &Limits::default());
    assert_eq!(outcome.log, "1000\ningot\ningot\n/step\n/step/tmp/home\n");
}

#[test]
fn a_step_has_no_power_over_the_machine() {
    if !has("caps") {
        return;
    }
    let outcome = Bench::new().run(
        "grep -h '^Cap\\|^NoNewPrivs' /proc/self/status | tr -d '\\t\\n'; \
         mknod tmp/d b 8 0 2>/dev/null && echo out; \
         mknod tmp/k c 1 11 2>/dev/null && head -c 1 tmp/k && echo out; true",
        &Limits::default(),
    );
    let none = "0".repeat(16);
    let caps: String =
        ["Inh", "Prm", "Eff", "Bnd", "Amb"].map(|set| format!("Cap{set}:{none}")).concat();
    assert_eq!(outcome.log, format!("{caps}NoNewPrivs:1"));
}

#[test]
fn calls_that_no_step_needs_are_refused() {
    if !has("calls") {
        return;
    }
    let ways = [
        ("mount", "libc.mount(b'none', b'/step/tmp', b'tmpfs', 0, None) == 0"),
        ("unshare", "libc.unshare(0x10000000) == 0"),
        ("fsopen", "done(libc.syscall(430, b'tmpfs', 0))"),
        ("io_uring", "done(libc.syscall(425, 4, ctypes.create_string_buffer(120)))"),
        ("bpf", "done(libc.syscall(321, 0, struct.pack('<IIII', 2, 4, 4, 1) + b'\\0' * 56, 72))"),
        ("keyctl", "done(libc.syscall(250, 0, -4, 0))"),
        (
            "perf",
            "done(libc.syscall(298, struct.pack('<IIQ', 1, 128, 0) + b'\\0' * 112, 0, -1, -1, 0))",
        ),
        ("userfaultfd", "done(libc.syscall(323, 1))"),
        ("packet", "socket.socket(17, socket.SOCK_RAW)"),
        ("netlink", "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 9)"),
        ("vsock", "socket.socket(socket.AF_VSOCK)"),
        ("ptrace", "libc.ptrace(16, 1, 0, 0) == 0"),
        ("settime", "libc.clock_settime(0, struct.pack('<qq', 1, 1)) == 0"),
        ("sethostname", "libc.sethostname(b'x', 1) == 0"),
        ("handle", "done(libc.open_by_handle_at(-100, b'\\0' * 128, 0))"),
    ];
    let Some(said) = ways_out(&Bench::new(), &ways) else { return };
    assert!(!said.contains("out "), "{said}");
}

#[test]
fn no_socket_outside_is_reached() {
    if !has("root") || !has("ipc") {
        return;
    }
    let bench = Bench::new();
    let _by_path = UnixListener::bind(bench.home().join("s")).unwrap();
    let name = format!("ingot-test-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let _abstract = UnixListener::bind_addr(&address).unwrap();
    let path = format!(
        "socket.socket(socket.AF_UNIX).connect({:?}) is None",
        bench.home().join("s").display().to_string()
    );
    let abstracted = format!("socket.socket(socket.AF_UNIX).connect('\\0{name}') is None");
    let ways = [("path", path.as_str()), ("abstract", abstracted.as_str())];
    let Some(said) = ways_out(&bench, &ways) else { return };
    assert!(!said.contains("out "), "{said}");
}

#[test]
fn a_step_sees_its_own_processes_and_not_into_the_first() {
    if !has("kill") {
        return;
    }
    let ways = [
        ("environment", "read('/proc/1/environ')"),
        ("memory", "open('/proc/1/mem', 'rb')"),
        ("files", "[os.readlink('/proc/1/fd/' + name) for name in os.listdir('/proc/1/fd')]"),
        ("root", "os.listdir('/proc/1/root')"),
        ("others", "[p for p in os.listdir('/proc') if p.isdigit() and int(p) > 100]"),
        ("kernel", "open('/proc/sys/kernel/core_pattern', 'w')"),
    ];
    let Some(said) = ways_out(&Bench::new(), &ways) else { return };
    assert!(!said.contains("out "), "{said}");
}

#[test]
fn memory_outside_of_processes_counts() {
    if !has("root") {
        return;
    }
    let limits = || Limits { memory: Some(64 << 20), ..Limits::default() };
    let folder = "head -c 200000000 /dev/zero > /dev/shm/x; sleep 30";
    assert!(Bench::new().run(folder, &limits()).result.is_err());
    let unnamed = "import os, time\nf = os.memfd_create('x')\n\
                   for _ in range(200): os.write(f, bytes(1 << 20))\ntime.sleep(30)\n";
    let bench = Bench::new();
    let Some(said) = python(&bench, unnamed, &limits()) else { return };
    assert!(said.contains("Memory"), "{said}");
}

#[test]
fn a_step_may_talk_to_itself_and_the_next_one_finds_nothing_of_it() {
    if !has("net") || !has("kill") {
        return;
    }
    let script = "import socket\ns = socket.create_server(('127.0.0.1', 4711), reuse_port=False)\n\
                  c = socket.create_connection(('127.0.0.1', 4711), 2)\na, _ = s.accept()\n\
                  a.close(); c.close(); print('talked')\n";
    for _ in 0..3 {
        let Some(said) = python(&Bench::new(), script, &Limits::default()) else { return };
        assert_eq!(said, "None talked\n");
    }
}

#[test]
fn nothing_of_the_tree_can_be_written_but_what_is_the_steps() {
    if !has("root") {
        return;
    }
    for place in ["/step/x", "/tmp/x", "/etc/x", "/usr/x", "/x", "/proc/x", "/dev/x", "/step/in/x"]
    {
        let outcome = Bench::new().run(&format!("echo x > {place}"), &Limits::default());
        assert!(matches!(outcome.result, Err(RunError::Exit { .. })), "{place}: {}", outcome.log);
    }
    let own =
        "echo x > out/x; echo x > tmp/x; echo x > /dev/shm/x; echo x > $HOME/x; echo x > $TMPDIR/y";
    assert!(Bench::new().run(own, &Limits::default()).result.is_ok());
}
