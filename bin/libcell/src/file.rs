//! Small files, read whole.

use alloc::{vec, vec::Vec};

use crate::platform::{Errno, Open, Platform};

/// The whole of a file that is not longer than `most`.
///
/// # Errors
/// EFBIG, and those of open(2), fstat(2) and read(2).
#[inline(never)]
pub fn read<P: Platform>(platform: &P, path: &str, most: usize) -> Result<Vec<u8>, Errno> {
    let file = platform.open(path, Open::Read, 0)?;
    let size = platform.metadata_of(&file)?.size;
    if size > most as u64 {
        return Err(Errno::EFBIG);
    }
    let mut bytes = vec![0; size as usize];
    let mut used = 0;
    while let Some(rest) = bytes.get_mut(used..).filter(|rest| !rest.is_empty()) {
        match platform.read(&file, rest)? {
            0 => break,
            count => used += count,
        }
    }
    bytes.truncate(used);
    Ok(bytes)
}
