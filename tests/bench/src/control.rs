//! Asks cellinit.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

use libcell::control::{MESSAGE_MAX, Reply, Request, SOCKET, read, write};

use crate::Result;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks one thing, and looks at the answer.
pub fn ask<T>(request: &Request<'_>, look: impl Fn(&Reply<'_>) -> T) -> Result<T> {
    let prefix = std::env::var("PICOCELL_PREFIX")?;
    let mut connection = UnixStream::connect(format!("{prefix}{SOCKET}"))?;
    let mut message = [0; MESSAGE_MAX + 2];
    let used = write(request, &mut message).ok_or("request does not fit")?;
    connection.write_all(&message[..used])?;
    let mut got = Vec::new();
    loop {
        let mut part = [0; 512];
        let count = connection.read(&mut part)?;
        if count == 0 {
            return Err("cellinit: control socket: closed".into());
        }
        got.extend_from_slice(&part[..count]);
        match read::<Reply<'_>>(&got) {
            Ok(Some((reply, _))) => return Ok(look(&reply)),
            Ok(None) => {}
            Err(_) => return Err("cellinit: control socket: malformed reply".into()),
        }
    }
}

/// Asks until the answer is there.
pub fn wait<T>(request: &Request<'_>, look: impl Fn(&Reply<'_>) -> Option<T>) -> Result<T> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(found) = ask(request, &look)? {
            return Ok(found);
        }
        sleep(Duration::from_micros(200));
    }
    Err("cellinit: nothing came of it".into())
}

/// Milliseconds from the start of cellinit until the last cell was executed, by its own clock.
pub fn boot_ms() -> Result<u32> {
    wait(&Request::System, |reply| match reply {
        Reply::System(system) if system.boot_ms != 0 => Some(system.boot_ms),
        _ => None,
    })
}
