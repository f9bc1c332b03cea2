//! Datagrams, to something like syslogd(8).

use libcell::platform::{Errno, Platform};

use super::place::{Must, Outcome, Place, equal, holds, refused, wrong};
use super::{Named, calls};

pub const TESTS: &[Named] = &[
    ("datagram", bytes),
    ("datagram-does-not-block", full),
    ("datagram-sink-gone", gone),
    ("datagram-errors", errors),
];

fn bytes(place: &Place<'_>) -> Outcome {
    let path = place.path("log");
    let sink = calls::datagram_sink(&path).must("sink")?;
    let fd = place.system.connect_datagram(&path).must("connect")?;
    equal("closed by exec", calls::closes_on_exec(&fd), Ok(true))?;
    let lines: [&[u8]; 3] = [
        b"<30>Nov 22 09:00:00 web[7]: started",
        b"<27>x",
        &[0xff; 900],
    ];
    for line in lines {
        equal("sent", place.system.write(&fd, line), Ok(line.len()))?;
    }
    let mut buffer = [0; 1024];
    for line in lines {
        let count = place.system.read(&sink, &mut buffer).must("read")?;
        equal("each by itself", buffer.get(..count), Some(line))?;
    }
    Ok(())
}

fn full(place: &Place<'_>) -> Outcome {
    let path = place.path("log");
    let sink = calls::datagram_sink(&path).must("sink")?;
    let fd = place.system.connect_datagram(&path).must("connect")?;
    let mut sent = 0;
    let errno = loop {
        match place.system.write(&fd, &[b'x'; 200]) {
            Ok(_) => sent += 1,
            Err(errno) => break errno,
        }
        if sent > 10_000 {
            return wrong("full", "it never is");
        }
    };
    holds(
        format_args!("{errno:?}"),
        matches!(errno, Errno::ENOBUFS | Errno::EAGAIN),
    )?;
    // and goes on when something was taken
    let mut buffer = [0; 256];
    for _ in 0..sent {
        equal("taken", place.system.read(&sink, &mut buffer), Ok(200))?;
    }
    equal("sent", place.system.write(&fd, b"more"), Ok(4))?;
    equal("taken", place.system.read(&sink, &mut buffer), Ok(4))
}

fn gone(place: &Place<'_>) -> Outcome {
    let path = place.path("log");
    let sink = calls::datagram_sink(&path).must("sink")?;
    let fd = place.system.connect_datagram(&path).must("connect")?;
    drop(sink);
    let errno = match place.system.write(&fd, b"x") {
        Ok(count) => return wrong("sent", count),
        Err(errno) => errno,
    };
    let known = [
        Errno::ECONNREFUSED,
        Errno::ECONNRESET,
        Errno(libc::ENOTCONN as u16),
        Errno(libc::EDESTADDRREQ as u16),
    ];
    holds(format_args!("{errno:?}"), known.contains(&errno))?;
    refused(
        "a new one",
        place.system.connect_datagram(&path),
        Errno::ECONNREFUSED,
    )?;
    // a syslogd that comes back takes its node away first
    place.system.unlink(&path).must("unlink")?;
    let sink = calls::datagram_sink(&path).must("sink")?;
    let fd = place.system.connect_datagram(&path).must("connect")?;
    equal("sent", place.system.write(&fd, b"x"), Ok(1))?;
    equal("taken", place.system.read(&sink, &mut [0; 4]), Ok(1))
}

fn errors(place: &Place<'_>) -> Outcome {
    let path = place.path("log");
    refused("none", place.system.connect_datagram(&path), Errno::ENOENT)?;
    let _listening = place.system.listen(&path, 0o600).must("listen")?;
    let another_kind = Errno(libc::EPROTOTYPE as u16);
    refused(
        "a stream",
        place.system.connect_datagram(&path),
        another_kind,
    )
}
