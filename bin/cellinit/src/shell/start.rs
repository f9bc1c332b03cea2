//! From a source to a running cellinit, and from one to the next.

use alloc::string::String;
use alloc::vec::Vec;

use libcell::control::Changes;
use libcell::converge::{self, How};
use libcell::desired::{Desired, Paths, Source, Unusable, adopt, digest};
use libcell::device::{CellDevice, DeviceError};
use libcell::image::Image;
use libcell::platform::{Errno, Open, Platform, signal};

use super::unit::Unit;
use super::{CLIENTS, EVENTS_RING, Init, Kept, LISTENER, Next};
use crate::automaton::{Cells, Watchdog};
use crate::log::{Ring, Syslog};
use crate::memory;
use crate::path::keep;
use crate::recovery::{self, Missing, Orders};
use crate::room::{Kernel, Site};
use crate::server::Server;
use crate::voice::Voice;

/// Where everything is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings<'a> {
    pub prefix: &'a str,
    pub paths: Paths<'a>,
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

/// Whether the cells at rest have the definitions that are desired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Adoption {
    Done,
    Blocked,
}

/// Definitions that some cells still run by while there are others: an image, and the names of those cells.
struct Held {
    image: Vec<u8>,
    cells: Vec<String>,
}

impl Held {
    /// Those that are not at rest.
    fn of<P: Platform>(image: &Image<'_>, units: &[Unit<P>], cells: &Cells) -> Option<Self> {
        let is_held = |index: usize| {
            units
                .get(index)
                .is_some_and(|unit| !unit.rests(index, cells))
        };
        let names = image.cells.iter().enumerate();
        let names: Vec<String> = names
            .filter(|(index, _)| is_held(*index))
            .map(|(_, cell)| cell.name.as_str().into())
            .collect();
        if names.is_empty() {
            return None;
        }
        let mut bytes = Vec::new();
        libcell::desired::pour(image, &mut |more| bytes.extend_from_slice(more));
        Some(Self {
            image: bytes,
            cells: names,
        })
    }

    /// What is to be run with them.
    fn with<'h>(&'h self, desired: &Image<'h>) -> Option<Image<'h>> {
        let working = libcell::desired::read(&self.image)?;
        adopt(desired, &working, &|name| {
            self.cells.iter().any(|held| held == name.as_str())
        })
        .ok()
    }
}

/// Starts the cells of an image and supervises them until everything is stopped by request; the exit status.
pub(crate) fn start<P: Platform>(platform: &P, settings: &Settings<'_>, source: Source) -> u8 {
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
    let _lock = match keep(&[settings.control, LOCK])
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
    let asks = source.baked().is_ok_and(|baked| baked.image.board.recovery);
    let orders = match before {
        Before::Ended if asks => Orders::Obey,
        Before::Ended | Before::Crashed => Orders::Ignore,
    };
    let missing = recovery::recover(platform, settings.prefix, orders);
    let server = match Server::new(platform, settings.control, LISTENER, CLIENTS) {
        Ok(server) => server,
        Err(Errno::EADDRINUSE) => return fail(settings.control, &RUNNING),
        Err(errno) => return fail(settings.control, &errno),
    };
    let now = platform.monotonic_ms();
    let kept = Kept {
        cells: Cells::new(&[], now),
        units: Vec::new(),
        syslog: Syslog::new(platform, String::new()),
        server,
        watchdog: None,
        kernel,
        started: now,
        boot_ms: None,
        events: Ring::new(EVENTS_RING),
    };
    let found = (before, &missing);
    let status = supervise(platform, settings, &device, source, kept, found);
    match platform.unlink(settings.control) {
        Ok(()) => status,
        Err(errno) => fail(settings.control, &errno),
    }
}

/// Runs by one set of definitions after the other.
fn supervise<'p, P: Platform>(
    platform: &'p P,
    settings: &Settings<'_>,
    device: &CellDevice<'_, P>,
    mut source: Source,
    mut kept: Kept<'p, P>,
    (before, missing): (Before, &Missing),
) -> u8 {
    let mut names: Vec<String> = Vec::new();
    let mut held: Option<Held> = None;
    let mut begins = Some(before);
    loop {
        // it was understood before it was taken
        let Ok(desired) = source.desired().or_else(|_: Unusable<'_>| source.baked()) else {
            return 1;
        };
        let with_held = held.as_ref().and_then(|held| held.with(&desired.image));
        // definitions that do not go together with those that are held: all stay as they are until another cell rests
        let stays = held.as_ref().filter(|_| with_held.is_none());
        let before = stays.and_then(|held| libcell::desired::read(&held.image));
        let working = with_held
            .as_ref()
            .or(before.as_ref())
            .unwrap_or(&desired.image);
        let index_of = |old: usize| {
            let name = names.get(old)?;
            let mut cells = working.cells.iter();
            cells.position(|cell| cell.name.as_str() == name)
        };
        let bytes = source.size() + held.as_ref().map_or(0, |held| held.image.capacity());
        let mut init = Init::new(platform, settings, device, (working, bytes), kept, index_of);
        init.define(
            &desired,
            match before {
                None => Adoption::Done,
                Some(_) => Adoption::Blocked,
            },
        );
        init.make_volumes(settings.prefix, working, missing);
        match begins.take() {
            Some(before) => {
                init.arm(settings.prefix, working);
                init.reconcile(before);
                init.cells.boot();
            }
            None => init.find_new(),
        }
        let ended = init.run();
        let next = match ended {
            Ok(status) => return status,
            Err(next) => next,
        };
        kept = init.keep();
        names = working
            .cells
            .iter()
            .map(|cell| cell.name.as_str().into())
            .collect();
        held = Held::of(working, &kept.units, &kept.cells);
        if let Next::Other(other) = next {
            source = other;
        }
    }
}

