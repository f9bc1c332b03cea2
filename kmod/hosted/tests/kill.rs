//! Killing, and the limit on processes.
#![allow(missing_docs, clippy::expect_used)]

mod device;

use std::sync::atomic::{AtomicI32, Ordering};

use cell_abi::{EventKind, Policy, Profile};
use cell_hosted::kauth::PROCESS_FORK;
use cell_hosted::{Errno, Kernel, Proc, Trait};
use device::{Cells, policy};

const KILL: u8 = libc::SIGKILL as u8;
const TERM: u8 = libc::SIGTERM as u8;

#[test]
fn every_member_is_signalled_and_nobody_else() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let web = cells.create("web", policy(Profile::High)).expect("create");
    let other = cells
        .create("other", policy(Profile::High))
        .expect("create");
    let members = [10, 11, 12].map(|pid| cells.member(pid, 100, web));
    let child = kernel.fork(members[0], 13).expect("fork");
    let stranger = cells.member(20, 0, other);
    let host = kernel.process(30, 0, 0);
    assert_eq!(cells.kill(web, 0), Ok(4), "0 only counts");
    assert_eq!(cells.kill(web, TERM), Ok(4));
    for member in members.into_iter().chain([child]) {
        assert_eq!(kernel.take_signals(member), [libc::SIGTERM]);
    }
    for spared in [stranger, host, Proc::INIT] {
        assert!(kernel.take_signals(spared).is_empty());
    }
    kernel.exit(child, 0);
    assert_eq!(cells.kill(web, TERM), Ok(3), "a zombie is no member");
    assert_eq!(cells.kill(web, 64), Err(Errno::EINVAL));
}

#[test]
fn who_is_dying_already_is_not_counted_again() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let web = cells.create("web", policy(Profile::High)).expect("create");
    let member = cells.member(10, 100, web);
    assert_eq!(cells.kill(web, KILL), Ok(1));
    assert_eq!(cells.kill(web, KILL), Ok(0));
    assert_eq!(cells.kill(web, TERM), Ok(0));
    assert_eq!(kernel.take_signals(member), [libc::SIGKILL]);
}

#[test]
fn a_killed_cell_is_empty_when_kill_returns() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let web = cells.create("web", policy(Profile::High)).expect("create");
    let members = [10, 11, 12].map(|pid| cells.member(pid, 100, web));
    let mut dying = members.to_vec();
    kernel.set_pause(move |pause| {
        if let Some(member) = dying.pop() {
            pause.exit(member, 100);
        }
        Err(Errno::EAGAIN)
    });
    assert_eq!(cells.kill(web, KILL), Ok(3));
    assert_eq!(cells.stats(web).expect("stats").processes, 0);
    assert_eq!(cells.stats(web).expect("stats").cpu_us, 300);
    cells.destroy(web).expect("at once");
}

/// fork1() asks, sleeps for memory, and is past all refusal when the kill comes; the child appears after the walk.
#[test]
fn a_fork_under_way_does_not_escape_a_kill() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let web = cells.create("web", policy(Profile::High)).expect("create");
    let parent = cells.member(10, 100, web);
    kernel.may_fork(parent).expect("before the kill");
    static ROUND: AtomicI32 = AtomicI32::new(0);
    kernel.set_pause(move |pause| {
        let child = match ROUND.fetch_add(1, Ordering::Relaxed) {
            // The fork goes on; then the parent dies on its way back to its program.
            0 => {
                let child = pause.forked(parent, 11);
                pause.exit(parent, 0);
                child
            }
            _ => pause.find(11).expect("child"),
        };
        if pause.take_signals(child) == [libc::SIGKILL] {
            pause.exit(child, 0);
        } else {
            // It runs before the next round, and tries to get away.
            assert_eq!(pause.fork(child, 12), Err(Errno::EAGAIN));
        }
        Err(Errno::EAGAIN)
    });
    assert_eq!(cells.kill(web, KILL), Ok(2));
    assert_eq!(cells.stats(web).expect("stats").processes, 0);
    // The next life of the cell forks again.
    let member = cells.member(20, 100, web);
    kernel.fork(member, 21).expect("not doomed any more");
}

