use alloc::vec::Vec;
use core::cell::RefCell;

use cell_abi::{
    DeviceKind, DeviceRule, Devices, EventKind, Limits, MAX_DEVICES, MAX_RESERVATIONS, MINOR_ANY,
    Op, OpSet, Policy, Profile, Protocols, Reply, Reservation, Reservations, RootPath,
};

use super::*;
use crate::platform::{
    Clock, DeviceNumber, Event as Waited, Exit, Launch, Metadata, Mount, Open, Peer, Pid, Token,
};

/// What the fake kernel does with one ioctl.
type Answer = fn(&mut [u8]) -> Result<(), Errno>;

/// A system that has a cell device and nothing else.
struct Fake {
    answer: Answer,
    sizes: RefCell<Vec<usize>>,
    stream: RefCell<Vec<Vec<u8>>>,
}

impl Fake {
    fn new(answer: Answer) -> Self {
        Self {
            answer,
            sizes: RefCell::new(Vec::new()),
            stream: RefCell::new(Vec::new()),
        }
    }
}

macro_rules! absent {
    ($(fn $name:ident($($argument:ty),*) -> $result:ty;)*) => {
        $(fn $name(&self, $(_: $argument),*) -> Result<$result, Errno> { Err(Errno::ENOSYS) })*
    };
}

impl Platform for Fake {
    type Fd = ();

