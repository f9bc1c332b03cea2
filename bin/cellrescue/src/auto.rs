//! `auto`: a stick with a signed order restores without a keyboard.
//!
//! Nothing of the stick is believed before the order's signature by the device's key is; the order says which archives, and
//! by their digests which content. What came of it is in a file on the stick and on the console.

use alloc::vec::Vec;

use embedded_io::Write as _;
use libcell::archive::Origin;
use libcell::backup::SIGNATURE;
use libcell::file::read;
use libcell::job::{Job, joined};
use libcell::output::Output;
use libcell::platform::{Errno, Open, Platform, utf8};
use libcell::problem::{Rule, Why, words};
use libcell::progress::{Bar, Style};
use libcell::restore::{self, Order};
use libcell::slots::Slots;
use libcell::state::DIRECTORY;
use libcell::table::{Line, clean};
use libcell::time::Form;
use libcell::trust::FILE_MAX;

use crate::device::{Device, device};
use crate::disks::{self, Disk};
use crate::order::{MAX, RecoveryOrder};
use crate::stick::{Access, Stick};
use crate::voice::{FAILED, Failure, NOTHING, fail, say};

/// The order on a stick.
const ORDER: &str = "/recovery.order";

/// What came of it.
const RESULT: &str = "/recovery.result";

/// What kind of record says which order was carried out last.
const APPLIED: [u8; 4] = *b"PCA1";

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No order that is to be carried out.
    Nothing,
    /// One was carried out.
    Done,
    /// One could not be carried out.
    Failed,
}

/// The command.
pub(crate) fn run<P: Platform>(platform: &P, device: &Device<'_>) -> Result<(), Failure> {
    match obey(platform, device) {
        Outcome::Done => Ok(()),
        Outcome::Failed => Err(FAILED),
        Outcome::Nothing => Err(NOTHING),
    }
}

/// Looks at every disk that is not mounted and carries out the first order that is to be. Everything is said on standard
/// error; a disk without an order for this device is one line.
pub fn auto<P: Platform>(platform: &P, prefix: &str) -> Outcome {
    obey(platform, &device(platform, prefix))
}

fn obey<P: Platform>(platform: &P, device: &Device<'_>) -> Outcome {
    let disks = match disks::all(platform) {
        Ok(disks) => disks,
        Err(errno) => {
            fail(platform, "disks", errno);
            return Outcome::Nothing;
        }
    };
    for disk in disks.iter().filter(|disk| disk.mounted.is_empty()) {
        match look(platform, device, disk) {
            Ok(text) => return carry_out(platform, device, disk, &text),
            Err(why) => say(platform, &[&disk.device, ": ignored: ", words(why)]),
        }
    }
    Outcome::Nothing
}

/// The text of an order that is to be carried out.
fn look<P: Platform>(platform: &P, device: &Device<'_>, disk: &Disk) -> Result<Vec<u8>, Why> {
    let stick = Stick::mount(platform, device.prefix, disk, Access::Read)?;
    let path = joined(&[&stick.path, ORDER]);
    let file = |path: &str, most, missing: Rule| match read(platform, path, most) {
        Err(Errno::ENOENT) => Err(missing.why()),
        file => file,
    };
    let text = file(&path, MAX, Rule::NoOrder)?;
    let signature = file(&joined(&[&path, SIGNATURE]), FILE_MAX, Rule::Unsigned)?;
    stick.unmount()?;
    let key = device.key.as_ref().ok_or(Rule::NoKey)?;
    key.verify(&text, &signature)?;
    let order = RecoveryOrder::parse(&text).ok_or(Rule::OrderText)?;
    if device.board != order.board {
        return Err(Rule::OrderBoard.why());
    }
    let (_, last) = applied(platform, device)?;
    if order.issued <= last {
        let is_same = order.issued == last;
        return Err(if is_same {
            Rule::OrderDone
        } else {
            Rule::OrderOlder
        }
        .why());
    }
    Ok(text)
}

/// When the order was issued that was carried out last; 0 if none was.
fn applied<P: Platform>(platform: &P, device: &Device<'_>) -> Result<(Slots, u32), Why> {
    let directory = joined(&[device.prefix, DIRECTORY]);
    let (slots, record) = Slots::read(platform, &directory, "recovery", APPLIED)?;
    let last = record.first_chunk().copied();
    Ok((slots, last.map_or(0, u32::from_le_bytes)))
}

