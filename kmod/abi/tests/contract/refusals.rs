//! What is not a message, one way of being wrong at a time.

use crate::samples::{device, events, requests};
use cell_abi::frame::{self, EVENT_MAX, FrameError};
use cell_abi::{
    CellName, Create, DeviceRule, Event, Handle, MINOR_ANY, NAME_MAX, NameError, Op, PortError,
    Protocols, ROOT_MAX, Reply, Request, Reservation, RootPath,
};

fn request(bytes: &[u8]) -> Result<Request<'_>, FrameError> {
    frame::decode(bytes)
}

fn buffer(size: usize, length: u16, body: &[u8]) -> Vec<u8> {
    let mut buffer = vec![0; size];
    buffer[..2].copy_from_slice(&length.to_le_bytes());
    buffer[2..2 + body.len()].copy_from_slice(body);
    buffer
}

#[test]
fn buffers_of_other_sizes_are_refused() {
    for size in [0, 1, 2, 3, 127, 129, 1023, 1025, 2048, 4095, 4097, 65_536] {
        let mut bytes = vec![0; size];
        let read = frame::read::<Request<'_>>(&bytes);
        assert_eq!(read, Err(FrameError::Size), "{size}");
        let written = frame::write(&Request::Hello, &mut bytes);
        assert_eq!(written, Err(FrameError::Size), "{size}");
    }
}

#[test]
fn lengths_that_lie_are_refused() {
    let lookup = [5, 3, b'w', b'e', b'b'];
    for (size, length, expected) in [
        (128, 5, None),
        (128, 0, Some(FrameError::Malformed)),
        (128, 4, Some(FrameError::Malformed)),
        (128, 6, Some(FrameError::Trailing)),
        (128, 126, Some(FrameError::Trailing)),
        (128, 127, Some(FrameError::Length)),
        (128, u16::MAX, Some(FrameError::Length)),
        (1024, 1022, Some(FrameError::Trailing)),
        (1024, 1023, Some(FrameError::Length)),
        (4096, 4094, Some(FrameError::Trailing)),
        (4096, 4095, Some(FrameError::Length)),
    ] {
        let bytes = buffer(size, length, &lookup);
        let read = frame::read::<Request<'_>>(&bytes);
        assert_eq!(read.err(), expected, "{length} of {size}");
    }
}

#[test]
fn what_lies_behind_the_length_is_not_read() {
    let mut bytes = buffer(128, 1, &[0]);
    bytes[3..].fill(0xff);
    assert_eq!(frame::read(&bytes), Ok(Request::Hello));
}

#[test]
fn a_buffer_is_left_zero_behind_a_message_and_after_one_that_does_not_fit() {
    let mut bytes = vec![0xff; 128];
    assert_eq!(frame::write(&Request::Seal, &mut bytes), Ok(1));
    assert_eq!(bytes[..3], [1, 0, 9]);
    assert!(bytes[3..].iter().all(|byte| *byte == 0));

    let largest = requests()
        .into_iter()
        .find(|sample| sample.name == "create-largest")
        .unwrap();
    bytes.fill(0xff);
    let written = frame::write(&largest.message, &mut bytes);
    assert_eq!(written, Err(FrameError::TooBig));
    assert!(bytes.iter().all(|byte| *byte == 0));
}

