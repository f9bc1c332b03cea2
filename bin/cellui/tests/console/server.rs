//! A cellmgr ipc at a socket with made-up cells; it writes down which commands it was asked.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use cell_terminal::{Line, Pty};
use libcell::ipc::{Ask, Frames, Tell, VERSION, encode};
use libcell::table::Owned;

/// A made-up cell.
#[derive(Clone)]
pub struct Cell {
    pub name: String,
    pub service: &'static str,
    pub micros: u64,
    pub memory: u64,
    pub restarts: u64,
    pub age: u64,
}

impl Cell {
    fn field(&self, name: &str) -> Owned {
        let runs = self.service == "ready";
        let text = |text: &str| Owned::Text(text.into());
        match name {
            "name" => text(&self.name),
            "state" => text("managed"),
            "service" => text(self.service),
            "health" if runs => text("well"),
            "procs" | "pid" => Owned::Number(runs.into()),
            "cpu" if runs => Owned::Micros(self.micros),
            "rss" => Owned::Bytes(if runs { self.memory } else { 0 }),
            "restarts" | "failures" => Owned::Number(self.restarts),
            "age" => Owned::Seconds(self.age),
            "drift" => text("none"),
            "running" => Owned::Flag(runs),
            "denials" => Owned::Number(0),
            "reserved_ports" => text("tcp/80"),
            _ => Owned::Absent,
        }
    }
}

/// What it tells, and what it was told.
pub struct Model {
    pub cells: Vec<Cell>,
    pub write: bool,
    /// Who asks is answered.
    pub answers: bool,
    /// Commands that were asked.
    pub commands: Vec<String>,
    /// Answers to asks for cells so far.
    pub looks: u32,
    clients: Vec<UnixStream>,
    listens: bool,
}

/// The server.
pub struct Server {
    directory: tempfile::TempDir,
    model: Arc<Mutex<Model>>,
}

/// So many cells.
fn cells(count: usize) -> Vec<Cell> {
    let names = ["logger", "web", "worker", "database", "mqtt-bridge"];
    let cell = |index: usize| Cell {
        name: format!("{}-{index}", names[index % names.len()]),
        service: "ready",
        micros: 1_000_000 * index as u64,
        memory: (900 + 1237 * index as u64) << 10,
        restarts: index as u64 % 3,
        age: 7 * 3600 * (index as u64 + 1),
    };
    (0..count).map(cell).collect()
}

impl Server {
    pub fn new(count: usize) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let model = Arc::new(Mutex::new(Model::new(count)));
        let server = Self { directory, model };
        server.listen();
        server
    }

    /// Begins to listen, again.
    pub fn listen(&self) {
        let _ = std::fs::remove_file(self.path());
        let listener = UnixListener::bind(self.path()).unwrap();
        self.model().listens = true;
        let model = Arc::clone(&self.model);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut locked = model.lock().unwrap();
                if !locked.listens {
                    return;
                }
                locked.clients.push(stream.try_clone().unwrap());
                drop(locked);
                let model = Arc::clone(&model);
                thread::spawn(move || serve(stream, &model));
            }
        });
    }

    /// Nobody is listened to any more, and who was connected is not.
    pub fn close(&self) {
        let mut model = self.model();
        model.listens = false;
        for client in model.clients.drain(..) {
            let _ = client.shutdown(std::net::Shutdown::Both);
        }
        drop(model);
        let _ = UnixStream::connect(self.path());
        std::fs::remove_file(self.path()).unwrap();
    }

    pub fn path(&self) -> PathBuf {
        self.directory.path().join("ipc")
    }

    pub fn model(&self) -> MutexGuard<'_, Model> {
        self.model.lock().unwrap()
    }

    /// A console of it.
    pub fn console(&self, options: &[&str], line: Line) -> Console {
        self.sized(options, line, (80, 24))
    }

    /// A console of that size.
    pub fn sized(&self, options: &[&str], line: Line, (columns, rows): (u16, u16)) -> Console {
        let pty = Pty::new(columns, rows, line);
        let path = self.path();
        let mut arguments = vec!["--connect", path.to_str().unwrap()];
        arguments.extend(options);
        let child = pty.start(env!("CARGO_BIN_EXE_cellui"), &arguments, &[]);
        Console { pty, child }
    }
}

