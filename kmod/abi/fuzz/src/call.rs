//! The kernel's own reader and writer against postcard's: the same bytes accepted, understood and written.

use cell_abi::frame::{self, HEADER};
use cell_abi::wire::Writer;
use cell_abi::{Create, Handle, Policy, Refusal, Reply, Request};
use cell_core::{Call, InfoText, Kernel, Stamp, Subject, Verb};

const ROOT: Subject = Subject::HOST_ROOT;

const NOW: Stamp = Stamp {
    pid: 7,
    uptime_s: 100,
};

/// Reads the request in an ioctl's buffer in both ways.
pub fn same_call(buffer: &[u8]) {
    let kernel = Box::new(Kernel::new());
    let (request, call) = match (frame::read(buffer), kernel.read_call(buffer)) {
        (Ok(request), Ok(call)) => (request, call),
        (Err(theirs), Err(ours)) => {
            assert_eq!(theirs, ours, "{buffer:x?}");
            return;
        }
        (Ok(request), Err(ours)) => panic!("{ours:?}, but it is {request:?}"),
        (Err(theirs), Ok(call)) => panic!("{theirs:?}, but read as {:?}", call.verb),
    };
    let (verb, cell, signal) = match &request {
        Request::Hello => (Verb::Hello, Handle::HOST, 0),
        Request::Create(create) => {
            same_cell(&kernel, &call, create);
            (Verb::Create, Handle::HOST, 0)
        }
        Request::Destroy(cell) => (Verb::Destroy, *cell, 0),
        Request::Enter(cell) => (Verb::Enter, *cell, 0),
        Request::Kill { cell, signal } => (Verb::Kill, *cell, *signal),
        Request::Lookup(name) => {
            let create = Create {
                name: *name,
                root: cell_abi::RootPath::new("/").expect("a root"),
                policy: Policy::of(cell_abi::Profile::High),
            };
            let cell = kernel.create(ROOT, &create, 0).expect("an empty kernel");
            kernel.publish(cell, NOW).expect("just made");
            assert_eq!(kernel.lookup_called(ROOT, &call), Ok(cell), "{name}");
            (Verb::Lookup, Handle::HOST, 0)
        }
        Request::List(cell) => (Verb::List, *cell, 0),
        Request::Stats(cell) => (Verb::Stats, *cell, 0),
        Request::Policy(cell) => (Verb::Policy, *cell, 0),
        Request::Seal => (Verb::Seal, Handle::HOST, 0),
    };
    assert_eq!((call.verb, call.cell, call.signal), (verb, cell, signal));
}

/// Makes the cell of a call, which tells what it understood.
fn same_cell(kernel: &Kernel, call: &Call<'_>, create: &Create<'_>) {
    assert_eq!(call.root(), create.root.as_str().as_bytes());
    let made = kernel.create_called(ROOT, call, NOW.uptime_s);
    if !is_sound(&create.policy) {
        assert_eq!(made, Err(Refusal::Malformed));
        return;
    }
    let cell = made.expect("an empty kernel has room");
    kernel.publish(cell, NOW).expect("just made");

    let mut text = InfoText::new();
    let info = kernel
        .info(ROOT, cell, NOW.uptime_s, &mut text)
        .expect("a cell");
    assert_eq!((info.name, info.root), (create.name, create.root));
    let limits = create.policy.limits;
    assert_eq!((info.profile, info.limits), (create.policy.profile, limits));
    same_bytes(&Reply::Cell(info), |out| {
        kernel
            .write_info(ROOT, cell, NOW.uptime_s, out)
            .expect("a cell");
    });

    let member = Subject { cell, root: true };
    let _ = kernel.denied(member, cell_abi::Op::SystemReboot, NOW);
    let view = kernel.policy(ROOT, cell).expect("a cell");
    let report = view.to_report();
    assert_eq!(report.policy, create.policy);
    same_bytes(&Reply::Policy(report), |out| view.write(out));
}

fn is_sound(policy: &Policy) -> bool {
    let mut ports = policy.reservations.iter().enumerate();
    let apart = ports.all(|(index, one)| {
        let mut rest = policy.reservations.iter().skip(index + 1);
        !rest.any(|other| one.overlaps(*other))
    });
    apart && policy.devices.iter().all(|rule| rule.is_valid())
}

/// A reply in an ioctl's buffer of every size, in both ways.
pub fn same_bytes(reply: &Reply<'_>, write: impl Fn(&mut Writer<'_>)) {
    for size in cell_abi::BUFFER_SIZES {
        let (mut theirs, mut ours) = (vec![0xaa; size], vec![0x55; size]);
        let written = frame::write(reply, &mut theirs);
        let mut out = Writer::reply(&mut ours);
        write(&mut out);
        let used = out.used();
        assert_eq!(out.finish(), written.map(drop), "{reply:?}");
        assert_eq!(ours, theirs, "{reply:?}");
        if let Ok(length) = written {
            assert_eq!(used, HEADER + length);
        }
    }
}