#[test]
fn a_member_that_cannot_die_does_not_hold_the_killer_for_ever() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let web = cells.create("web", policy(Profile::High)).expect("create");
    let _stuck = cells.member(10, 100, web);
    static ROUNDS: AtomicI32 = AtomicI32::new(0);
    kernel.set_pause(|_| {
        ROUNDS.fetch_add(1, Ordering::Relaxed);
        Err(Errno::EAGAIN)
    });
    assert_eq!(cells.kill(web, KILL), Ok(1));
    assert_eq!(ROUNDS.load(Ordering::Relaxed), 100, "one second");
    assert_eq!(cells.destroy(web), Err(Errno::EBUSY));
}

#[test]
fn the_limit_on_processes_holds() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let mut limited = Policy::of(Profile::High);
    limited.limits.processes = Some(3);
    let web = cells.create("web", limited).expect("create");
    let first = cells.member(10, 0, web);
    let second = kernel.fork(first, 11).expect("second");
    let third = kernel.fork(second, 12).expect("third");
    for parent in [first, second, third] {
        assert_eq!(kernel.fork(parent, 13), Err(Errno::EAGAIN));
    }
    assert_eq!(
        kernel.ask(first, PROCESS_FORK, None),
        Err(Errno::EPERM),
        "as the kernel's function says it"
    );
    kernel.exit(third, 0);
    let again = kernel.fork(first, 14).expect("a zombie is no member");
    assert_eq!(kernel.fork(again, 15), Err(Errno::EAGAIN));
    let limits: Vec<_> = cells
        .events()
        .into_iter()
        .filter(|event| matches!(event.kind, EventKind::Limit { .. }))
        .collect();
    assert_eq!(limits.len(), 1, "folded: {limits:?}");
    assert_eq!(limits[0].cell, web);
}

#[test]
fn use_is_summed_over_the_living_and_the_dead() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    kernel.set_uptime(100);
    let web = cells.create("web", policy(Profile::High)).expect("create");
    let first = cells.member(10, 0, web);
    let second = kernel.fork(first, 11).expect("fork");
    for (process, cpu, pages, bytes) in [(first, 1_000, 10, 1 << 20), (second, 500, 5, 2 << 20)] {
        kernel.set_trait(process, Trait::CpuMicroseconds(cpu));
        kernel.set_trait(process, Trait::ResidentPages(pages));
        kernel.set_trait(process, Trait::VirtualBytes(bytes));
    }
    kernel.set_uptime(160);
    let stats = cells.stats(web).expect("stats");
    assert_eq!(stats.cpu_us, 1_500);
    assert_eq!(stats.resident_kib, 60);
    assert_eq!(stats.virtual_kib, 3 * 1_024);
    assert_eq!(stats.age_s, 60);
    assert_eq!((stats.processes, stats.forks), (2, 1));
    kernel.exit(second, 700);
    let stats = cells.stats(web).expect("stats");
    assert_eq!(stats.cpu_us, 1_700);
    assert_eq!(stats.resident_kib, 40);
    // More than 32 bits of microseconds, which is an hour and eleven minutes.
    kernel.exit(first, 1 << 40);
    assert_eq!(cells.stats(web).expect("stats").cpu_us, (1 << 40) + 700);
}

#[test]
fn cpu_time_once_told_is_not_taken_back() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let web = cells.create("web", policy(Profile::High)).expect("create");
    let member = cells.member(10, 0, web);
    kernel.set_trait(member, Trait::CpuMicroseconds(900));
    assert_eq!(cells.stats(web).expect("stats").cpu_us, 900);
    kernel.set_trait(member, Trait::CpuMicroseconds(0));
    assert_eq!(cells.stats(web).expect("stats").cpu_us, 900);
    kernel.exit(member, 0);
    kernel.reap(member);
    cells.destroy(web).expect("destroy");
    let next = cells.create("web", policy(Profile::High)).expect("create");
    assert_eq!(next.slot(), web.slot());
    assert_eq!(cells.stats(next).expect("stats").cpu_us, 0, "another life");
}