fn carry_out<P: Platform>(platform: &P, device: &Device<'_>, disk: &Disk, text: &[u8]) -> Outcome {
    let Some(order) = RecoveryOrder::parse(text) else {
        return Outcome::Failed;
    };
    let mut report = Report {
        platform,
        text: Line::new(),
    };
    report.dated(
        &[
            disk.name(),
            ": recovery order for ",
            order.board,
            ", issued ",
        ],
        order.issued,
    );
    // before anything is done: a stick that is pulled tells that it was begun
    report.keep(device, disk);
    let mut outcome = Outcome::Done;
    if restore_all(device, disk, &order, &mut report).is_err() {
        outcome = Outcome::Failed;
    } else {
        let written = applied(platform, device)
            .and_then(|(mut slots, _)| slots.write(platform, &order.issued.to_le_bytes()));
        if let Err(why) = written {
            report.failed("record of the order", why);
            outcome = Outcome::Failed;
        }
    }
    let is_done = outcome == Outcome::Done;
    report.line(&[if is_done { "done" } else { "failed" }]);
    report.keep(device, disk);
    outcome
}

fn restore_all<P: Platform>(
    device: &Device<'_>,
    disk: &Disk,
    recovery: &RecoveryOrder<'_>,
    report: &mut Report<'_, P>,
) -> Result<(), ()> {
    let platform = report.platform;
    // what was cut before is finished or undone first, and said
    let _ = crate::resume::resume(platform, device.prefix);
    let stick = Stick::mount(platform, device.prefix, disk, Access::Read)
        .map_err(|errno| report.failed(disk.name(), errno))?;
    for wanted in &recovery.restores {
        let path = joined(&[&stick.path, "/", wanted.file]);
        let mut order = Order::new(&path, Origin::Picocell);
        order.volume = Some(wanted.volume);
        order.allow = device.defined(wanted.volume);
        order.board = Some(recovery.board);
        order.digest = Some(wanted.digest);
        let mut bar = Bar::new(platform, Style::Lines);
        let mut job = Job::new(platform, device.prefix, &mut bar);
        let restored = restore::restore(&mut job, &order);
        let (object, created) = (job.object, job.found.created);
        report.text.extend_from_slice(&bar.said);
        restored.map_err(|why| report.failed(&object, why))?;
        report.dated(&[wanted.volume, ": restored, the one of "], created);
    }
    stick
        .unmount()
        .map_err(|errno| report.failed(disk.name(), errno))
}

/// What is said, and kept on the stick.
struct Report<'p, P: Platform> {
    platform: &'p P,
    text: Line,
}

impl<P: Platform> Report<'_, P> {
    #[inline(never)]
    fn line(&mut self, parts: &[&str]) {
        say(self.platform, parts);
        for part in parts {
            clean(&mut self.text, part, b'?');
        }
        self.text.push(b'\n');
    }

    fn failed(&mut self, object: &str, why: Why) {
        self.line(&[object, ": ", words(why)]);
    }

    fn dated(&mut self, parts: &[&str], time: u32) {
        let mut date = Line::new();
        Form::People.write(&mut date, time);
        self.line(&[&joined(parts), utf8(&date).unwrap_or_default()]);
    }

    /// Writes it to the stick. One that cannot be written is no reason not to restore.
    fn keep(&self, device: &Device<'_>, disk: &Disk) {
        if let Err(errno) = self.write(device, disk) {
            fail(self.platform, &disk.device, errno);
        }
    }

    fn write(&self, device: &Device<'_>, disk: &Disk) -> Result<(), Errno> {
        let platform = self.platform;
        let stick = Stick::mount(platform, device.prefix, disk, Access::Write)?;
        let file = platform.open(&joined(&[&stick.path, RESULT]), Open::Truncate, 0o600)?;
        let mut output = Output::new(platform, file);
        output.write_all(&self.text)?;
        output.finish()?;
        // what was written is on the medium once it is unmounted
        stick.unmount()
    }
}
