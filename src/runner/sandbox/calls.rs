//! The system calls that no step needs, refused by a seccomp filter.
//!
//! Two programs of the kernel's small machine: the first refuses with "not permitted",
//! the second says "there is no such call" where a library then takes another way.
//! Invariant: a refused call fails, and ends nobody, but for the calls of another
//! machine's numbering, which no filter can read.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Length, SeccompCmpOp as Op, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, sock_filter,
};

/// What is done with a step's calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowed {
    /// Whether there are sockets of the internet: where it has a network namespace of its
    /// own, or the network is declared.
    pub internet: bool,
    /// Whether the network is declared.
    pub network: bool,
}

/// What nearly every step is allowed.
const USUAL: Allowed = Allowed { internet: true, network: false };

/// The filters, made once for the steps of a build.
#[derive(Debug)]
pub(super) struct Filters {
    absent: Built<BpfProgram>,
    usual: Built<BpfProgram>,
}

impl Filters {
    /// Makes them.
    pub(super) fn new() -> Self {
        Self { absent: absent(), usual: refused(USUAL) }
    }

    /// Refuses them to this thread, and to all that it starts from now on.
    pub(super) fn refuse(&self, allowed: Allowed) -> Result<(), Box<dyn std::error::Error>> {
        let other;
        let refused = match allowed == USUAL {
            true => &self.usual,
            false => {
                other = refused(allowed);
                &other
            }
        };
        for program in [&self.absent, refused] {
            seccompiler::apply_filter(program.as_ref().map_err(ToString::to_string)?)?;
        }
        Ok(())
    }
}

/// Calls that are refused whatever is asked of them.
const NEVER: &[i64] = &[
    // Mounts and roots.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    // Other namespaces, other processes' files, files without a path.
    libc::SYS_setns,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_process_vm_writev,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_fanotify_mark,
    // The kernel's keys, programs, counters, rings, faults.
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_memfd_secret,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_lookup_dcookie,
    // The machine.
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_settimeofday,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_reboot,
    libc::SYS_syslog,
    libc::SYS_acct,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_vhangup,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
];

/// What no process may ask for in `clone` and `unshare`: namespaces.
const SPACES: [i32; 8] = [
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWTIME,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWUTS,
];

/// `ptrace` of a process that did not ask for it.
const TRACES: [u64; 2] = [libc::PTRACE_ATTACH as u64, libc::PTRACE_SEIZE as u64];

/// Terminal calls that type into it.
const TYPES: [u64; 2] = [libc::TIOCSTI, libc::TIOCLINUX];

/// Where the second numbering of a processor's calls begins, which would be a way around
/// the filter; no program that we know has it.
#[cfg(target_arch = "x86_64")]
const TWINS: Option<u32> = Some(0x4000_0000);
#[cfg(not(target_arch = "x86_64"))]
const TWINS: Option<u32> = None;

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: TargetArch = TargetArch::x86_64;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: TargetArch = TargetArch::aarch64;

/// The kernel's word for this machine's numbering (`linux/audit.h`).
#[cfg(target_arch = "x86_64")]
const MACHINES_WORD: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const MACHINES_WORD: u32 = 0xc000_00b7;

/// Where a filter finds the call's number, and the numbering (`linux/seccomp.h`).
const NUMBER: u32 = 0;
const MACHINE: u32 = 4;

type Rules = BTreeMap<i64, Vec<SeccompRule>>;
type Built<T> = Result<T, seccompiler::BackendError>;

fn refused(allowed: Allowed) -> Built<BpfProgram> {
    let mut rules: Rules = NEVER.iter().map(|call| (*call, Vec::new())).collect();
    let bit = |bit: i32| is(0, Op::MaskedEq(bit as u64), bit as u64);
    let spaces = || SPACES.iter().map(|space| rule(vec![bit(*space)?])).collect::<Built<_>>();
    rules.insert(libc::SYS_clone, spaces()?);
    let mut alone = spaces()?;
    // Files that only one thread has open would not be counted as memory.
    alone.push(rule(vec![bit(libc::CLONE_FILES)?])?);
    rules.insert(libc::SYS_unshare, alone);
    rules.insert(libc::SYS_ptrace, any(0, TRACES)?);
    rules.insert(libc::SYS_ioctl, any(1, TYPES)?);
    rules.insert(libc::SYS_socket, sockets(allowed)?);
    built(rules, libc::EPERM)
}

/// An argument that is one of two values.
fn any(argument: u8, values: [u64; 2]) -> Built<Vec<SeccompRule>> {
    values.into_iter().map(|value| rule(vec![is(argument, Op::Eq, value)?])).collect()
}

/// Families of sockets beside those that a step may have.
fn sockets(allowed: Allowed) -> Built<Vec<SeccompRule>> {
    let mut families = vec![libc::AF_UNIX];
    if allowed.internet {
        families.extend([libc::AF_INET, libc::AF_INET6]);
    }
    if allowed.network {
        families.push(libc::AF_NETLINK);
    }
    let others = families.iter().map(|family| is(0, Op::Ne, *family as u64));
    let mut rules = vec![rule(others.collect::<Built<_>>()?)?];
    if allowed.network {
        // Of the kernel's own talk, what says which addresses there are.
        let route = is(2, Op::Ne, libc::NETLINK_ROUTE as u64)?;
        rules.push(rule(vec![is(0, Op::Eq, libc::AF_NETLINK as u64)?, route])?);
    }
    Ok(rules)
}

