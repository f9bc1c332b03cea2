//! The control socket without anybody behind it: cells start and stop at once.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use cell_abi::Handle;
use libcell::control::{
    self, Changes, Deed, LastExit, MESSAGE_MAX, Reply, Request, State, Status, Stepped, System,
};
use libcell::desired::{Paths, Source, definition, digest};
use libcell::platform::System as Os;

#[derive(Clone, Default)]
pub struct Cell {
    pub up: bool,
    pub runs: u32,
    pub digest: [u8; 8],
    bytes: Vec<u8>,
}

/// What it knows, in the order of the definitions.
#[derive(Clone, Default)]
pub struct Known {
    pub cells: Vec<(String, Cell)>,
    desired: BTreeMap<String, (Vec<u8>, [u8; 8])>,
    pub notes: Vec<String>,
    /// Cells that do not start.
    pub broken: Vec<String>,
}

impl Known {
    /// Reads the definitions again.
    pub fn reload(&mut self, prefix: &str) -> Result<(), String> {
        let path = |path: &str| format!("{prefix}{path}");
        let (image, none) = (path("/etc/cells.bin"), path("/none"));
        let paths = Paths {
            image: &image,
            rescue: &none,
            key: &none,
        };
        let os = Os::at(prefix);
        let source = Source::load(&os, &paths, prefix, &mut |_| {}).ok_or("no image")?;
        let desired = source.desired().map_err(|why| why.told())?;
        self.desired.clear();
        let mut names = vec![];
        for cell in &desired.image.cells {
            let mut bytes = vec![];
            definition(&desired.image, cell, &mut |more| {
                bytes.extend_from_slice(more)
            });
            let name = cell.name.as_str().to_owned();
            self.desired
                .insert(name.clone(), (bytes, digest(&desired.image, cell)));
            names.push(name);
        }
        let before = std::mem::take(&mut self.cells);
        let find = |name: &String| before.iter().find(|(other, _)| other == name);
        for name in &names {
            let cell = find(name).map_or_else(Cell::default, |(_, cell)| cell.clone());
            self.cells.push((name.clone(), cell));
        }
        let orphans = before
            .iter()
            .filter(|(name, cell)| cell.up && !names.contains(name));
        self.cells.extend(orphans.cloned());
        for index in 0..self.cells.len() {
            if !self.cells[index].1.up {
                self.adopt(index);
            }
        }
        Ok(())
    }

    fn adopt(&mut self, index: usize) {
        let (name, cell) = &mut self.cells[index];
        if let Some((bytes, digest)) = self.desired.get(name) {
            cell.bytes = bytes.clone();
            cell.digest = *digest;
        }
    }

    /// Starts what is to be started at boot.
    pub fn boot(&mut self, names: &[&str]) {
        for (name, cell) in &mut self.cells {
            if names.contains(&name.as_str()) {
                cell.up = true;
                cell.runs = 1;
            }
        }
    }

    pub fn cell(&mut self, name: &str) -> &mut Cell {
        let mut cells = self.cells.iter_mut();
        &mut cells.find(|(other, _)| other == name).expect("a cell").1
    }

    fn act(&mut self, what: Deed, name: &str) -> bool {
        let Some(index) = self.cells.iter().position(|(other, _)| other == name) else {
            return false;
        };
        if what != Deed::Start {
            self.cells[index].1.up = false;
            self.adopt(index);
        }
        if what != Deed::Stop && !self.cells[index].1.up && !self.broken.contains(&name.into()) {
            self.cells[index].1.up = true;
            self.cells[index].1.runs += 1;
        }
        true
    }
}

/// Serves until the process ends.
pub fn serve(prefix: &Path, known: &Arc<Mutex<Known>>) {
    let listener = UnixListener::bind(prefix.join("var/run/cellinit.sock")).unwrap();
    let (prefix, known) = (prefix.to_str().unwrap().to_owned(), Arc::clone(known));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (prefix, known) = (prefix.clone(), Arc::clone(&known));
            thread::spawn(move || client(stream, &prefix, &known));
        }
    });
}

fn client(mut stream: UnixStream, prefix: &str, known: &Mutex<Known>) {
    let mut held = vec![];
    let mut bytes = [0; 4096];
    loop {
        match control::read::<Request<'_>>(&held) {
            Ok(Some((request, used))) => {
                let answered = answer(&mut stream, prefix, known, &request);
                if answered.is_none() {
                    return;
                }
                held.drain(..used);
                continue;
            }
            Ok(None) => {}
            Err(_) => return,
        }
        match stream.read(&mut bytes) {
            Ok(0) | Err(_) => return,
            Ok(count) => held.extend_from_slice(&bytes[..count]),
        }
    }
}

fn answer(
    stream: &mut UnixStream,
    prefix: &str,
    known: &Mutex<Known>,
    request: &Request<'_>,
) -> Option<()> {
    let mut send = |reply: &Reply<'_>| {
        let mut bytes = [0; MESSAGE_MAX];
        let used = control::write(reply, &mut bytes).unwrap();
        stream.write_all(&bytes[..used]).ok()
    };
    let mut known = known.lock().unwrap();
    match *request {
        Request::System => send(&Reply::System(System {
            board: "desk",
            image: [0; 8],
            uptime_ms: 61_000,
            cells: known.cells.len() as u8,
            ready: 0,
            watchdog_fed: false,
            sealed: false,
            boot_ms: 12,
            memory: 30_000,
            rings: 4096,
            dropped: 0,
            changes: Changes::Made(0),
        })),
        Request::Status(index) => match known.cells.get(usize::from(index)) {
            None => send(&Reply::Refused(control::Why::NoSuchCell)),
            Some((name, cell)) => {
                let state = match (cell.up, known.broken.contains(name)) {
                    (true, _) => State::Ready,
                    (false, true) => State::Failed,
                    (false, false) => State::Stopped,
                };
                send(&Reply::Cell(Status {
                    name,
                    state,
                    handle: Handle::HOST,
                    pid: if cell.up { 100 + u32::from(index) } else { 0 },
                    restarts: cell.runs.saturating_sub(1),
                    failures: 0,
                    backoff_ms: 0,
                    since_ms: 1000,
                    last_exit: LastExit::None,
                    health_failures: 0,
                    definition: cell.digest,
                    pending: false,
                }))
            }
        },
        Request::Do { what, cell, .. } => {
            if known.act(what, cell) {
                send(&Reply::Done)
            } else {
                send(&Reply::Refused(control::Why::NoSuchCell))
            }
        }
        Request::Reload { .. } => match known.reload(prefix) {
            Ok(()) => send(&Reply::Done),
            Err(why) => send(&Reply::Failed(&why)),
        },
        Request::Definition { cell, from } => {
            let bytes = &known.cells[usize::from(cell)].1.bytes;
            let rest = bytes.get(from as usize..).unwrap_or_default();
            send(&Reply::Definition(&rest[..rest.len().min(100)]))
        }
        Request::Step { .. } => send(&Reply::Step(Stepped::Same)),
        Request::Note { text, .. } => {
            known.notes.push(text.into());
            send(&Reply::Done)
        }
        Request::Log { .. } => {
            send(&Reply::Log(b"stdout: hello\ncellinit: ready\n"))?;
            send(&Reply::Done)
        }
        Request::Events { follow } => {
            send(&Reply::Log(b"12 web: ready\n"))?;
            if follow { Some(()) } else { send(&Reply::Done) }
        }
        Request::Start(_) | Request::Stop(_) | Request::Restart(_) | Request::Shutdown => {
            send(&Reply::Refused(control::Why::Malformed))
        }
    }
}
