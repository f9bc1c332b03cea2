//! Device nodes, sockets, limits, execution: questions with arguments of their own.
#![allow(missing_docs, clippy::expect_used)]

mod device;

use cell_abi::{Access, DeviceKind, DeviceRule, MINOR_ANY, Op, Policy, Profile};
use cell_core::MountWritable;
use cell_hosted::kauth::{VNODE_EXECUTE, VNODE_IS_EXEC, VNODE_READ_DATA, VNODE_WRITE_DATA};
use cell_hosted::{Errno, Kernel, NodeAccess, Proc, Resource};
use device::{Cells, policy};

const EVERY: [NodeAccess; 3] = [NodeAccess::Read, NodeAccess::Write, NodeAccess::ReadWrite];

fn rule(kind: DeviceKind, access: Access, major: u16, minor: u32) -> DeviceRule {
    DeviceRule {
        kind,
        access,
        major,
        minor,
    }
}

#[test]
fn a_node_is_opened_as_the_list_says() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let mut policy = Policy::of(Profile::High);
    for rule in [
        rule(DeviceKind::Char, Access::ReadWrite, 2, 2),
        rule(DeviceKind::Char, Access::Read, 46, 0),
        rule(DeviceKind::Char, Access::Write, 47, 0),
        rule(DeviceKind::Char, Access::ReadWrite, 5, MINOR_ANY),
    ] {
        policy.devices.push(rule).expect("room");
    }
    let cell = cells.create("web", policy).expect("create");
    let member = cells.member(10, 0, cell);
    let open = |kind, major, minor, access| {
        kernel
            .open_node(member, (kind, major, minor), access)
            .is_ok()
    };
    use DeviceKind::{Block, Char};
    assert_eq!(EVERY.map(|access| open(Char, 2, 2, access)), [true; 3]);
    assert_eq!(
        EVERY.map(|access| open(Char, 46, 0, access)),
        [true, false, false]
    );
    assert_eq!(
        EVERY.map(|access| open(Char, 47, 0, access)),
        [false, true, false]
    );
    assert_eq!(EVERY.map(|access| open(Char, 5, 77, access)), [true; 3]);
    assert_eq!(
        EVERY.map(|access| open(Block, 2, 2, access)),
        [false; 3],
        "kind"
    );
    assert_eq!(
        EVERY.map(|access| open(Char, 2, 3, access)),
        [false; 3],
        "minor"
    );
    assert_eq!(
        EVERY.map(|access| open(Char, 3, 2, access)),
        [false; 3],
        "major"
    );
    // Numbers of 20 bits are not cut.
    assert_eq!(
        EVERY.map(|access| open(Char, 2, 2 | 1 << 16, access)),
        [false; 3]
    );
    let denials = cells.policy(cell).expect("policy").denials;
    assert_eq!(denials.len(), 1);
    assert_eq!(denials[0].0, Op::DeviceOpen);
    kernel
        .open_node(Proc::INIT, (Block, 4, 4), NodeAccess::ReadWrite)
        .expect("the host's root");
}

#[test]
fn raw_and_route_sockets_are_told_from_ordinary_ones() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let cell = cells.create("web", policy(Profile::High)).expect("create");
    let member = cells.member(10, 0, cell);
    let user = cells.member(11, 100, cell);
    const PF_OROUTE: i32 = 117;
    const PF_ROUTE: i32 = 134;
    for domain in [libc::AF_INET, libc::AF_INET6, libc::AF_UNIX] {
        for kind in [libc::SOCK_STREAM, libc::SOCK_DGRAM] {
            kernel.socket(user, domain, kind, 0).expect("ordinary");
        }
    }
    for domain in [PF_ROUTE, PF_OROUTE] {
        for kind in [libc::SOCK_RAW, libc::SOCK_DGRAM] {
            assert_eq!(kernel.socket(member, domain, kind, 0), Err(Errno::EPERM));
        }
    }
    for domain in [libc::AF_INET, libc::AF_INET6] {
        assert_eq!(
            kernel.socket(member, domain, libc::SOCK_RAW, 1),
            Err(Errno::EPERM)
        );
    }
    let denials = cells.policy(cell).expect("policy").denials;
    assert_eq!(
        denials.to_vec(),
        [(Op::NetworkRouteSocket, 4), (Op::NetworkRaw, 2)]
    );
}

