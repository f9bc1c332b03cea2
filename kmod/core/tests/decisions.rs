//! Every operation, profile and subject against DESIGN.md's table, which is written out again here.
//!
//! Nothing below asks `Profile::policy()` what to expect. The last test turns every bit of every profile and checks
//! that the table notices.

mod world;

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use cell_abi::{Access, DeviceKind, Handle, Op, OpSet, Policy, Profile, Protocols};
use cell_core::{MountWritable, Subject, Verdict};
use world::{FREE_PORT, FREED_PORT, LISTED, OTHER_PORT, OWN_PORT, UNLISTED, World, root, user};

/// What a member may ask of the other security models about its own cell: `-` defer, `D` deny; low, medium, high.
const TABLE: &str = "
    unknown                  - D D

    process.see              - - -
    process.signal           - - -
    process.ptrace           - - -
    process.ktrace           - - -
    process.procfs           - - -
    process.nice             - - -
    process.rlimit           - - -
    process.setid            - - -
    process.corename         - - -
    process.stopflag         - - -
    process.kevent           - - -
    process.getaffinity      - - -
    process.setaffinity      - - -
    process.getsched         - - -
    process.setsched         - - -
    process.fork             - - -
    process.raise-limit      - - D

    system.accounting        - D D
    system.chroot            - D D
    system.chsysflags        - D D
    system.cpu               - D D
    system.debug             - D D
    system.filehandle        - D D
    system.mknod             - D D
    system.mount.get         - - -
    system.mount.new         - D D
    system.mount.unmount     - D D
    system.mount.update      - D D
    system.mount.umap        - D D
    system.mount.device      - D D
    system.pset              - D D
    system.reboot            - D D
    system.setidcore         - D D
    system.swap              - D D
    system.sysctl.add        - D D
    system.sysctl.delete     - D D
    system.sysctl.desc       - - -
    system.sysctl.modify     - D D
    system.sysctl.private    D D D
    system.time              - D D
    system.module            - D D
    system.fs.reserved       - D D
    system.fs.quota          - D D
    system.semaphore         - - D
    system.sysvipc           - - D
    system.mqueue            - - D
    system.veriexec          - D D
    system.devmapper         - D D
    system.map-zero          - D D
    system.lfs               - D D
    system.fs.extattr        - D D
    system.fs.snapshot       - D D
    system.intr              - D D
    system.kernaddr          - D D

    network.bind             - - D
    network.altq             - D D
    network.firewall         - D D
    network.interface.get    - - -
    network.interface.set    - D D
    network.source-route     - D D
    network.nfs              - D D
    network.route            - D D
    network.route-socket     - D D
    network.raw              - D D
    network.socket.see       - - -
    network.socket.drop      - D D
    network.socket.setpriv   - D D
    network.tunnel           - D D
    network.ipsec            - D D
    network.ipv6             - D D
    network.smb              - D D

    machdep.cacheflush       - D D
    machdep.ucode            - D D
    machdep.io               - D D
    machdep.ldt              - D D
    machdep.mtrr             - D D
    machdep.nvram            - D D
    machdep.memory           - D D

    device.open              - D D
    device.passthru          - D D
    device.tty.open          - - -
    device.tty.priv          - D D
    device.rnd.add           - - -
    device.rnd.priv          - D D
    device.bluetooth         - D D
    device.gpio              - D D
    device.wscons            - D D
    device.nvmm              - D D

    vnode.exec               - - D
";

/// The rows by name.
static ROWS: LazyLock<HashMap<&str, [Verdict; 3]>> = LazyLock::new(|| {
    let mut rows = HashMap::new();
    for line in TABLE.lines().filter(|line| !line.trim().is_empty()) {
        let mut words = line.split_whitespace();
        let name = words.next().unwrap();
        let verdicts: Vec<Verdict> = words
            .map(|word| match word {
                "-" => Verdict::Defer,
                "D" => Verdict::Deny,
                other => panic!("{name}: {other}"),
            })
            .collect();
        let before = rows.insert(name, verdicts.try_into().unwrap());
        assert!(before.is_none(), "{name}: two rows");
    }
    rows
});

fn row(op: Op) -> [Verdict; 3] {
    *ROWS
        .get(op.name())
        .unwrap_or_else(|| panic!("{op}: no row"))
}

/// The operations that are asked about a process, not about the asker alone (4.2, "process isolation covers").
const ABOUT_A_PROCESS: [&str; 15] = [
    "process.see",
    "process.signal",
    "process.ptrace",
    "process.ktrace",
    "process.procfs",
    "process.nice",
    "process.rlimit",
    "process.setid",
    "process.corename",
    "process.stopflag",
    "process.kevent",
    "process.getaffinity",
    "process.setaffinity",
    "process.getsched",
    "process.setsched",
];

