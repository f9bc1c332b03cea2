//! What random histories do not reach: ends of ranges, full tables, processors that meet.

use cell_abi::{
    CellName, CellState, Create, Event, EventKind, Handle, MAX_CELLS, Op, Policy, Profile,
    Protocols, Refusal, Reservation, RootPath,
};

use crate::events::COUNT_MAX;
use crate::{EVENTS, FOLDED, InfoText, Kernel, Stamp, Subject, Verdict};

extern crate std;
use core::cell::Cell;
use std::boxed::Box;
use std::string::{String, ToString};
use std::vec::Vec;

const ROOT: Subject = Subject::HOST_ROOT;

std::thread_local! {
    /// What another processor does between the two reads of a slot whose ports are walked.
    static MEANWHILE: Cell<Option<Box<dyn FnOnce()>>> = const { Cell::new(None) };
}

pub(crate) fn while_walking() {
    if let Some(act) = MEANWHILE.take() {
        act();
    }
}

const HOST_USER: Subject = Subject {
    cell: Handle::HOST,
    root: false,
};

fn at(uptime_s: u32) -> Stamp {
    Stamp { pid: 1, uptime_s }
}

fn kernel() -> Box<Kernel> {
    Box::new(Kernel::new())
}

fn member(cell: Handle) -> Subject {
    Subject { cell, root: true }
}

fn ports(reservations: &[(Protocols, u16, u16)]) -> Policy {
    let mut policy = Policy::of(Profile::High);
    for (protocols, first, last) in reservations {
        let reservation = Reservation::new(*protocols, *first, *last).unwrap();
        policy.reservations.push(reservation).unwrap();
    }
    policy
}

fn request(kernel: &Kernel, name: &str, policy: Policy) -> Result<Handle, Refusal> {
    let create = Create {
        name: CellName::new(name).unwrap(),
        root: RootPath::new("/").unwrap(),
        policy,
    };
    kernel.create(ROOT, &create, 0)
}

fn make(kernel: &Kernel, name: &str, policy: Policy) -> Handle {
    let cell = request(kernel, name, policy).unwrap();
    kernel.publish(cell, at(0)).unwrap();
    cell
}

fn named(name: &str) -> (String, Policy) {
    (name.to_string(), Policy::of(Profile::High))
}

fn denials(kernel: &Kernel, cursor: &mut u32, now_s: u32) -> Vec<(u32, Op, u32)> {
    let events = core::iter::from_fn(|| kernel.read_event(cursor, now_s));
    events
        .filter_map(|event| match event.kind {
            EventKind::Denial { op, count } => Some((event.uptime_s, op, count)),
            _ => None,
        })
        .collect()
}

#[test]
fn a_generation_wraps_to_one_and_is_never_that_of_before() {
    let kernel = kernel();
    let first = make(&kernel, "a", Policy::of(Profile::High));
    assert_eq!(first, Handle::new(0, 1));
    kernel.destroy(ROOT, first, at(0)).unwrap();
    let slot = kernel.slots.first().unwrap();
    slot.set_handle(Handle::new(0, Handle::MAX_GENERATION - 1));
    let last = make(&kernel, "a", Policy::of(Profile::High));
    assert_eq!(last, Handle::new(0, Handle::MAX_GENERATION));
    kernel.destroy(ROOT, last, at(0)).unwrap();
    let wrapped = make(&kernel, "a", Policy::of(Profile::High));
    assert_eq!(wrapped, Handle::new(0, 1));
    assert_eq!(kernel.ask(member(last), Op::ProcessSee), Verdict::Deny);
    assert_eq!(kernel.ask(member(wrapped), Op::ProcessSee), Verdict::Defer);
}