#[test]
fn a_limit_that_is_not_reached_is_no_denial_to_who_executes() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let cell = cells.create("web", policy(Profile::High)).expect("create");
    let member = cells.member(10, 0, cell);
    kernel.set_ids(member, 1000, 1000);
    let limit = |soft| Resource {
        which: libc::RLIMIT_NPROC as i32,
        soft,
        hard: 500,
    };
    let denials = || {
        let denials = cells.policy(cell).expect("policy").denials;
        denials.to_vec()
    };
    kernel.assume_limit(member, limit(1));
    kernel.may_exec(member).expect("as many as it may have");
    assert_eq!(denials(), []);
    kernel.assume_limit(member, limit(0));
    assert_eq!(kernel.may_exec(member), Err(Errno::EAGAIN));
    assert_eq!(denials(), [(Op::ProcessRaiseLimit, 1)]);
}

#[test]
fn a_hard_limit_is_lowered_by_all_and_raised_by_who_may() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let medium = cells.create("m", policy(Profile::Medium)).expect("create");
    let high = cells.create("h", policy(Profile::High)).expect("create");
    let (medium_root, high_root) = (cells.member(10, 0, medium), cells.member(11, 0, high));
    let limit = |soft, hard| Resource {
        which: libc::RLIMIT_NOFILE as i32,
        soft,
        hard,
    };
    for member in [medium_root, high_root] {
        kernel
            .set_limit(member, member, limit(50, 500))
            .expect("lower");
        kernel
            .set_limit(member, member, limit(500, 500))
            .expect("the soft one, up to the hard");
    }
    kernel
        .set_limit(medium_root, medium_root, limit(50, 501))
        .expect("medium defers, and root may");
    assert_eq!(
        kernel.set_limit(high_root, high_root, limit(50, 501)),
        Err(Errno::EPERM)
    );
    assert_eq!(
        kernel.set_limit(high_root, medium_root, limit(1, 1)),
        Err(Errno::EPERM),
        "another cell's"
    );
    let denials = cells.policy(high).expect("policy").denials;
    assert_eq!(
        denials.to_vec(),
        [(Op::ProcessRlimit, 1), (Op::ProcessRaiseLimit, 1)]
    );
}

#[test]
fn high_executes_from_read_only_mounts() {
    let kernel = Kernel::boot().expect("boot");
    let cells = Cells::open(&kernel);
    let medium = cells.create("m", policy(Profile::Medium)).expect("create");
    let high = cells.create("h", policy(Profile::High)).expect("create");
    let (medium, high) = (cells.member(10, 0, medium), cells.member(11, 0, high));
    let execute = VNODE_EXECUTE | VNODE_IS_EXEC;
    let file = |member, action, writable| kernel.access_file(member, action, writable, Ok(()));
    assert!(file(medium, execute, MountWritable::Yes).is_ok());
    assert!(file(high, execute, MountWritable::No).is_ok());
    assert_eq!(file(high, execute, MountWritable::Yes), Err(Errno::EACCES));
    // access(2) asks for several bits at once.
    assert_eq!(
        file(high, execute | VNODE_READ_DATA, MountWritable::Yes),
        Err(Errno::EACCES)
    );
    assert!(file(high, VNODE_READ_DATA | VNODE_IS_EXEC, MountWritable::Yes).is_ok());
    assert!(file(high, VNODE_WRITE_DATA, MountWritable::Yes).is_ok());
    // To search a directory is the same bit.
    for writable in [MountWritable::Yes, MountWritable::No] {
        kernel
            .access_directory(high, execute, writable, Ok(()))
            .expect("search");
    }
    // What the mode bits refuse stays refused.
    let user = kernel.fork(high, 12).expect("fork");
    kernel.set_ids(user, 100, 100);
    assert_eq!(
        kernel.access_file(user, execute, MountWritable::No, Err(Errno::EACCES)),
        Err(Errno::EACCES)
    );
}