impl<'p, 'a, P: Platform> Init<'p, 'a, P> {
    /// Over an image that takes so many bytes, with what there was under an earlier one, whose cells have other indices
    /// now. One that has none is at rest and gone.
    fn new(
        platform: &'p P,
        settings: &Settings<'a>,
        device: &'a CellDevice<'a, P>,
        image: (&'a Image<'a>, usize),
        kept: Kept<'p, P>,
        index_of: impl Fn(usize) -> Option<usize>,
    ) -> Self
    where
        'p: 'a,
    {
        let (image, image_bytes) = image;
        let now = platform.monotonic_ms();
        let Kept {
            cells,
            units: old,
            mut syslog,
            mut server,
            watchdog,
            kernel,
            started,
            boot_ms,
            events,
        } = kept;
        server.renumber(&index_of);
        syslog.set_path(keep(&[settings.prefix, image.board.syslog]).unwrap_or_default());
        let cells = cells.renumbered(&image.cells, &index_of, now);
        let mut units: Vec<Option<Unit<P>>> = image.cells.iter().map(|_| None).collect();
        for (index, mut unit) in old.into_iter().enumerate() {
            unit.unwatch(platform);
            if let Some(place) = index_of(index).and_then(|index| units.get_mut(index)) {
                *place = Some(unit);
            }
        }
        let units = units.into_iter().zip(&image.cells);
        let mut init = Self {
            platform,
            site: Site {
                platform,
                device,
                prefix: settings.prefix,
                image,
            },
            device: settings.device,
            settings: *settings,
            image,
            digest: [0; 8],
            changes: Changes::Made(0),
            cells,
            units: units
                .map(|(unit, cell)| unit.unwrap_or_else(|| Unit::new(cell.log.ring)))
                .collect(),
            syslog,
            voice: Voice::new(platform),
            server,
            watchdog,
            kernel,
            started,
            boot_ms,
            events,
            next: None,
            memory: 0,
            rings: 0,
        };
        for index in 0..init.units.len() {
            init.watch_again(index);
        }
        init.memory = memory::of_image(image, image_bytes)
            + memory::count(size_of::<Init<'_, '_, P>>())
            + memory::count(init.server.size())
            + memory::count(init.cells.size())
            + memory::count(init.events.size())
            + memory::count(init.units.capacity() * size_of::<Unit<P>>());
        init.rings = init
            .units
            .iter()
            .map(|unit| memory::count(unit.ring.size()))
            .sum();
        init
    }

    /// Remembers which cells do not run by what is desired.
    fn define(&mut self, desired: &Desired<'_>, adoption: Adoption) {
        for index in 0..self.units.len() {
            // somebody may have emptied its volumes meanwhile
            if let Some(unit) = self.units.get_mut(index)
                && unit.rests(index, &self.cells)
            {
                unit.room.plan_again();
            }
        }
        self.digest = desired.digest;
        self.changes = desired.changes;
        for (unit, cell) in self.units.iter_mut().zip(&self.image.cells) {
            let definition = digest(self.image, cell);
            let mut wanted = desired.image.cells.iter();
            let wanted = wanted.find(|wanted| wanted.name == cell.name);
            unit.blocked = adoption == Adoption::Blocked;
            unit.pending = wanted.is_none_or(|wanted| digest(&desired.image, wanted) != definition);
            if unit.definition != definition {
                unit.definition = definition;
                unit.room.plan_again();
            }
        }
    }

    /// What goes on under the next definitions.
    fn keep(self) -> Kept<'p, P> {
        Kept {
            cells: self.cells,
            units: self.units,
            syslog: self.syslog,
            server: self.server,
            watchdog: self.watchdog,
            kernel: self.kernel,
            started: self.started,
            boot_ms: self.boot_ms,
            events: self.events,
        }
    }

    /// A cell that was defined just now may be in the kernel all the same.
    fn find_new(&mut self) {
        for index in 0..self.units.len() {
            let (Some(cell), Some(unit)) = (self.image.cells.get(index), self.units.get_mut(index))
            else {
                continue;
            };
            let unknown = unit.room.is_empty() && !self.cells.was_started(index);
            if unknown
                && let Ok(handle) = unit.room.find(&self.site, cell)
                && !handle.is_host()
            {
                self.cells.found(index);
            }
        }
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

impl<P: Platform> Init<'_, '_, P> {
    fn arm(&mut self, prefix: &str, image: &Image<'_>) {
        let Some(watchdog) = &image.board.watchdog else {
            return;
        };
        let now = self.platform.monotonic_ms();
        let armed = keep(&[prefix, watchdog.device])
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
            let is_there = keep(&[prefix, volume.path])
                .is_ok_and(|path| self.platform.metadata(&path).is_ok());
            if !is_there && !missing.permits(volume) {
                continue;
            }
            // the cells that mount it will fail with their own message
            if let Err(errno) = converge::volume(self.platform, prefix, volume, How::Make) {
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
