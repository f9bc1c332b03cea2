//! Deciders and hooks on several processors, while another one makes and ends cells.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

use cell_abi::{
    CellName, Create, Handle, Limits, Op, Policy, Profile, Protocols, Refusal, Reservation,
    RootPath,
};
use cell_core::{Kernel, Stamp, Subject, Verdict};

const NOW: Stamp = Stamp {
    pid: 7,
    uptime_s: 100,
};

const HOST_USER: Subject = Subject {
    cell: Handle::HOST,
    root: false,
};

fn make(kernel: &Kernel, name: &str, policy: Policy) -> Handle {
    let create = Create {
        name: CellName::new(name).unwrap(),
        root: RootPath::new("/cells/x").unwrap(),
        policy,
    };
    let cell = kernel
        .create(Subject::HOST_ROOT, &create, NOW.uptime_s)
        .unwrap();
    kernel.publish(cell, NOW).unwrap();
    cell
}

fn reserving(protocols: Protocols, port: u16) -> Policy {
    and(Policy::of(Profile::Low), protocols, port)
}

fn and(mut policy: Policy, protocols: Protocols, port: u16) -> Policy {
    policy
        .reservations
        .push(Reservation::new(protocols, port, port).unwrap())
        .unwrap();
    policy
}

#[test]
fn ports_are_neither_missed_nor_invented_while_cells_come_and_go() {
    let kernel = Box::new(Kernel::new());
    // In a slot after those that change, so that every walk passes them.
    let first = make(&kernel, "first", Policy::of(Profile::Low));
    // The keeper has the high byte of 1000 and 1001 in 768 and their low ones in 232 and 233: the summary rules neither
    // out, whatever the other cell has at the moment, and every question walks.
    let mut keeper = reserving(Protocols::Tcp, 80);
    for port in [3 << 8, 1000 & 0xff, 1001 & 0xff] {
        keeper = and(keeper, Protocols::Tcp, port);
    }
    make(&kernel, "keeper", keeper);
    kernel.destroy(Subject::HOST_ROOT, first, NOW).unwrap();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let ask = |protocols, port| kernel.ask_bind(HOST_USER, protocols, port);
                    assert_eq!(ask(Protocols::Tcp, 80), Verdict::Deny);
                    // Neither life has it; the mask of one with the port of the other would.
                    assert_eq!(ask(Protocols::Udp, 1000), Verdict::Defer);
                    assert_eq!(ask(Protocols::Tcp, 1001), Verdict::Defer);
                }
            });
        }
        for round in 0..20_000 {
            let policy = if round % 2 == 0 {
                reserving(Protocols::Tcp, 1000)
            } else {
                reserving(Protocols::Udp, 1001)
            };
            let cell = make(&kernel, "changing", policy);
            assert_eq!(cell.slot(), 0);
            kernel.destroy(Subject::HOST_ROOT, cell, NOW).unwrap();
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_port_is_not_hidden_while_cells_come_and_go_that_share_its_bytes() {
    let kernel = Box::new(Kernel::new());
    let kept = [80, 0x5000, 0xff50];
    let mut keeper = Policy::of(Profile::Low);
    for port in kept {
        keeper = and(keeper, Protocols::Tcp, port);
    }
    make(&kernel, "keeper", keeper);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    for port in kept {
                        let verdict = kernel.ask_bind(HOST_USER, Protocols::Tcp, port);
                        assert_eq!(verdict, Verdict::Deny, "{port}");
                    }
                }
            });
        }
        for _ in 0..20_000 {
            // The first has the high bytes of the kept ports, the second the low ones.
            let high = [0x5001, 0xff01]
                .into_iter()
                .fold(reserving(Protocols::Tcp, 1), |policy, port| {
                    and(policy, Protocols::Tcp, port)
                });
            let low = and(reserving(Protocols::Udp, 0x0150), Protocols::Udp, 0x0100);
            let cells = [make(&kernel, "high", high), make(&kernel, "low", low)];
            for cell in cells {
                kernel.destroy(Subject::HOST_ROOT, cell, NOW).unwrap();
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_slot_is_kept_until_the_last_processor_drops_its_credential() {
    let kernel = Box::new(Kernel::new());
    // The handle whose credential the other processors hold, 0 while there is none; and how many still do.
    let (given, holding) = (AtomicU32::new(0), AtomicU32::new(0));
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut last = 0;
                while !stop.load(Ordering::Relaxed) {
                    let raw = given.load(Ordering::Acquire);
                    if raw == last || raw == 0 {
                        thread::yield_now();
                        continue;
                    }
                    last = raw;
                    let cell = Handle::from_raw(raw);
                    kernel.credential_shared(cell);
                    kernel.credential_dropped(cell);
                    // The odd lives may do nothing and the even ones everything: an answer of the next life is seen.
                    let member = Subject { cell, root: true };
                    let verdict = kernel.ask(member, Op::SystemReboot);
                    if cell.generation() % 2 == 1 {
                        assert_eq!(verdict, Verdict::Deny);
                    }
                    kernel.credential_dropped(cell);
                    holding.fetch_sub(1, Ordering::Release);
                }
            });
        }
        for round in 1..2_000 {
            let profile = if round % 2 == 1 {
                Profile::Custom
            } else {
                Profile::Low
            };
            let cell = make(&kernel, "a", Policy::of(profile));
            assert_eq!(cell, Handle::new(0, round), "freed once, and reused");
            kernel.credential_shared(cell);
            kernel.credential_shared(cell);
            holding.store(2, Ordering::Relaxed);
            given.store(cell.raw(), Ordering::Release);
            kernel.destroy(Subject::HOST_ROOT, cell, NOW).unwrap();
            while holding.load(Ordering::Acquire) != 0 {
                let gone = kernel.begin_enter(Subject::HOST_ROOT, cell);
                assert_eq!(gone, Err(Refusal::NoSuchCell));
                thread::yield_now();
            }
            assert_eq!(kernel.cells(), 0);
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn the_limit_on_processes_holds_exactly_however_many_fork_at_once() {
    const LIMIT: u16 = 20;
    let kernel = Box::new(Kernel::new());
    let limited = Policy {
        limits: Limits {
            processes: Some(LIMIT),
            ..Limits::default()
        },
        ..Policy::of(Profile::Low)
    };
    let cell = make(&kernel, "forks", limited);
    let member = Subject { cell, root: false };
    let (forked, refused, abandoned) = (AtomicU32::new(0), AtomicU32::new(0), AtomicU32::new(0));
    // What this process knows of the members: counted after the kernel says so, uncounted before it is told.
    let members = AtomicU32::new(0);
    thread::scope(|scope| {
        for thread in 0..6u32 {
            let (kernel, members) = (&kernel, &members);
            let (forked, refused, abandoned) = (&forked, &refused, &abandoned);
            scope.spawn(move || {
                let mut mine = 0;
                for round in 0..20_000u32 {
                    let given = if thread == 0 {
                        let entering = kernel.begin_enter(Subject::HOST_ROOT, cell);
                        assert!(matches!(entering, Ok(()) | Err(Refusal::Full)));
                        entering.is_ok()
                    } else {
                        kernel.ask_fork(member) == Verdict::Defer
                    };
                    if !given {
                        refused.fetch_add(1, Ordering::Relaxed);
                    } else if (round + thread) % 5 == 0 {
                        abandoned.fetch_add(1, Ordering::Relaxed);
                        if thread == 0 {
                            kernel.abandon_enter(cell);
                        } else {
                            kernel.fork_abandoned(cell);
                        }
                    } else {
                        let before = members.fetch_add(1, Ordering::Relaxed);
                        assert!(before < LIMIT.into(), "{before} and one more");
                        if thread == 0 {
                            kernel.entered(cell, NOW);
                        } else {
                            kernel.process_forked(cell);
                        }
                        forked.fetch_add(1, Ordering::Relaxed);
                        mine += 1;
                    }
                    // Each would have 7: together more than the limit. Whoever has them lets the others run, which also on a
                    // single processor find none left.
                    if mine == 7 {
                        thread::yield_now();
                    }
                    if mine == 7 || (!given && mine > 0) {
                        members.fetch_sub(1, Ordering::Relaxed);
                        kernel.process_exited(cell, 0);
                        mine -= 1;
                    }
                }
                for _ in 0..mine {
                    members.fetch_sub(1, Ordering::Relaxed);
                    kernel.process_exited(cell, 0);
                }
            });
        }
    });
    for (what, times) in [
        ("forked", forked),
        ("refused", refused),
        ("abandoned", abandoned),
    ] {
        assert_ne!(times.into_inner(), 0, "nobody {what}");
    }
    // Every place was given back: exactly the limit can be had again.
    for _ in 0..LIMIT {
        assert_eq!(kernel.ask_fork(member), Verdict::Defer);
    }
    assert_eq!(kernel.ask_fork(member), Verdict::Deny);
    let full = kernel.begin_enter(Subject::HOST_ROOT, cell);
    assert_eq!(full, Err(Refusal::Full));
}
