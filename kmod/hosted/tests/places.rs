//! The limit on processes: a fork that is asked about has a place until it is through, given up, or its thread ends.
#![allow(missing_docs, clippy::expect_used)]

mod device;

use cell_abi::{Handle, Limits, Policy, Profile};
use cell_hosted::{Errno, Kernel, Proc};
use device::{Cells, policy};

/// A cell of at most so many processes.
fn limited(cells: &Cells<'_>, processes: u16) -> Handle {
    let policy = Policy {
        limits: Limits {
            processes: Some(processes),
            ..Limits::default()
        },
        ..policy(Profile::Low)
    };
    cells.create("few", policy).expect("create")
}

/// How many more can enter, tried with processes from `pid` on, which exit again.
fn room(kernel: &Kernel, cells: &Cells<'_>, cell: Handle, pid: i32) -> usize {
    let entered: Vec<Proc> = (pid..)
        .map(|pid| kernel.process(pid, 0, 0))
        .take_while(|&proc| match cells.enter_as(proc, cell) {
            Ok(()) => true,
            Err(error) => {
                assert_eq!(error, Errno::EAGAIN);
                kernel.exit(proc, 0);
                kernel.reap(proc);
                false
            }
        })
        .collect();
    for &proc in &entered {
        kernel.exit(proc, 0);
        kernel.reap(proc);
    }
    entered.len()
}

#[test]
fn a_fork_that_failed_after_the_question_keeps_its_place_until_the_thread_asks_again() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let cell = limited(&cells, 4);
    let member = cells.member(10, 0, cell);
    assert_eq!(room(&kernel, &cells, cell, 20), 3);
    kernel.may_fork(member).expect("there is room");
    assert_eq!(room(&kernel, &cells, cell, 30), 2, "a place is held");
    kernel.may_fork(member).expect("with the place it had");
    assert_eq!(room(&kernel, &cells, cell, 40), 2, "one place, not two");
    let child = kernel.forked(member, 11);
    assert_eq!(
        room(&kernel, &cells, cell, 50),
        2,
        "a member has it instead"
    );
    kernel.exit(child, 0);
    kernel.reap(child);
    assert_eq!(room(&kernel, &cells, cell, 60), 3);
}

#[test]
fn a_thread_that_ends_gives_its_place_back() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let cell = limited(&cells, 3);
    let member = cells.member(10, 0, cell);
    kernel.may_fork(member).expect("there is room");
    assert_eq!(room(&kernel, &cells, cell, 20), 1);
    kernel.exit(member, 0);
    assert_eq!(
        room(&kernel, &cells, cell, 30),
        3,
        "as a zombie it has none"
    );
    kernel.reap(member);
    cells.destroy(cell).expect("nobody is in it");
    assert_eq!(kernel.cells(), 0);
}

#[test]
fn a_refused_fork_takes_no_place() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let cell = limited(&cells, 2);
    let first = cells.member(10, 0, cell);
    let second = kernel.fork(first, 11).expect("there is room");
    assert_eq!(kernel.may_fork(first), Err(Errno::EAGAIN));
    assert_eq!(kernel.may_fork(second), Err(Errno::EAGAIN));
    kernel.exit(second, 0);
    assert_eq!(room(&kernel, &cells, cell, 20), 1);
    kernel
        .fork(first, 12)
        .expect("the zombie is no member any more");
}

#[test]
fn two_that_ask_at_once_do_not_get_the_last_place_both() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let cell = limited(&cells, 3);
    let first = cells.member(10, 0, cell);
    let second = kernel.fork(first, 11).expect("there is room");
    kernel.may_fork(first).expect("the last place");
    assert_eq!(kernel.may_fork(second), Err(Errno::EAGAIN));
    let child = kernel.forked(first, 12);
    assert_eq!(cells.stats(cell).expect("stats").processes, 3);
    kernel.exit(child, 0);
    kernel.fork(second, 13).expect("its place is free again");
}

#[test]
fn a_place_of_a_dying_cell_is_given_back_to_nobody() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let cell = limited(&cells, 2);
    let member = cells.member(10, 0, cell);
    kernel.may_fork(member).expect("there is room");
    let held = kernel.credential(member);
    kernel.exit(member, 0);
    kernel.reap(member);
    cells.destroy(cell).expect("destroy");
    assert_eq!(kernel.cells(), 1, "dying");
    drop(held);
    assert_eq!(kernel.cells(), 0);
}
