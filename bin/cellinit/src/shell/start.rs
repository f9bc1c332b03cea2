//! From an image to a running cellinit.

use alloc::vec::Vec;

use libcell::device::{CellDevice, DeviceError};
use libcell::image::{Image, Opened};
use libcell::platform::{Errno, Open, Platform, signal};

use super::unit::Unit;
use super::{CLIENTS, Init, LISTENER};
use crate::automaton::{Cells, Watchdog};
use crate::log::Syslog;
use crate::memory;
use crate::path::join;
use crate::recovery::{self, Missing, Orders};
use crate::room::{Kernel, Site};
use crate::server::Server;
use crate::voice::Voice;
use crate::volumes;

/// Where everything is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings<'a> {
    pub prefix: &'a str,
    pub device: &'a str,
    pub control: &'a str,
}

/// Ends the name of the file that one cellinit at a time has locked; it begins as the control socket's.
const LOCK: &str = ".lock";

const RUNNING: &str = "cellinit is running already";

/// What became of the cellinit before this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    /// It stopped everything, or there was none.
    Ended,
    /// It left what it had.
    Crashed,
}

/// Starts the cells of an image and supervises them until everything is stopped by request; the exit status.
pub(crate) fn start<P: Platform>(
    platform: &P,
    settings: &Settings<'_>,
    opened: &Opened<'_>,
    image_bytes: usize,
) -> u8 {
    let voice = Voice::new(platform);
    let fail = |what: &str, why: &dyn core::fmt::Display| {
        voice.say(format_args!("{what}: {why}"));
        1
    };
    // two pipes a cell are more than some systems allow a program at first
    if let Err(errno) = platform.raise_descriptors() {
        voice.say(format_args!("limit of descriptors: {errno}"));
    }
    let signals = [
        signal::TERM,
        signal::INT,
        signal::HUP,
        signal::CHLD,
        signal::PIPE,
    ];
    if let Err(errno) = platform.watch_signals(&signals) {
        return fail("signals", &errno);
    }
    let device = match open_device(platform, settings.device) {
        Ok(device) => device,
        Err(error) => return fail(settings.device, &error),
    };
    let kernel = match device.hello() {
        Ok(hello) if hello.sealed => Kernel::Sealed,
        Ok(_) => Kernel::Open,
        Err(error) => return fail(settings.device, &error),
    };
    // held until this process has gone: two that begin at once would both find a socket that nobody uses
    let _lock = match join(&[settings.control, LOCK])
        .and_then(|path| platform.open(&path, Open::Lock, 0o600))
    {
        Ok(lock) => lock,
        Err(Errno::EAGAIN) => return fail(settings.control, &RUNNING),
        Err(errno) => return fail(settings.control, &errno),
    };
    // a control socket that is there was left by one that did not end in order, if it is not in use
    let before = match platform.metadata(settings.control) {
        Ok(_) => Before::Crashed,
        Err(_) => Before::Ended,
    };
    // before the watchdog is armed: it may take minutes
    let orders = match before {
        Before::Ended if opened.image.board.recovery => Orders::Obey,
        Before::Ended | Before::Crashed => Orders::Ignore,
    };
    let missing = recovery::recover(platform, settings.prefix, orders);
    let server = match Server::new(platform, settings.control, LISTENER, CLIENTS) {
        Ok(server) => server,
        Err(Errno::EADDRINUSE) => return fail(settings.control, &RUNNING),
        Err(errno) => return fail(settings.control, &errno),
    };
    let syslog_path = join(&[settings.prefix, opened.image.board.syslog]).unwrap_or_default();
    let image = &opened.image;
    let now = platform.monotonic_ms();
    let [a, b, c, d, e, f, g, h, ..] = opened.digest;
    let mut init = Init {
        platform,
        site: Site {
            platform,
            device: &device,
            prefix: settings.prefix,
            image,
        },
        device: settings.device,
        image,
        digest: [a, b, c, d, e, f, g, h],
        cells: Cells::new(&image.cells, now),
        units: image
            .cells
            .iter()
            .map(|cell| Unit::new(cell.log.ring))
            .collect::<Vec<_>>(),
        syslog: Syslog::new(platform, syslog_path),
        voice: Voice::new(platform),
        server,
        watchdog: None,
        kernel,
        started: now,
        boot_ms: None,
        memory: 0,
        rings: 0,
    };
    init.memory = memory::of_image(image, image_bytes)
        + memory::count(size_of::<Init<'_, P>>())
        + memory::count(init.server.size())
        + memory::count(init.cells.size())
        + memory::count(init.units.capacity() * size_of::<Unit<P>>());
    init.rings = init
        .units
        .iter()
        .map(|unit| memory::count(unit.ring.size()))
        .sum();
    init.arm(settings.prefix, image);
    init.make_volumes(settings.prefix, image, &missing);
    init.reconcile(before);
    init.cells.boot();
    let status = init.run();
    drop(init);
    match platform.unlink(settings.control) {
        Ok(()) => status,
        Err(errno) => fail(settings.control, &errno),
    }
}

/// Opens the cell device, after making its node where that is missing or of an earlier kernel.
fn open_device<'p, P: Platform>(
    platform: &'p P,
    path: &str,
) -> Result<CellDevice<'p, P>, DeviceError> {
    match CellDevice::open(platform, path) {
        Err(DeviceError::System(Errno::ENOENT | Errno::ENXIO))
            if platform.make_cell_node(path).is_ok() =>
        {
            CellDevice::open(platform, path)
        }
        opened => opened,
    }
}

