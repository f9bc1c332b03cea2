//! What `board.toml` says of the device beside its cells: console, signing, kernel, storage, and the system they run on.

use libcell::trust::KeyId;

use super::cell::ContentsDef;
use crate::files::{Located, Span};
use crate::keys;
use crate::quantity::{self, SIZE_HELP};
use crate::reader::Reader;

/// `[console]`
#[derive(Debug)]
pub struct ConsoleDef {
    /// As ttys(5) calls it.
    pub device: Located<String>,
    /// Bits a second.
    pub speed: u32,
    /// getty(8) and login(1) run on it.
    pub login: bool,
}

/// `[signing]`
#[derive(Debug)]
pub struct SigningDef {
    /// Images must be signed.
    pub required: bool,
    /// By this key.
    pub key: Option<Located<KeyId>>,
}

/// How the kernel part of picocell gets into the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModuleDef {
    /// It was linked with the kernel.
    BuiltIn,
    /// It is loaded at boot.
    Loaded,
}

/// Where the kernel is on the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelPlace {
    /// `/netbsd` in the root file system.
    Root,
    /// Somewhere of the boot loader's.
    Apart,
}

/// `[kernel]`
#[derive(Debug)]
pub struct KernelDef {
    /// Its file among the release's kernels.
    pub file: Located<String>,
    /// The kernel part of picocell.
    pub module: ModuleDef,
    /// Where it goes.
    pub place: KernelPlace,
}

/// What says where partitions are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableDef {
    /// A GUID partition table; NetBSD has its partitions as wedges, dk(4).
    Gpt,
    /// NetBSD's disklabel(5) in a partition of an MBR.
    Disklabel,
}

/// `[storage]`
#[derive(Debug)]
pub struct StorageDef {
    /// Where it stands.
    pub span: Span,
    /// The disk, as the kernel calls it.
    pub disk: Option<Located<String>>,
    /// Partition table.
    pub table: Option<TableDef>,
    /// How many root file systems there is room for.
    pub slots: u32,
    /// KiB of each.
    pub slot: Option<Located<u32>>,
    /// KiB of the data partition, mounted on /volumes.
    pub data: Option<Located<u32>>,
    /// The data partition's metadata are journalled, wapbl(4).
    pub journal: bool,
}

/// `[system]`
#[derive(Debug)]
pub struct SystemDef {
    /// Where it stands.
    pub span: Span,
    /// What of the release it has, and of the board.
    pub contents: ContentsDef,
    /// Memory file systems: where, and how large in KiB.
    pub tmpfs: Vec<(Located<String>, Located<u32>)>,
}

/// Everything of the device.
#[derive(Debug)]
pub struct DeviceTables {
    /// `[console]`
    pub console: Option<ConsoleDef>,
    /// `[signing]`
    pub signing: Option<SigningDef>,
    /// `[kernel]`
    pub kernel: Option<KernelDef>,
    /// `[storage]`
    pub storage: Option<StorageDef>,
    /// `[system]`
    pub system: Option<SystemDef>,
}

impl DeviceTables {
    pub(super) fn from(top: &Reader<'_>) -> Self {
        Self {
            console: top
                .table("console", &keys::CONSOLE)
                .and_then(|console| read_console(&console)),
            signing: top
                .table("signing", &keys::SIGNING)
                .map(|signing| read_signing(&signing)),
            kernel: top
                .table("kernel", &keys::KERNEL)
                .and_then(|kernel| read_kernel(&kernel)),
            storage: top
                .table("storage", &keys::STORAGE)
                .map(|storage| read_storage(&storage)),
            system: top
                .table("system", &keys::SYSTEM)
                .map(|system| read_system(&system)),
        }
    }
}

fn read_console(console: &Reader<'_>) -> Option<ConsoleDef> {
    console.missing("device", "\"console\"");
    console.missing("speed", "115200");
    let login = console.flag("login").unwrap_or(false);
    let speed = console.number("speed", 50..=4_000_000)?.value;
    Some(ConsoleDef {
        device: console.text("device")?,
        speed,
        login,
    })
}

fn read_signing(signing: &Reader<'_>) -> SigningDef {
    signing.missing("required", "true");
    let help = "16 hexadecimal digits, as minisign(1) shows them when it makes a key";
    SigningDef {
        required: signing.flag("required").unwrap_or(true),
        key: signing.parsed("key", help, |text| {
            KeyId::parse(text).ok_or_else(|| format!("`{text}` is not the id of a key"))
        }),
    }
}

fn read_kernel(kernel: &Reader<'_>) -> Option<KernelDef> {
    kernel.missing("file", "\"netbsd-MALTA\"");
    kernel.missing("module", "\"built-in\"");
    let module = kernel.parsed(
        "module",
        "one of: \"built-in\", \"loaded\"",
        |word| match word {
            "built-in" => Ok(ModuleDef::BuiltIn),
            "loaded" => Ok(ModuleDef::Loaded),
            other => Err(format!("`{other}` is no way to have the module")),
        },
    );
    let place = kernel.parsed("place", "one of: \"root\", \"apart\"", |word| match word {
        "root" => Ok(KernelPlace::Root),
        "apart" => Ok(KernelPlace::Apart),
        other => Err(format!("`{other}` is no place for a kernel")),
    });
    Some(KernelDef {
        file: kernel.text("file")?,
        module: module?.value,
        place: place.map_or(KernelPlace::Root, |place| place.value),
    })
}

fn read_storage(storage: &Reader<'_>) -> StorageDef {
    for (key, example) in [
        ("disk", "\"ld0\""),
        ("table", "\"gpt\""),
        ("slot", "\"24M\""),
    ] {
        storage.missing(key, example);
    }
    let size = |key| storage.parsed(key, SIZE_HELP, quantity::kib);
    let table = storage.parsed(
        "table",
        "one of: \"gpt\", \"disklabel\"",
        |word| match word {
            "gpt" => Ok(TableDef::Gpt),
            "disklabel" => Ok(TableDef::Disklabel),
            other => Err(format!("`{other}` is no partition table")),
        },
    );
    StorageDef {
        span: storage.span().clone(),
        disk: storage.text("disk"),
        table: table.map(|table| table.value),
        slots: storage
            .number("slots", 1..=2)
            .map_or(1, |slots| slots.value),
        slot: size("slot"),
        data: size("data"),
        journal: storage.flag("journal").unwrap_or(false),
    }
}

fn read_system(system: &Reader<'_>) -> SystemDef {
    SystemDef {
        span: system.span().clone(),
        contents: ContentsDef::from(system),
        tmpfs: system
            .pairs("tmpfs")
            .into_iter()
            .filter_map(|(path, size)| match quantity::kib(&size.value) {
                Ok(kib) => Some((path, size.map(|_| kib))),
                Err(why) => {
                    system.report().add(
                        crate::report::Mistake::at(&size.span, format!("`tmpfs`: {why}"))
                            .help(SIZE_HELP),
                    );
                    None
                }
            })
            .collect(),
    }
}
