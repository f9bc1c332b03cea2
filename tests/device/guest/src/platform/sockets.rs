//! Local stream sockets.

use libcell::platform::{Errno, FileKind, Open, Platform, signal};

use super::place::{Must, Outcome, Place, equal, holds, refused};
use super::{Named, calls};
use crate::os;

pub const TESTS: &[Named] = &[
    ("listen-accept-connect", talk),
    ("listen-mode", mode),
    ("listen-replaces-what-is-left", left_over),
    ("listen-leaves-what-is-used", used),
    ("listen-errors", listen_errors),
    ("accept-none", none),
    ("accept-does-not-block", accepted),
    ("peer", peer),
    ("peer-errors", peer_errors),
    ("connect-errors", connect_errors),
    ("write-to-a-closed-peer", closed),
];

fn talk(place: &Place<'_>) -> Outcome {
    let path = place.path("socket");
    let listening = place.system.listen(&path, 0o600).must("listen")?;
    let client = place.system.connect(&path).must("connect")?;
    let server = place.system.accept(&listening).must("accept")?;
    for fd in [&listening, &client, &server] {
        equal("closed by exec", calls::closes_on_exec(fd), Ok(true))?;
    }
    let mut buffer = [0; 16];
    place.all(&client, b"question")?;
    equal("question", place.system.read(&server, &mut buffer), Ok(8))?;
    place.all(&server, b"answer")?;
    equal("answer", place.system.read(&client, &mut buffer), Ok(6))?;
    equal("its bytes", &buffer[..6], b"answer")?;
    drop(server);
    equal("the end", place.system.read(&client, &mut buffer), Ok(0))
}

fn mode(place: &Place<'_>) -> Outcome {
    for (name, mode, mask) in [("a", 0o600, 0), ("b", 0o666, 0o77), ("c", 0o660, 0o22)] {
        calls::mask(mask).must("mask")?;
        let path = place.path(name);
        let _listening = place.system.listen(&path, mode).must("listen")?;
        let metadata = place.system.metadata(&path).must("metadata")?;
        equal(
            "kind and mode",
            (metadata.kind, metadata.mode),
            (FileKind::Socket, mode),
        )?;
        equal("the mask stays", calls::mask(mask), Ok(mask))?;
    }
    Ok(())
}

fn left_over(place: &Place<'_>) -> Outcome {
    let path = place.path("socket");
    drop(place.system.listen(&path, 0o600).must("listen")?);
    holds("its node stays", place.system.metadata(&path).is_ok())?;
    let listening = place.system.listen(&path, 0o640).must("again")?;
    let _client = place.system.connect(&path).must("connect")?;
    place.system.accept(&listening).map(drop).must("accept")?;
    equal(
        "mode",
        place.system.metadata(&path).map(|of| of.mode),
        Ok(0o640),
    )
}

fn used(place: &Place<'_>) -> Outcome {
    let path = place.path("socket");
    let listening = place.system.listen(&path, 0o600).must("listen")?;
    refused(
        "somebody listens",
        place.system.listen(&path, 0o600),
        Errno::EADDRINUSE,
    )?;
    let _client = place.system.connect(&path).must("connect")?;
    place.system.accept(&listening).map(drop).must("it goes on")
}

fn listen_errors(place: &Place<'_>) -> Outcome {
    let file = place.file("file", b"x")?;
    refused(
        "a file",
        place.system.listen(&file, 0o600),
        Errno::EADDRINUSE,
    )?;
    equal("it stays", place.content(&file)?.as_str(), "x")?;
    let missing = place.path("no/socket");
    refused(
        "no directory",
        place.system.listen(&missing, 0o600),
        Errno::ENOENT,
    )?;
    let long = "/".repeat(104);
    refused(
        "104 bytes",
        place.system.listen(&long, 0o600),
        Errno::ENAMETOOLONG,
    )?;
    refused("NUL", place.system.listen("/tmp/a\0", 0o600), Errno::EINVAL)?;
    let as_user = place.as_user(|| place.system.listen(&place.path("s"), 0o600).map(drop))?;
    equal("as a user", as_user, Some(Errno::EACCES))
}

