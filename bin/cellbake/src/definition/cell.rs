//! `cells/<name>.toml`.

use cell_abi::{Access, Reservation};

use super::service::{HealthDef, LimitsDef, LogDef, RestartDef};
use crate::files::{FileId, Located, Span};
use crate::keys;
use crate::quantity::{self, MODE_HELP, PORT_HELP, SIZE_HELP, TIME_HELP};
use crate::reader::Reader;
use crate::report::{Mistake, Report};
use crate::words;

/// A cell.
#[derive(Debug)]
pub struct CellDef {
    /// The name of its file, at the top of it.
    pub name: Located<String>,
    /// One line for people.
    pub description: Option<Located<String>>,
    /// Started at boot.
    pub autostart: bool,
    /// Where that is said.
    pub autostart_place: Span,
    /// The watchdog depends on it.
    pub critical: bool,
    /// Profile.
    pub profile: Option<Located<String>>,
    /// Operations added to it.
    pub allow: Vec<Located<String>>,
    /// Operations taken from it.
    pub deny: Vec<Located<String>>,
    /// Ports.
    pub ports: Vec<Located<Reservation>>,
    /// Program and arguments.
    pub command: Vec<Located<String>>,
    /// Working directory.
    pub directory: Option<Located<String>>,
    /// Environment.
    pub environment: Vec<(Located<String>, Located<String>)>,
    /// User by name or number.
    pub user: Option<Located<String>>,
    /// Group, likewise.
    pub group: Option<Located<String>>,
    /// Supplementary groups, likewise.
    pub groups: Vec<Located<String>>,
    /// Its user may be root.
    pub root: bool,
    /// Cells that must be ready before.
    pub depends: Vec<Located<String>>,
    /// When it is ready.
    pub ready: Option<Located<ReadyDef>>,
    /// Milliseconds.
    pub stop_grace: Option<Located<u32>>,
    /// Restarting.
    pub restart: RestartDef,
    /// Health command.
    pub health: Option<HealthDef>,
    /// Log.
    pub log: LogDef,
    /// Limits.
    pub limits: LimitsDef,
    /// Mounts.
    pub mounts: Vec<MountDef>,
    /// Devices.
    pub devices: Vec<DeviceDef>,
    /// What its root has in it.
    pub contents: ContentsDef,
    /// KiB that its root may take.
    pub root_budget: Option<Located<u32>>,
}

/// When a cell is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadyDef {
    /// Once executed.
    Started,
    /// Once its health command succeeds.
    Healthy,
    /// Once it has exited with status 0.
    Exited,
    /// After so many milliseconds.
    After(u32),
}

/// What is mounted.
#[derive(Debug)]
pub enum Mounted {
    /// A volume.
    Volume(Located<String>),
    /// A memory file system of so many KiB.
    Tmpfs(Located<u32>),
}

/// `[[mounts]]`
#[derive(Debug)]
pub struct MountDef {
    /// What.
    pub source: Mounted,
    /// Where.
    pub target: Located<String>,
    /// Read-only.
    pub read_only: bool,
    /// Nothing on it is executed.
    pub no_exec: bool,
    /// Of a memory file system.
    pub mode: Option<Located<u32>>,
}

/// `[[devices]]`
#[derive(Debug)]
pub struct DeviceDef {
    /// `/dev/gpio0`
    pub path: Located<String>,
    /// What is permitted.
    pub access: Access,
    /// Every unit of the driver.
    pub any_minor: bool,
}

/// `[contents]`
#[derive(Debug, Default)]
pub struct ContentsDef {
    /// Files and trees of the source root.
    pub copy: Vec<Located<String>>,
    /// Directories.
    pub directories: Vec<Located<String>>,
    /// Links: where, and what they say.
    pub links: Vec<(Located<String>, Located<String>)>,
    /// Files of the board.
    pub files: Vec<FileDef>,
}

/// `[[contents.files]]`
#[derive(Debug)]
pub struct FileDef {
    /// Below the board's `files`.
    pub from: Located<String>,
    /// In the cell.
    pub to: Located<String>,
    /// Permission bits.
    pub mode: u32,
}

impl CellDef {
    /// Reads the definition in `file`.
    #[must_use]
    pub fn read(report: &Report<'_>, file: FileId) -> Self {
        Reader::document(report, file, &keys::CELL, |top| Self::from(top, file))
    }