impl<P: Platform> Init<'_, P> {
    fn arm(&mut self, prefix: &str, image: &Image<'_>) {
        let Some(watchdog) = &image.board.watchdog else {
            return;
        };
        let now = self.platform.monotonic_ms();
        let armed = join(&[prefix, watchdog.device])
            .and_then(|path| self.platform.watchdog_arm(&path, watchdog.period_s));
        match armed {
            Ok(fd) => self.watchdog = Some((fd, Watchdog::new(watchdog.period_s, now))),
            Err(errno) => self
                .voice
                .say(format_args!("watchdog {}: {errno}", watchdog.device)),
        }
    }

    fn make_volumes(&mut self, prefix: &str, image: &Image<'_>, missing: &Missing) {
        for volume in &image.volumes {
            let is_there = join(&[prefix, volume.path])
                .is_ok_and(|path| self.platform.metadata(&path).is_ok());
            if !is_there && !missing.permits(volume) {
                continue;
            }
            // the cells that mount it will fail with their own message
            if let Err(errno) = volumes::converge(self.platform, prefix, volume) {
                self.voice
                    .say(format_args!("volume {}: {errno}", volume.name));
            }
        }
    }

    /// Finds what an earlier cellinit left, and on a board that will be sealed makes every cell while that is possible.
    fn reconcile(&mut self, before: Before) {
        for index in 0..self.units.len() {
            let (Some(cell), Some(unit)) = (self.image.cells.get(index), self.units.get_mut(index))
            else {
                continue;
            };
            let found = unit.room.find(&self.site, cell);
            match before {
                Before::Crashed => unit.room.suspect(),
                // no cell has a process yet that could be in the way; what fails is tried and told at its start
                Before::Ended => drop(unit.room.plan(&self.site, cell)),
            }
            match found {
                Ok(handle) if !handle.is_host() => self.cells.found(index),
                Ok(_) if self.image.board.sealed && self.kernel == Kernel::Open => {
                    if let Err(fault) = unit.room.set_up(&self.site, cell, self.kernel) {
                        self.fault(index, &fault);
                        self.tear_down(index);
                    }
                }
                Ok(_) => {}
                Err(error) => self
                    .voice
                    .say(format_args!("{}: lookup: {error}", cell.name)),
            }
        }
    }
}