/// A running program.
pub struct Console {
    pub pty: Pty,
    pub child: Child,
}

/// How long something that is soon there may take on a machine that has other things to do.
pub const SOON: Duration = Duration::from_secs(10);

/// Nothing comes for so long: the frame is over.
pub const OVER: Duration = Duration::from_millis(300);

impl Console {
    /// It ends; the status.
    pub fn ended(&mut self) -> i32 {
        for _ in 0..2000 {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("it goes on");
    }

    /// Presses keys, and waits until everything that comes of it came.
    pub fn press(&self, keys: &[u8]) -> usize {
        let before = self.pty.quiet(OVER);
        self.pty.keys(keys);
        // after Escape what comes within 100 ms belongs to it
        thread::sleep(Duration::from_millis(200));
        self.pty.quiet(OVER) - before
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(mut stream: UnixStream, model: &Mutex<Model>) {
    let mut frames = Frames::new();
    let mut bytes = [0; 1024];
    loop {
        let Ok(count @ 1..) = stream.read(&mut bytes) else {
            return;
        };
        let mut messages = vec![];
        frames.feed(&bytes[..count], &mut |message| messages.push(message));
        for message in messages {
            let Some((id, ask)) = Ask::read(&message) else {
                continue;
            };
            let mut model = model.lock().unwrap();
            if !model.answers {
                continue;
            }
            for tell in model.answer(&ask) {
                if stream.write_all(&encode(&tell.write(id))).is_err() {
                    return;
                }
            }
        }
    }
}

impl Model {
    pub fn new(count: usize) -> Self {
        Self {
            cells: cells(count),
            write: true,
            answers: true,
            commands: vec![],
            looks: 0,
            clients: vec![],
            listens: true,
        }
    }

    pub fn answer(&mut self, ask: &Ask<'_>) -> Vec<Tell<'static>> {
        match ask {
            Ask::Hello(_) => vec![Tell::Hello {
                version: VERSION,
                board: "desk",
                write: self.write,
            }],
            Ask::Rows { fields, names, .. } => {
                self.looks += 1;
                let asked = |cell: &&Cell| names.is_empty() || names.contains(&cell.name.as_str());
                let row = |cell: &Cell| {
                    let fields = fields.split(',').map(|field| cell.field(field));
                    Tell::Row(fields.collect())
                };
                let mut tells: Vec<Tell<'static>> =
                    self.cells.iter().filter(asked).map(row).collect();
                tells.push(Tell::Done(0));
                tells
            }
            Ask::Run(words) => {
                let command = words.join(" ");
                let shows_drift = command.ends_with("--dry-run");
                self.commands.push(command);
                if shows_drift {
                    return vec![
                        Tell::Output(b"web-1: WARN policy\n  ports tcp/80 -> tcp/81\n"),
                        Tell::Done(2),
                    ];
                }
                vec![Tell::Output(b"as asked\n"), Tell::Done(0)]
            }
            Ask::Backups(_) => {
                let text = |text: &str| Owned::Text(text.into());
                let row = |day: u8| {
                    Tell::Row(vec![
                        text(&format!("2026-11-{day} 07:00:00")),
                        text("status"),
                        Owned::Bytes(2048),
                        text(&format!("status_202611{day}070000.tar.gz")),
                    ])
                };
                vec![row(30), row(29), Tell::Done(0)]
            }
            Ask::System | Ask::Fields { .. } | Ask::Cancel(_) => vec![Tell::Done(0)],
            Ask::Subscribe => vec![Tell::Event("1234 web-1: started: pid 7, uid 1, gid 1")],
            Ask::Log { .. } => vec![Tell::Output(b"cellinit: ready\nstderr: one line\n")],
            Ask::Bye => vec![],
        }
    }
}
