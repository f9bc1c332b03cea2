//! System calls of real processes in cells, answered as NetBSD would.

mod process_world;

use cell_abi::{Access, DeviceKind, DeviceRule, Op, Policy, Profile, Protocols, Reservation};
use process_world::{World, become_user, errno_of, fork};

fn host_process() -> process_world::Child {
    fork(|| {
        loop {
            // SAFETY: no pointers.
            unsafe { libc::pause() };
        }
    })
}

fn kill(pid: i32, signal: i32) -> i32 {
    // SAFETY: no pointers.
    errno_of(unsafe { libc::kill(pid, signal) })
}

fn bind(kind: i32, port: u16) -> i32 {
    let address = libc::sockaddr_in {
        sin_family: libc::AF_INET as u16,
        sin_port: port.to_be(),
        sin_addr: libc::in_addr {
            s_addr: u32::from_be_bytes([127, 0, 0, 1]).to_be(),
        },
        sin_zero: [0; 8],
    };
    // SAFETY: the address lives across the call.
    unsafe {
        let socket = libc::socket(libc::AF_INET, kind, 0);
        errno_of(libc::bind(
            socket,
            (&raw const address).cast(),
            size_of::<libc::sockaddr_in>() as u32,
        ))
    }
}

fn open(path: &std::ffi::CStr, flags: i32) -> i32 {
    // SAFETY: NUL-terminated.
    errno_of(unsafe { libc::open(path.as_ptr(), flags) })
}

#[test]
fn a_member_cannot_signal_the_host_and_can_signal_itself() {
    let Some(world) = World::new() else { return };
    for profile in [Profile::Low, Profile::Medium, Profile::High] {
        let cell = world.create(profile.name(), profile);
        let victim = host_process();
        let pid = victim.0;
        assert_eq!(world.run(cell, || kill(pid, libc::SIGTERM)), libc::EPERM);
        assert_eq!(world.run(cell, || kill(pid, 0)), libc::EPERM);
        assert_eq!(world.run(cell, || kill(std::process::id() as i32, 0)), 0);
        assert_eq!(world.run(cell, || kill(-1, libc::SIGTERM)), libc::ESRCH);
        assert!(world.denials(cell) > 2);
        assert_eq!(victim.kill(), 1000 + libc::SIGKILL);
        world.destroy(cell);
    }
}

#[test]
fn a_member_can_kill_its_own_child_at_once() {
    let Some(world) = World::new() else { return };
    let cell = world.create("parent", Profile::High);
    let status = world.run(cell, || {
        for _ in 0..50 {
            let child = host_process();
            if kill(child.0, libc::SIGKILL) != 0 {
                return 1;
            }
            child.wait();
        }
        0
    });
    assert_eq!(status, 0);
}

#[test]
fn tracing_and_memory_of_the_host_are_out_of_reach() {
    let Some(world) = World::new() else { return };
    let cell = world.create("tracer", Profile::Low);
    let victim = host_process();
    let pid = victim.0;
    let trace = world.run(cell, || {
        // SAFETY: no pointers.
        errno_of(unsafe { libc::ptrace(libc::PTRACE_ATTACH, pid, 0, 0) })
    });
    assert_eq!(trace, libc::ESRCH, "what may not be seen is not found");
    let nice = world.run(cell, || {
        // SAFETY: no pointers.
        errno_of(unsafe { libc::setpriority(libc::PRIO_PROCESS, pid as u32, 5) })
    });
    assert_eq!(nice, libc::EACCES);
    let affinity = world.run(cell, || {
        let set = [1_u64; 16];
        // SAFETY: the set is of the size given.
        errno_of(unsafe { libc::sched_setaffinity(pid, 128, set.as_ptr().cast()) })
    });
    assert_eq!(affinity, libc::EPERM);
    let limit = world.run(cell, || {
        let none = libc::rlimit64 {
            rlim_cur: 0,
            rlim_max: 0,
        };
        // SAFETY: the limit lives across the call.
        errno_of(unsafe {
            libc::prlimit64(
                pid,
                libc::RLIMIT_CORE,
                &raw const none,
                std::ptr::null_mut(),
            )
        })
    });
    assert_eq!(limit, libc::EPERM);
    victim.kill();
}

