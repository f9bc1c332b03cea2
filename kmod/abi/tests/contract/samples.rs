//! One message of every kind, and those whose numbers are at the end of their range.

use cell_abi::{
    Access, CellInfo, CellName, CellState, Create, Denials, DeviceKind, DeviceRule, Event,
    EventKind, Handle, Hello, Limits, MAX_DEVICES, MAX_RESERVATIONS, MINOR_ANY, Op, OpSet, Policy,
    PolicyReport, Profile, Protocols, Reply, Request, Reservation, RootPath, Stats, VERSION,
};

pub struct Sample<T> {
    pub name: &'static str,
    pub comment: &'static str,
    pub message: T,
}

fn sample<T>(name: &'static str, comment: &'static str, message: T) -> Sample<T> {
    Sample {
        name,
        comment,
        message,
    }
}

fn name(text: &'static str) -> CellName<'static> {
    CellName::new(text).unwrap()
}

fn root(text: &'static str) -> RootPath<'static> {
    RootPath::new(text).unwrap()
}

pub fn ports(protocols: Protocols, first: u16, last: u16) -> Reservation {
    Reservation::new(protocols, first, last).unwrap()
}

pub fn device(kind: DeviceKind, access: Access, major: u16, minor: u32) -> DeviceRule {
    DeviceRule {
        kind,
        access,
        major,
        minor,
    }
}

/// What a web server gets: two ports, two devices, limits.
pub fn web_server() -> Policy {
    let mut policy = Policy::of(Profile::Medium);
    policy.reservations = [
        ports(Protocols::Tcp, 80, 80),
        ports(Protocols::Both, 8000, 8010),
    ]
    .into_iter()
    .collect();
    policy.devices = [
        device(DeviceKind::Char, Access::ReadWrite, 2, 2),
        device(DeviceKind::Char, Access::ReadWrite, 5, MINOR_ANY),
    ]
    .into_iter()
    .collect();
    policy.limits.processes = Some(32);
    policy.limits.nofile = Some(256);
    policy
}

/// As much as fits, with the largest numbers.
pub fn largest() -> Policy {
    Policy {
        profile: Profile::Custom,
        may: OpSet::from_bits(u128::MAX),
        reservations: (0..MAX_RESERVATIONS as u16)
            .map(|index| ports(Protocols::Udp, 65_535 - index, 65_535 - index))
            .collect(),
        devices: (0..MAX_DEVICES as u32)
            .map(|index| device(DeviceKind::Block, Access::Write, 4095, 0xf_ffff - index))
            .collect(),
        limits: Limits {
            processes: Some(u16::MAX),
            nofile: Some(u32::MAX),
            address_space_kib: Some(u32::MAX),
            core_kib: Some(u32::MAX),
        },
    }
}

const LONG_NAME: &str = "a_name-of.thirty-one_characters";
const LONG_ROOT: &str = "/of/ninety-five/bytes/........./........./........./........./........./........./........./...";

pub fn requests() -> Vec<Sample<Request<'static>>> {
    let create = |name, root, policy| Request::Create(Create { name, root, policy });
    let high = Policy::of(Profile::High);
    let low = Policy::of(Profile::Low);
    vec![
        sample("hello", "Nothing but the tag.", Request::Hello),
        sample(
            "create-high",
            "The smallest cell: profile high, nothing of its own.",
            create(name("a"), root("/"), high),
        ),
        sample(
            "create-low",
            "Every operation but private sysctl nodes.",
            create(name("low"), root("/cells/low"), low),
        ),
        sample(
            "create-web",
            "Profile medium, tcp/80, 8000-8010 for both, two devices, 32 processes, 256 descriptors.",
            create(name("web"), root("/cells/web"), web_server()),
        ),
        sample(
            "create-largest",
            "Sixteen reservations, sixteen devices, every number at its largest.",
            create(name(LONG_NAME), root(LONG_ROOT), largest()),
        ),
        sample(
            "destroy",
            "Generation 1 of slot 0.",
            Request::Destroy(Handle::new(0, 1)),
        ),
        sample(
            "enter",
            "The last generation of the last slot.",
            Request::Enter(Handle::new(63, Handle::MAX_GENERATION)),
        ),
        sample(
            "kill",
            "SIGTERM.",
            Request::Kill {
                cell: Handle::new(5, 2),
                signal: 15,
            },
        ),
        sample("lookup", "By name.", Request::Lookup(name("web"))),
        sample("list", "From the start.", Request::List(Handle::HOST)),
        sample("stats", "Of a cell.", Request::Stats(Handle::new(7, 3))),
        sample("policy", "Of a cell.", Request::Policy(Handle::new(7, 3))),
        sample("seal", "Nothing but the tag.", Request::Seal),
    ]
}

pub fn replies() -> Vec<Sample<Reply<'static>>> {
    let denials: Denials = [
        (Op::Unknown, 1),
        (Op::SystemReboot, 300),
        (Op::VnodeExec, 2),
    ]
    .into_iter()
    .collect();
    let all = Op::ALL.iter().map(|op| (*op, u32::MAX)).collect();
    vec![
        sample("done", "Nothing but the tag.", Reply::Done),
        sample(
            "hello",
            "This version, 90 operations, room for 64, three cells, sealed, asked by the host.",
            Reply::Hello(Hello {
                version: VERSION,
                operations: Op::COUNT as u8,
                max_cells: 64,
                cells: 3,
                sealed: true,
                caller: Handle::HOST,
            }),
        ),
        sample(
            "created",
            "Generation 1 of slot 2.",
            Reply::Created(Handle::new(2, 1)),
        ),
        sample("killed", "200 processes.", Reply::Killed(200)),
        sample(
            "cell",
            "A line of the listing: two processes, five credentials, an hour old.",
            Reply::Cell(CellInfo {
                handle: Handle::new(2, 1),
                name: name("web"),
                root: root("/cells/web"),
                profile: Profile::Medium,
                state: CellState::Active,
                processes: 2,
                credentials: 5,
                age_s: 3600,
                limits: web_server().limits,
            }),
        ),
        sample(
            "cell-largest",
            "A dying cell with every number and text at its largest.",
            Reply::Cell(CellInfo {
                handle: Handle::from_raw(u32::MAX),
                name: name(LONG_NAME),
                root: root(LONG_ROOT),
                profile: Profile::Custom,
                state: CellState::Dying,
                processes: u32::MAX,
                credentials: u32::MAX,
                age_s: u32::MAX,
                limits: largest().limits,
            }),
        ),
        sample(
            "stats",
            "Half a minute of CPU time.",
            Reply::Stats(Stats {
                processes: 2,
                credentials: 5,
                age_s: 3600,
                cpu_us: 30_000_000,
                resident_kib: 1234,
                virtual_kib: 56_789,
                forks: 17,
                denials: 303,
            }),
        ),
        sample(
            "stats-largest",
            "Every number at its largest.",
            Reply::Stats(Stats {
                processes: u32::MAX,
                credentials: u32::MAX,
                age_s: u32::MAX,
                cpu_us: u64::MAX,
                resident_kib: u32::MAX,
                virtual_kib: u32::MAX,
                forks: u32::MAX,
                denials: u32::MAX,
            }),
        ),
        sample(
            "policy",
            "What create-web made, and three operations denied.",
            Reply::Policy(PolicyReport {
                policy: web_server(),
                denials,
            }),
        ),
        sample(
            "policy-largest",
            "All that a policy can hold, every operation denied as often as can be counted.",
            Reply::Policy(PolicyReport {
                policy: largest(),
                denials: all,
            }),
        ),
    ]
}

