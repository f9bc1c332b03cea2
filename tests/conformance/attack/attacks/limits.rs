//! More processes than a cell may have.

use super::os;
use super::{Arguments, Attack, Outcome, report};

/// Most children that an attack makes where nothing stops it.
const PLENTY: usize = 64;

pub const ATTACKS: &[(&str, Attack)] = &[
    ("fork.bomb", bomb),
    ("fork.vfork", |_| at_the_limit(os::vfork)),
    ("fork.thread", |_| at_the_limit(os::thread)),
];

/// Forks until it is refused, the children staying; tells how many there were.
fn bomb(_: Arguments<'_>) -> Result<Outcome, Outcome> {
    let (children, outcome) = fill();
    report("children", children.iter().flatten().count());
    children.into_iter().flatten().for_each(os::end_child);
    outcome
}

/// Forks until it is refused, and then does it.
fn at_the_limit(attempt: fn() -> Result<(), os::Errno>) -> Result<Outcome, Outcome> {
    let (children, _) = fill();
    let outcome = Outcome::of(attempt());
    children.into_iter().flatten().for_each(os::end_child);
    Ok(outcome)
}

fn fill() -> ([Option<i32>; PLENTY], Result<Outcome, Outcome>) {
    let mut children = [None; PLENTY];
    for child in &mut children {
        match os::fork() {
            Ok(0) => loop {
                os::pause();
            },
            Ok(pid) => *child = Some(pid),
            Err(errno) => return (children, Ok(Outcome::Refused(errno))),
        }
    }
    (children, Ok(Outcome::Done))
}
