//! `celltest member`: a process in a cell that does what it is told.
//!
//! An order is a byte on standard input, its answer a byte on standard output: 0, or an errno.

use alloc::vec::Vec;

use libcell::platform::{Errno, Open, Platform, System};

use crate::os::{self, Forked};

/// This program in the cell's root.
pub const PROGRAM: &str = "/bin/celltest";

/// Whoever is not root any more.
const USER: u32 = 1000;

/// An order, by its byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Fork a child that sleeps for ever.
    Fork,
    /// The same by posix_spawn(2).
    Spawn,
    /// Fork a child that ends, and wait for it.
    ForkAndWait,
    /// execve(2) of itself.
    Execute,
    /// Become an ordinary user.
    SetUser,
    /// Open a file and keep it.
    OpenFile,
    /// Make a socket and keep it.
    OpenSocket,
    /// Open a file and give it to the host.
    PassFile,
    /// Ask for the first process with signal 0. The answer is what was refused with; 0 if it was not.
    Reach,
    /// The answer is the number of processes that it sees.
    See,
    /// End.
    Quit,
}

impl Order {
    const ALL: [Self; 11] = [
        Self::Fork,
        Self::Spawn,
        Self::ForkAndWait,
        Self::Execute,
        Self::SetUser,
        Self::OpenFile,
        Self::OpenSocket,
        Self::PassFile,
        Self::Reach,
        Self::See,
        Self::Quit,
    ];

    /// Its byte.
    pub const fn byte(self) -> u8 {
        self as u8
    }

    fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|order| order.byte() == byte)
    }
}

/// Takes orders until there are no more. As `celltest member again` it has just been executed by itself and answers that.
pub fn run(system: &System, rest: &[&str]) -> u8 {
    let Ok(socket) = system.standard(0) else {
        return 1;
    };
    if let ["again"] = rest
        && system.write(&socket, &[0]).is_err()
    {
        return 1;
    }
    loop {
        let mut byte = [0];
        match system.read(&socket, &mut byte) {
            Ok(1) => {}
            Ok(_) | Err(_) => return 0,
        }
        let [byte] = byte;
        let Some(order) = Order::from_byte(byte) else {
            return 1;
        };
        if order == Order::Quit {
            return 0;
        }
        let answer = match obey(system, order, &socket) {
            Ok(Some(answer)) => answer,
            // it went with the file
            Ok(None) => continue,
            Err(errno) => errno.0 as u8,
        };
        if system.write(&socket, &[answer]).is_err() {
            return 1;
        }
    }
}

/// Sleeps for ever and holds nothing.
pub fn pause(_: &System, _: &[&str]) -> u8 {
    os::close_all();
    loop {
        os::sleep_ms(3_600_000);
    }
}

fn obey(
    system: &System,
    order: Order,
    socket: &<System as Platform>::Fd,
) -> Result<Option<u8>, Errno> {
    match order {
        Order::Fork => {
            if os::fork()? == Forked::Child {
                pause(system, &[]);
            }
        }
        Order::Spawn => drop(os::spawn(&[PROGRAM, "pause"])?),
        Order::ForkAndWait => match os::fork()? {
            Forked::Child => os::exit(0),
            Forked::Parent(pid) => drop(os::wait_for(pid)?),
        },
        Order::Execute => return Err(os::execute(&[PROGRAM, "member", "again"])),
        Order::SetUser => os::user(USER, USER)?,
        Order::OpenFile => os::keep(system.open(PROGRAM, Open::Read, 0)?)?,
        Order::OpenSocket => os::keep(os::socket(libc::SOCK_DGRAM)?)?,
        Order::PassFile => {
            let file = system.open(PROGRAM, Open::Read, 0)?;
            os::send_file(socket, 0, &file)?;
            return Ok(None);
        }
        Order::Reach => os::signal(1, 0)?,
        Order::See => return Ok(Some(visible()?)),
        Order::Quit => {}
    }
    Ok(Some(0))
}

/// Processes that the caller sees: `CTL_KERN`, `KERN_PROC2`, all of them, so many bytes of each.
fn visible() -> Result<u8, Errno> {
    const BYTES: i32 = 8;
    let records: Vec<u8> = os::sysctl(&[1, 47, 0, 0, BYTES, 200], &[])?;
    Ok(u8::try_from(records.len() / BYTES as usize).unwrap_or(u8::MAX))
}
