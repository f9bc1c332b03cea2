//! `volumes/<name>.toml`.

use libcell::image::Allow;

use crate::files::{FileId, Located};
use crate::keys;
use crate::quantity::{self, MODE_HELP, SIZE_HELP};
use crate::reader::Reader;
use crate::report::Report;

/// A volume.
#[derive(Debug)]
pub struct VolumeDef {
    /// The name of its file, at the top of it.
    pub name: Located<String>,
    /// One line for people.
    pub description: Option<Located<String>>,
    /// Permission bits of its directory.
    pub mode: u32,
    /// Owner: a user, a cell or a number.
    pub owner: Option<Located<String>>,
    /// Group, likewise.
    pub group: Option<Located<String>>,
    /// KiB.
    pub budget: Option<Located<u32>>,
    /// What its archives may have.
    pub allow: Allow,
}

impl VolumeDef {
    /// Reads the definition in `file`.
    #[must_use]
    pub fn read(report: &Report<'_>, file: FileId) -> Self {
        Reader::document(report, file, &keys::VOLUME, |top| {
            top.missing("budget", "\"1M\"");
            Self {
                name: Located {
                    value: report.files().get(file).stem.clone(),
                    span: top.span().clone(),
                },
                description: top.text("description"),
                mode: top
                    .parsed("mode", MODE_HELP, quantity::mode)
                    .map_or(0o750, |mode| mode.value),
                owner: top.word("owner"),
                group: top.word("group"),
                budget: top.parsed("budget", SIZE_HELP, quantity::kib),
                allow: Allow {
                    devices: top.flag("devices").unwrap_or(false),
                    set_id: top.flag("set_id").unwrap_or(false),
                },
            }
        })
    }
}
