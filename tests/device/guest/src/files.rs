//! Whole files.

use alloc::string::String;
use alloc::vec::Vec;

use libcell::platform::{Errno, Open, Platform};

/// Everything in a file of text.
///
/// # Errors
/// Those of opening and reading; EINVAL if it is not UTF-8.
pub fn read<P: Platform>(platform: &P, path: &str) -> Result<String, Errno> {
    let file = platform.open(path, Open::Read, 0)?;
    let bytes = rest(platform, &file)?;
    String::from_utf8(bytes).map_err(|_| Errno::EINVAL)
}

/// Everything that a descriptor still has.
///
/// # Errors
/// Those of reading.
pub fn rest<P: Platform>(platform: &P, file: &P::Fd) -> Result<Vec<u8>, Errno> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 512];
    loop {
        match platform.read(file, &mut buffer)? {
            0 => return Ok(bytes),
            count => bytes.extend_from_slice(buffer.get(..count).unwrap_or_default()),
        }
    }
}
