//! The cell device, and being launched.

use core::ffi::CStr;

use super::os::{self, Address, Connection, How, Socket};
use super::{Arguments, Attack, Outcome};

/// The first argument of the requests is the device, the second the ioctl's bytes in hexadecimal.
pub const ATTACKS: &[(&str, Attack)] = &[
    ("device.open-cell", |a| {
        Ok(Outcome::of(Connection::open(a.text(0)?)))
    }),
    ("request.create", request),
    ("request.enter", request),
    ("request.kill", request),
    ("request.destroy", request),
    ("request.list", request),
    ("request.seal", request),
];

pub const PARTS: &[(&str, Attack)] = &[
    ("part.request", request),
    ("part.request-later", request_later),
    ("part.request-directory", request_with_directory),
    ("part.request-thread", request_with_thread),
    ("part.confine", confine),
    ("part.forks", forks),
    ("part.hand-over", hand_over),
    ("part.take-over", take_over),
];

/// Makes a request of the device.
fn request(arguments: Arguments<'_>) -> Result<Outcome, Outcome> {
    let mut bytes = [0; 1024];
    let length = decode(arguments.text(1)?, &mut bytes)?;
    let device = Connection::open(arguments.text(0)?).map_err(Outcome::Refused)?;
    let bytes = bytes.get(..length).unwrap_or_default();
    Ok(Outcome::of(os::request(device, bytes)))
}

/// A while after it has said that it is ready. The third argument is in microseconds.
fn request_later(arguments: Arguments<'_>) -> Result<Outcome, Outcome> {
    let delay = arguments.number(2)?.unsigned_abs();
    os::write(1, b"ready\n");
    os::sleep_us(delay);
    request(arguments)
}

/// With a directory of the host's in hand.
fn request_with_directory(arguments: Arguments<'_>) -> Result<Outcome, Outcome> {
    os::open(c"/", How::Directory).map_err(Outcome::Refused)?;
    request(arguments)
}

/// With a second thread, which would stay outside.
fn request_with_thread(arguments: Arguments<'_>) -> Result<Outcome, Outcome> {
    os::staying_thread().map_err(Outcome::Refused)?;
    request(arguments)
}

fn decode(text: &CStr, into: &mut [u8]) -> Result<usize, Outcome> {
    const WRONG: Outcome = Outcome::Untried("an argument is not hexadecimal");
    let digit = |digit: &u8| {
        char::from(*digit)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
            .ok_or(WRONG)
    };
    let mut length = 0;
    for pair in text.to_bytes().chunks(2) {
        let [high, low] = pair else {
            return Err(WRONG);
        };
        *into.get_mut(length).ok_or(WRONG)? = digit(high)? << 4 | digit(low)?;
        length += 1;
    }
    Ok(length)
}

/// The control run: only the root and the user of the attack, no cell. Root, user, attack.
fn confine(arguments: Arguments<'_>) -> Result<Outcome, Outcome> {
    let root = arguments.text(0)?;
    let user = arguments.number(1)?;
    os::change_root(root).map_err(Outcome::Refused)?;
    os::change_directory(c"/").map_err(Outcome::Refused)?;
    if user != 0 {
        os::become_user(user).map_err(Outcome::Refused)?;
    }
    let words = arguments.words().get(2..).unwrap_or_default();
    Ok(Outcome::Refused(os::execute(c"/attack", words)))
}

/// Forks without an end, parents ending: a moving target. Says so once it moves.
fn forks(_: Arguments<'_>) -> Result<Outcome, Outcome> {
    os::write(1, b"ready\n");
    loop {
        match os::fork() {
            Ok(0) => {}
            Ok(_) => os::exit(0),
            Err(_) => os::sleep_us(1000),
        }
    }
}

/// Hands a socket that is bound to a port over to whoever listens. Path, port.
fn hand_over(arguments: Arguments<'_>) -> Result<Outcome, Outcome> {
    let port = u16::try_from(arguments.number(1)?)
        .map_err(|_| Outcome::Untried("an argument is not a port"))?;
    let socket = os::bind(Socket::Tcp4, Address::Any, port).map_err(Outcome::Refused)?;
    Ok(Outcome::of(os::hand_over(arguments.text(0)?, socket)))
}

/// Takes it over and holds it. Says when it listens, and when it has it.
fn take_over(arguments: Arguments<'_>) -> Result<Outcome, Outcome> {
    let listening = || os::write(1, b"ready\n");
    os::take_over(arguments.text(0)?, listening).map_err(Outcome::Refused)?;
    os::write(1, b"held\n");
    loop {
        os::pause();
    }
}
