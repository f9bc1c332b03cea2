//! Ports: whose they are, by protocol, version and range, and what the kernel picks.
#![allow(missing_docs, clippy::expect_used)]

mod device;

use cell_abi::{Policy, Profile, Protocols, Reservation};
use cell_hosted::{Answer, Bind, Errno, IpVersion, Kernel, Proc, Transport};
use device::Cells;

fn with(profile: Profile, reserved: &[(Protocols, u16, u16)]) -> Policy {
    let mut policy = Policy::of(profile);
    for (protocols, first, last) in reserved {
        let reservation = Reservation::new(*protocols, *first, *last).expect("range");
        policy.reservations.push(reservation).expect("room");
    }
    policy
}

const fn bind(version: IpVersion, transport: Transport, port: u16) -> Bind {
    Bind {
        version,
        transport,
        port,
    }
}

const VERSIONS: [IpVersion; 2] = [IpVersion::V4, IpVersion::V6];

/// Families that may lie on the stack: none, IPv4, IPv6, anything.
const GARBAGE: [u8; 4] = [0, 2, 10, 0xa5];

/// An owner, its root and its user; a medium, a high and a host's user.
struct World {
    owner: Proc,
    medium: Proc,
    high: Proc,
    host: Proc,
}

fn world(kernel: &Kernel, reserved: &[(Protocols, u16, u16)]) -> World {
    let cells = Cells::open(kernel);
    let owner = cells
        .create("owner", with(Profile::High, reserved))
        .expect("create");
    let medium = cells
        .create("medium", with(Profile::Medium, &[]))
        .expect("create");
    let high = cells
        .create("high", with(Profile::High, &[]))
        .expect("create");
    World {
        owner: cells.member(10, 100, owner),
        medium: cells.member(11, 0, medium),
        high: cells.member(12, 0, high),
        host: kernel.process(13, 100, 100),
    }
}

#[test]
fn a_reserved_port_is_its_cells_below_1024_too() {
    let kernel = Kernel::boot().expect("boot");
    let world = world(&kernel, &[(Protocols::Tcp, 80, 80)]);
    for version in VERSIONS {
        let port = bind(version, Transport::Tcp, 80);
        kernel.bind(world.owner, port).expect("whatever its user");
        assert_eq!(kernel.last_answer(), Answer::Allow);
        for stranger in [world.medium, world.high, world.host] {
            assert_eq!(kernel.bind(stranger, port), Err(Errno::EACCES));
            assert_eq!(kernel.last_answer(), Answer::Deny);
        }
        kernel
            .bind(Proc::INIT, port)
            .expect("the host's root is never restricted");
        assert_eq!(kernel.last_answer(), Answer::Defer);
    }
}

#[test]
fn a_reservation_is_of_its_protocol() {
    let kernel = Kernel::boot().expect("boot");
    let world = world(
        &kernel,
        &[
            (Protocols::Udp, 5_000, 5_000),
            (Protocols::Both, 6_000, 6_000),
        ],
    );
    for version in VERSIONS {
        let tcp = bind(version, Transport::Tcp, 5_000);
        assert!(kernel.bind(world.medium, tcp).is_ok());
        assert_eq!(kernel.bind(world.owner, tcp), Err(Errno::EACCES), "high");
        let udp = bind(version, Transport::Udp, 5_000);
        assert_eq!(kernel.bind(world.medium, udp), Err(Errno::EACCES));
        assert!(kernel.bind(world.owner, udp).is_ok());
        for transport in [Transport::Tcp, Transport::Udp, Transport::Sctp] {
            let both = bind(version, transport, 6_000);
            assert_eq!(kernel.bind(world.medium, both), Err(Errno::EACCES));
            assert!(kernel.bind(world.owner, both).is_ok());
        }
        // Another protocol has ports of its own; it keeps away from those of either.
        let sctp = bind(version, Transport::Sctp, 5_000);
        assert_eq!(kernel.bind(world.medium, sctp), Err(Errno::EACCES));
    }
}

