use alloc::string::String;
use alloc::vec::Vec;

use cell_abi::{Denials, Reply, frame};
use proptest::prelude::*;
use serde::Serialize;

use super::*;

/// The body that serde makes of a message.
fn derived(message: &impl Serialize) -> Vec<u8> {
    let mut buffer = [0; 4096];
    let used = frame::write(message, &mut buffer).unwrap();
    buffer[frame::HEADER..frame::HEADER + used].to_vec()
}

fn written(request: &Request<'_>) -> Vec<u8> {
    let mut room = [0; 4096];
    let mut writer = Writer::new(&mut room);
    writer.request(request);
    let used = writer.used;
    room[..used].to_vec()
}

/// Numbers of every length, the ends among them.
fn number() -> impl Strategy<Value = u32> {
    prop_oneof![
        Just(0),
        Just(127),
        Just(128),
        Just(0xffff),
        Just(u32::MAX),
        (0..32u32).prop_flat_map(|bits| 0..=(u32::MAX >> bits)),
    ]
}

fn handle() -> impl Strategy<Value = Handle> {
    number().prop_map(Handle::from_raw)
}

fn short() -> impl Strategy<Value = u16> {
    number().prop_map(|number| number as u16)
}

fn profile() -> impl Strategy<Value = Profile> {
    prop::sample::select(alloc::vec![
        Profile::Low,
        Profile::Medium,
        Profile::High,
        Profile::Custom
    ])
}

fn limits() -> impl Strategy<Value = Limits> {
    let one = || prop::option::of(number());
    (prop::option::of(short()), one(), one(), one()).prop_map(
        |(processes, nofile, address_space_kib, core_kib)| Limits {
            processes,
            nofile,
            address_space_kib,
            core_kib,
        },
    )
}

fn reservation() -> impl Strategy<Value = Reservation> {
    let protocols =
        prop::sample::select(alloc::vec![Protocols::Tcp, Protocols::Udp, Protocols::Both]);
    (protocols, 1..=u16::MAX, 1..=u16::MAX).prop_map(|(protocols, one, other)| {
        Reservation::new(protocols, one.min(other), one.max(other)).unwrap()
    })
}

fn device() -> impl Strategy<Value = DeviceRule> {
    let kind = prop::sample::select(alloc::vec![DeviceKind::Char, DeviceKind::Block]);
    let access = prop::sample::select(alloc::vec![Access::Read, Access::Write, Access::ReadWrite]);
    (kind, access, short(), number()).prop_map(|(kind, access, major, minor)| DeviceRule {
        kind,
        access,
        major,
        minor,
    })
}

fn policy() -> impl Strategy<Value = Policy> {
    let may = prop_oneof![
        any::<u128>(),
        (0..=128u32).prop_map(|bits| u128::MAX.unbounded_shr(bits))
    ];
    let reservations = prop::collection::vec(reservation(), 0..=cell_abi::MAX_RESERVATIONS);
    let devices = prop::collection::vec(device(), 0..=cell_abi::MAX_DEVICES);
    (profile(), may, reservations, devices, limits()).prop_map(
        |(profile, may, reservations, devices, limits)| Policy {
            profile,
            may: OpSet::from_bits(may),
            reservations: reservations.into_iter().collect(),
            devices: devices.into_iter().collect(),
            limits,
        },
    )
}

fn name() -> impl Strategy<Value = String> {
    "[A-Za-z0-9_][A-Za-z0-9._-]{0,30}"
}

fn root() -> impl Strategy<Value = String> {
    "/[a-z\u{e4}/]{0,40}"
}

