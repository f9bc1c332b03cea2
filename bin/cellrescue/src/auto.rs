//! `auto`: a stick with a signed order restores without a keyboard.
//!
//! Nothing of the stick is believed before the order's signature by the device's key is; the order says which archives, and
//! by their digests which content. What came of it is in a file on the stick and on the console.

use alloc::string::String;

use libcell::archive::Origin;
use libcell::backup::SIGNATURE;
use libcell::job::{Job, joined};
use libcell::platform::{Errno, Open, Platform, utf8};
use libcell::problem::{Rule, Why};
use libcell::progress::{Bar, Style};
use libcell::restore::{self, Order};
use libcell::slots::Slots;
use libcell::state::DIRECTORY;
use libcell::table::{Line, clean};
use libcell::time::Form;
use libcell::trust::FILE_MAX;

use crate::device::{Device, read};
use crate::disks::{self, Disk};
use crate::order::{MAX, RecoveryOrder};
use crate::stick::{Access, Stick};
use crate::voice::{FAILED, Failure, NOTHING, fail, say, words};

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
pub(crate) fn run<P: Platform>(platform: &P) -> Result<(), Failure> {
    match auto(platform, platform.prefix()) {
        Outcome::Done => Ok(()),
        Outcome::Failed => Err(FAILED),
        Outcome::Nothing => Err(NOTHING),
    }
}

/// Looks at every disk that is not mounted and carries out the first order that is to be. Everything is said on standard
/// error; a disk without an order for this device is one line.
pub fn auto<P: Platform>(platform: &P, prefix: &str) -> Outcome {
    let device = Device::new(platform, prefix);
    let disks = match disks::all(platform) {
        Ok(disks) => disks,
        Err(errno) => {
            fail(platform, "disks", errno);
            return Outcome::Nothing;
        }
    };
    for disk in disks.iter().filter(|disk| disk.mounted.is_none()) {
        match look(platform, &device, disk) {
            Ok(text) => return carry_out(platform, &device, disk, &text),
            Err(why) => say(platform, &[&disk.device, ": ignored: ", why]),
        }
    }
    Outcome::Nothing
}

/// The text of an order that is to be carried out.
fn look<P: Platform>(platform: &P, device: &Device, disk: &Disk) -> Result<String, &'static str> {
    let system = |errno: Errno| words(errno.into());
    let stick = Stick::mount(platform, &device.prefix, disk, Access::Read).map_err(system)?;
    let path = joined(&[&stick.path, ORDER]);
    let text = match read(platform, &path, MAX) {
        Err(Errno::ENOENT) => return Err("no recovery order"),
        text => text.map_err(system)?,
    };
    let signature = match read(platform, &joined(&[&path, SIGNATURE]), FILE_MAX) {
        Err(Errno::ENOENT) => return Err(Rule::Unsigned.text()),
        signature => signature.map_err(system)?,
    };
    stick.unmount().map_err(system)?;
    let key = device.key.as_ref().ok_or(Rule::NoKey.text())?;
    key.verify(&text, &signature)
        .map_err(|error| words(error.into()))?;
    let text = utf8(&text).unwrap_or_default();
    let order = RecoveryOrder::parse(text).ok_or("its recovery order cannot be read")?;
    if device.board() != Some(order.board) {
        return Err("its recovery order is for another board");
    }
    let (_, last) = applied(platform, device).map_err(words)?;
    if order.issued < last {
        return Err("its recovery order is older than the last that was carried out");
    }
    if order.issued == last {
        return Err("its recovery order was carried out already");
    }
    Ok(text.into())
}

/// When the order was issued that was carried out last; 0 if none was.
fn applied<P: Platform>(platform: &P, device: &Device) -> Result<(Slots, u32), Why> {
    let directory = joined(&[&device.prefix, DIRECTORY]);
    let (slots, record) = Slots::read(platform, &directory, "recovery", APPLIED)?;
    let last = record.first_chunk().copied().map_or(0, u32::from_le_bytes);
    Ok((slots, last))
}

