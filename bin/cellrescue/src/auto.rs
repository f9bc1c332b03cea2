//! `auto`: a stick with a signed order restores without a keyboard.
//!
//! Nothing of the stick is believed before the order's signature by the device's key is; the order says which archives, and
//! by their digests which content. What came of it is in a file on the stick and on the console.

use alloc::string::String;
use core::fmt::Write as _;

use libcell::archive::Origin;
use libcell::backup::SIGNATURE;
use libcell::platform::{Errno, Open, Platform, utf8};
use libcell::problem::{Problem, Why};
use libcell::progress::{Bar, Style};
use libcell::restore;
use libcell::slots::Slots;
use libcell::state::DIRECTORY;
use libcell::table::Line;
use libcell::time::Form;
use libcell::trust::{FILE_MAX, TrustError};

use crate::device::{Device, joined, read};
use crate::disks::{self, Disk};
use crate::order::{MAX, RecoveryOrder};
use crate::stick::{Access, Stick};
use crate::verify::order;
use crate::voice::{FAILED, Failure, NOTHING, problem, say};

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
    match auto(platform) {
        Outcome::Done => Ok(()),
        Outcome::Failed => Err(FAILED),
        Outcome::Nothing => Err(NOTHING),
    }
}

/// Looks at every disk that is not mounted and carries out the first order that is to be. Everything is said on standard
/// error; a disk without an order for this device is one line.
pub fn auto<P: Platform>(platform: &P) -> Outcome {
    let device = Device::new(platform);
    let disks = match disks::all(platform) {
        Ok(disks) => disks,
        Err(errno) => {
            say(platform, format_args!("disks: {errno}"));
            return Outcome::Nothing;
        }
    };
    for disk in disks.iter().filter(|disk| disk.mounted.is_none()) {
        match look(platform, &device, disk) {
            Ok(text) => return carry_out(platform, &device, disk, &text),
            Err(why) => say(platform, format_args!("{}: ignored: {why}", disk.device)),
        }
    }
    Outcome::Nothing
}

/// The text of an order that is to be carried out.
fn look<P: Platform>(platform: &P, device: &Device, disk: &Disk) -> Result<String, Why> {
    let mount = Stick::mount(platform, &device.prefix, disk, Access::Read);
    let stick = mount.map_err(|problem| problem.why)?;
    let path = joined(&[&stick.path, ORDER]);
    let text = match read(platform, &path, MAX) {
        Err(Errno::ENOENT) => return Err("no recovery order".into()),
        text => text?,
    };
    let signature = match read(platform, &joined(&[&path, SIGNATURE]), FILE_MAX) {
        Err(Errno::ENOENT) => return Err(TrustError::Unsigned.into()),
        signature => signature?,
    };
    stick.unmount().map_err(|problem| problem.why)?;
    let key = device.key.as_ref().ok_or(TrustError::NoKey)?;
    key.verify(&text, &signature)?;
    let text = utf8(&text).unwrap_or_default();
    let order = RecoveryOrder::parse(text).ok_or("its recovery order cannot be read")?;
    if device.board().is_none() {
        return Err("this device does not know which board it is".into());
    }
    if device.board() != Some(order.board) {
        return Err("its recovery order is for another board".into());
    }
    let (_, last) = applied(platform, device)?;
    match last {
        Some(last) if order.issued < last => {
            Err("its recovery order is older than the last that was carried out".into())
        }
        Some(last) if order.issued == last => {
            Err("its recovery order was carried out already".into())
        }
        Some(_) | None => Ok(text.into()),
    }
}

/// When the order was issued that was carried out last.
fn applied<P: Platform>(platform: &P, device: &Device) -> Result<(Slots, Option<u32>), Errno> {
    let directory = joined(&[&device.prefix, DIRECTORY]);
    let (slots, record) = Slots::read(platform, &directory, "recovery", APPLIED)?;
    let last = record.and_then(|bytes| bytes.first_chunk().copied().map(u32::from_le_bytes));
    Ok((slots, last))
}

