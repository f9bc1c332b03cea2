//! What cellinit takes on the command line.

// argh's derive names these as a program with std has them
use std::prelude::rust_2024::*;
use std::{format, vec};

use argh::FromArgs;

/// Start and supervise the cells of an image.
#[derive(FromArgs)]
#[argh(
    note = "Paths that are not given are those of the device, below the prefix.",
    error_code(0, "everything was stopped in order; --check: the image is good."),
    error_code(1, "failed; one line on standard error says what."),
    error_code(64, "arguments that are not as above.")
)]
pub(crate) struct Options {
    /// image to run (/etc/cells.bin)
    #[argh(option, arg_name = "path")]
    pub image: Option<String>,
    /// image to run when that one is refused (/etc/rescue.bin)
    #[argh(option, arg_name = "path")]
    pub rescue: Option<String>,
    /// public key that images must be signed by (/etc/cells.pub)
    #[argh(option, arg_name = "path")]
    pub key: Option<String>,
    /// cell device (/dev/cell)
    #[argh(option, arg_name = "path")]
    pub device: Option<String>,
    /// control socket (/var/run/cellinit.sock)
    #[argh(option, arg_name = "path")]
    pub control: Option<String>,
    /// root of the device's own paths
    #[argh(option, arg_name = "directory")]
    pub prefix: Option<String>,
    /// go on in the background, in a session of its own, and print the process id
    #[argh(switch)]
    pub detach: bool,
    /// read the image, print what would be started, and do nothing
    #[argh(switch)]
    pub check: bool,
}