fn op() -> impl Strategy<Value = Op> {
    prop::sample::select(Op::ALL)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn creates_are_written_as_serde_does(name in name(), root in root(), policy in policy()) {
        let request = Request::Create(Create {
            name: CellName::new(&name).unwrap(),
            root: RootPath::new(&root).unwrap(),
            policy,
        });
        prop_assert_eq!(written(&request), derived(&request));
    }

    #[test]
    fn small_requests_are_written_as_serde_does(cell in handle(), signal: u8, name in name()) {
        for request in [
            Request::Hello,
            Request::Destroy(cell),
            Request::Enter(cell),
            Request::Kill { cell, signal },
            Request::Lookup(CellName::new(&name).unwrap()),
            Request::List(cell),
            Request::Stats(cell),
            Request::Policy(cell),
            Request::Seal,
        ] {
            prop_assert_eq!(written(&request), derived(&request));
        }
    }

    #[test]
    fn cells_are_read_as_serde_wrote_them(
        name in name(),
        root in root(),
        profile in profile(),
        limits in limits(),
        (handle, processes, credentials, age_s) in (handle(), number(), number(), number()),
        dying: bool,
    ) {
        let info = CellInfo {
            handle,
            name: CellName::new(&name).unwrap(),
            root: RootPath::new(&root).unwrap(),
            profile,
            state: if dying { CellState::Dying } else { CellState::Active },
            processes,
            credentials,
            age_s,
            limits,
        };
        let bytes = derived(&Reply::Cell(info.clone()));
        let mut reader = Reader::new(&bytes);
        prop_assert_eq!(reader.byte(), 4);
        let read = reader.info().unwrap();
        prop_assert_eq!(reader.end(read), Some(info));
    }

    #[test]
    fn policies_are_read_as_serde_wrote_them(
        policy in policy(),
        denials in prop::collection::vec((op(), number()), 0..=Op::COUNT),
    ) {
        let report = PolicyReport { policy, denials: denials.into_iter().collect() };
        let bytes = derived(&Reply::Policy(report.clone()));
        let mut reader = Reader::new(&bytes);
        prop_assert_eq!(reader.byte(), 6);
        let mut read = PolicyReport { policy: Policy::of(Profile::High), denials: Denials::new() };
        reader.policy(&mut read);
        prop_assert_eq!(reader.end(read), Some(report));
    }

    #[test]
    fn numbers_are_read_as_serde_wrote_them(
        numbers in prop::collection::vec(number(), 7),
        cpu_us: u64,
        (version, caller, sealed) in (short(), handle(), any::<bool>()),
    ) {
        let stats = Stats {
            processes: numbers[0],
            credentials: numbers[1],
            age_s: numbers[2],
            cpu_us,
            resident_kib: numbers[3],
            virtual_kib: numbers[4],
            forks: numbers[5],
            denials: numbers[6],
        };
        let bytes = derived(&Reply::Stats(stats));
        let mut reader = Reader::new(&bytes[1..]);
        let read = reader.stats();
        prop_assert_eq!(reader.end(read), Some(stats));

        let hello = Hello {
            version,
            operations: numbers[0] as u8,
            max_cells: numbers[1] as u8,
            cells: numbers[2] as u8,
            sealed,
            caller,
        };
        let bytes = derived(&Reply::Hello(hello));
        let mut reader = Reader::new(&bytes[1..]);
        let read = reader.hello();
        prop_assert_eq!(reader.end(read), Some(hello));

        for (tag, reply) in [
            (0, Reply::Done),
            (2, Reply::Created(caller)),
            (3, Reply::Killed(caller.raw())),
        ] {
            let bytes = derived(&reply);
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.byte(), tag);
            let raw = if tag == 0 { caller.raw() } else { reader.number() };
            prop_assert_eq!(reader.end(raw), Some(caller.raw()));
        }
    }

    #[test]
    fn events_are_read_as_serde_wrote_them(
        (uptime_s, lost, cell, pid) in (number(), number(), handle(), number()),
        (op, count) in (op(), number()),
    ) {
        for kind in [
            EventKind::Create,
            EventKind::Destroy,
            EventKind::Enter,
            EventKind::Denial { op, count },
            EventKind::Limit { count },
            EventKind::Seal,
        ] {
            let event = Event { uptime_s, lost, cell, pid, kind };
            let bytes = derived(&event);
            let mut reader = Reader::new(&bytes);
            let read = reader.event();
            prop_assert_eq!(reader.end(read), Some(event));
        }
    }

    /// What serde refuses is refused here too, except numbers written longer than they need.
    #[test]
    fn no_bytes_are_read_as_something_else(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let check = |tag: u8, again: Option<Vec<u8>>| {
            let mut whole = alloc::vec![tag];
            whole.extend_from_slice(&bytes);
            if let Some(again) = again {
                prop_assert!(again.len() <= whole.len());
                let read = frame::decode::<Reply<'_>>(&whole);
                prop_assert!(read.is_err() || derived(&read.unwrap()) == again);
            }
            Ok(())
        };
        let mut reader = Reader::new(&bytes);
        let stats = reader.stats();
        check(5, reader.end(stats).map(|stats| derived(&Reply::Stats(stats))))?;
        let mut reader = Reader::new(&bytes);
        if let Some(info) = reader.info() {
            check(4, reader.end(info).map(|info| derived(&Reply::Cell(info))))?;
        }
        let mut reader = Reader::new(&bytes);
        let mut report = PolicyReport { policy: Policy::of(Profile::High), denials: Denials::new() };
        reader.policy(&mut report);
        check(6, reader.end(report).map(|report| derived(&Reply::Policy(report))))?;
    }
}

#[test]
fn a_cut_message_is_none() {
    let info = CellInfo {
        handle: Handle::new(3, 7),
        name: CellName::new("web").unwrap(),
        root: RootPath::new("/cells/web").unwrap(),
        profile: Profile::High,
        state: CellState::Active,
        processes: 300,
        credentials: 1,
        age_s: 70_000,
        limits: Limits::default(),
    };
    let bytes = derived(&Reply::Cell(info.clone()));
    for length in 1..bytes.len() {
        let mut reader = Reader::new(&bytes[1..length]);
        let read = reader.info();
        assert!(read.and_then(|info| reader.end(info)).is_none(), "{length}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    let mut reader = Reader::new(&longer[1..]);
    let read = reader.info();
    assert!(read.and_then(|info| reader.end(info)).is_none());
}

#[test]
fn what_does_not_fit_is_known_to() {
    let mut room = [0xff; 3];
    let mut writer = Writer::new(&mut room);
    writer.request(&Request::Destroy(Handle::from_raw(u32::MAX)));
    assert_eq!(writer.used, 6);
    assert_eq!(room, [2, 0xff, 0xff]);
}
