//! Histories: what can happen to a kernel, and how likely it is.

use std::ops::RangeInclusive;

use cell_abi::{
    Access, DeviceKind, DeviceRule, Limits, MINOR_ANY, Op, OpSet, Policy, Profile, Protocols,
    Reservation,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};

#[derive(Clone, Debug)]
pub enum Who {
    HostRoot,
    HostUser,
    /// Of a credential that is held.
    Member(Index, bool),
    /// Any handle ever given, or one that never was.
    Handle(Index),
}

#[derive(Clone, Debug)]
pub enum Question {
    Plain(Op),
    Process(Op, Index),
    Bind(Protocols, u16),
    Device(DeviceKind, u32, u32, Access),
    Fork,
    Exec(bool),
}

#[derive(Clone, Debug)]
pub enum Step {
    Create(Who, u8, Box<Policy>),
    Publish(Index),
    Abandon(Index),
    Destroy(Who, Index),
    BeginEnter(Who, Index),
    Entered(Index),
    AbandonEnter(Index),
    Kill(Who, Index),
    Lookup(Who, u8),
    List(Who, Index),
    Look(Who, Index),
    Share(Index),
    Drop(Index),
    Fork(Index),
    /// One that nobody asked about.
    ForkUnasked(Index),
    AbandonFork(Index),
    Exit(Index, u64),
    Ask(Who, Question, u8),
    Tick(u32),
    Read(usize, usize),
    Seal(Who),
}

pub const NAMES: [&str; 6] = [
    "web",
    "webs",
    "a.b_c-d",
    "worker",
    "x",
    "0123456789012345678901234567890",
];
const MINORS: [u32; 5] = [0, 1, 0xf_ffff, 0x10_0000, MINOR_ANY];

pub fn who() -> impl Strategy<Value = Who> {
    prop_oneof![
        8 => Just(Who::HostRoot),
        1 => Just(Who::HostUser),
        3 => (any::<Index>(), any::<bool>()).prop_map(|(index, root)| Who::Member(index, root)),
        1 => any::<Index>().prop_map(Who::Handle),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    select(Op::ALL)
}

fn protocols() -> impl Strategy<Value = Protocols> {
    select(vec![Protocols::Tcp, Protocols::Udp, Protocols::Both])
}

fn access() -> impl Strategy<Value = Access> {
    select(vec![Access::Read, Access::Write, Access::ReadWrite])
}

fn kind() -> impl Strategy<Value = DeviceKind> {
    select(vec![DeviceKind::Char, DeviceKind::Block])
}

fn reservation() -> impl Strategy<Value = Reservation> {
    (protocols(), port(), 0u16..3).prop_map(|(protocols, first, more)| {
        Reservation::new(protocols, first, first + more).unwrap()
    })
}

/// Few ports, so that they meet; of two pages, and with low bytes in common.
fn port() -> impl Strategy<Value = u16> {
    prop_oneof![6 => 1u16..12, 6 => 250u16..262, 6 => 262u16..268, 1 => 65_530u16..65_533]
}

/// Every port that a reservation may have, and some beside.
pub const PORTS: [RangeInclusive<u16>; 3] = [1..=16, 248..=272, 65_528..=65_535];

fn rule() -> impl Strategy<Value = DeviceRule> {
    let major = prop_oneof![12 => select(vec![0u16, 2, 4095]), 1 => Just(4096)];
    let minor = prop_oneof![12 => select(vec![0, 1, 0xf_ffff, MINOR_ANY]), 1 => Just(0x10_0000)];
    (kind(), access(), major, minor).prop_map(|(kind, access, major, minor)| DeviceRule {
        kind,
        access,
        major,
        minor,
    })
}

fn policy() -> impl Strategy<Value = Policy> {
    let set = prop_oneof![
        select(vec![Profile::Low, Profile::Medium, Profile::High]).prop_map(Policy::of),
        any::<u128>().prop_map(policy_of),
    ];
    let limits = (
        proptest::option::of(0u16..4),
        any::<Option<u32>>(),
        any::<Option<u32>>(),
        any::<Option<u32>>(),
    );
    (
        set,
        proptest::collection::vec(reservation(), 0..3),
        proptest::collection::vec(rule(), 0..10),
        limits,
    )
        .prop_map(|(mut policy, reservations, devices, limits)| {
            policy.reservations = reservations.into_iter().collect();
            policy.devices = devices.into_iter().collect();
            policy.limits = Limits {
                processes: limits.0,
                nofile: limits.1,
                address_space_kib: limits.2,
                core_kib: limits.3,
            };
            policy
        })
}

fn question() -> impl Strategy<Value = Question> {
    prop_oneof![
        2 => op().prop_map(Question::Plain),
        2 => (op(), any::<Index>()).prop_map(|(op, target)| Question::Process(op, target)),
        3 => (protocols(), prop_oneof![1 => Just(0), 20 => port()])
            .prop_map(|(protocols, port)| Question::Bind(protocols, port)),
        2 => (kind(), select(vec![0u32, 2, 4095, 4096, 1 << 20]), select(&MINORS[..]), access())
            .prop_map(|(kind, major, minor, access)| Question::Device(kind, major, minor, access)),
        1 => Just(Question::Fork),
        1 => any::<bool>().prop_map(Question::Exec),
    ]
}

pub fn step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    prop_oneof![
        8 => (who(), 0u8..6, policy()).prop_map(|(who, name, policy)| Step::Create(who, name, Box::new(policy))),
        8 => index().prop_map(Step::Publish),
        1 => index().prop_map(Step::Abandon),
        6 => (who(), index()).prop_map(|(who, cell)| Step::Destroy(who, cell)),
        5 => (who(), index()).prop_map(|(who, cell)| Step::BeginEnter(who, cell)),
        5 => index().prop_map(Step::Entered),
        1 => index().prop_map(Step::AbandonEnter),
        1 => (who(), index()).prop_map(|(who, cell)| Step::Kill(who, cell)),
        1 => (who(), 0u8..6).prop_map(|(who, name)| Step::Lookup(who, name)),
        1 => (who(), index()).prop_map(|(who, cell)| Step::List(who, cell)),
        3 => (who(), index()).prop_map(|(who, cell)| Step::Look(who, cell)),
        4 => index().prop_map(Step::Share),
        6 => index().prop_map(Step::Drop),
        6 => index().prop_map(Step::Fork),
        1 => index().prop_map(Step::ForkUnasked),
        2 => index().prop_map(Step::AbandonFork),
        8 => (index(), 0u64..1 << 40).prop_map(|(process, cpu_us)| Step::Exit(process, cpu_us)),
        16 => (who(), question(), 1u8..4).prop_map(|(who, question, times)| Step::Ask(who, question, times)),
        4 => (1u32..3).prop_map(Step::Tick),
        3 => (0usize..2, 0usize..80).prop_map(|(reader, events)| Step::Read(reader, events)),
    ]
}

fn policy_of(bits: u128) -> Policy {
    Policy {
        may: OpSet::from_bits(bits),
        ..Policy::of(Profile::Custom)
    }
}