#[test]
fn unknown_tags_are_refused() {
    assert!(request(&[9]).is_ok());
    for tag in [10, 11, 127] {
        assert_eq!(request(&[tag]), Err(FrameError::Malformed));
    }
    assert!(frame::decode::<Reply<'_>>(&[7]).is_err());
    assert!(frame::decode::<Event>(&[0, 0, 0, 0, 6]).is_err());
    assert!(frame::decode::<Event>(&[0, 0, 0, 0, 5]).is_ok());
    let number = Op::COUNT as u8;
    assert!(frame::decode::<Op>(&[number - 1]).is_ok());
    assert!(frame::decode::<Op>(&[number]).is_err());
    assert!(frame::decode::<Op>(&[255]).is_err());
}

#[test]
fn numbers_that_do_not_fit_are_refused() {
    let handle = |bytes: &[u8]| frame::decode::<Handle>(bytes);
    assert_eq!(
        handle(&[0xff, 0xff, 0xff, 0xff, 0x0f]),
        Ok(Handle::from_raw(u32::MAX))
    );
    assert!(handle(&[0xff, 0xff, 0xff, 0xff, 0x1f]).is_err());
    assert!(handle(&[0xff, 0xff, 0xff, 0xff, 0xff, 0x01]).is_err());
    let ports = |bytes: &[u8]| frame::decode::<Reservation>(bytes);
    assert!(ports(&[0, 1, 0xff, 0xff, 0x03]).is_ok());
    assert!(ports(&[0, 1, 0xff, 0xff, 0x04]).is_err());
    assert!(ports(&[3, 1, 1]).is_err(), "a fourth protocol");
}

#[test]
fn reservations_are_checked_where_they_enter() {
    assert!(frame::decode::<Reservation>(&[0, 80, 80]).is_ok());
    for wrong in [[0, 0, 80], [0, 81, 80], [0, 0, 0]] {
        let read = frame::decode::<Reservation>(&wrong);
        assert_eq!(read, Err(FrameError::Malformed));
    }
    let new = |first, last| Reservation::new(Protocols::Tcp, first, last).err();
    assert_eq!(new(0, 1), Some(PortError::Zero));
    assert_eq!(new(2, 1), Some(PortError::Backwards));
    assert_eq!(new(u16::MAX, u16::MAX), None);
}

#[test]
fn more_rules_than_a_cell_can_have_are_refused() {
    let largest = requests()
        .into_iter()
        .find(|sample| sample.name == "create-largest")
        .unwrap();
    let mut out = [0; 1024];
    let used = frame::write(&largest.message, &mut out).unwrap();
    let mut bytes = out[2..2 + used].to_vec();
    let Request::Create(Create { policy, .. }) = largest.message else {
        panic!("not a create");
    };
    // Tag, name, root, profile, two halves of ten bytes: then the number of reservations.
    let count = 1 + 1 + NAME_MAX + 1 + ROOT_MAX + 1 + 20;
    assert_eq!(usize::from(bytes[count]), policy.reservations.len());
    bytes[count] += 1;
    let one = [1, 0xff, 0xff, 0x03, 0xff, 0xff, 0x03];
    bytes.splice(count + 1..count + 1, one);
    assert_eq!(request(&bytes), Err(FrameError::Malformed));
}

#[test]
fn names_are_checked_where_they_enter() {
    let name = |text| CellName::new(text).err();
    let long = "a".repeat(NAME_MAX + 1);
    for good in ["a", "web", "A-Z_0.9", "...", "a-", ".a", &long[1..]] {
        assert_eq!(name(good), None, "{good}");
    }
    for (bad, why) in [
        ("", NameError::Empty),
        (".", NameError::Dots),
        ("..", NameError::Dots),
        ("-a", NameError::LeadingDash),
        ("a b", NameError::BadByte(b' ')),
        ("a/b", NameError::BadByte(b'/')),
        ("a\0", NameError::BadByte(0)),
        ("ü", NameError::BadByte(0xc3)),
        (&long, NameError::TooLong(NAME_MAX)),
    ] {
        assert_eq!(name(bad), Some(why), "{bad}");
        let mut bytes = vec![5, bad.len() as u8];
        bytes.extend(bad.bytes());
        assert_eq!(request(&bytes), Err(FrameError::Malformed), "{bad}");
    }
    assert!(request(&[5, 2, 0xc3, 0x28]).is_err(), "not UTF-8");
}

#[test]
fn roots_are_checked_where_they_enter() {
    let root = |text| RootPath::new(text).err();
    let long = format!("/{}", "a".repeat(ROOT_MAX));
    for good in [
        "/",
        "/cells/web",
        "/a//b/",
        "/...",
        "/.a/a.",
        "/ü",
        &long[..ROOT_MAX],
    ] {
        assert_eq!(root(good), None, "{good}");
    }
    for (bad, why) in [
        ("", NameError::Empty),
        ("cells", NameError::Relative),
        ("/a/..", NameError::Dots),
        ("/../a", NameError::Dots),
        ("/./a", NameError::Dots),
        ("/a\n", NameError::BadByte(b'\n')),
        ("/a\x7f", NameError::BadByte(0x7f)),
        (&long, NameError::TooLong(ROOT_MAX)),
    ] {
        assert_eq!(root(bad), Some(why), "{bad}");
    }
}

#[test]
fn devices_have_the_numbers_that_netbsd_gives() {
    let rule = |major, minor| DeviceRule {
        major,
        minor,
        ..device(cell_abi::DeviceKind::Char, cell_abi::Access::Read, 0, 0)
    };
    for (major, minor, valid) in [
        (0, 0, true),
        (4095, 0xf_ffff, true),
        (4095, MINOR_ANY, true),
        (4096, 0, false),
        (0, 0x10_0000, false),
        (0, MINOR_ANY - 1, false),
    ] {
        assert_eq!(rule(major, minor).is_valid(), valid, "{major},{minor}");
    }
}

#[test]
fn stuffed_events_that_are_none_are_refused() {
    let mut out = [0; EVENT_MAX];
    let seal = &events()[5].message;
    let used = frame::write_event(seal, &mut out).unwrap();
    let good = out[..used - 1].to_vec();
    assert_eq!(frame::read_event(&mut good.clone()), Ok(*seal));
    let refused = |bytes: &[u8]| frame::read_event(&mut bytes.to_vec()).is_err();
    assert!(refused(&[]), "nothing");
    assert!(refused(&out[..used]), "with its closing zero");
    assert!(refused(&[1; EVENT_MAX]), "longer than an event can be");
    assert!(
        refused(&[good.clone(), vec![2, 1]].concat()),
        "with more after it"
    );
    for place in 0..good.len() {
        let mut wrong = good.clone();
        wrong[place] = 0;
        assert!(refused(&wrong), "a zero at {place}");
    }
    for code in [good[0] + 1, 0x7f, 0xfe, 0xff] {
        let mut wrong = good.clone();
        wrong[0] = code;
        assert!(refused(&wrong), "a run of {code}");
    }
}
