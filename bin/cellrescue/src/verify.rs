//! `verify`: whether archives are whole.

use libcell::archive::{Allow, Digest, Origin, hex};
use libcell::options::Parsed;
use libcell::platform::{Platform, utf8};
use libcell::progress::{Bar, Style};
use libcell::restore::{self, Order, Room};
use libcell::table::{Line, digits, size};
use libcell::time::Form;

use crate::device::{Device, allow};
use crate::place::{Place, signature};
use crate::show::print;
use crate::voice::{FAILED, Failure, USAGE, fail, problem, say};

/// An order to read an archive.
pub(crate) const fn order(archive: &str, origin: Origin) -> Order<'_> {
    Order {
        archive,
        origin,
        allow: Allow {
            devices: false,
            set_id: false,
        },
        volume: None,
        board: None,
        digest: None,
        signature: None,
        room: Room::Both,
    }
}

/// Who made an archive, as the options say.
pub(crate) fn origin(parsed: &Parsed<'_>) -> Origin {
    if parsed.has(b'F') {
        Origin::Foreign
    } else {
        Origin::Picocell
    }
}

/// What the options allow.
pub(crate) fn allowed<P: Platform>(platform: &P, parsed: &Parsed<'_>) -> Result<Allow, Failure> {
    allow(parsed.values(b'A')).map_err(|word| {
        fail(platform, word, &"neither devices nor set-id");
        USAGE
    })
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
    let device = Device::new(platform);
    let allow = allowed(platform, parsed)?;
    let words = parsed.rest(0);
    if words.is_empty() {
        say(platform, format_args!("verify: archive: missing"));
        return Err(USAGE);
    }
    let mut result = Ok(());
    for word in words {
        if one(platform, &device, word, origin(parsed), allow).is_err() {
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
    allow: Allow,
) -> Result<(), Failure> {
    let tell = |why| problem(platform, &why);
    let place = Place::archive(platform, device, word).map_err(tell)?;
    let signature = signature(platform, &place.path).map_err(tell)?;
    let mut order = order(&place.path, origin);
    order.allow = allow;
    order.signature = device.key.as_ref().zip(signature.as_deref());
    let mut bar = bar(platform);
    let verified = restore::verify(platform, &order, &mut bar);
    bar.end();
    let (manifest, summary) = verified.map_err(tell)?;
    let mut line = Line::from(word.as_bytes());
    line.extend_from_slice(b": whole, ");
    line.extend_from_slice(match (&order.signature, &signature) {
        (Some(_), _) => b"signed",
        (None, Some(_)) => b"signed by whom is not known: no key",
        (None, None) => b"not signed",
    });
    if let Some(manifest) = &manifest {
        line.extend_from_slice(b"; volume ");
        line.extend_from_slice(manifest.name.as_bytes());
        line.extend_from_slice(b" of ");
        Form::People.write(&mut line, manifest.created);
    }
    line.extend_from_slice(b"; ");
    digits(&mut line, summary.sums.entries.into());
    line.extend_from_slice(b" entries, ");
    size(&mut line, summary.sums.bytes);
    line.extend_from_slice(b"\nsha256 ");
    digits_of(&mut line, &summary.digest);
    line.push(b'\n');
    debug_assert!(utf8(&line).is_some());
    print(platform, &line)
}
