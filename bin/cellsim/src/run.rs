//! A simulation from start to end.

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use cell_hosted::process::os::{namespace, signal};
use cell_hosted::process::{Running, start_logging};
use cellbake::board::{self, Board, Source};
use libcell::{control, device, image};

use crate::options::{Options, Proof};
use crate::stage::{Happened, Stage};
use crate::state::{Privilege, State, default_directory};
use crate::syslog::{Console, Log, Syslog};
use crate::{Failure, remains, user};

/// How long cellinit may take to answer after its start.
const START: Duration = Duration::from_secs(10);
/// How long the orderly stop may take; each cell has its own grace, so this is for what hangs.
const STOP: Duration = Duration::from_secs(60);

/// Runs the simulation; the exit status.
pub(crate) fn run(options: &Options) -> Result<u8, Failure> {
    let board = board::load(&options.board, &Source::OfBoard)
        .map_err(|error| Failure(error.to_string()))?;
    let privilege = user::privilege();
    let directory = match &options.state {
        Some(directory) => directory.clone(),
        None => default_directory(privilege)?,
    };
    if privilege == Privilege::User {
        user::become_root()?;
    }
    // before any thread, so that all have it blocked
    signal::block_stops().map_err(|why| Failure::of("signals", why))?;
    let state = State::take(&directory)?;
    let outcome = simulate(options, &board, &state);
    let shown = state.directory().to_owned();
    let left = remains::mounts(&shown);
    for mount in &left {
        eprintln!("cellsim: {mount}: mount was left");
    }
    let removed = state.remove();
    let status = outcome?;
    removed?;
    if !left.is_empty() {
        return Ok(1);
    }
    if options.proof == Proof::Shown && status.clean == Clean::Yes {
        say(format_args!(
            "nothing is left: no process, no mount, no file"
        ));
    }
    Ok(match status.clean {
        Clean::Yes => status.code,
        Clean::No => 1,
    })
}

/// Whether the stop left nothing to kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clean {
    Yes,
    No,
}

struct Status {
    code: u8,
    clean: Clean,
}

fn simulate(options: &Options, board: &Board, state: &State) -> Result<Status, Failure> {
    state.lay_out(board)?;
    let syslog_path = summary(board, state)?;
    let console = if options.command.is_empty() {
        Console::Output
    } else {
        Console::Error
    };
    let log = Log::open(&state.syslog(), console)?;
    let syslog = Syslog::start(state.on_device(&syslog_path), log.clone())?;
    let device = state.on_device(device::PATH);
    // a console that is not read must not stop the kernel
    let (lines, said) = channel::<String>();
    let scribe = std::thread::spawn(move || {
        for line in said {
            log.line(&format!("kern.info {line}"));
        }
    });
    let log_line = move |line: &str| drop(lines.send(line.to_owned()));
    let running =
        start_logging(&device, log_line).map_err(|why| Failure::of(device.display(), why))?;
    let (events, happened) = channel();
    let stops = events.clone();
    std::thread::spawn(move || {
        while signal::wait_for_stop().is_ok() {
            if stops.send(Happened::Signal).is_err() {
                return;
            }
        }
    });
    let prefix = state.prefix();
    let stage = Stage::start(&prefix, events.clone())?;
    say(format_args!("export PICOCELL_PREFIX={}", prefix.display()));
    let mut code = 0;
    let first = if options.command.is_empty() {
        happened.recv().ok()
    } else {
        command(
            options,
            &state.on_device(control::SOCKET),
            &prefix,
            &happened,
            events,
        )
        .unwrap_or_else(|failure| {
            eprintln!("cellsim: {failure}");
            Some(Happened::CommandEnded(None))
        })
    };
    let ended = match first {
        Some(Happened::CommandEnded(status)) => {
            code = status
                .and_then(|status| u8::try_from(status).ok())
                .unwrap_or(1);
            false
        }
        Some(Happened::CellinitEnded(status)) => {
            if status != Some(0) {
                eprintln!("cellsim: cellinit: failed");
                code = 1;
            }
            true
        }
        Some(Happened::Signal) => false,
        None => true,
    };
    let mut clean = if ended {
        Clean::Yes
    } else {
        stop(&stage, &happened, &mut code)
    };
    stage.join();
    if finish(running, state) == Clean::No {
        clean = Clean::No;
    }
    let _ = scribe.join();
    syslog.stop();
    Ok(Status { code, clean })
}

/// Prints a line. An output that is gone stops nothing.
fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stdout(), "cellsim: {line}");
}

