//! `celltest board SECONDS`: cellinit with the cells of tests/device/board, watched through its control socket and
//! the kernel for so long, and then told to shut down.

mod client;

use alloc::string::String;

use cell_abi::CellName;
use libcell::control::{LastExit, State};
use libcell::device::{CellDevice, DeviceError};
use libcell::entry::USAGE;
use libcell::platform::{Errno, Platform, System, signal};

use crate::results::{Results, say};
use crate::{files, modules, os};

use client::{Cell, Client};

/// Where the test's syslogd writes (tests/device/commands).
const LOG: &str = "/var/messages";

type Check = fn(&Watch<'_>) -> Result<(), String>;

/// What is looked at, in order.
#[rustfmt::skip]
const CHECKS: &[(&str, Check)] = &[
    ("ready-after-time",       |watch| watch.becomes("logger", State::Ready, 20)),
    ("ready-when-healthy",     |watch| watch.becomes("web", State::Ready, 30)),
    ("ready-at-once",          |watch| watch.becomes("stays", State::Ready, 20)),
    ("exited-well",            |watch| watch.exited("once", LastExit::Code(0))),
    ("exited-badly-and-left",  |watch| watch.exited("sour", LastExit::Code(3))),
    ("dependency-exited",      |watch| watch.becomes("litter", State::Ready, 20)),
    ("dependency-ready",       |watch| watch.becomes("deaf", State::Ready, 20)),
    ("not-started",            |watch| watch.becomes("byhand", State::Stopped, 1)),
    ("system",                 |watch| watch.system()),
    ("kernel-has-the-cells",   |watch| watch.kernel()),
    ("children-are-members",   |watch| watch.processes("litter", 4)),
    ("crash-loop",             |watch| watch.crash_loop("crasher")),
    ("killed-and-restarted",   |watch| watch.kill("web")),
    ("start-by-request",       |watch| watch.start("byhand")),
    ("stop-the-deaf",          |watch| watch.stop_deaf("deaf")),
    ("stop-litter",            |watch| watch.stop("litter")),
    ("crash-loop-again",       |watch| watch.restart("crasher")),
    ("module-stays",           |watch| watch.module()),
    ("ring",                   |watch| watch.ring("stays")),
    ("syslog",                 |watch| watch.syslog()),
    ("unhealthy-restarted",    |watch| watch.restarts("unwell", 1, 60)),
];

/// A cell that crashes every 3 s and comes back after one more.
const PHOENIX: &str = "phoenix";

struct Watch<'s> {
    system: &'s System,
    client: Client<'s>,
    device: CellDevice<'s, System>,
}

/// Runs it. cellinit has been started.
pub fn run(system: &System, rest: &[&str]) -> u8 {
    let Some(seconds) = rest.first().and_then(|word| word.parse::<u64>().ok()) else {
        say(system, 2, format_args!("usage: celltest board SECONDS\n"));
        return USAGE;
    };
    let mut results = Results::new(system, "board");
    let device = match CellDevice::open(system, "/dev/cell") {
        Ok(device) => device,
        Err(error) => {
            results.fail("board", "/dev/cell", error);
            return results.finish();
        }
    };
    let watch = Watch {
        system,
        client: Client { system },
        device,
    };
    let began = system.monotonic_ms();
    for (name, check) in CHECKS {
        judge(&mut results, name, check(&watch));
    }
    let left = (began + seconds * 1000).saturating_sub(system.monotonic_ms());
    os::sleep_ms(left);
    let lived = (system.monotonic_ms() - began) / 1000;
    // a life is 4 s; the machine may be slow
    let least = u32::try_from(lived / 8).unwrap_or(u32::MAX);
    judge(
        &mut results,
        "crashes-and-restarts",
        watch.restarts(PHOENIX, least, 1),
    );
    judge(&mut results, "system-at-the-end", watch.system());
    judge(&mut results, "shutdown", watch.shutdown());
    say(system, 1, format_args!("# watched for {lived} s\n"));
    results.finish()
}

fn judge(results: &mut Results<'_, System>, name: &str, result: Result<(), String>) {
    match result {
        Ok(()) => results.ok(format_args!("board.{name}")),
        Err(why) => results.fail(format_args!("board.{name}"), "cellinit", why),
    }
}

