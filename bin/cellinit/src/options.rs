//! What cellinit takes on the command line.

use libcell::options::{Choice, Command, LONG};

pub(crate) const IMAGE: u8 = b'i';
pub(crate) const RESCUE: u8 = b'r';
pub(crate) const KEY: u8 = b'k';
pub(crate) const DEVICE: u8 = b'd';
pub(crate) const CONTROL: u8 = b'c';
pub(crate) const PREFIX: u8 = b'p';
pub(crate) const CHECK: u8 = b'n';
/// Has no short name: what starts the one in the background leaves it out by its long one.
pub(crate) const DETACH: u8 = LONG;

const fn path(letter: u8, long: &'static str, about: &'static str) -> Choice {
    Choice {
        letter,
        long,
        value: "path",
        about,
    }
}

/// The command line.
pub(crate) static PROGRAM: Command = Command {
    name: "cellinit",
    about: "Start and supervise the cells of an image.",
    options: &[
        path(IMAGE, "image", "image to run (/etc/cells.bin)"),
        path(RESCUE, "rescue", "when that is refused (/etc/rescue.bin)"),
        path(KEY, "key", "images are signed by (/etc/cells.pub)"),
        path(DEVICE, "device", "cell device (/dev/cell)"),
        path(
            CONTROL,
            "control",
            "control socket (/var/run/cellinit.sock)",
        ),
        path(PREFIX, "prefix", "root of the device's own paths"),
        Choice {
            letter: DETACH,
            long: "detach",
            value: "",
            about: "go on in the background, print the process id",
        },
        Choice {
            letter: CHECK,
            long: "check",
            value: "",
            about: "read the image, print what would be started, do nothing",
        },
    ],
    operands: &[],
};

/// What else its help says.
pub(crate) const NOTES: &str = "
Paths that are not given are those of the device, below the prefix.
Exit status: 0 everything was stopped in order, or with --check the image is
good; 1 failed, one line on standard error says what; 64 misused.
";
