//! What each fuzz target does with its bytes. `tests/replay.rs` includes this file, so that the same checks run over
//! the corpus on a stable compiler.
//!
//! A decoder must not panic on any bytes, and the kernel's must take the same bytes for the same as postcard. What it accepts must hold what its type promises and mean the same when it
//! is written again.

mod call;

use cell_abi::frame::{self, EVENT_MAX, HEADER};
use cell_abi::{
    BUFFER_SIZES, CellName, Create, Event, MAX_DEVICES, MAX_RESERVATIONS, NAME_MAX, Policy,
    ROOT_MAX, Reply, Request, Reservation, RootPath,
};

/// The message, if it is one; written again it is the same, in no more bytes. A macro, because the type borrows from
/// different bytes each time.
macro_rules! same_again {
    ($bytes:expr, $message:ty) => {{
        let message = frame::decode::<$message>($bytes).ok();
        if let Some(message) = &message {
            let mut out = [0; 4096];
            let used = frame::write(message, &mut out).expect("the largest message fits");
            assert!(used <= $bytes.len());
            let again = frame::decode::<$message>(&out[HEADER..HEADER + used]);
            assert_eq!(again.as_ref(), Ok(message));
        }
        message
    }};
}

/// What lies behind the length changes nothing.
macro_rules! within_length {
    ($buffer:expr, $message:ty) => {{
        let length = usize::from(u16::from_le_bytes([$buffer[0], $buffer[1]]));
        let mut other = $buffer.clone();
        for byte in other.iter_mut().skip(HEADER + length) {
            *byte = !*byte;
        }
        assert_eq!(
            frame::read::<$message>($buffer),
            frame::read::<$message>(&other)
        );
    }};
}

/// A decoder, by the name of its target and of its folder in `corpus/`.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 10] = [
    ("request", request),
    ("reply", reply),
    ("policy", policy),
    ("event", event),
    ("event_frame", event_frame),
    ("ioctl_request", ioctl_request),
    ("ioctl_reply", ioctl_reply),
    ("name", name),
    ("root", root),
    ("reservation", reservation),
];

/// A request without its length.
pub fn request(bytes: &[u8]) {
    let mut buffer = vec![0; 4096];
    if let (Ok(length), Some(place)) = (
        u16::try_from(bytes.len()),
        buffer.get_mut(HEADER..HEADER + bytes.len()),
    ) {
        place.copy_from_slice(bytes);
        buffer[..HEADER].copy_from_slice(&length.to_le_bytes());
        call::same_call(&buffer);
    }
    if let Some(request) = same_again!(bytes, Request<'_>) {
        check_request(&request);
    }
}

/// A reply without its length.
pub fn reply(bytes: &[u8]) {
    if let Some(reply) = same_again!(bytes, Reply<'_>) {
        check_reply(&reply);
    }
}

/// A policy, as in a Create.
pub fn policy(bytes: &[u8]) {
    if let Some(policy) = same_again!(bytes, Policy) {
        check_policy(&policy);
    }
}

/// An event before it is stuffed.
pub fn event(bytes: &[u8]) {
    if let Some(event) = same_again!(bytes, Event) {
        let mut out = [0; EVENT_MAX];
        let used = frame::write_event(&event, &mut out).expect("EVENT_MAX always fits");
        assert_eq!(
            out[..used].iter().position(|byte| *byte == 0),
            Some(used - 1)
        );
        assert_eq!(frame::read_event(&mut out[..used - 1]), Ok(event));
    }
}

/// A stuffed event.
pub fn event_frame(bytes: &[u8]) {
    let mut frame = bytes.to_vec();
    if let Ok(read) = frame::read_event(&mut frame) {
        let mut out = [0; EVENT_MAX];
        let used = frame::write_event(&read, &mut out).expect("EVENT_MAX always fits");
        assert_eq!(frame::read_event(&mut out[..used - 1]), Ok(read));
    }
}

/// What a kernel is given: the buffer of an ioctl.
pub fn ioctl_request(bytes: &[u8]) {
    for buffer in buffers(bytes) {
        call::same_call(&buffer);
        if let Ok(request) = frame::read::<Request<'_>>(&buffer) {
            check_request(&request);
        }
        within_length!(&buffer, Request<'_>);
    }
}

/// What a program is given: the buffer of an ioctl.
pub fn ioctl_reply(bytes: &[u8]) {
    for buffer in buffers(bytes) {
        if let Ok(reply) = frame::read::<Reply<'_>>(&buffer) {
            check_reply(&reply);
        }
        within_length!(&buffer, Reply<'_>);
    }
}

/// The name of a cell, as text and as it is sent.
pub fn name(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert_eq!(CellName::new(text).is_ok(), is_name(text));
    }
    if let Some(name) = same_again!(bytes, CellName<'_>) {
        assert!(is_name(name.as_str()));
    }
}

/// The root of a cell, as text and as it is sent.
pub fn root(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert_eq!(RootPath::new(text).is_ok(), is_root(text));
    }
    if let Some(root) = same_again!(bytes, RootPath<'_>) {
        assert!(is_root(root.as_str()));
    }
}

/// A reserved range of ports.
pub fn reservation(bytes: &[u8]) {
    if let Some(reservation) = same_again!(bytes, Reservation) {
        check_reservation(reservation);
    }
}

fn check_request(request: &Request<'_>) {
    match request {
        Request::Create(Create { name, root, policy }) => {
            assert!(is_name(name.as_str()));
            assert!(is_root(root.as_str()));
            check_policy(policy);
        }
        Request::Lookup(name) => assert!(is_name(name.as_str())),
        Request::Hello
        | Request::Destroy(_)
        | Request::Enter(_)
        | Request::Kill { .. }
        | Request::List(_)
        | Request::Stats(_)
        | Request::Policy(_)
        | Request::Seal => {}
    }
}

fn check_reply(reply: &Reply<'_>) {
    match reply {
        Reply::Cell(info) => {
            assert!(is_name(info.name.as_str()));
            assert!(is_root(info.root.as_str()));
        }
        Reply::Policy(report) => check_policy(&report.policy),
        Reply::Done | Reply::Hello(_) | Reply::Created(_) | Reply::Killed(_) | Reply::Stats(_) => {}
    }
}

fn check_policy(policy: &Policy) {
    assert!(policy.reservations.len() <= MAX_RESERVATIONS);
    assert!(policy.devices.len() <= MAX_DEVICES);
    for reservation in &policy.reservations {
        check_reservation(*reservation);
    }
}

fn check_reservation(reservation: Reservation) {
    assert!(reservation.first() != 0);
    assert!(reservation.first() <= reservation.last());
}

fn is_name(text: &str) -> bool {
    (1..=NAME_MAX).contains(&text.len())
        && text
            .chars()
            .all(|char| char.is_ascii_alphanumeric() || "._-".contains(char))
        && !text.starts_with('-')
        && ![".", ".."].contains(&text)
}

fn is_root(text: &str) -> bool {
    (1..=ROOT_MAX).contains(&text.len())
        && text.starts_with('/')
        && !text.chars().any(|char| char.is_ascii_control())
        && !format!("{text}/").contains("/./")
        && !format!("{text}/").contains("/../")
}

/// The bytes at the start of a buffer of each size.
fn buffers(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    BUFFER_SIZES.into_iter().map(|size| {
        let mut buffer = bytes.to_vec();
        buffer.resize(size, 0);
        buffer
    })
}