impl Watch<'_> {
    /// Waits for a cell to be as wanted.
    fn wait(
        &self,
        name: &str,
        seconds: u64,
        wanted: impl Fn(&Cell) -> bool,
    ) -> Result<Cell, String> {
        let end = self.system.monotonic_ms() + seconds * 1000;
        loop {
            // the socket is there when cellinit has begun
            let cell = self.client.cell(name);
            match cell {
                Ok(cell) if wanted(&cell) => return Ok(cell),
                Ok(_) | Err(_) if self.system.monotonic_ms() < end => os::sleep_ms(200),
                Ok(cell) => return Err(alloc::format!("{cell} after {seconds} s")),
                Err(why) => return Err(why),
            }
        }
    }

    fn becomes(&self, name: &str, state: State, seconds: u64) -> Result<(), String> {
        self.wait(name, seconds, |cell| cell.state == state)
            .map(drop)
    }

    fn exited(&self, name: &str, how: LastExit) -> Result<(), String> {
        let wanted = |cell: &Cell| cell.state == State::Exited && cell.last_exit == how;
        self.wait(name, 20, wanted).map(drop)
    }

    fn restarts(&self, name: &str, least: u32, seconds: u64) -> Result<(), String> {
        let cell = self.wait(name, seconds, |cell| cell.restarts >= least)?;
        say(self.system, 1, format_args!("# {cell}\n"));
        Ok(())
    }

    fn system(&self) -> Result<(), String> {
        let system = self.client.system()?;
        say(self.system, 1, format_args!("# {system}\n"));
        let cells = self.client.cells()?;
        // one that others wait for to end is ready when it has
        let is_ready = |cell: &&Cell| {
            cell.state == State::Ready
                || cell.state == State::Exited && cell.last_exit == LastExit::Code(0)
        };
        let ready = cells.iter().filter(is_ready).count();
        match system.watchdog_fed {
            _ if usize::from(system.ready) != ready => {
                Err(alloc::format!("{} ready, {ready} say so", system.ready))
            }
            false => Err("the watchdog is not fed".into()),
            true => Ok(()),
        }
    }

    /// Every cell that runs is the kernel's under the same handle.
    fn kernel(&self) -> Result<(), String> {
        for cell in self.client.cells()? {
            if cell.state != State::Ready {
                continue;
            }
            let (handle, processes) = self.members(&cell.name)?;
            if handle != cell.handle.raw() || processes == 0 {
                return Err(alloc::format!(
                    "{cell}: {processes} processes of {handle} in the kernel"
                ));
            }
        }
        Ok(())
    }

    /// The kernel's cell of that name: handle and processes.
    fn members(&self, name: &str) -> Result<(u32, u32), String> {
        let told = |error: DeviceError| alloc::format!("{name}: {error}");
        let name = CellName::new(name).map_err(|error| alloc::format!("{error}"))?;
        let mut buffer = [0; 1024];
        let info = self.device.lookup(name, &mut buffer).map_err(told)?;
        Ok((info.handle.raw(), info.processes))
    }

    fn processes(&self, name: &str, wanted: u32) -> Result<(), String> {
        match self.members(name)? {
            (_, processes) if processes == wanted => Ok(()),
            (_, processes) => Err(alloc::format!(
                "{name}: {processes} processes, not {wanted}"
            )),
        }
    }

    fn crash_loop(&self, name: &str) -> Result<(), String> {
        let cell = self.wait(name, 40, |cell| cell.state == State::CrashLoop)?;
        if cell.last_exit == LastExit::Signal(signal::SEGV) && cell.restarts >= 2 {
            Ok(())
        } else {
            Err(alloc::format!("{cell}"))
        }
    }

    /// Kills a cell's processes through the kernel: cellinit starts it again.
    fn kill(&self, name: &str) -> Result<(), String> {
        let before = self.client.cell(name)?;
        let killed = self.device.kill(before.handle, signal::KILL);
        killed.map_err(|error| alloc::format!("{name}: {error}"))?;
        let again = |cell: &Cell| {
            cell.state == State::Ready && cell.restarts > before.restarts && cell.pid != before.pid
        };
        self.wait(name, 30, again).map(drop)
    }

    fn start(&self, name: &str) -> Result<(), String> {
        self.client.start(name)?;
        self.becomes(name, State::Ready, 20)
    }

    fn stop(&self, name: &str) -> Result<(), String> {
        self.client.stop(name)?;
        self.becomes(name, State::Stopped, 1)?;
        match self.members(name) {
            Err(_) => Ok(()),
            Ok((handle, _)) => Err(alloc::format!("{name}: the kernel has it as {handle}")),
        }
    }

    /// Not before its grace of 2 s is over.
    fn stop_deaf(&self, name: &str) -> Result<(), String> {
        let began = self.system.monotonic_ms();
        self.stop(name)?;
        match self.system.monotonic_ms() - began {
            2000.. => Ok(()),
            took => Err(alloc::format!("{name}: stopped after {took} ms")),
        }
    }

    fn restart(&self, name: &str) -> Result<(), String> {
        self.client.start(name)?;
        self.wait(name, 10, |cell| cell.state != State::CrashLoop)?;
        self.crash_loop(name)
    }

    /// Not unloaded while there are cells.
    fn module(&self) -> Result<(), String> {
        match os::unload_module(modules::NAME) {
            Err(Errno::EBUSY) => Ok(()),
            Err(errno) => Err(alloc::format!("unload: {errno}")),
            Ok(()) => Err("unload: done".into()),
        }
    }

    fn ring(&self, name: &str) -> Result<(), String> {
        let ring = self.client.log(name)?;
        for line in ["stdout: here", "stderr: to stay"] {
            if !ring.lines().any(|known| known == line) {
                return Err(alloc::format!("{name}: no `{line}` in its ring"));
            }
        }
        Ok(())
    }

    fn syslog(&self) -> Result<(), String> {
        let text =
            files::read(self.system, LOG).map_err(|errno| alloc::format!("{LOG}: {errno}"))?;
        let wanted = |line: &&str| line.contains("cell=stays") && line.ends_with("stdout: here");
        match text.lines().find(wanted) {
            Some(_) => Ok(()),
            None => Err(alloc::format!(
                "{LOG}: no line of stays among {}",
                text.lines().count()
            )),
        }
    }

    /// Everything stops, and the kernel has no cell that is not dying.
    fn shutdown(&self) -> Result<(), String> {
        self.client.shutdown()?;
        let mut buffer = [0; 1024];
        let mut after = cell_abi::Handle::HOST;
        let told = |error: DeviceError| alloc::format!("list: {error}");
        while let Some(info) = self.device.next(after, &mut buffer).map_err(told)? {
            after = info.handle;
            if info.state == cell_abi::CellState::Active {
                return Err(alloc::format!("{}: still there", info.name.as_str()));
            }
        }
        Ok(())
    }
}
