//! Feeding the watchdog.

use crate::automaton::{Critical, Feed, Watchdog};

#[test]
fn it_is_fed_at_a_third_of_its_period() {
    let mut dog = Watchdog::new(30, 0);
    assert_eq!(dog.deadline(), 10_000);
    assert_eq!(dog.step(Critical::Well, 9999), Feed::No);
    assert_eq!(dog.step(Critical::Well, 10_000), Feed::Now);
    assert_eq!(dog.deadline(), 20_000);
}

#[test]
fn it_is_not_fed_while_a_critical_cell_is_not_well() {
    let mut dog = Watchdog::new(30, 0);
    assert_eq!(dog.step(Critical::Unwell, 5000), Feed::No);
    assert_eq!(dog.step(Critical::Unwell, 10_000), Feed::No);
    assert!(!dog.fed());
    assert_eq!(dog.step(Critical::Unwell, 15_000), Feed::No);
    assert_eq!(dog.deadline(), 20_000);
}

#[test]
fn what_is_well_again_is_fed_without_waiting_for_the_next_turn() {
    let mut dog = Watchdog::new(30, 0);
    dog.step(Critical::Unwell, 10_000);
    assert_eq!(dog.step(Critical::Well, 10_001), Feed::Now);
    assert!(dog.fed());
    assert_eq!(dog.deadline(), 20_001);
}