/// Compares one profile's cell with column `column` of the table; the differences.
fn differences(policy: Policy, column: usize) -> Vec<String> {
    let world = World::new(policy);
    let kernel = &world.kernel;
    let mut wrong = Vec::new();
    let mut expect = |what: fmt::Arguments<'_>, expected: Verdict, got: Verdict| {
        if expected != got {
            wrong.push(format!("{what}: expected {expected:?}, got {got:?}"));
        }
    };
    let gone = [world.dying, world.stale, world.never, Handle::from_raw(5)];

    for op in Op::ALL.iter().copied() {
        let member = row(op)[column];
        let mut subjects = vec![
            ("host root", Subject::HOST_ROOT, Verdict::Defer),
            ("host user", user(Handle::HOST), Verdict::Defer),
            ("cell root", root(world.member), member),
            ("cell user", user(world.member), member),
            ("other cell's root", root(world.other), Verdict::Deny),
            ("other cell's user", user(world.other), Verdict::Deny),
        ];
        for cell in gone {
            subjects.push(("gone root", root(cell), Verdict::Deny));
            subjects.push(("gone user", user(cell), Verdict::Deny));
        }
        for (name, who, verdict) in &subjects {
            expect(
                format_args!("{op} by {name}"),
                *verdict,
                kernel.ask(*who, op),
            );
        }
        if ABOUT_A_PROCESS.contains(&op.name()) {
            let targets = [
                Handle::HOST,
                world.member,
                world.other,
                world.dying,
                world.stale,
                world.never,
            ];
            for (name, who, _) in &subjects {
                for target in targets {
                    let verdict = if *who == Subject::HOST_ROOT {
                        Verdict::Defer
                    } else if who.cell.is_host() {
                        if target.is_host() {
                            Verdict::Defer
                        } else {
                            Verdict::Deny
                        }
                    } else if who.cell == world.member && target == world.member {
                        member
                    } else {
                        Verdict::Deny
                    };
                    let got = kernel.ask_process(*who, op, target);
                    expect(format_args!("{op} by {name} on {target}"), verdict, got);
                }
            }
        }
        for (name, who, verdict) in subjects {
            match op.name() {
                "process.fork" => {
                    let got = kernel.ask_fork(who);
                    expect(format_args!("fork by {name}"), verdict, got);
                    if got == Verdict::Defer {
                        kernel.fork_abandoned(who.cell);
                    }
                }
                "vnode.exec" => {
                    let writable = kernel.ask_exec(who, MountWritable::Yes);
                    expect(format_args!("exec by {name}, writable"), verdict, writable);
                    let never = gone.contains(&who.cell);
                    let read_only = if never { Verdict::Deny } else { Verdict::Defer };
                    let got = kernel.ask_exec(who, MountWritable::No);
                    expect(format_args!("exec by {name}, read-only"), read_only, got);
                }
                "network.bind" => {
                    let bind = |port| kernel.ask_bind(who, Protocols::Tcp, port);
                    let host_root = who == Subject::HOST_ROOT;
                    let never = gone.contains(&who.cell);
                    let reserved = |owner: Handle| {
                        if host_root {
                            Verdict::Defer
                        } else if who.cell == owner {
                            Verdict::Allow
                        } else {
                            Verdict::Deny
                        }
                    };
                    let (own, others) = (reserved(world.member), reserved(world.other));
                    expect(format_args!("bind of own by {name}"), own, bind(OWN_PORT));
                    expect(
                        format_args!("bind of other's by {name}"),
                        others,
                        bind(OTHER_PORT),
                    );
                    expect(format_args!("bind by {name}"), verdict, bind(FREE_PORT));
                    expect(
                        format_args!("bind of freed by {name}"),
                        verdict,
                        bind(FREED_PORT),
                    );
                    let any = if never { Verdict::Deny } else { Verdict::Defer };
                    expect(format_args!("bind of any by {name}"), any, bind(0));
                }
                "device.open" => {
                    let open = |(major, minor), access| {
                        kernel.ask_device(who, DeviceKind::Char, major, minor, access)
                    };
                    let listed = if who.cell == world.member {
                        Verdict::Defer
                    } else {
                        verdict
                    };
                    let list = |access| open(LISTED, access);
                    expect(
                        format_args!("listed, by {name}"),
                        listed,
                        list(Access::Read),
                    );
                    expect(
                        format_args!("list, write by {name}"),
                        verdict,
                        list(Access::Write),
                    );
                    let both = list(Access::ReadWrite);
                    expect(format_args!("list, both by {name}"), verdict, both);
                    let unlisted = open(UNLISTED, Access::Read);
                    expect(format_args!("unlisted, by {name}"), verdict, unlisted);
                    let block =
                        kernel.ask_device(who, DeviceKind::Block, LISTED.0, LISTED.1, Access::Read);
                    expect(format_args!("block, by {name}"), verdict, block);
                }
                _ => {}
            }
        }
    }
    wrong
}

#[test]
fn every_operation_has_one_row() {
    for op in Op::ALL.iter().copied() {
        row(op);
    }
    assert_eq!(ROWS.len(), Op::COUNT);
}

#[test]
fn profiles_decide_as_the_design_says() {
    for (column, profile) in Profile::NAMED.into_iter().enumerate() {
        assert_eq!(
            differences(Policy::of(profile), column),
            Vec::<String>::new(),
            "{profile}"
        );
    }
}

#[test]
fn a_profile_with_any_bit_turned_is_noticed() {
    for (column, profile) in Profile::NAMED.into_iter().enumerate() {
        for op in Op::ALL.iter().copied() {
            let mut policy = Policy::of(profile);
            policy.may = OpSet::from_bits(policy.may.bits() ^ 1 << op.number());
            assert!(
                !differences(policy, column).is_empty(),
                "{profile}: {op} turned, and nobody noticed"
            );
        }
    }
}
