use alloc::vec;

use cell_abi::{Handle, Refusal};

use super::{Member, World};

fn handle(slot: u8, generation: u32) -> Handle {
    Handle::new(slot, generation)
}

#[test]
fn a_slot_is_used_again_only_when_nothing_holds_its_last_life() {
    let mut world = World::default();
    assert!(world.created(handle(0, 1), 0, None));
    assert!(world.created(handle(1, 1), 1, None));
    world.cells[0].held = 2;
    world.destroyed(handle(0, 1));
    assert_eq!(world.dying, vec![(handle(0, 1), 2)]);
    let mut used = world.clone();
    assert!(!used.created(handle(0, 2), 2, None), "held");
    assert!(!world.dropped(handle(0, 1)));
    assert!(world.dropped(handle(0, 1)));
    assert!(world.may_linger(handle(0, 1)));
    let mut same = world.clone();
    assert!(!same.created(handle(0, 1), 2, None), "the same life");
    assert!(world.created(handle(0, 2), 2, None));
    assert!(!world.may_linger(handle(0, 1)));
}

#[test]
fn a_cell_after_a_slot_that_is_certainly_free_is_wrong() {
    let mut world = World::default();
    assert!(!world.created(handle(1, 1), 0, None));
}

#[test]
fn a_slot_that_the_kernels_caches_keep_may_be_passed_over() {
    let mut world = World::default();
    world.created(handle(0, 1), 0, None);
    world.destroyed(handle(0, 1));
    let mut over = world.clone();
    assert!(over.created(handle(1, 1), 0, None));
    assert!(world.created(handle(0, 2), 0, None));
}

#[test]
fn refusals_tell_earlier_lives_from_the_last() {
    let mut world = World::default();
    world.created(handle(0, 7), 0, None);
    world.destroyed(handle(0, 7));
    assert_eq!(world.refusal(handle(0, 7)), Refusal::NoSuchCell);
    world.created(handle(0, 8), 0, None);
    assert_eq!(world.refusal(handle(0, 7)), Refusal::Stale);
}

#[test]
fn children_count_and_stay_when_their_parent_goes() {
    let mut world = World::default();
    world.created(handle(0, 1), 0, Some(3));
    let cell = &mut world.cells[0];
    cell.members.push(Member {
        number: 0,
        children: 1,
        root: true,
    });
    assert!(cell.has_room());
    cell.orphans = 1;
    assert_eq!(cell.processes(), 3);
    assert!(!cell.has_room());
}