/// `clone3` hides its flags from a filter: without it, a library asks `clone`.
fn absent() -> Built<BpfProgram> {
    built(BTreeMap::from([(libc::SYS_clone3, Vec::new())]), libc::ENOSYS)
}

fn built(rules: Rules, error: i32) -> Built<BpfProgram> {
    let refused = SeccompAction::Errno(error.unsigned_abs());
    let mut program = shortcuts(rules.keys().copied(), refused.clone().into());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refused, ARCHITECTURE)?;
    program.extend(BpfProgram::try_from(filter)?);
    Ok(program)
}

/// So many of the widest ranges of numbers in which nothing is refused are asked for first.
const RANGES: usize = 8;

/// What is asked in front of a filter. When a filter is put up, the kernel asks it of every
/// number there is, rule by rule: to ask of whole ranges first is a fraction of the work.
fn shortcuts(refused: impl Iterator<Item = i64>, error: u32) -> BpfProgram {
    let step = |code: u32, k: u32, jf: u8| sock_filter { code: code as u16, jt: 0, jf, k };
    let load = |offset: u32| step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset, 0);
    let unless = |test: u32, k: u32, jf: u8| step(libc::BPF_JMP | libc::BPF_K | test, k, jf);
    let answer = |k: u32| step(libc::BPF_RET | libc::BPF_K, k, 0);
    let mut asked = vec![load(NUMBER)];
    if let Some(first) = TWINS {
        asked.extend([unless(libc::BPF_JGE, first, 1), answer(error)]);
    }
    for (first, last) in free(refused) {
        let beyond = unless(libc::BPF_JGT, last, 0);
        asked.extend([
            unless(libc::BPF_JGE, first, 2),
            sock_filter { jt: 1, ..beyond },
            answer(SeccompAction::Allow.into()),
        ]);
    }
    // The calls of another machine's numbering are the filter's own to answer.
    let all = u8::try_from(asked.len()).unwrap_or(u8::MAX);
    [load(MACHINE), unless(libc::BPF_JEQ, MACHINES_WORD, all)].into_iter().chain(asked).collect()
}

/// The widest ranges between refused numbers: first and last of each.
fn free(refused: impl Iterator<Item = i64>) -> Vec<(u32, u32)> {
    let mut numbers: Vec<u32> = refused.filter_map(|call| u32::try_from(call).ok()).collect();
    numbers.sort_unstable();
    let mut ranges = Vec::new();
    let mut first = 0;
    for number in numbers {
        if first < number {
            ranges.push((first, number - 1));
        }
        first = number + 1;
    }
    ranges.sort_by_key(|(first, last)| std::cmp::Reverse(last - first));
    ranges.truncate(RANGES);
    ranges
}

fn rule(conditions: Vec<SeccompCondition>) -> Built<SeccompRule> {
    SeccompRule::new(conditions)
}

fn is(argument: u8, operator: Op, value: u64) -> Built<SeccompCondition> {
    SeccompCondition::new(argument, Length::Dword, operator, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a program answers to a call without arguments.
    fn answer(program: &[sock_filter], machine: u32, number: u32) -> u32 {
        let (mut at, mut loaded) = (0, 0);
        loop {
            let step = &program[at];
            at += 1;
            let test = |holds: bool| usize::from(if holds { step.jt } else { step.jf });
            match u32::from(step.code) {
                code if code == libc::BPF_LD | libc::BPF_W | libc::BPF_ABS => {
                    loaded = match step.k {
                        NUMBER => number,
                        MACHINE => machine,
                        _ => 0,
                    };
                }
                code if code == libc::BPF_RET | libc::BPF_K => return step.k,
                code if code == libc::BPF_JMP | libc::BPF_JA => at += step.k as usize,
                code if code == libc::BPF_ALU | libc::BPF_AND | libc::BPF_K => loaded &= step.k,
                code => {
                    at += match code & 0xf0 {
                        libc::BPF_JEQ => test(loaded == step.k),
                        libc::BPF_JGE => test(loaded >= step.k),
                        libc::BPF_JGT => test(loaded > step.k),
                        libc::BPF_JSET => test(loaded & step.k != 0),
                        other => panic!("an unknown test {other:#x}"),
                    };
                }
            }
        }
    }

    #[test]
    fn shortcuts_change_no_answer() {
        let error = SeccompAction::Errno(1);
        let plain: Rules = NEVER.iter().map(|call| (*call, Vec::new())).collect();
        let filter =
            SeccompFilter::new(plain.clone(), SeccompAction::Allow, error.clone(), ARCHITECTURE);
        let plainly = BpfProgram::try_from(filter.unwrap()).unwrap();
        let program = built(plain, 1).unwrap();
        let mut shorter = 0;
        for number in 0..1000 {
            for machine in [MACHINES_WORD, 0x4000_0003] {
                let said = answer(&program, machine, number);
                assert_eq!(said, answer(&plainly, machine, number), "{number} of {machine:#x}");
                shorter += usize::from(said != u32::from(SeccompAction::Allow));
            }
            if let Some(twins) = TWINS {
                assert_eq!(
                    answer(&program, MACHINES_WORD, number | twins),
                    u32::from(error.clone())
                );
            }
        }
        assert_eq!(shorter, NEVER.len() + 1000, "refused here, and killed elsewhere");
    }

    #[test]
    fn the_widest_ranges_come_first() {
        assert_eq!(free([9, 4, 5, 20].into_iter()), [(10, 19), (0, 3), (6, 8)]);
        assert_eq!(free([0].into_iter()), []);
    }
}