pub fn events() -> Vec<Sample<Event>> {
    let event = |kind| Event {
        uptime_s: 61,
        lost: 0,
        cell: Handle::new(2, 1),
        pid: 417,
        kind,
    };
    vec![
        sample("create", "A cell was made.", event(EventKind::Create)),
        sample(
            "destroy",
            "A cell was destroyed.",
            event(EventKind::Destroy),
        ),
        sample("enter", "A process entered it.", event(EventKind::Enter)),
        sample(
            "denial",
            "system.reboot, 300 times.",
            event(EventKind::Denial {
                op: Op::SystemReboot,
                count: 300,
            }),
        ),
        sample(
            "limit",
            "A fork over the limit.",
            event(EventKind::Limit { count: 1 }),
        ),
        sample(
            "seal",
            "By the host, after a reader lost two events.",
            Event {
                lost: 2,
                cell: Handle::HOST,
                ..event(EventKind::Seal)
            },
        ),
        sample(
            "largest",
            "Every number at its largest.",
            Event {
                uptime_s: u32::MAX,
                lost: u32::MAX,
                cell: Handle::from_raw(u32::MAX),
                pid: u32::MAX,
                kind: EventKind::Denial {
                    op: Op::VnodeExec,
                    count: u32::MAX,
                },
            },
        ),
    ]
}
