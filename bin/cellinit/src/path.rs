//! Paths put together.

use alloc::string::String;

use libcell::platform::Errno;

/// A path, as long as the platform takes one.
pub(crate) type Path = heapless::String<1023>;

/// The parts, one after the other.
#[inline(never)]
pub(crate) fn join(parts: &[&str]) -> Result<Path, Errno> {
    let mut path = Path::new();
    for part in parts {
        path.push_str(part).map_err(|_| Errno::ENAMETOOLONG)?;
    }
    Ok(path)
}

/// One that is kept, in as much memory as it needs.
#[inline(never)]
pub(crate) fn keep(parts: &[&str]) -> Result<String, Errno> {
    join(parts).map(|path| path.as_str().into())
}