#[test]
fn a_full_table_refuses_and_has_room_again() {
    let kernel = kernel();
    for index in 0..MAX_CELLS {
        let (name, policy) = named(&std::format!("cell{index}"));
        make(&kernel, &name, policy);
    }
    assert_eq!(usize::from(kernel.cells()), MAX_CELLS);
    let policy = || Policy::of(Profile::High);
    assert_eq!(request(&kernel, "more", policy()), Err(Refusal::TableFull));
    assert_eq!(request(&kernel, "cell9", policy()), Err(Refusal::Taken));

    let gone = Handle::new(17, 1);
    kernel.credential_shared(gone);
    kernel.destroy(ROOT, gone, at(0)).unwrap();
    assert_eq!(
        request(&kernel, "more", policy()),
        Err(Refusal::TableFull),
        "a dying cell's slot was given away"
    );
    kernel.credential_dropped(gone);
    assert_eq!(request(&kernel, "more", policy()), Ok(Handle::new(17, 2)));
}

#[test]
fn a_dying_cell_gives_back_its_name_and_ports_at_once() {
    let kernel = kernel();
    let policy = || ports(&[(Protocols::Tcp, 80, 80)]);
    let old = make(&kernel, "web", policy());
    kernel.credential_shared(old);
    kernel.destroy(ROOT, old, at(0)).unwrap();
    let new = make(&kernel, "web", policy());
    assert_ne!(new.slot(), old.slot());
    assert_eq!(kernel.lookup(ROOT, CellName::new("web").unwrap()), Ok(new));
    assert_eq!(
        kernel.ask_bind(member(old), Protocols::Tcp, 80),
        Verdict::Deny
    );
    assert_eq!(
        kernel.ask_bind(member(new), Protocols::Tcp, 80),
        Verdict::Allow
    );
    let mut text = InfoText::new();
    let info = kernel.info(ROOT, old, 9, &mut text).unwrap();
    assert_eq!((info.state, info.credentials), (CellState::Dying, 1));
    for refused in [
        kernel.destroy(ROOT, old, at(0)),
        kernel.begin_enter(ROOT, old),
        kernel.may_kill(ROOT, old),
    ] {
        assert_eq!(refused, Err(Refusal::NoSuchCell));
    }
    kernel.credential_dropped(old);
    assert!(kernel.info(ROOT, old, 9, &mut text).is_err());
}

#[test]
fn a_cell_being_entered_is_busy() {
    let kernel = kernel();
    let cell = make(&kernel, "a", Policy::of(Profile::High));
    kernel.begin_enter(ROOT, cell).unwrap();
    kernel.begin_enter(ROOT, cell).unwrap();
    kernel.abandon_enter(cell);
    assert_eq!(kernel.destroy(ROOT, cell, at(0)), Err(Refusal::Busy));
    kernel.entered(cell, at(0));
    assert_eq!(kernel.destroy(ROOT, cell, at(0)), Err(Refusal::Busy));
    kernel.process_exited(cell, 5);
    assert_eq!(kernel.destroy(ROOT, cell, at(0)), Ok(()));
}

#[test]
fn a_sealed_kernel_is_entered_and_killed_in_but_not_changed() {
    let kernel = kernel();
    let cell = make(&kernel, "a", Policy::of(Profile::High));
    let reserved = request(&kernel, "b", Policy::of(Profile::High)).unwrap();
    assert_eq!(kernel.seal(member(cell), at(1)), Err(Refusal::NotPermitted));
    kernel.seal(ROOT, at(1)).unwrap();
    kernel.seal(ROOT, at(2)).unwrap();
    assert_eq!(
        request(&kernel, "c", Policy::of(Profile::High)),
        Err(Refusal::NotPermitted)
    );
    assert_eq!(
        kernel.destroy(ROOT, cell, at(2)),
        Err(Refusal::NotPermitted)
    );
    assert_eq!(kernel.begin_enter(ROOT, cell), Ok(()));
    assert_eq!(kernel.may_kill(ROOT, cell), Ok(()));
    assert_eq!(kernel.abandon(reserved), Ok(()));
    let mut cursor = 0;
    let events = core::iter::from_fn(|| kernel.read_event(&mut cursor, 3));
    let seals: Vec<Event> = events
        .filter(|event| event.kind == EventKind::Seal)
        .collect();
    let [seal] = seals.as_slice() else {
        panic!("{seals:?}");
    };
    assert_eq!((seal.uptime_s, seal.cell), (1, Handle::HOST));
}

