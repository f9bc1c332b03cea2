//! A board of services that sleep.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;

/// Writes a board of `cells` cells below `scratch`; its directory.
pub fn write(scratch: &Path, cells: usize) -> Result<PathBuf> {
    let board = scratch.join("sleepers");
    fs::create_dir_all(board.join("cells"))?;
    fs::write(
        board.join("board.toml"),
        "name = \"sleepers\"\narch = \"amd64-linux\"\nram = \"4G\"\nflash = \"1G\"\n\
         [users]\nrange = [5000, 5999]\n[source]\nroot = \"/\"\npackage = \"busybox-static\"\n\
         [defaults.log]\nring = \"1K\"\n",
    )?;
    for cell in 0..cells {
        fs::write(
            board.join(format!("cells/s{cell:02}.toml")),
            "description = \"sleeps\"\ncommand = [\"/bin/sleep\", \"1000000\"]\nstop_grace = \"100ms\"\n\
             [contents]\ncopy = [\"/bin/busybox\"]\nlinks = { \"/bin/sleep\" = \"busybox\" }\n",
        )?;
    }
    Ok(board)
}
