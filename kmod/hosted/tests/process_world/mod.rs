//! A kernel on a socket in a temporary directory, and real processes in its cells.
//!
//! There is one kernel in a process, so tests take turns. They need root (or root of a user namespace) and seccomp
//! listeners (Linux 5.9); without, [`World::new`] says so and the test passes without having tested.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cell_abi::{CellName, Create, Handle, Policy, Profile, Reply, Request, RootPath};
use cell_hosted::process::client::Client;
use cell_hosted::process::{Running, start};

static TURN: Mutex<()> = Mutex::new(());

pub struct World {
    pub client: Client,
    socket: PathBuf,
    directory: tempfile::TempDir,
    running: Option<Running>,
    _turn: MutexGuard<'static, ()>,
}

impl World {
    pub fn new() -> Option<Self> {
        // SAFETY: takes nothing.
        if unsafe { libc::geteuid() } != 0 {
            eprintln!("skipped: not root");
            return None;
        }
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = tempfile::tempdir().unwrap();
        let socket = directory.path().join("cell");
        let running = start(&socket).unwrap();
        Some(Self {
            client: Client::open(&socket).unwrap(),
            socket,
            directory,
            running: Some(running),
            _turn: turn,
        })
    }

    pub fn create(&self, name: &str, profile: Profile) -> Handle {
        self.create_with(name, &Policy::of(profile), "/")
    }

    pub fn create_with(&self, name: &str, policy: &Policy, root: &str) -> Handle {
        let request = Request::Create(Create {
            name: CellName::new(name).unwrap(),
            root: RootPath::new(root).unwrap(),
            policy: policy.clone(),
        });
        match self.client.request(&request, &mut [0; 4096]).unwrap() {
            Reply::Created(cell) => cell,
            other => panic!("{other:?}"),
        }
    }

    pub fn request(&self, request: &Request<'_>) -> Result<(), i32> {
        request_over(&self.client, request)
    }

    pub fn processes(&self, cell: Handle) -> u32 {
        match self.client.request(&Request::Stats(cell), &mut [0; 4096]) {
            Ok(Reply::Stats(stats)) => stats.processes,
            other => panic!("{other:?}"),
        }
    }

    pub fn denials(&self, cell: Handle) -> u32 {
        match self.client.request(&Request::Stats(cell), &mut [0; 4096]) {
            Ok(Reply::Stats(stats)) => stats.denials,
            other => panic!("{other:?}"),
        }
    }

    pub fn kill(&self, cell: Handle, signal: i32) -> u32 {
        let signal = u8::try_from(signal).unwrap();
        let request = Request::Kill { cell, signal };
        match self.client.request(&request, &mut [0; 4096]) {
            Ok(Reply::Killed(count)) => count,
            other => panic!("{other:?}"),
        }
    }

    /// Starts a process in a cell that runs `body` and exits with what it returns.
    pub fn spawn(&self, cell: Handle, body: impl FnOnce() -> i32) -> Child {
        let socket = self.socket.clone();
        fork(
            move || match Client::open(&socket).and_then(|client| client.enter(cell)) {
                Ok(()) => body(),
                Err(error) => 200 + error.raw_os_error().unwrap_or(0) % 50,
            },
        )
    }

    /// Runs `body` in a cell; what it returned.
    pub fn run(&self, cell: Handle, body: impl FnOnce() -> i32) -> i32 {
        self.spawn(cell, body).wait()
    }

    /// Runs `body` as that user of the host, before the kernel.
    pub fn run_as_host_user(&self, uid: u32, body: impl FnOnce() -> i32) -> i32 {
        let socket = self.socket.clone();
        fork(move || {
            if Client::open(&socket)
                .and_then(|client| client.become_host_user())
                .is_err()
            {
                return 200;
            }
            become_user(uid);
            body()
        })
        .wait()
    }

    pub fn socket(&self) -> PathBuf {
        self.socket.clone()
    }

    pub fn directory(&self) -> &std::path::Path {
        self.directory.path()
    }

    /// Waits until a cell can be destroyed, and destroys it.
    pub fn destroy(&self, cell: Handle) {
        until("destroyed", || {
            self.request(&Request::Destroy(cell)) == Ok(())
        });
    }

    /// Stops the kernel; the processes that were left in cells.
    pub fn stop(mut self) -> usize {
        self.running
            .take()
            .map_or(0, |running| running.stop().len())
    }
}

pub fn request_over(client: &Client, request: &Request<'_>) -> Result<(), i32> {
    client
        .request(request, &mut [0; 4096])
        .map(drop)
        .map_err(|error| error.raw_os_error().unwrap())
}

#[derive(Debug)]
pub struct Child(pub i32);

impl Child {
    pub fn wait(self) -> i32 {
        let mut status = 0;
        // SAFETY: room for the status.
        assert_eq!(unsafe { libc::waitpid(self.0, &raw mut status, 0) }, self.0);
        if libc::WIFEXITED(status) {
            libc::WEXITSTATUS(status)
        } else {
            1000 + libc::WTERMSIG(status)
        }
    }

    pub fn kill(self) -> i32 {
        // SAFETY: no pointers.
        unsafe { libc::kill(self.0, libc::SIGKILL) };
        self.wait()
    }
}

/// A child with no descriptors but the standard ones.
pub fn fork(body: impl FnOnce() -> i32) -> Child {
    // SAFETY: glibc makes its own locks usable in the child of a process with threads; the body takes no others, and the
    // child ends by _exit.
    match unsafe { libc::fork() } {
        0 => {
            // SAFETY: closes what only the parent uses; ends without running anything of the parent's.
            unsafe {
                libc::close_range(3, u32::MAX, 0);
                let status = body();
                libc::_exit(status)
            }
        }
        pid => {
            assert!(pid > 0);
            Child(pid)
        }
    }
}

pub fn become_user(uid: u32) {
    // SAFETY: an empty list, and numbers. The calls themselves: glibc's would look for other threads.
    unsafe {
        libc::syscall(libc::SYS_setgroups, 0, std::ptr::null::<libc::gid_t>());
        libc::syscall(libc::SYS_setgid, uid);
        libc::syscall(libc::SYS_setuid, uid);
    }
}

/// 0, or errno of a call that gave -1.
pub fn errno_of(result: impl Into<i64>) -> i32 {
    if result.into() >= 0 {
        0
    } else {
        io::Error::last_os_error().raw_os_error().unwrap()
    }
}

pub fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(5);
    while !condition() {
        assert!(Instant::now() < deadline, "not {what} in 5 s");
        std::thread::sleep(Duration::from_millis(2));
    }
}