fn carry_out<P: Platform>(platform: &P, device: &Device, disk: &Disk, text: &str) -> Outcome {
    let Some(order) = RecoveryOrder::parse(text) else {
        return Outcome::Failed;
    };
    let mut report = Report::default();
    let mut issued = Line::new();
    Form::Internet.write(&mut issued, order.issued);
    report.line(
        platform,
        format_args!(
            "{}: recovery order for {}, issued {}",
            disk.name(),
            order.board,
            utf8(&issued).unwrap_or_default()
        ),
    );
    // before anything is done: a stick that is pulled tells that it was begun
    report.keep(platform, device, disk);
    let mut outcome = Outcome::Done;
    if let Err(why) = restore_all(platform, device, disk, &order, &mut report) {
        report.line(platform, format_args!("{why}"));
        outcome = Outcome::Failed;
    }
    if outcome == Outcome::Done {
        let written = applied(platform, device)
            .and_then(|(mut slots, _)| slots.write(platform, &order.issued.to_le_bytes()));
        if let Err(errno) = written {
            report.line(platform, format_args!("record of the order: {errno}"));
            outcome = Outcome::Failed;
        }
    }
    report.line(
        platform,
        format_args!(
            "{}",
            if outcome == Outcome::Done {
                "done"
            } else {
                "failed"
            }
        ),
    );
    report.keep(platform, device, disk);
    outcome
}

fn restore_all<P: Platform>(
    platform: &P,
    device: &Device,
    disk: &Disk,
    recovery: &RecoveryOrder<'_>,
    report: &mut Report,
) -> Result<(), Problem> {
    // what was cut before is finished or undone first, and said
    let _ = crate::resume::resume(platform, &device.prefix);
    let stick = Stick::mount(platform, &device.prefix, disk, Access::Read)?;
    for wanted in &recovery.restores {
        let path = joined(&[&stick.path, "/", wanted.file]);
        let mut order = order(&path, Origin::Picocell);
        order.volume = Some(wanted.volume);
        order.board = Some(recovery.board);
        order.digest = Some(wanted.digest);
        let mut bar = Bar::new(platform, Style::Lines);
        let restored = restore::restore(platform, &device.prefix, &order, &mut bar);
        report.text.push_str(utf8(&bar.said).unwrap_or_default());
        let restored = restored?;
        let mut created = Line::new();
        Form::People.write(&mut created, restored.created);
        report.line(
            platform,
            format_args!(
                "{}: restored, the one of {}",
                restored.volume,
                utf8(&created).unwrap_or_default()
            ),
        );
    }
    stick.unmount()
}

/// What is said, and kept on the stick.
#[derive(Default)]
struct Report {
    text: String,
}

impl Report {
    fn line<P: Platform>(&mut self, platform: &P, line: core::fmt::Arguments<'_>) {
        say(platform, line);
        let _ = self.text.write_fmt(line);
        self.text.push('\n');
    }

    /// Writes it to the stick. One that cannot be written is no reason not to restore.
    fn keep<P: Platform>(&self, platform: &P, device: &Device, disk: &Disk) {
        let written =
            Stick::mount(platform, &device.prefix, disk, Access::Write).and_then(|stick| {
                let path = joined(&[&stick.path, RESULT]);
                write(platform, &path, self.text.as_bytes())
                    .map_err(|errno| Problem::of(&[disk.name(), RESULT], errno))?;
                stick.unmount()
            });
        if let Err(why) = written {
            problem(platform, &why);
        }
    }
}

fn write<P: Platform>(platform: &P, path: &str, text: &[u8]) -> Result<(), Errno> {
    let file = platform.open(path, Open::Truncate, 0o600)?;
    let mut rest = text;
    while !rest.is_empty() {
        let count = platform.write(&file, rest)?;
        rest = rest.get(count.max(1)..).unwrap_or_default();
    }
    platform.sync(&file)
}
