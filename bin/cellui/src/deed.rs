//! What can be done, by which key, and what is asked before.

use libcell::table::Line;

/// To what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    /// The cell that is chosen.
    Cell,
    /// The device.
    Device,
}

/// Something that changes what runs, or hands over the terminal.
#[derive(Debug)]
pub(crate) struct Deed {
    pub key: u8,
    /// In the line of the last result.
    pub label: &'static str,
    /// A command of cellmgr; a cell's name follows. Nothing for the shell.
    pub words: &'static str,
    pub of: Of,
    /// What will happen, `%` being the cell; nothing where nobody needs to be asked.
    pub question: &'static str,
}

const fn deed(
    key: u8,
    label: &'static str,
    words: &'static str,
    of: Of,
    question: &'static str,
) -> Deed {
    Deed {
        key,
        label,
        words,
        of,
        question,
    }
}

/// The keys of applying, which is previewed before.
pub(crate) const APPLY: u8 = b'A';
pub(crate) const APPLY_POLICY: u8 = b'P';

#[rustfmt::skip]
pub(crate) static DEEDS: &[Deed] = &[
    deed(b's', "start", "cell start", Of::Cell, ""),
    deed(b'x', "stop", "cell stop", Of::Cell, "Stop %, and first the cells that depend on it."),
    deed(b't', "restart", "cell restart", Of::Cell, "Stop % and start it again; what depends on it stops first."),
    deed(b'a', "start all", "cell start --all", Of::Device, "Start every cell that is to be started at boot."),
    deed(b'z', "stop all", "cell stop --all", Of::Device, "Stop every cell: the device does nothing any more."),
    deed(b'y', "restart all", "cell restart --all", Of::Device, "Stop and start every cell that runs."),
    deed(APPLY, "apply", "apply --all", Of::Device, "Do what is shown above."),
    deed(APPLY_POLICY, "apply", "apply --all --restart-changed", Of::Device, "Do what is shown above, and restart cells whose policy changed."),
    deed(b'L', "seal", "system seal --yes", Of::Device, "Seal: until reboot nobody makes, removes or changes a cell."),
    deed(b'!', "shell", "", Of::Cell, "Hand this terminal to a shell in %."),
];

impl Deed {
    /// The one of a key.
    pub fn by_key(key: u8) -> Option<&'static Self> {
        DEEDS.iter().find(|deed| deed.key == key)
    }

    /// What will happen to that cell.
    pub fn asked(&self, name: &[u8]) -> Line {
        let mut line = Line::new();
        for byte in self.question.bytes() {
            if byte == b'%' {
                line.extend_from_slice(name);
            } else {
                line.push(byte);
            }
        }
        line
    }
}