#[test]
fn a_range_ends_where_it_ends() {
    let kernel = Kernel::boot().expect("boot");
    let world = world(&kernel, &[(Protocols::Udp, 7_000, 7_003)]);
    for version in VERSIONS {
        for port in 6_998..=7_005 {
            let bind = bind(version, Transport::Udp, port);
            let inside = (7_000..=7_003).contains(&port);
            assert_eq!(kernel.bind(world.owner, bind).is_ok(), inside, "{port}");
            assert_eq!(kernel.bind(world.medium, bind).is_ok(), !inside, "{port}");
            assert_eq!(kernel.bind(world.host, bind).is_ok(), !inside, "{port}");
        }
    }
}

#[test]
fn the_byte_order_is_not_mistaken() {
    let kernel = Kernel::boot().expect("boot");
    // 0x1f90 and 0x901f: an explicit bind of one must not be taken for the other.
    let world = world(&kernel, &[(Protocols::Tcp, 0x1f90, 0x1f90)]);
    for version in VERSIONS {
        let swapped = bind(version, Transport::Tcp, 0x901f);
        assert!(kernel.bind(world.medium, swapped).is_ok());
        assert_eq!(kernel.bind(world.owner, swapped), Err(Errno::EACCES));
    }
}

#[test]
fn any_port_is_for_everybody() {
    let kernel = Kernel::boot().expect("boot");
    let world = world(&kernel, &[(Protocols::Both, 50_000, 50_009)]);
    for version in VERSIONS {
        for asker in [world.owner, world.medium, world.high, world.host] {
            let any = bind(version, Transport::Tcp, 0);
            assert!(kernel.bind(asker, any).is_ok());
            for garbage in GARBAGE {
                let picked = bind(version, Transport::Tcp, 51_000);
                assert!(
                    kernel.autobind(asker, picked, garbage).is_ok(),
                    "{version:?} {garbage}"
                );
            }
        }
    }
}

#[test]
fn what_the_kernel_picks_is_nobody_elses() {
    let kernel = Kernel::boot().expect("boot");
    // 50,000 is 0xc350: read in the wrong order it would be 0x50c3.
    let world = world(&kernel, &[(Protocols::Both, 50_000, 50_009)]);
    for version in VERSIONS {
        for garbage in GARBAGE {
            for port in [50_000, 50_005, 50_009] {
                let picked = bind(version, Transport::Udp, port);
                for asker in [world.medium, world.high, world.host] {
                    assert_eq!(
                        kernel.autobind(asker, picked, garbage),
                        Err(Errno::EACCES),
                        "{version:?} {garbage} {port}"
                    );
                }
                assert!(kernel.autobind(world.owner, picked, garbage).is_ok());
            }
            let next = bind(version, Transport::Udp, 50_010);
            assert!(kernel.autobind(world.high, next, garbage).is_ok());
        }
    }
}

#[test]
fn a_pick_that_failed_does_not_open_a_bind() {
    let kernel = Kernel::boot().expect("boot");
    // 0x1fc3, whose swapped bytes 0xc31f are a port that the kernel may pick.
    let world = world(
        &kernel,
        &[
            (Protocols::Tcp, 0x1fc3, 0x1fc3),
            (Protocols::Tcp, 50_000, 50_000),
        ],
    );
    for version in VERSIONS {
        for garbage in GARBAGE {
            let failed = bind(version, Transport::Tcp, 50_000);
            assert!(kernel.autobind(world.medium, failed, garbage).is_err());
            let explicit = bind(version, Transport::Tcp, 0x1fc3);
            assert_eq!(kernel.bind(world.medium, explicit), Err(Errno::EACCES));
            let unreserved = bind(version, Transport::Tcp, 0xc31f_u16.swap_bytes() + 1);
            assert_eq!(kernel.bind(world.high, unreserved), Err(Errno::EACCES));
        }
    }
}
