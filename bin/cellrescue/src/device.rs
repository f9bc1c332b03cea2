//! What this device is, and what it takes.

use libcell::archive::Allow;
use libcell::options::Parsed;
use libcell::platform::Platform;
use libcell::problem::Rule;
pub(crate) use libcell::restore::Device;

use crate::voice::{Failure, fail, misused};

/// Looks. What is damaged is said.
pub(crate) fn device<'p, P: Platform>(platform: &P, prefix: &'p str) -> Device<'p> {
    Device::new(platform, prefix, &mut |path, why| {
        fail(platform, path, why);
    })
}

/// What archives of a volume may have: what its definition allows, and what these words of `--allow` do.
pub(crate) fn allowed<P: Platform>(
    platform: &P,
    device: &Device<'_>,
    volume: &str,
    parsed: &Parsed<'_>,
) -> Result<Allow, Failure> {
    let mut allow = device.defined(volume);
    for word in parsed.values(b'A') {
        match word {
            "devices" => allow.devices = true,
            "set-id" => allow.set_id = true,
            other => return Err(misused(platform, other, Rule::NotAllowed)),
        }
    }
    Ok(allow)
}