#[test]
fn a_range_holds_from_its_first_port_to_its_last() {
    let kernel = kernel();
    let cell = make(
        &kernel,
        "a",
        ports(&[
            (Protocols::Tcp, 1, 1),
            (Protocols::Udp, 100, 200),
            (Protocols::Tcp, 150, 150),
            (Protocols::Both, 65_535, 65_535),
        ]),
    );
    let other = make(&kernel, "b", Policy::of(Profile::Low));
    let ask = |protocols, port| {
        (
            kernel.ask_bind(member(cell), protocols, port),
            kernel.ask_bind(member(other), protocols, port),
        )
    };
    let mine = (Verdict::Allow, Verdict::Deny);
    let nobodys = (Verdict::Deny, Verdict::Defer);
    let partly = (Verdict::Deny, Verdict::Deny);
    use Protocols::{Both, Tcp, Udp};
    for (protocols, port, expected) in [
        (Tcp, 1, mine),
        (Tcp, 2, nobodys),
        (Udp, 1, nobodys),
        (Udp, 99, nobodys),
        (Udp, 100, mine),
        (Udp, 200, mine),
        (Udp, 201, nobodys),
        (Tcp, 100, nobodys),
        (Both, 100, partly),
        (Both, 150, mine),
        (Tcp, 65_534, nobodys),
        (Tcp, 65_535, mine),
        (Both, 65_535, mine),
    ] {
        assert_eq!(ask(protocols, port), expected, "{protocols:?} {port}");
    }
}

#[test]
fn a_reservation_hinders_others_and_not_its_own_cell() {
    let kernel = kernel();
    let mut policy = ports(&[(Protocols::Tcp, 80, 80)]);
    policy.may = Profile::Low.policy();
    let cell = make(&kernel, "a", policy);
    let ask = |who| kernel.ask_bind(who, Protocols::Both, 80);
    assert_eq!(ask(member(cell)), Verdict::Defer);
    assert_eq!(ask(HOST_USER), Verdict::Deny);
}

#[test]
fn a_cell_destroyed_while_its_ports_are_walked_reserves_nothing() {
    let kernel: &'static Kernel = Box::leak(kernel());
    let policy = || ports(&[(Protocols::Tcp, 80, 80)]);
    let old = make(kernel, "old", policy());
    let ask = || kernel.ask_bind(HOST_USER, Protocols::Tcp, 80);
    assert_eq!(ask(), Verdict::Deny);
    MEANWHILE.set(Some(Box::new(move || {
        kernel.destroy(ROOT, old, at(1)).unwrap();
    })));
    assert_eq!(ask(), Verdict::Defer);

    let new = make(kernel, "new", policy());
    assert_eq!(new.slot(), old.slot());
    MEANWHILE.set(Some(Box::new(move || {
        kernel.destroy(ROOT, new, at(1)).unwrap();
        make(kernel, "newer", ports(&[(Protocols::Tcp, 81, 81)]));
    })));
    assert_eq!(ask(), Verdict::Defer);
}

#[test]
fn a_reader_that_fell_behind_is_told_how_far() {
    let kernel = kernel();
    kernel.events.jump_to(u32::MAX - 10);
    let mut cursor = kernel.event_cursor();
    for second in 0..100 {
        kernel
            .events
            .push(Handle::HOST, crate::events::What::SEAL, 1, at(second));
    }
    let first = kernel.read_event(&mut cursor, 0).unwrap();
    assert_eq!((first.lost, first.uptime_s), (36, 36));
    for second in 37..100 {
        let event = kernel.read_event(&mut cursor, 0).unwrap();
        assert_eq!((event.lost, event.uptime_s), (0, second));
    }
    assert!(!kernel.has_event(cursor, 0));
    assert_eq!(kernel.read_event(&mut cursor, 0), None);
    assert_eq!(EVENTS, 64);
}

