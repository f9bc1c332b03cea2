//! A kernel with a cell in every state that a handle can be in.

use cell_abi::{
    Access, CellName, Create, DeviceKind, DeviceRule, Handle, Policy, Protocols, Reservation,
    RootPath,
};
use cell_core::{Kernel, Stamp, Subject};

pub const NOW: Stamp = Stamp {
    pid: 7,
    uptime_s: 100,
};

/// Reserved by `World::member`.
pub const OWN_PORT: u16 = 80;
/// Reserved by `World::other`.
pub const OTHER_PORT: u16 = 443;
/// Was reserved by `World::dying`.
pub const FREED_PORT: u16 = 21;
/// Reserved by nobody.
pub const FREE_PORT: u16 = 8080;

/// In the list of `World::member`, for reading.
pub const LISTED: (u32, u32) = (2, 12);
/// In nobody's list.
pub const UNLISTED: (u32, u32) = (3, 0);

pub struct World {
    pub kernel: Kernel,
    /// The cell under test, with the policy under test.
    pub member: Handle,
    /// A cell that may do nothing.
    pub other: Handle,
    /// A cell destroyed while a credential lives, which was allowed everything.
    pub dying: Handle,
    /// An earlier life of `member`'s slot.
    pub stale: Handle,
    /// Of a slot that never had a cell.
    pub never: Handle,
}

pub fn user(cell: Handle) -> Subject {
    Subject { cell, root: false }
}

pub fn root(cell: Handle) -> Subject {
    Subject { cell, root: true }
}

pub fn with_port(mut policy: Policy, port: u16) -> Policy {
    policy
        .reservations
        .push(Reservation::new(Protocols::Tcp, port, port).unwrap())
        .unwrap();
    policy
}

pub fn make(kernel: &Kernel, name: &str, policy: Policy) -> Handle {
    let create = Create {
        name: CellName::new(name).unwrap(),
        root: RootPath::new("/cells/x").unwrap(),
        policy,
    };
    let cell = kernel.create(Subject::HOST_ROOT, &create, NOW.uptime_s);
    kernel.publish(cell.unwrap(), NOW).unwrap();
    cell.unwrap()
}

impl World {
    pub fn new(policy: Policy) -> Box<Self> {
        let kernel = Kernel::new();
        let nothing = Policy::of(cell_abi::Profile::Custom);
        let everything = Policy {
            may: cell_abi::OpSet::ALL,
            ..nothing.clone()
        };
        let stale = make(&kernel, "stale", everything.clone());
        kernel.destroy(Subject::HOST_ROOT, stale, NOW).unwrap();

        let mut policy = with_port(policy, OWN_PORT);
        let rule = DeviceRule {
            kind: DeviceKind::Char,
            access: Access::Read,
            major: LISTED.0 as u16,
            minor: LISTED.1,
        };
        policy.devices.push(rule).unwrap();
        let member = make(&kernel, "member", policy);
        assert_eq!(member.slot(), stale.slot());
        let other = make(&kernel, "other", with_port(nothing, OTHER_PORT));
        let dying = make(&kernel, "dying", with_port(everything, FREED_PORT));
        kernel.credential_shared(dying);
        kernel.destroy(Subject::HOST_ROOT, dying, NOW).unwrap();

        Box::new(Self {
            kernel,
            member,
            other,
            dying,
            stale,
            never: Handle::new(40, 3),
        })
    }
}
