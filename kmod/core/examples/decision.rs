//! What a decision costs: `cargo run --release -p cell-core --example decision`.
//!
//! One line for each: what, median of the runs, fastest run, in nanoseconds. The empty listener is what every credential
//! pays for having been asked at all; DESIGN.md's bounds are above it.

use std::hint::black_box;
use std::time::Instant;

use cell_abi::{
    Access, CellName, Create, DeviceKind, DeviceRule, Handle, MINOR_ANY, Op, Policy, Profile,
    Protocols, Reservation, RootPath,
};
use cell_core::{Kernel, Stamp, Subject, Verdict};

const RUNS: usize = 15;
const CALLS: u32 = 200_000;
const CELLS: usize = 16;

static KERNEL: Kernel = Kernel::new();

const AT: Stamp = Stamp {
    pid: 1,
    uptime_s: 1,
};

fn measure(what: &str, expected: Verdict, mut decide: impl FnMut() -> Verdict) {
    assert_eq!(decide(), expected, "{what}");
    let mut runs: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..CALLS {
                black_box(decide());
            }
            start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
        })
        .collect();
    runs.sort_by(f64::total_cmp);
    println!("{what:<52} {:>7.1} {:>7.1}", runs[RUNS / 2], runs[0]);
}

#[inline(never)]
fn empty_listener(who: Subject, op: Op) -> Verdict {
    black_box((who, op));
    Verdict::Defer
}

/// A cell with four ports and `more`, and three devices.
fn make(index: usize, profile: Profile, more: Option<u16>) -> Handle {
    let name = format!("cell{index}");
    let mut policy = Policy::of(profile);
    let port = 8000 + 10 * index as u16;
    for first in [port, port + 5] {
        let reservation = Reservation::new(Protocols::Tcp, first, first + 1);
        policy.reservations.extend(reservation);
    }
    if let Some(port) = more {
        let reservation = Reservation::new(Protocols::Tcp, port, port);
        policy.reservations.extend(reservation);
    }
    policy.devices.extend([2, 5, 7].map(|major| DeviceRule {
        kind: DeviceKind::Char,
        access: Access::ReadWrite,
        major,
        minor: MINOR_ANY,
    }));
    let create = Create {
        name: CellName::new(&name).expect("a name"),
        root: RootPath::new("/cells/x").expect("a root"),
        policy,
    };
    let cell = KERNEL.create(Subject::HOST_ROOT, &create, 0).expect("room");
    KERNEL.publish(cell, AT).expect("reserved");
    KERNEL.credential_shared(cell);
    cell
}

fn main() {
    let cells: Vec<Handle> = (0..CELLS)
        .map(|index| make(index, Profile::Medium, None))
        .collect();
    let member = Subject {
        cell: cells[CELLS / 2],
        root: true,
    };
    let host_user = Subject {
        cell: Handle::HOST,
        root: false,
    };
    let (defer, deny, allow) = (Verdict::Defer, Verdict::Deny, Verdict::Allow);
    let low = Subject {
        cell: make(CELLS, Profile::Low, Some(443)),
        root: true,
    };

    println!(
        "decision, {} cells of 64, {RUNS} runs of {CALLS}{:>15} {:>7}",
        KERNEL.cells(),
        "median",
        "fastest ns"
    );
    let ask = |who, op| KERNEL.ask(black_box(who), black_box(op));
    measure("empty listener", defer, || {
        empty_listener(black_box(Subject::HOST_ROOT), black_box(Op::SystemReboot))
    });
    measure("host root: reboot", defer, || {
        ask(Subject::HOST_ROOT, Op::SystemReboot)
    });
    measure("host user: reboot", defer, || {
        ask(host_user, Op::SystemReboot)
    });
    measure("cell: System V IPC, may", defer, || {
        ask(member, Op::SystemSysvipc)
    });
    measure("cell: reboot, may not", deny, || {
        ask(member, Op::SystemReboot)
    });
    let mut second = 0;
    measure("cell: reboot, may not, counted and folded", deny, || {
        let verdict = ask(member, Op::SystemReboot);
        second += 1;
        let at = Stamp {
            pid: 9,
            // 1,000 denials a second: most are folded, some are events.
            uptime_s: second / 1000,
        };
        black_box(KERNEL.denied(member, Op::SystemReboot, at));
        verdict
    });
    let signal =
        |who, target| KERNEL.ask_process(black_box(who), Op::ProcessSignal, black_box(target));
    measure("cell: signal, same cell", defer, || {
        signal(member, member.cell)
    });
    measure("cell: signal, other cell", deny, || {
        signal(member, cells[1])
    });
    let bind = |who, port| KERNEL.ask_bind(black_box(who), Protocols::Tcp, black_box(port));
    let own = 8000 + 10 * (CELLS as u16 / 2);
    measure("cell: bind of its own port", allow, || bind(member, own));
    measure("cell: bind of another's port", deny, || bind(member, 8000));
    // Reserved are some of 8000 to 8166, which have one high byte, and 443. So 25 has no byte in common with them, 8002
    // the high one; 8123 has the high byte of 8000 and the low one of 443.
    for (what, who) in [("cell", low), ("host user", host_user)] {
        for (which, port) in [
            ("nobody's port", 25),
            ("one in a page with reserved ones", 8002),
            ("one that must be walked for", 8123),
        ] {
            let what = format!("{what}: bind of {which}");
            measure(&what, defer, || bind(who, port));
        }
    }
    let open = |who, major| {
        KERNEL.ask_device(
            black_box(who),
            DeviceKind::Char,
            black_box(major),
            12,
            Access::Read,
        )
    };
    measure("cell: open of a listed device, third rule", defer, || {
        open(member, 7)
    });
    measure("cell: open of an unlisted device", deny, || open(member, 9));
    measure("cell: fork", defer, || {
        let verdict = KERNEL.ask_fork(black_box(member));
        KERNEL.fork_abandoned(black_box(member.cell));
        verdict
    });
}