fn none(place: &Place<'_>) -> Outcome {
    let listening = place
        .system
        .listen(&place.path("socket"), 0o600)
        .must("listen")?;
    refused(
        "no connection",
        place.system.accept(&listening),
        Errno::EAGAIN,
    )?;
    let file = place.system.open("/dev/null", Open::Read, 0).must("open")?;
    let not_socket = Errno(libc::ENOTSOCK as u16);
    refused("no socket", place.system.accept(&file), not_socket)
}

fn accepted(place: &Place<'_>) -> Outcome {
    let path = place.path("socket");
    let listening = place.system.listen(&path, 0o600).must("listen")?;
    let client = place.system.connect(&path).must("connect")?;
    let server = place.system.accept(&listening).must("accept")?;
    refused(
        "nothing said",
        place.system.read(&server, &mut [0; 4]),
        Errno::EAGAIN,
    )?;
    const NOT_BLOCKING: usize = libc::O_NONBLOCK as usize;
    let waits = calls::flags(&client).map(|flags| flags & NOT_BLOCKING == 0);
    equal("the client waits", waits, Ok(true))
}

fn peer(place: &Place<'_>) -> Outcome {
    let path = place.path("socket");
    let listening = place.system.listen(&path, 0o666).must("listen")?;
    let pid = match os::fork().must("fork")? {
        os::Forked::Parent(pid) => pid,
        os::Forked::Child => {
            let connected = os::user(1000, 1001).and_then(|()| place.system.connect(&path));
            os::sleep_ms(10_000);
            os::exit(u8::from(connected.is_err()));
        }
    };
    place.system.watch_read(&listening, 0).must("watch")?;
    let mut events = [libcell::platform::Event::Signal(0); 1];
    equal(
        "a connection",
        place.system.wait(&mut events, Some(20_000)),
        Ok(1),
    )?;
    let server = place.system.accept(&listening).must("accept")?;
    let peer = place.system.peer(&server).must("peer")?;
    equal("numbers", (peer.pid, peer.uid, peer.gid), (pid, 1000, 1001))?;
    // as of when it was made
    place.system.kill(pid, signal::KILL).must("kill")?;
    os::wait_for(pid).must("wait")?;
    equal("of who is gone", place.system.peer(&server), Ok(peer))
}

fn peer_errors(place: &Place<'_>) -> Outcome {
    let (reading, _writing) = place.system.pipe().must("pipe")?;
    let not_socket = Errno(libc::ENOTSOCK as u16);
    refused("a pipe", place.system.peer(&reading), not_socket)?;
    let listening = place
        .system
        .listen(&place.path("socket"), 0o600)
        .must("listen")?;
    refused(
        "not connected",
        place.system.peer(&listening),
        Errno::EINVAL,
    )
}

fn connect_errors(place: &Place<'_>) -> Outcome {
    let path = place.path("socket");
    refused("none", place.system.connect(&path), Errno::ENOENT)?;
    drop(place.system.listen(&path, 0o600).must("listen")?);
    refused(
        "nobody listens",
        place.system.connect(&path),
        Errno::ECONNREFUSED,
    )?;
    let file = place.file("file", b"")?;
    let not_socket = Errno(libc::ENOTSOCK as u16);
    refused("a file", place.system.connect(&file), not_socket)?;
    let closed = place.path("closed");
    let _listening = place.system.listen(&closed, 0o600).must("listen")?;
    let as_user = place.as_user(|| place.system.connect(&closed).map(drop))?;
    equal("another's", as_user, Some(Errno::EACCES))?;
    let long = "/".repeat(104);
    refused(
        "104 bytes",
        place.system.connect(&long),
        Errno::ENAMETOOLONG,
    )
}

/// EPIPE, without the signal.
fn closed(place: &Place<'_>) -> Outcome {
    let path = place.path("socket");
    let listening = place.system.listen(&path, 0o600).must("listen")?;
    let client = place.system.connect(&path).must("connect")?;
    drop(place.system.accept(&listening).must("accept")?);
    refused(
        "the client",
        place.system.write(&client, b"x"),
        Errno::EPIPE,
    )?;
    let client = place.system.connect(&path).must("connect")?;
    let server = place.system.accept(&listening).must("accept")?;
    drop(client);
    refused(
        "the server",
        place.system.write(&server, b"x"),
        Errno::EPIPE,
    )
}
