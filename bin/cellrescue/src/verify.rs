//! `verify`: whether archives are whole.

use libcell::archive::{Allow, Digest, Origin, hex};
use libcell::job::Job;
use libcell::options::Parsed;
use libcell::platform::Platform;
use libcell::progress::{Bar, Style};
use libcell::restore::{self, Order};
use libcell::table::{Line, digits, size};
use libcell::time::Form;

use crate::device::Device;
use crate::place::{Place, signature};
use crate::show::print;
use crate::voice::{FAILED, Failure, failed, misused, operands};

/// An order to read an archive, verified by its signature if there is one and the device has a key.
pub(crate) fn order<'a>(
    archive: &'a str,
    origin: Origin,
    device: &'a Device,
    signature: &'a [u8],
) -> Order<'a> {
    let mut order = Order::new(archive, origin);
    // what it may have matters where it is unpacked
    order.allow = Allow {
        devices: true,
        set_id: true,
    };
    order.signature = match &device.key {
        Some(key) if !signature.is_empty() => Some((key, signature)),
        Some(_) | None => None,
    };
    order
}

/// Who made an archive, as the options say.
pub(crate) fn origin(parsed: &Parsed<'_>) -> Origin {
    if parsed.has(b'F') {
        Origin::Foreign
    } else {
        Origin::Picocell
    }
}

/// How progress is shown.
pub(crate) fn bar<P: Platform>(platform: &P) -> Bar<'_, P> {
    let style = platform
        .standard(2)
        .map(|error| Style::of(platform, &error));
    Bar::new(platform, style.unwrap_or(Style::Silent))
}

/// Digits of a digest.
pub(crate) fn digits_of(line: &mut Line, digest: &Digest) {
    let mut text = [0; 64];
    hex(digest, &mut text);
    line.extend_from_slice(&text);
}

/// Reads them one after the other; all of them, also when one is not whole.
pub(crate) fn run<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<(), Failure> {
    let device = Device::new(platform, platform.prefix());
    let words = operands(platform, parsed)?;
    if words.is_empty() {
        return Err(misused(platform, "verify", "archive: missing"));
    }
    let mut result = Ok(());
    for word in words {
        if one(platform, &device, word, origin(parsed)).is_err() {
            result = Err(FAILED);
        }
    }
    result
}

fn one<P: Platform>(
    platform: &P,
    device: &Device,
    word: &str,
    origin: Origin,
) -> Result<(), Failure> {
    let place = Place::archive(platform, device, word)?;
    let signature = signature(platform, &place.path)?;
    let order = order(&place.path, origin, device, &signature);
    let mut bar = bar(platform);
    let mut job = Job::new(platform, &device.prefix, &mut bar);
    let verified = restore::verify(&mut job, &order);
    let verified = verified.map_err(|why| failed(&job, why));
    let found = job.found;
    bar.end();
    let manifest = verified?;
    let mut line = Line::from(word.as_bytes());
    line.extend_from_slice(b": whole, ");
    line.extend_from_slice(match (&order.signature, signature.as_slice()) {
        (Some(_), _) => b"signed",
        (None, []) => b"not signed",
        (None, _) => b"signed by whom is not known: no key",
    });
    if origin == Origin::Picocell {
        line.extend_from_slice(b"; volume ");
        line.extend_from_slice(manifest.volume().as_bytes());
        line.extend_from_slice(b" of ");
        Form::People.write(&mut line, manifest.created);
    }
    line.extend_from_slice(b"; ");
    digits(&mut line, found.sums.entries.into());
    line.extend_from_slice(b" entries, ");
    size(&mut line, found.sums.bytes);
    line.extend_from_slice(b"\nsha256 ");
    digits_of(&mut line, &found.digest);
    line.push(b'\n');
    print(platform, &line)
}