#[test]
fn a_port_is_its_cells_and_nobody_elses() {
    let Some(world) = World::new() else { return };
    let mut policy = Policy::of(Profile::Medium);
    for (protocols, first, last) in [
        (Protocols::Tcp, 807, 807),
        (Protocols::Both, 20_810, 20_812),
    ] {
        let reservation = Reservation::new(protocols, first, last).unwrap();
        policy.reservations.push(reservation).unwrap();
    }
    let owner = world.create_with("owner", &policy, "/");
    let other = world.create("other", Profile::Low);
    let high = world.create("high", Profile::High);

    // its own low port, as an ordinary user
    let own = world.run(owner, || {
        become_user(12_345);
        bind(libc::SOCK_STREAM, 807)
    });
    assert_eq!(own, 0);
    for port in [20_810, 20_811, 20_812] {
        assert_eq!(world.run(owner, || bind(libc::SOCK_DGRAM, port)), 0);
        assert_eq!(
            world.run(other, || bind(libc::SOCK_DGRAM, port)),
            libc::EACCES
        );
        assert_eq!(
            world.run(high, || bind(libc::SOCK_STREAM, port)),
            libc::EACCES
        );
    }
    assert_eq!(
        world.run(other, || bind(libc::SOCK_STREAM, 807)),
        libc::EACCES
    );
    // the other protocol is not reserved, the profile lets it ask, and Linux refuses an ordinary user
    let unreserved = world.run(other, || {
        become_user(12_345);
        bind(libc::SOCK_DGRAM, 807)
    });
    assert_eq!(unreserved, libc::EACCES);
    assert_eq!(world.run(other, || bind(libc::SOCK_DGRAM, 807)), 0);
    assert_eq!(world.run(other, || bind(libc::SOCK_STREAM, 20_813)), 0);
    assert_eq!(
        world.run(high, || bind(libc::SOCK_STREAM, 20_813)),
        libc::EACCES
    );
    assert_eq!(world.run(high, || bind(libc::SOCK_STREAM, 0)), 0);
    assert_eq!(
        world.run_as_host_user(12_345, || bind(libc::SOCK_STREAM, 20_811)),
        libc::EACCES
    );
    assert_eq!(
        world.run_as_host_user(12_345, || bind(libc::SOCK_STREAM, 20_813)),
        0
    );
}

#[test]
fn a_host_user_cannot_signal_a_member() {
    let Some(world) = World::new() else { return };
    let cell = world.create("member", Profile::Low);
    let member = world.spawn(cell, || {
        loop {
            // SAFETY: no pointers.
            unsafe { libc::pause() };
        }
    });
    process_world::until("entered", || world.processes(cell) == 1);
    let pid = member.0;
    let host = host_process();
    let own = host.0;
    assert_eq!(world.run_as_host_user(0, || kill(pid, 0)), 0, "host root");
    assert_eq!(world.run_as_host_user(77, || kill(pid, 0)), libc::EPERM);
    assert_eq!(
        world.run_as_host_user(77, || kill(own, 0)),
        libc::EPERM,
        "Linux's"
    );
    host.kill();
    member.kill();
}

#[test]
fn what_the_profile_lacks_is_refused() {
    let Some(world) = World::new() else { return };
    let cell = world.create("medium", Profile::Medium);
    let none = std::ptr::null::<libc::c_void>();
    // SAFETY: strings are NUL-terminated; null pointers are not followed before the call is refused.
    unsafe {
        let root = c"/".as_ptr();
        let refused: &[(&str, &dyn Fn() -> i32)] = &[
            ("chroot", &|| errno_of(libc::chroot(root))),
            ("mount", &|| {
                errno_of(libc::mount(root, root, root, libc::MS_BIND, none))
            }),
            ("umount", &|| errno_of(libc::umount(root))),
            ("reboot", &|| {
                errno_of(libc::syscall(libc::SYS_reboot, 0, 0, 0))
            }),
            ("swapon", &|| errno_of(libc::swapon(root, 0))),
            ("acct", &|| errno_of(libc::acct(root))),
            ("mknod", &|| {
                errno_of(libc::mknod(c"/nowhere/x".as_ptr(), libc::S_IFCHR, 0))
            }),
            ("settimeofday", &|| {
                let time = libc::timeval {
                    tv_sec: 0,
                    tv_usec: 0,
                };
                errno_of(libc::settimeofday(&raw const time, std::ptr::null()))
            }),
            ("init_module", &|| {
                errno_of(libc::syscall(libc::SYS_init_module, none, 0, root))
            }),
            ("sethostname", &|| errno_of(libc::sethostname(root, 1))),
            ("raw socket", &|| {
                errno_of(libc::socket(
                    libc::AF_INET,
                    libc::SOCK_RAW,
                    libc::IPPROTO_ICMP,
                ))
            }),
            ("packet socket", &|| {
                errno_of(libc::socket(libc::AF_PACKET, libc::SOCK_DGRAM, 0))
            }),
            ("route socket", &|| {
                errno_of(libc::socket(libc::AF_NETLINK, libc::SOCK_RAW, 0))
            }),
            ("namespace", &|| {
                errno_of(libc::unshare(libc::CLONE_NEWUSER))
            }),
            ("sysctl", &|| {
                open(c"/proc/sys/kernel/hostname", libc::O_WRONLY)
            }),
            ("handle", &|| {
                errno_of(libc::syscall(libc::SYS_open_by_handle_at, 0, none, 0))
            }),
        ];
        for (name, attack) in refused {
            assert_eq!(world.run(cell, attack), libc::EPERM, "{name}");
        }
    }
    assert_eq!(
        world.run(cell, || open(c"/proc/sys/kernel/hostname", libc::O_RDONLY)),
        0
    );
}

