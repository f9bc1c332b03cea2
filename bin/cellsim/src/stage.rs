//! cellinit, in its own pid and mount namespaces.

use std::io::ErrorKind;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;

use cell_hosted::process::facts::{self, Pid};
use cell_hosted::process::os::{namespace, pidfd};

use crate::{Failure, keeper};

/// What the main thread waits for.
#[derive(Debug)]
pub(crate) enum Happened {
    /// A signal asks to stop.
    Signal,
    /// cellinit has ended.
    CellinitEnded(Option<i32>),
    /// The command has ended.
    CommandEnded(Option<i32>),
}

/// A running cellinit.
#[derive(Debug)]
pub(crate) struct Stage {
    keeper: Pid,
    thread: JoinHandle<()>,
}

/// The real program, beside this one.
pub(crate) fn beside(program: &str) -> Result<std::path::PathBuf, Failure> {
    let own = std::env::current_exe().map_err(|why| Failure::of(program, why))?;
    let found = own.with_file_name(program);
    if found.is_file() {
        Ok(found)
    } else {
        Err(Failure::of(
            found.display(),
            "not there; build the workspace first",
        ))
    }
}

/// Gives the calling thread namespaces of its own, out of which no mount gets.
fn set() -> Result<(), Failure> {
    namespace::leave_mounts_and_pids().map_err(|why| {
        let missing = "needs CAP_SYS_ADMIN, which containers rarely have";
        Failure::of("mount and pid namespaces", format!("{why}; {missing}"))
    })?;
    namespace::keep_mounts().map_err(|why| match why.kind() {
        ErrorKind::InvalidInput => Failure::of(
            "mount namespace",
            "/ is not a mount point, as in a chroot; bind-mount it on itself before the chroot, so that mounts can be kept in",
        ),
        _ => Failure::of("mount namespace", format!("mounts cannot be kept in: {why}")),
    })
}

impl Stage {
    /// Starts cellinit on the device at `prefix`; its end is told to `events`.
    pub(crate) fn start(prefix: &Path, events: Sender<Happened>) -> Result<Self, Failure> {
        let cellinit = beside("cellinit")?;
        let own = std::env::current_exe().map_err(|why| Failure::of("cellsim", why))?;
        let mut command = Command::new(own);
        command
            .arg(keeper::ARGUMENT)
            .arg(&cellinit)
            .env("PICOCELL_PREFIX", prefix)
            .current_dir("/")
            .stdin(Stdio::null())
            // a ctrl-C is cellsim's alone: it stops everything in order
            .process_group(0);
        let (started, wait) = std::sync::mpsc::channel();
        // the namespaces are this thread's and its children's; the keeper dies with the thread, which waits for it
        let thread = std::thread::spawn(move || {
            let child = set().and_then(|()| {
                namespace::die_with_parent(&mut command);
                let failed = |why| Failure::of(cellinit.display(), why);
                command.spawn().map_err(failed)
            });
            match child {
                Ok(mut child) => {
                    let _ = started.send(Ok(child.id()));
                    let status = child.wait().ok().and_then(|status| status.code());
                    let _ = events.send(Happened::CellinitEnded(status));
                }
                Err(error) => {
                    let _ = started.send(Err(error));
                }
            }
        });
        match wait.recv() {
            Ok(Ok(keeper)) => Ok(Self {
                keeper: Pid::try_from(keeper).unwrap_or(0),
                thread,
            }),
            Ok(Err(failure)) => Err(failure),
            Err(error) => Err(Failure::of("cellinit", error)),
        }
    }

    /// Asks cellinit to stop everything in order.
    pub(crate) fn terminate(&self) {
        for child in facts::children(self.keeper, self.keeper) {
            if facts::of(child).is_some_and(|facts| facts.name == "cellinit")
                && let Ok(process) = pidfd::open(child)
            {
                let _ = pidfd::signal(process.as_fd(), cell_hosted::process::TERMINATE);
            }
        }
    }

    /// Ends everything at once.
    pub(crate) fn kill(&self) {
        if let Ok(process) = pidfd::open(self.keeper) {
            let _ = pidfd::signal(process.as_fd(), cell_hosted::process::KILL);
        }
    }

    /// Waits until all of it has ended.
    pub(crate) fn join(self) {
        let _ = self.thread.join();
    }
}