    fn from(top: &Reader<'_>, file: FileId) -> Self {
        top.missing("command", "[\"/bin/sh\", \"/srv/run.sh\"]");
        let contents = top.table("contents", &keys::CONTENTS);
        Self {
            name: Located {
                value: top.report().files().get(file).stem.clone(),
                span: top.span().clone(),
            },
            description: top.text("description"),
            autostart: top.flag("autostart").unwrap_or(true),
            autostart_place: top.place("autostart").unwrap_or_else(|| top.span().clone()),
            critical: top.flag("critical").unwrap_or(false),
            profile: top.text("profile"),
            allow: top.words("allow"),
            deny: top.words("deny"),
            ports: ports(top),
            command: top.words("command"),
            directory: top.text("directory"),
            environment: environment(top),
            user: top.word("user"),
            group: top.word("group"),
            groups: top.words("groups"),
            root: top.flag("root").unwrap_or(false),
            depends: top.words("depends"),
            ready: top.parsed(
                "ready",
                "one of: \"started\", \"healthy\", \"exited\", \"after 2s\"",
                ready,
            ),
            stop_grace: top.parsed("stop_grace", TIME_HELP, quantity::milliseconds),
            restart: RestartDef::of(Some(top)),
            health: top
                .table("health", &keys::HEALTH)
                .map(|health| HealthDef::from(&health)),
            log: LogDef::of(Some(top)),
            limits: LimitsDef::of(Some(top)),
            mounts: top
                .tables("mounts", &keys::MOUNT)
                .iter()
                .filter_map(MountDef::from)
                .collect(),
            devices: top
                .tables("devices", &keys::DEVICE)
                .iter()
                .filter_map(DeviceDef::from)
                .collect(),
            root_budget: contents
                .as_ref()
                .and_then(|contents| contents.parsed("budget", SIZE_HELP, quantity::kib)),
            contents: contents.as_ref().map(ContentsDef::from).unwrap_or_default(),
        }
    }
}

fn ports(top: &Reader<'_>) -> Vec<Located<Reservation>> {
    let mut ports = Vec::new();
    for word in top.words("ports") {
        match quantity::reservation(&word.value) {
            Ok(value) => ports.push(Located {
                value,
                span: word.span,
            }),
            Err(why) => top
                .report()
                .add(Mistake::at(&word.span, format!("`ports`: {why}")).help(PORT_HELP)),
        }
    }
    ports
}

/// `environment` of a cell or of the defaults.
pub(super) fn environment(reader: &Reader<'_>) -> Vec<(Located<String>, Located<String>)> {
    reader.pairs("environment")
}

fn ready(text: &str) -> Result<ReadyDef, String> {
    match text {
        "started" => Ok(ReadyDef::Started),
        "healthy" => Ok(ReadyDef::Healthy),
        "exited" => Ok(ReadyDef::Exited),
        other => match other.strip_prefix("after ") {
            Some(time) => quantity::milliseconds(time).map(ReadyDef::After),
            None => Err(format!("`{other}` is no way to be ready")),
        },
    }
}

impl MountDef {
    fn from(reader: &Reader<'_>) -> Option<Self> {
        reader.missing("target", "\"/data\"");
        let target = reader.text("target");
        let volume = reader.text("volume");
        let tmpfs = reader.parsed("tmpfs", SIZE_HELP, quantity::kib);
        let read_only = reader.flag("read_only").unwrap_or(false);
        let no_exec = reader.flag("no_exec").unwrap_or(true);
        let mode = reader.parsed("mode", MODE_HELP, quantity::mode);
        let source = match (reader.place("volume"), reader.place("tmpfs")) {
            (Some(_), None) => Mounted::Volume(volume?),
            (None, Some(_)) => Mounted::Tmpfs(tmpfs?),
            (None, None) | (Some(_), Some(_)) => {
                reader.report().add(
                    Mistake::at(reader.span(), "a mount has either `volume` or `tmpfs`")
                        .help("volume = \"name\" for what outlives the cell, tmpfs = \"256K\" for what does not"),
                );
                return None;
            }
        };
        Some(Self {
            source,
            target: target?,
            read_only,
            no_exec,
            mode,
        })
    }
}

impl DeviceDef {
    fn from(reader: &Reader<'_>) -> Option<Self> {
        reader.missing("path", "\"/dev/gpio0\"");
        let access = reader.parsed(
            "access",
            "one of: \"read\", \"write\", \"read-write\"",
            words::access,
        );
        let any_minor = reader.flag("any_minor").unwrap_or(false);
        Some(Self {
            path: reader.text("path")?,
            access: access.map_or(Access::Read, |access| access.value),
            any_minor,
        })
    }
}

impl ContentsDef {
    pub(super) fn from(reader: &Reader<'_>) -> Self {
        Self {
            copy: reader.words("copy"),
            directories: reader.words("directories"),
            links: reader.pairs("links"),
            files: reader
                .tables("files", &keys::FILE)
                .iter()
                .filter_map(FileDef::from)
                .collect(),
        }
    }
}

impl FileDef {
    fn from(reader: &Reader<'_>) -> Option<Self> {
        reader.missing("from", "\"web.sh\"");
        reader.missing("to", "\"/srv/web.sh\"");
        let mode = reader.parsed("mode", MODE_HELP, quantity::mode);
        Some(Self {
            from: reader.text("from")?,
            to: reader.text("to")?,
            mode: mode.map_or(0o644, |mode| mode.value),
        })
    }
}
