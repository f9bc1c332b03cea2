//! Any message, out of the parts that its text can borrow from.

use cell_abi::{
    Access, CellInfo, CellName, CellState, Create, DeviceKind, DeviceRule, Event, EventKind,
    Handle, Hello, Limits, Op, OpSet, Policy, PolicyReport, Profile, Protocols, Reply, Request,
    Reservation, RootPath, Stats,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// What a message of any kind is made of.
#[derive(Clone, Debug)]
pub struct Parts {
    kind: u8,
    name: String,
    root: String,
    policy: Policy,
    denials: Vec<(Op, u32)>,
    words: [u32; 8],
    wide: u64,
}

impl Parts {
    fn name(&self) -> CellName<'_> {
        CellName::new(&self.name).unwrap()
    }

    fn root(&self) -> RootPath<'_> {
        RootPath::new(&self.root).unwrap()
    }

    pub fn request(&self) -> Request<'_> {
        let cell = Handle::from_raw(self.words[0]);
        match self.kind % 10 {
            0 => Request::Hello,
            1 => Request::Create(Create {
                name: self.name(),
                root: self.root(),
                policy: self.policy.clone(),
            }),
            2 => Request::Destroy(cell),
            3 => Request::Enter(cell),
            4 => Request::Kill {
                cell,
                signal: self.words[1] as u8,
            },
            5 => Request::Lookup(self.name()),
            6 => Request::List(cell),
            7 => Request::Stats(cell),
            8 => Request::Policy(cell),
            _ => Request::Seal,
        }
    }

    pub fn reply(&self) -> Reply<'_> {
        let [a, b, c, d, e, f, g, h] = self.words;
        match self.kind % 7 {
            0 => Reply::Done,
            1 => Reply::Hello(Hello {
                version: a as u16,
                operations: b as u8,
                max_cells: c as u8,
                cells: d as u8,
                sealed: e % 2 == 1,
                caller: Handle::from_raw(f),
            }),
            2 => Reply::Created(Handle::from_raw(a)),
            3 => Reply::Killed(a),
            4 => Reply::Cell(CellInfo {
                handle: Handle::from_raw(a),
                name: self.name(),
                root: self.root(),
                profile: self.policy.profile,
                state: if b % 2 == 0 {
                    CellState::Active
                } else {
                    CellState::Dying
                },
                processes: c,
                credentials: d,
                age_s: e,
                limits: self.policy.limits,
            }),
            5 => Reply::Stats(Stats {
                processes: a,
                credentials: b,
                age_s: c,
                cpu_us: self.wide,
                resident_kib: e,
                virtual_kib: f,
                forks: g,
                denials: h,
            }),
            _ => Reply::Policy(PolicyReport {
                policy: self.policy.clone(),
                denials: self.denials.iter().copied().collect(),
            }),
        }
    }
}

pub fn word() -> impl Strategy<Value = u32> {
    prop_oneof![
        2 => any::<u32>(),
        2 => select(vec![0, 1, 127, 128, 16_383, 16_384, 1 << 28, u32::MAX]),
    ]
}

pub fn op() -> impl Strategy<Value = Op> {
    select(Op::ALL)
}

fn name() -> impl Strategy<Value = String> {
    "[A-Za-z0-9._][A-Za-z0-9._-]{0,30}".prop_filter("dots", |name| CellName::new(name).is_ok())
}

fn root() -> impl Strategy<Value = String> {
    "(/[ -~äß€𝄞]{1,15}){1,4}".prop_filter("root", |root| RootPath::new(root).is_ok())
}

fn reservation() -> impl Strategy<Value = Reservation> {
    let protocols = select(vec![Protocols::Tcp, Protocols::Udp, Protocols::Both]);
    (protocols, 1u16.., 1u16..).prop_map(|(protocols, one, two)| {
        Reservation::new(protocols, one.min(two), one.max(two)).unwrap()
    })
}

fn device() -> impl Strategy<Value = DeviceRule> {
    (
        select(vec![DeviceKind::Char, DeviceKind::Block]),
        select(vec![Access::Read, Access::Write, Access::ReadWrite]),
        any::<u16>(),
        word(),
    )
        .prop_map(|(kind, access, major, minor)| DeviceRule {
            kind,
            access,
            major,
            minor,
        })
}

fn policy() -> impl Strategy<Value = Policy> {
    let limit = || proptest::option::of(word());
    (
        select(vec![
            Profile::Low,
            Profile::Medium,
            Profile::High,
            Profile::Custom,
        ]),
        any::<u128>().prop_map(OpSet::from_bits),
        vec(reservation(), 0..=16),
        vec(device(), 0..=16),
        (any::<Option<u16>>(), limit(), limit(), limit()),
    )
        .prop_map(|(profile, may, reservations, devices, limits)| Policy {
            profile,
            may,
            reservations: reservations.into_iter().collect(),
            devices: devices.into_iter().collect(),
            limits: Limits {
                processes: limits.0,
                nofile: limits.1,
                address_space_kib: limits.2,
                core_kib: limits.3,
            },
        })
}

pub fn parts() -> impl Strategy<Value = Parts> {
    (
        any::<u8>(),
        name(),
        root(),
        policy(),
        vec((op(), word()), 0..=Op::COUNT),
        proptest::array::uniform8(word()),
        any::<u64>(),
    )
        .prop_map(|(kind, name, root, policy, denials, words, wide)| Parts {
            kind,
            name,
            root,
            policy,
            denials,
            words,
            wide,
        })
}

pub fn event() -> impl Strategy<Value = Event> {
    let kind = prop_oneof![
        Just(EventKind::Create),
        Just(EventKind::Destroy),
        Just(EventKind::Enter),
        Just(EventKind::Seal),
        (op(), word()).prop_map(|(op, count)| EventKind::Denial { op, count }),
        word().prop_map(|count| EventKind::Limit { count }),
    ];
    (word(), word(), word(), word(), kind).prop_map(|(uptime_s, lost, cell, pid, kind)| Event {
        uptime_s,
        lost,
        cell: Handle::from_raw(cell),
        pid,
        kind,
    })
}
