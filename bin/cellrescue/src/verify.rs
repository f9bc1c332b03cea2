//! `verify`: whether archives are whole.

use libcell::archive::Origin;
use libcell::job::Job;
use libcell::options::Parsed;
use libcell::platform::Platform;
use libcell::progress::{Bar, Style};
use libcell::restore;

use crate::device::Device;
use crate::place::Place;
use crate::voice::{Failure, failed, operands, tell};

/// How progress is shown.
pub(crate) fn bar<P: Platform>(platform: &P) -> Bar<'_, P> {
    let style = match platform.standard(2) {
        Ok(error) => Style::of(platform, &error),
        Err(_) => Style::Silent,
    };
    Bar::new(platform, style)
}

/// Reads them one after the other; all of them, also when one is not whole.
pub(crate) fn run<P: Platform>(
    platform: &P,
    device: &Device<'_>,
    parsed: &Parsed<'_>,
) -> Result<(), Failure> {
    let mut result = Ok(());
    for word in operands(platform, parsed, "archive")? {
        if let Err(failure) = one(platform, device, parsed, word) {
            result = Err(failure);
        }
    }
    result
}

fn one<P: Platform>(
    platform: &P,
    device: &Device<'_>,
    parsed: &Parsed<'_>,
    word: &str,
) -> Result<(), Failure> {
    let place = Place::new(platform, device, word)?;
    let order = place.order(device, parsed);
    let mut bar = bar(platform);
    let mut job = Job::new(platform, device.prefix, &mut bar);
    let verified = restore::verify(&mut job, &order).map_err(|why| failed(&job, why));
    let mut found = job.found;
    bar.end();
    let manifest = verified?;
    found.created = manifest.created;
    let signed = match (&order.signature, place.signature.as_slice()) {
        (Some(_), _) => ": whole, signed",
        (None, []) => ": whole, not signed",
        (None, _) => ": whole, signed by whom is not known: no key",
    };
    let volume = match order.origin {
        Origin::Picocell => ", volume ",
        Origin::Foreign => "",
    };
    tell(platform, &[word, signed, volume, manifest.volume()], &found)?;
    place.leave(platform)
}