    fn open_cell_device(&self, path: &str) -> Result<(), Errno> {
        if path == PATH {
            Ok(())
        } else {
            Err(Errno::ENOENT)
        }
    }
    fn cell_ioctl(&self, (): &(), buffer: &mut [u8]) -> Result<(), Errno> {
        self.sizes.borrow_mut().push(buffer.len());
        (self.answer)(buffer)
    }
    fn read(&self, (): &(), buffer: &mut [u8]) -> Result<usize, Errno> {
        let mut stream = self.stream.borrow_mut();
        if stream.is_empty() {
            return Ok(0);
        }
        let piece = stream.remove(0);
        buffer[..piece.len()].copy_from_slice(&piece);
        Ok(piece.len())
    }
    fn monotonic_ms(&self) -> u64 {
        0
    }
    fn clock(&self) -> Clock {
        Clock {
            seconds: 0,
            nanoseconds: 0,
        }
    }
    fn pid(&self) -> Pid {
        1
    }
    fn euid(&self) -> u32 {
        0
    }
    fn prefix(&self) -> &str {
        ""
    }
    fn exec(&self, _: &Launch<'_, ()>) -> Errno {
        Errno::ENOSYS
    }
    absent! {
        fn open(&str, Open, u32) -> ();
        fn write(&(), &[u8]) -> usize;
        fn sync(&()) -> ();
        fn standard(u8) -> ();
        fn metadata(&str) -> Metadata;
        fn make_directory(&str, u32) -> ();
        fn remove_directory(&str) -> ();
        fn unlink(&str) -> ();
        fn rename(&str, &str) -> ();
        fn symlink(&str, &str) -> ();
        fn set_owner(&str, u32, u32, u32) -> ();
        fn pipe() -> ((), ());
        fn spawn(&Launch<'_, ()>) -> Pid;
        fn reap() -> Option<(Pid, Exit)>;
        fn kill(Pid, SignalNumber) -> ();
        fn watch_signals(&[SignalNumber]) -> ();
        fn watch_read(&(), Token) -> ();
        fn watch_write(&(), Token, bool) -> ();
        fn unwatch(&()) -> ();
        fn wait(&mut [Waited], Option<u64>) -> usize;
        fn listen(&str, u32) -> ();
        fn accept(&()) -> ();
        fn peer(&()) -> Peer;
        fn connect(&str) -> ();
        fn connect_datagram(&str) -> ();
        fn mount(&Mount<'_>) -> ();
        fn unmount(&str) -> ();
        fn device_number(&str) -> DeviceNumber;
        fn make_device(&str, &str, u32, u32, u32) -> ();
        fn watchdog_arm(&str, u32) -> ();
        fn watchdog_feed(&()) -> ();
        fn watchdog_disarm(&()) -> ();
    }
}

fn cell() -> Handle {
    Handle::new(3, 7)
}

fn event(pid: u32) -> Event {
    Event {
        uptime_s: 5,
        lost: 0,
        cell: cell(),
        pid,
        kind: EventKind::Denial {
            op: Op::NetworkRaw,
            count: 2,
        },
    }
}

fn frame_of(event: &Event) -> Vec<u8> {
    let mut bytes = [0; frame::EVENT_MAX];
    let used = frame::write_event(event, &mut bytes).unwrap();
    bytes[..used].to_vec()
}

fn biggest_policy() -> Policy {
    let reservation = Reservation::new(Protocols::Both, u16::MAX, u16::MAX).unwrap();
    let rule = DeviceRule {
        kind: DeviceKind::Block,
        access: cell_abi::Access::ReadWrite,
        major: 0xfff,
        minor: MINOR_ANY,
    };
    Policy {
        profile: Profile::Custom,
        may: OpSet::from_bits(u128::MAX),
        reservations: Reservations::from_slice(&[reservation; MAX_RESERVATIONS]).unwrap(),
        devices: Devices::from_slice(&[rule; MAX_DEVICES]).unwrap(),
        limits: Limits {
            processes: Some(u16::MAX),
            nofile: Some(u32::MAX),
            address_space_kib: Some(u32::MAX),
            core_kib: Some(u32::MAX),
        },
    }
}

#[test]
fn a_small_request_goes_out_in_the_smallest_buffer() {
    let fake = Fake::new(|buffer| {
        assert_eq!(
            frame::read::<Request<'_>>(buffer),
            Ok(Request::Destroy(cell()))
        );
        frame::write(&Reply::Done, buffer)
            .map(drop)
            .map_err(|_| Errno::EIO)
    });
    let device = CellDevice::open(&fake, PATH).unwrap();
    assert_eq!(device.destroy(cell()), Ok(()));
    assert_eq!(*fake.sizes.borrow(), [128]);
}

#[test]
fn a_reply_that_does_not_fit_is_asked_for_again_in_the_next_size() {
    let fake = Fake::new(|buffer| {
        assert_eq!(
            frame::read::<Request<'_>>(buffer),
            Ok(Request::Policy(cell()))
        );
        let mut denials = cell_abi::Denials::new();
        for op in Op::ALL {
            denials.push((*op, u32::MAX)).unwrap();
        }
        let reply = Reply::Policy(PolicyReport {
            policy: biggest_policy(),
            denials,
        });
        let mut copy = [0; 4096];
        let copy = &mut copy[..buffer.len()];
        frame::write(&reply, copy).map_err(|_| Errno::EMSGSIZE)?;
        buffer.copy_from_slice(copy);
        Ok(())
    });
    let device = CellDevice::open(&fake, PATH).unwrap();
    let report = device.policy(cell()).unwrap();
    assert_eq!(report.policy, biggest_policy());
    assert_eq!(report.denials.len(), Op::COUNT);
    assert_eq!(*fake.sizes.borrow(), [128, 1024]);
}

#[test]
fn the_biggest_create_fits_the_middle_size() {
    let fake = Fake::new(|buffer| {
        assert!(matches!(
            frame::read::<Request<'_>>(buffer),
            Ok(Request::Create(_))
        ));
        frame::write(&Reply::Created(cell()), buffer)
            .map(drop)
            .map_err(|_| Errno::EIO)
    });
    let device = CellDevice::open(&fake, PATH).unwrap();
    let name = "n".repeat(cell_abi::NAME_MAX);
    let root = alloc::format!("/{}", "r".repeat(cell_abi::ROOT_MAX - 1));
    let create = Create {
        name: CellName::new(&name).unwrap(),
        root: RootPath::new(&root).unwrap(),
        policy: biggest_policy(),
    };
    assert_eq!(device.create(create), Ok(cell()));
    assert_eq!(*fake.sizes.borrow(), [1024]);
}

#[test]
fn errno_and_refusal_are_one_to_one_and_named_alike() {
    for refusal in Refusal::ALL.iter().copied() {
        assert_eq!(errno_of(refusal).name(), Some(refusal.errno_name()));
        assert_eq!(refusal_of(errno_of(refusal)), Some(refusal));
    }
    assert_eq!(refusal_of(Errno::ENXIO), None);
}

#[test]
fn a_missing_root_is_not_a_missing_cell() {
    let fake = Fake::new(|_| Err(Errno::ENOENT));
    let device = CellDevice::open(&fake, PATH).unwrap();
    let create = Create {
        name: CellName::new("web").unwrap(),
        root: RootPath::new("/cells/web").unwrap(),
        policy: Policy::of(Profile::High),
    };
    assert_eq!(
        device.create(create),
        Err(DeviceError::System(Errno::ENOENT))
    );
    assert_eq!(
        device.destroy(cell()),
        Err(DeviceError::Refused(Refusal::NoSuchCell))
    );
    assert_eq!(device.next(Handle::HOST, &mut [0; 1024]), Ok(None));
}

#[test]
fn a_kernel_of_another_version_is_said_so() {
    let fake = Fake::new(|buffer| {
        let hello = Hello {
            version: 9,
            operations: 1,
            max_cells: 1,
            cells: 0,
            sealed: false,
            caller: Handle::HOST,
        };
        frame::write(&Reply::Hello(hello), buffer)
            .map(drop)
            .map_err(|_| Errno::EIO)
    });
    let device = CellDevice::open(&fake, PATH).unwrap();
    let error = device.hello().unwrap_err();
    assert_eq!(error, DeviceError::Version(9));
    assert_eq!(
        alloc::string::ToString::to_string(&error),
        "the kernel speaks version 9, this program 1"
    );
}

#[test]
fn a_reply_to_something_else_is_an_error() {
    let fake = Fake::new(|buffer| {
        frame::write(&Reply::Killed(1), buffer)
            .map(drop)
            .map_err(|_| Errno::EIO)
    });
    let device = CellDevice::open(&fake, PATH).unwrap();
    assert_eq!(device.destroy(cell()), Err(DeviceError::Unexpected));
    assert_eq!(device.kill(cell(), 15), Ok(1));
    let garbage = Fake::new(|buffer| {
        buffer.fill(0xff);
        Ok(())
    });
    let device = CellDevice::open(&garbage, PATH).unwrap();
    assert_eq!(
        device.destroy(cell()),
        Err(DeviceError::Frame(FrameError::Malformed))
    );
}

#[test]
fn events_come_out_whole_whatever_the_pieces() {
    let wanted: Vec<Event> = (0..40).map(event).collect();
    let stream: Vec<u8> = wanted.iter().flat_map(frame_of).collect();
    for piece in [1, 2, 7, 39, 64, 300, 472] {
        let fake = Fake::new(|_| Err(Errno::ENOSYS));
        *fake.stream.borrow_mut() = stream.chunks(piece).map(<[u8]>::to_vec).collect();
        let device = CellDevice::open(&fake, PATH).unwrap();
        let mut reader = EventReader::new();
        let mut got = Vec::new();
        while reader.fill(&device).unwrap() > 0 {
            while let Some(event) = reader.take() {
                got.push(event.unwrap());
            }
        }
        assert_eq!(got, wanted, "pieces of {piece}");
    }
}

#[test]
fn the_stream_goes_on_after_a_frame_that_is_none() {
    let fake = Fake::new(|_| Err(Errno::ENOSYS));
    let mut long = alloc::vec![1; 100];
    long.push(0);
    *fake.stream.borrow_mut() = alloc::vec![
        alloc::vec![0, 0, 5, 5, 0],
        frame_of(&event(1)),
        long[..60].to_vec(),
        long[60..].to_vec(),
        frame_of(&event(2)),
    ];
    let device = CellDevice::open(&fake, PATH).unwrap();
    let mut reader = EventReader::new();
    let mut got = Vec::new();
    while reader.fill(&device).unwrap() > 0 {
        while let Some(event) = reader.take() {
            got.push(event);
        }
    }
    assert_eq!(
        got,
        [
            Err(FrameError::Malformed),
            Ok(event(1)),
            Err(FrameError::Malformed),
            Ok(event(2)),
        ]
    );
}
