use super::*;

/// A system call as the program sees it.
struct Call {
    architecture: u32,
    number: i64,
    arguments: [u64; 6],
}

fn run(call: &Call) -> u32 {
    let program = program();
    let mut accumulator = 0;
    let mut at = 0;
    loop {
        let step = program[at];
        at += 1;
        let jump = |condition: bool| {
            usize::from(if condition {
                step.if_true
            } else {
                step.if_false
            })
        };
        match step.code {
            LOAD => {
                accumulator = match step.operand {
                    NUMBER => call.number as u32,
                    ARCHITECTURE => call.architecture,
                    offset => {
                        let argument = call.arguments[((offset - 16) / 8) as usize];
                        (argument >> (8 * ((offset - 16) % 8))) as u32
                    }
                }
            }
            JUMP_EQUAL => at += jump(accumulator == step.operand),
            JUMP_AT_LEAST => at += jump(accumulator >= step.operand),
            JUMP_BITS => at += jump(accumulator & step.operand != 0),
            AND => accumulator &= step.operand,
            RETURN => return step.operand,
            other => panic!("instruction {other:#x}"),
        }
    }
}

fn verdict(number: i64, arguments: &[u64]) -> u32 {
    let mut all = [0; 6];
    all[..arguments.len()].copy_from_slice(arguments);
    run(&Call {
        architecture: X86_64,
        number,
        arguments: all,
    })
}

#[test]
fn everyday_calls_pass() {
    for call in [
        libc::SYS_read,
        libc::SYS_write,
        libc::SYS_mmap,
        libc::SYS_futex,
        libc::SYS_getpid,
        libc::SYS_wait4,
    ] {
        assert_eq!(verdict(call, &[]), ALLOW, "{call}");
    }
}

#[test]
fn another_architecture_or_the_x32_range_is_no_way_around() {
    let foreign = Call {
        architecture: 0x4000_0003,
        number: libc::SYS_kill,
        arguments: [0; 6],
    };
    assert_eq!(run(&foreign), fail(libc::ENOSYS));
    assert_eq!(verdict(0x4000_0000 + 62, &[]), fail(libc::ENOSYS));
    assert_eq!(verdict(libc::SYS_kill, &[1, 9]), NOTIFY);
}

#[test]
fn threads_pass_forks_are_asked_about_and_namespaces_refused() {
    let thread = (libc::CLONE_THREAD | libc::CLONE_VM) as u64;
    assert_eq!(verdict(libc::SYS_clone, &[thread]), ALLOW);
    assert_eq!(verdict(libc::SYS_clone, &[libc::SIGCHLD as u64]), NOTIFY);
    for flag in [
        libc::CLONE_NEWUSER,
        libc::CLONE_NEWNS,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWNET,
        libc::CLONE_NEWUTS,
        libc::CLONE_NEWIPC,
        libc::CLONE_NEWCGROUP,
    ] {
        let flag = flag as u64;
        assert_eq!(verdict(libc::SYS_clone, &[flag]), fail(libc::EPERM));
        assert_eq!(verdict(libc::SYS_unshare, &[flag]), fail(libc::EPERM));
    }
    assert_eq!(
        verdict(libc::SYS_unshare, &[libc::CLONE_FILES as u64]),
        ALLOW
    );
    assert_eq!(verdict(libc::SYS_clone3, &[]), fail(libc::ENOSYS));
    assert_eq!(verdict(libc::SYS_setns, &[]), fail(libc::EPERM));
    assert_eq!(verdict(libc::SYS_fork, &[]), NOTIFY);
    assert_eq!(verdict(libc::SYS_vfork, &[]), NOTIFY);
}

#[test]
fn raw_packet_and_route_sockets_are_asked_about_and_others_pass() {
    let ask = |domain: i32, kind: i32| verdict(libc::SYS_socket, &[domain as u64, kind as u64, 0]);
    assert_eq!(ask(libc::AF_UNIX, libc::SOCK_STREAM), ALLOW);
    assert_eq!(
        ask(libc::AF_INET, libc::SOCK_STREAM | libc::SOCK_CLOEXEC),
        ALLOW
    );
    assert_eq!(ask(libc::AF_INET6, libc::SOCK_DGRAM), ALLOW);
    assert_eq!(ask(libc::AF_INET, libc::SOCK_RAW), NOTIFY);
    assert_eq!(
        ask(libc::AF_INET6, libc::SOCK_RAW | libc::SOCK_NONBLOCK),
        NOTIFY
    );
    assert_eq!(ask(libc::AF_PACKET, libc::SOCK_DGRAM), NOTIFY);
    assert_eq!(ask(libc::AF_NETLINK, libc::SOCK_RAW), NOTIFY);
}

#[test]
fn options_of_ipv6_are_asked_about_and_others_pass() {
    let ask = |level: i32| verdict(libc::SYS_setsockopt, &[3, level as u64, 1]);
    assert_eq!(ask(libc::IPPROTO_IPV6), NOTIFY);
    assert_eq!(ask(libc::IPPROTO_IP), ALLOW);
    assert_eq!(ask(libc::SOL_SOCKET), ALLOW);
}

#[test]
fn reading_ones_own_limits_passes_and_nothing_else_of_prlimit() {
    assert_eq!(verdict(libc::SYS_prlimit64, &[0, 7, 0, 1]), ALLOW);
    assert_eq!(verdict(libc::SYS_prlimit64, &[0, 7, 0x10, 0]), NOTIFY);
    assert_eq!(verdict(libc::SYS_prlimit64, &[0, 7, 1 << 32, 0]), NOTIFY);
    assert_eq!(verdict(libc::SYS_prlimit64, &[77, 7, 0, 1]), NOTIFY);
}

#[test]
fn every_call_of_the_tables_has_the_answer_of_its_table() {
    for call in calls::NOTIFIED {
        assert_eq!(verdict(*call, &[]), NOTIFY, "{call}");
    }
    for call in calls::ABSENT {
        assert_eq!(verdict(*call, &[]), fail(libc::ENOSYS), "{call}");
    }
    for call in calls::FORBIDDEN {
        assert_eq!(verdict(*call, &[]), fail(libc::EPERM), "{call}");
    }
    for call in calls::ON_OTHERS {
        assert_eq!(verdict(*call, &[0]), ALLOW, "{call}");
        assert_eq!(verdict(*call, &[77]), NOTIFY, "{call}");
    }
}

#[test]
fn the_program_fits_linux_and_ends_in_a_return() {
    let program = program();
    assert!(program.len() < 4096, "{}", program.len());
    assert_eq!(program.last(), Some(&finish(ALLOW)));
    assert_eq!(bytes().len(), 8 * program.len());
}
