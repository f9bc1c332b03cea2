//! What is shown on standard output.

use embedded_io::Write;
use libcell::output::Output;
use libcell::platform::Platform;

use crate::voice::{Failure, fail};

/// Prints.
pub(crate) fn print<P: Platform>(platform: &P, bytes: &[u8]) -> Result<(), Failure> {
    let printed = Output::standard(platform, 1).and_then(|mut out| {
        out.write_all(bytes)?;
        out.finish()
    });
    printed.map_err(|errno| fail(platform, "standard output", errno))
}