#[test]
fn denials_of_one_second_are_one_event_and_their_count_the_next() {
    let kernel = kernel();
    let cell = make(&kernel, "a", Policy::of(Profile::High));
    let mut cursor = kernel.event_cursor();
    let deny = |op, now_s| kernel.denied(member(cell), op, at(now_s));
    assert!(deny(Op::SystemReboot, 10));
    assert!(!deny(Op::SystemReboot, 10));
    assert!(!deny(Op::SystemReboot, 10));
    assert!(deny(Op::SystemTime, 10));
    assert!(!kernel.has_event(kernel.event_cursor(), 10));
    assert!(kernel.has_event(kernel.event_cursor(), 11));
    assert!(deny(Op::SystemReboot, 12), "the next denial tells");
    assert_eq!(
        denials(&kernel, &mut cursor, 12),
        [
            (10, Op::SystemReboot, 1),
            (10, Op::SystemTime, 1),
            (12, Op::SystemReboot, 3),
        ]
    );
    assert!(!deny(Op::SystemReboot, 12));
    assert_eq!(denials(&kernel, &mut cursor, 12), []);
    assert_eq!(
        denials(&kernel, &mut cursor, 13),
        [(13, Op::SystemReboot, 1)],
        "a reader is told when the second is over"
    );
    assert!(!deny(Op::SystemReboot, 13), "that was this second's event");
    let stats = kernel.stats(ROOT, cell, 13).unwrap();
    assert_eq!(stats.denials, 7);
}

#[test]
fn more_pairs_than_can_be_folded_lose_no_count() {
    let kernel = kernel();
    let one = make(&kernel, "a", Policy::of(Profile::Custom));
    let two = make(&kernel, "b", Policy::of(Profile::Custom));
    let mut cursor = kernel.event_cursor();
    let mut told = 0;
    for _ in 0..3 {
        for cell in [one, two] {
            for op in Op::ALL.iter().copied() {
                kernel.credential_shared(cell);
                let _ = kernel.denied(member(cell), op, at(7));
                told += denials(&kernel, &mut cursor, 7)
                    .iter()
                    .fold(0, |sum, (_, _, count)| sum + count);
            }
        }
    }
    told += denials(&kernel, &mut cursor, 8)
        .iter()
        .fold(0, |sum, (_, _, count)| sum + count);
    assert_eq!(told as usize, 3 * 2 * Op::COUNT);
    assert_eq!(FOLDED, 64);
}

#[test]
fn a_count_too_large_for_its_record_is_told_early() {
    let kernel = kernel();
    let cell = make(&kernel, "a", Policy::of(Profile::High));
    let mut cursor = kernel.event_cursor();
    let deny = || kernel.denied(member(cell), Op::SystemReboot, at(7));
    assert!(deny());
    kernel.fold.set_untold(COUNT_MAX - 1);
    assert!(deny());
    assert!(!deny());
    assert_eq!(
        denials(&kernel, &mut cursor, 8),
        [
            (7, Op::SystemReboot, 1),
            (7, Op::SystemReboot, COUNT_MAX),
            (8, Op::SystemReboot, 1)
        ]
    );
}

#[test]
fn cpu_time_carries_into_its_high_word() {
    let kernel = kernel();
    let cell = make(&kernel, "a", Policy::of(Profile::High));
    for cpu_us in [u64::from(u32::MAX), 1, 5 << 32] {
        kernel.process_forked(cell);
        kernel.process_exited(cell, cpu_us);
    }
    let stats = kernel.stats(ROOT, cell, 0).unwrap();
    assert_eq!((stats.cpu_us, stats.forks), (6 << 32, 3));
}

#[test]
fn hooks_called_once_too_often_change_nothing() {
    let kernel = kernel();
    let cell = make(&kernel, "a", Policy::of(Profile::High));
    kernel.credential_dropped(cell);
    kernel.process_exited(cell, 0);
    kernel.abandon_enter(cell);
    assert_eq!(kernel.ask(member(cell), Op::ProcessSee), Verdict::Defer);
    assert_eq!(kernel.destroy(ROOT, cell, at(0)), Ok(()));
    kernel.credential_dropped(cell);
    assert_eq!(kernel.cells(), 0);
    for foreign in [Handle::HOST, Handle::new(0, 9), Handle::new(200, 1)] {
        kernel.credential_shared(foreign);
        kernel.process_forked(foreign);
    }
    assert_eq!(kernel.cells(), 0);
}