fn carry_out<P: Platform>(platform: &P, device: &Device, disk: &Disk, text: &str) -> Outcome {
    let Some(order) = RecoveryOrder::parse(text) else {
        return Outcome::Failed;
    };
    let mut report = Report::default();
    let mut issued = Line::new();
    Form::Internet.write(&mut issued, order.issued);
    let issued = utf8(&issued).unwrap_or_default();
    let name = disk.name();
    report.line(
        platform,
        &[
            name,
            ": recovery order for ",
            order.board,
            ", issued ",
            issued,
        ],
    );
    // before anything is done: a stick that is pulled tells that it was begun
    report.keep(platform, device, disk);
    let mut outcome = Outcome::Done;
    if restore_all(platform, device, disk, &order, &mut report).is_err() {
        outcome = Outcome::Failed;
    } else {
        let written = applied(platform, device)
            .and_then(|(mut slots, _)| Ok(slots.write(platform, &order.issued.to_le_bytes())?));
        if let Err(why) = written {
            report.line(platform, &["record of the order: ", words(why)]);
            outcome = Outcome::Failed;
        }
    }
    let is_done = outcome == Outcome::Done;
    report.line(platform, &[if is_done { "done" } else { "failed" }]);
    report.keep(platform, device, disk);
    outcome
}

fn restore_all<P: Platform>(
    platform: &P,
    device: &Device,
    disk: &Disk,
    recovery: &RecoveryOrder<'_>,
    report: &mut Report,
) -> Result<(), Failure> {
    // what was cut before is finished or undone first, and said
    let _ = crate::resume::resume(platform, &device.prefix);
    let fail = |report: &mut Report, object: &str, why: Why| {
        report.line(platform, &[object, ": ", words(why)]);
        FAILED
    };
    let stick = Stick::mount(platform, &device.prefix, disk, Access::Read)
        .map_err(|errno| fail(report, disk.name(), errno.into()))?;
    for wanted in &recovery.restores {
        let path = joined(&[&stick.path, "/", wanted.file]);
        let mut order = Order::new(&path, Origin::Picocell);
        order.volume = Some(wanted.volume);
        order.allow = device.defined(wanted.volume);
        order.board = Some(recovery.board);
        order.digest = Some(wanted.digest);
        let mut bar = Bar::new(platform, Style::Lines);
        let mut job = Job::new(platform, &device.prefix, &mut bar);
        let restored = restore::restore(&mut job, &order);
        let (object, created) = (job.object, job.found.created);
        report.text.extend_from_slice(&bar.said);
        restored.map_err(|why| fail(report, &object, why))?;
        let mut date = Line::new();
        Form::People.write(&mut date, created);
        let date = utf8(&date).unwrap_or_default();
        report.line(platform, &[wanted.volume, ": restored, the one of ", date]);
    }
    stick
        .unmount()
        .map_err(|errno| fail(report, disk.name(), errno.into()))
}

/// What is said, and kept on the stick.
#[derive(Default)]
struct Report {
    text: Line,
}

impl Report {
    fn line<P: Platform>(&mut self, platform: &P, parts: &[&str]) {
        say(platform, parts);
        for part in parts {
            clean(&mut self.text, part, b'?');
        }
        self.text.push(b'\n');
    }

    /// Writes it to the stick. One that cannot be written is no reason not to restore.
    fn keep<P: Platform>(&self, platform: &P, device: &Device, disk: &Disk) {
        let written =
            Stick::mount(platform, &device.prefix, disk, Access::Write).and_then(|stick| {
                let path = joined(&[&stick.path, RESULT]);
                let file = platform.open(&path, Open::Truncate, 0o600)?;
                let mut rest = self.text.as_slice();
                while !rest.is_empty() {
                    let count = platform.write(&file, rest)?;
                    rest = rest.get(count.max(1)..).unwrap_or_default();
                }
                platform.sync(&file)?;
                drop(file);
                stick.unmount()
            });
        if let Err(errno) = written {
            fail(platform, &disk.device, errno);
        }
    }
}