/// Prints what is going to run; the path of its syslog.
fn summary(board: &Board, state: &State) -> Result<String, Failure> {
    let opened = image::open(&board.image).map_err(|why| Failure::of("image", why))?;
    for note in &board.notes {
        say(format_args!("{note}"));
    }
    say(format_args!(
        "board {}: {} cells, image of {} bytes, state in {}",
        opened.image.board.name,
        opened.image.cells.len(),
        board.image.len(),
        state.directory().display()
    ));
    Ok(opened.image.board.syslog.to_owned())
}

/// Starts the command once the supervisor answers; the first thing that happened then, or before. `None` if nothing can
/// happen any more.
fn command(
    options: &Options,
    socket: &Path,
    prefix: &Path,
    happened: &Receiver<Happened>,
    events: std::sync::mpsc::Sender<Happened>,
) -> Result<Option<Happened>, Failure> {
    match answers(socket, happened)? {
        Some(early) => Ok(Some(early)),
        None => {
            start_command(&options.command, prefix, events)?;
            Ok(happened.recv().ok())
        }
    }
}

/// Waits until the supervisor answers, or something else happens.
fn answers(socket: &Path, happened: &Receiver<Happened>) -> Result<Option<Happened>, Failure> {
    let deadline = Instant::now() + START;
    while UnixStream::connect(socket).is_err() {
        match happened.recv_timeout(Duration::from_millis(10)) {
            Ok(early) => return Ok(Some(early)),
            Err(RecvTimeoutError::Timeout) if Instant::now() < deadline => {}
            Err(_) => return Err(Failure::of("cellinit", "does not answer")),
        }
    }
    Ok(None)
}

fn start_command(
    command: &[String],
    prefix: &Path,
    events: std::sync::mpsc::Sender<Happened>,
) -> Result<(), Failure> {
    let (program, arguments) = command
        .split_first()
        .ok_or_else(|| Failure::of("command", "empty"))?;
    // cellctl lies beside cellsim
    let beside = std::env::current_exe()
        .ok()
        .and_then(|own| own.parent().map(Path::to_path_buf));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(beside.into_iter().chain(std::env::split_paths(&path)))
        .map_err(|why| Failure::of("PATH", why))?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("PICOCELL_PREFIX", prefix)
        .env("PATH", path);
    let (started, wait) = channel();
    // its own thread, because the command dies with the thread that started it
    std::thread::spawn(move || {
        namespace::die_with_parent(&mut command);
        match command.spawn() {
            Ok(mut child) => {
                let _ = started.send(Ok(()));
                let status = child.wait().ok().and_then(|status| status.code());
                let _ = events.send(Happened::CommandEnded(status));
            }
            Err(error) => {
                let _ = started.send(Err(error));
            }
        }
    });
    match wait.recv() {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Failure::of(program, error)),
        Err(error) => Err(Failure::of(program, error)),
    }
}

/// The orderly stop; a second signal, or too long a time, ends it by force.
fn stop(stage: &Stage, happened: &Receiver<Happened>, code: &mut u8) -> Clean {
    stage.terminate();
    let deadline = Instant::now() + STOP;
    loop {
        match happened.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Happened::CellinitEnded(Some(0))) => return Clean::Yes,
            Ok(Happened::CellinitEnded(_)) => {
                eprintln!("cellsim: cellinit: failed to stop everything in order");
                *code = 1;
                return Clean::No;
            }
            Ok(Happened::CommandEnded(_)) => {}
            Ok(Happened::Signal) => {
                eprintln!("cellsim: stopping at once");
                break;
            }
            Err(_) => {
                eprintln!("cellsim: cellinit: did not stop in {} s", STOP.as_secs());
                break;
            }
        }
    }
    stage.kill();
    Clean::No
}

/// Ends the kernel; whoever is left in a cell or in the state directory is killed and named.
fn finish(running: Running, state: &State) -> Clean {
    let mut clean = Clean::Yes;
    for left in running.stop() {
        eprintln!(
            "cellsim: process {} ({}): was left in a cell, killed",
            left.pid, left.name
        );
        clean = Clean::No;
    }
    let deadline = Instant::now() + Duration::from_secs(2);
    loop {
        // what was killed takes a moment to go
        let left = remains::processes(state.directory());
        if left.is_empty() {
            return clean;
        }
        if Instant::now() > deadline {
            for (pid, name) in left {
                eprintln!("cellsim: process {pid} ({name}): is left in the state directory");
            }
            return Clean::No;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
