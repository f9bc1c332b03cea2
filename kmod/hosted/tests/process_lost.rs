//! What a slow reader is told. A program of its own: what an earlier test was denied is told to later readers of the same
//! kernel, and here every event counts.

mod process_world;

use cell_abi::{EventKind, Profile, Request, frame};
use cell_hosted::process::client::Client;
use process_world::{World, request_over};

#[test]
fn a_subscriber_who_does_not_read_for_long_is_told_how_much_was_lost() {
    const PAIRS: u32 = 500;
    let Some(world) = World::new() else { return };
    let events = Client::open(&world.socket()).unwrap();
    events.subscribe().unwrap();
    let other = Client::open(&world.socket()).unwrap();
    request_over(&other, &Request::Hello).unwrap();
    let until_created = |cell| {
        let mut told = 0;
        loop {
            let mut frame = events.event().unwrap();
            assert_eq!(frame.pop(), Some(0));
            let event = frame::read_event(&mut frame).unwrap();
            told += 1 + event.lost;
            if event.cell == cell && matches!(event.kind, EventKind::Create) {
                return told;
            }
        }
    };
    until_created(world.create("first", Profile::High));
    for _ in 0..PAIRS {
        world.destroy(world.create("again", Profile::High));
    }
    let last = world.create("last", Profile::High);
    assert_eq!(until_created(last), 2 * PAIRS + 1);
}