#[test]
fn low_leaves_to_linux_what_the_others_refuse() {
    let Some(world) = World::new() else { return };
    let cell = world.create("low", Profile::Low);
    // SAFETY: NUL-terminated.
    let chroot = world.run(cell, || errno_of(unsafe { libc::chroot(c"/".as_ptr()) }));
    assert_eq!(chroot, 0);
    let as_user = world.run(cell, || {
        become_user(12_345);
        // SAFETY: NUL-terminated.
        errno_of(unsafe { libc::chroot(c"/".as_ptr()) })
    });
    assert_eq!(as_user, libc::EPERM);
}

#[test]
fn device_nodes_open_as_the_list_says() {
    let Some(world) = World::new() else { return };
    let mut policy = Policy::of(Profile::Medium);
    policy.may = policy.may.without(Op::DeviceOpen);
    for (minor, access) in [(3, Access::ReadWrite), (5, Access::Read)] {
        let rule = DeviceRule {
            kind: DeviceKind::Char,
            access,
            major: 1,
            minor,
        };
        policy.devices.push(rule).unwrap();
    }
    let cell = world.create_with("devices", &policy, "/");
    assert_eq!(world.run(cell, || open(c"/dev/null", libc::O_RDWR)), 0);
    assert_eq!(world.run(cell, || open(c"/dev/zero", libc::O_RDONLY)), 0);
    assert_eq!(
        world.run(cell, || open(c"/dev/zero", libc::O_WRONLY)),
        libc::EPERM
    );
    assert_eq!(
        world.run(cell, || open(c"/dev/kmsg", libc::O_RDONLY)),
        libc::EPERM
    );
    let relative = world.run(cell, || {
        // SAFETY: NUL-terminated.
        unsafe { libc::chdir(c"/dev/pts/..".as_ptr()) };
        open(c"./../dev/kmsg", libc::O_RDONLY)
    });
    assert_eq!(relative, libc::EPERM);
    assert_eq!(world.run(cell, || open(c"/etc/passwd", libc::O_RDONLY)), 0);
}

#[test]
fn high_executes_only_from_what_cannot_be_written() {
    let Some(world) = World::new() else { return };
    let high = world.create("high", Profile::High);
    let medium = world.create("medium", Profile::Medium);
    let run = || {
        let arguments = [c"/bin/true".as_ptr(), std::ptr::null()];
        // SAFETY: a NUL-terminated path and null-terminated lists.
        errno_of(unsafe {
            libc::execve(
                arguments[0],
                arguments.as_ptr(),
                [std::ptr::null()].as_ptr(),
            )
        })
    };
    assert_eq!(world.run(high, run), libc::EACCES, "from a writable mount");
    assert_eq!(world.run(medium, run), 0);
}

#[test]
fn system_v_objects_of_others_are_out_of_reach_of_high() {
    let Some(world) = World::new() else { return };
    let high = world.create("high", Profile::High);
    let medium = world.create("medium", Profile::Medium);
    // SAFETY: no pointers, or null.
    unsafe {
        let segment = libc::shmget(libc::IPC_PRIVATE, 4096, 0o666);
        let attach = || errno_of(libc::shmat(segment, std::ptr::null(), 0) as i64);
        assert_eq!(world.run(high, attach), libc::EACCES);
        assert_eq!(world.run(medium, attach), 0);
        let remove = || errno_of(libc::shmctl(segment, libc::IPC_RMID, std::ptr::null_mut()));
        assert_eq!(world.run(high, remove), libc::EPERM);
        assert_eq!(world.run(medium, remove), 0);
    }
}

#[test]
fn threads_and_commands_go_on_as_ever() {
    let Some(world) = World::new() else { return };
    let mut policy = Policy::of(Profile::Medium);
    policy.may = policy.may.with(Op::DeviceOpen);
    let cell = world.create_with("shell", &policy, "/");
    let status = world.run(cell, || {
        let thread = std::thread::spawn(|| std::fs::read("/etc/passwd").is_ok());
        if !thread.join().unwrap() {
            return 1;
        }
        let output = std::process::Command::new("/bin/sh")
            .args(["-c", "for i in 1 2 3; do echo $i | cat; done; exit 7"])
            .output();
        output
            .ok()
            .and_then(|output| output.status.code())
            .unwrap_or(99)
    });
    assert_eq!(status, 7);
    world.destroy(cell);
}
