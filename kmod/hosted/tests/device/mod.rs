//! The device as tests use it.
#![allow(dead_code, missing_docs, clippy::expect_used)]

use cell_abi::{
    CellName, Create, Event, Handle, Policy, PolicyReport, Profile, Reply, Request, RootPath,
    Stats, frame,
};
use cell_hosted::{Errno, File, Kernel, Proc};

/// `/dev/cell`, open in init.
pub struct Cells<'k> {
    pub kernel: &'k Kernel,
    pub file: File,
}

/// A profile's policy with nothing of its own.
pub fn policy(profile: Profile) -> Policy {
    Policy::of(profile)
}

impl<'k> Cells<'k> {
    pub fn open(kernel: &'k Kernel) -> Self {
        let file = kernel.open_nonblocking(Proc::INIT).expect("open");
        Self { kernel, file }
    }

    /// A request with init's descriptor; other processes open their own for the time of it.
    pub fn request_as<'b>(
        &self,
        proc: Proc,
        request: &Request<'_>,
        buffer: &'b mut [u8],
    ) -> Result<Reply<'b>, Errno> {
        frame::write(request, buffer).expect("a request that fits");
        if proc == Proc::INIT {
            self.kernel.ioctl(proc, self.file, buffer)?;
        } else {
            let file = self.kernel.open(proc)?;
            let result = self.kernel.ioctl(proc, file, buffer);
            self.kernel.close(proc, file);
            result?;
        }
        Ok(frame::read(buffer).expect("a reply"))
    }

    pub fn create(&self, name: &str, policy: Policy) -> Result<Handle, Errno> {
        self.create_at(name, "/usr", policy)
    }

    pub fn create_at(&self, name: &str, root: &str, policy: Policy) -> Result<Handle, Errno> {
        let request = Request::Create(Create {
            name: CellName::new(name).expect("name"),
            root: RootPath::new(root).expect("root"),
            policy,
        });
        let mut buffer = [0; 1024];
        match self.request_as(Proc::INIT, &request, &mut buffer)? {
            Reply::Created(cell) => Ok(cell),
            other => panic!("{other:?}"),
        }
    }

    fn done(&self, proc: Proc, request: &Request<'_>) -> Result<(), Errno> {
        let mut buffer = [0; 128];
        match self.request_as(proc, request, &mut buffer)? {
            Reply::Done => Ok(()),
            other => panic!("{other:?}"),
        }
    }

    pub fn destroy(&self, cell: Handle) -> Result<(), Errno> {
        self.done(Proc::INIT, &Request::Destroy(cell))
    }

    pub fn seal(&self) -> Result<(), Errno> {
        self.done(Proc::INIT, &Request::Seal)
    }

    pub fn enter_as(&self, proc: Proc, cell: Handle) -> Result<(), Errno> {
        self.done(proc, &Request::Enter(cell))
    }

    /// A process that was in a cell from its first day.
    pub fn member(&self, pid: i32, uid: u32, cell: Handle) -> Proc {
        let proc = self.kernel.process(pid, 0, 0);
        self.enter_as(proc, cell).expect("enter");
        self.kernel.set_ids(proc, uid, uid);
        self.kernel.exec(proc);
        proc
    }

    pub fn kill(&self, cell: Handle, signal: u8) -> Result<u32, Errno> {
        let mut buffer = [0; 128];
        match self.request_as(Proc::INIT, &Request::Kill { cell, signal }, &mut buffer)? {
            Reply::Killed(count) => Ok(count),
            other => panic!("{other:?}"),
        }
    }

    pub fn stats(&self, cell: Handle) -> Result<Stats, Errno> {
        let mut buffer = [0; 128];
        match self.request_as(Proc::INIT, &Request::Stats(cell), &mut buffer)? {
            Reply::Stats(stats) => Ok(stats),
            other => panic!("{other:?}"),
        }
    }

    pub fn policy(&self, cell: Handle) -> Result<PolicyReport, Errno> {
        let mut buffer = [0; 4096];
        match self.request_as(Proc::INIT, &Request::Policy(cell), &mut buffer)? {
            Reply::Policy(report) => Ok(report),
            other => panic!("{other:?}"),
        }
    }

    /// Events that init's descriptor has not read yet.
    pub fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        let mut buffer = [0; 256];
        loop {
            match self.kernel.read(Proc::INIT, self.file, &mut buffer) {
                Ok(got) => events.extend(decode(&buffer[..got])),
                Err(Errno::EAGAIN) => return events,
                Err(other) => panic!("{other}"),
            }
        }
    }
}

/// Frames one after the other.
pub fn decode(bytes: &[u8]) -> Vec<Event> {
    bytes
        .split_inclusive(|byte| *byte == 0)
        .map(|piece| {
            let mut piece = piece.to_vec();
            assert_eq!(piece.pop(), Some(0), "whole frames");
            frame::read_event(&mut piece).expect("event")
        })
        .collect()
}
