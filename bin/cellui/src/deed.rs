//! What can be done, by which key, and what is asked before.

use libcell::table::Line;

use crate::app::Page;

/// To what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    /// The cell that is chosen.
    Cell,
    /// The volume that is chosen.
    Volume,
    /// The archive that is chosen.
    Archive,
    /// The device.
    Device,
}

impl Of {
    /// Whether one is chosen there.
    pub const fn is_on(self, page: Page) -> bool {
        match self {
            Self::Cell => matches!(page, Page::Cells | Page::Cell | Page::Log),
            Self::Volume => matches!(page, Page::Volumes),
            Self::Archive => matches!(page, Page::Backups),
            Self::Device => true,
        }
    }
}

/// Whether it changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Looks,
    Changes,
}

/// What it is done to.
#[derive(Debug, Default)]
pub(crate) struct Subject {
    /// The cell or the volume.
    pub name: Line,
    /// The archive of it, if one is chosen.
    pub archive: Line,
}

/// Something that changes what runs, or hands over the terminal.
#[derive(Debug)]
pub(crate) struct Deed {
    pub key: u8,
    /// In the line of the last result.
    pub label: &'static str,
    /// A command of cellmgr, `%` being the name and `@` the archive. Nothing for the shell.
    pub words: &'static str,
    pub of: Of,
    pub access: Access,
    /// What will happen, with the same signs; nothing where nobody needs to be asked.
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
        access: Access::Changes,
        question,
    }
}

const fn look(key: u8, label: &'static str, words: &'static str, of: Of) -> Deed {
    Deed {
        access: Access::Looks,
        ..deed(key, label, words, of, "")
    }
}

/// The keys of applying, which is previewed before.
pub(crate) const APPLY: u8 = b'A';
pub(crate) const APPLY_POLICY: u8 = b'P';

#[rustfmt::skip]
pub(crate) static DEEDS: &[Deed] = &[
    deed(b's', "start", "cell start %", Of::Cell, ""),
    deed(b'x', "stop", "cell stop %", Of::Cell, "Stop %, and first the cells that depend on it."),
    deed(b't', "restart", "cell restart %", Of::Cell, "Stop % and start it again; what depends on it stops first."),
    deed(b'a', "start all", "cell start --all", Of::Device, "Start every cell that is to be started at boot."),
    deed(b'z', "stop all", "cell stop --all", Of::Device, "Stop every cell: the device does nothing any more."),
    deed(b'y', "restart all", "cell restart --all", Of::Device, "Stop and start every cell that runs."),
    deed(APPLY, "apply", "apply --all", Of::Device, "Do what is shown above."),
    deed(APPLY_POLICY, "apply", "apply --all --restart-changed", Of::Device, "Do what is shown above, and restart cells whose policy changed."),
    deed(b'L', "seal", "system seal --yes", Of::Device, "Seal: until reboot nobody makes, removes or changes a cell."),
    deed(b'b', "backup", "volume backup create % --stop", Of::Volume, "Save %; cells that mount it are stopped meanwhile."),
    deed(b'b', "backup", "cell backup create % --stop", Of::Cell, "Save what % writes to; cells that mount it are stopped meanwhile."),
    deed(b'R', "restore", "volume backup restore % --from @ --stop --yes", Of::Archive, "Replace all of % by @."),
    deed(b'R', "restore", "volume backup restore % --latest --stop --yes", Of::Volume, "Replace all of % by its newest archive; cells that mount it stop meanwhile."),
    look(b'v', "verify", "volume backup verify % --from @", Of::Archive),
    look(b'v', "verify", "volume backup verify %", Of::Volume),
    deed(b'd', "delete", "volume backup delete % --from @ --yes", Of::Archive, "Delete @."),
    deed(b'!', "shell", "", Of::Cell, "Hand this terminal to a shell in %."),
];

impl Deed {
    /// The one of a key on a page, or one that is not for that page.
    pub fn by_key(key: u8, page: Page) -> Option<&'static Self> {
        let mut all = DEEDS.iter().filter(|deed| deed.key == key);
        let first = all.next()?;
        if first.of.is_on(page) {
            return Some(first);
        }
        Some(all.find(|deed| deed.of.is_on(page)).unwrap_or(first))
    }

    /// What will happen to that.
    pub fn asked(&self, subject: &Subject) -> Line {
        let mut line = Line::new();
        for byte in self.question.bytes() {
            match byte {
                b'%' => line.extend_from_slice(&subject.name),
                b'@' => line.extend_from_slice(&subject.archive),
                _ => line.push(byte),
            }
        }
        line
    }
}
