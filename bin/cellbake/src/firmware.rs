//! From a board to what is written to its flash: a root file system, a data file system, and an image of the whole.
//!
//! NetBSD's makefs(8) makes the file systems, as any user; what it made is read back and compared.

mod etc;
mod ffs;
mod images;
mod layout;
mod makefs;
mod nodes;
mod parts;
mod stage;
mod users;

use std::fs;
use std::path::{Path, PathBuf};

use crate::board::Board;
use crate::command::minisig;
use crate::device::{DATA, Device, Kernel, KernelPlace, Module, Storage};
use crate::disk;
use crate::failure::Failure;
use crate::page::Area;
use crate::roots::Root;

pub(crate) use images::Signing;
use layout::{Item, Layout, What};
use makefs::Size;
pub(crate) use parts::Part;

/// The device programs, all one file: which it is, it sees by its name.
const BOX: &str = "cellbox";
const PROGRAMS: [&str; 5] = ["cellctl", "cellinit", "cellmgr", "cellrescue", "cellui"];

/// Where everything comes from.
pub(crate) struct Inputs<'i> {
    /// The release's tree.
    pub source: &'i Path,
    /// Its kernel.
    pub kernel: &'i Path,
    /// The device programs.
    pub programs: &'i Path,
    /// The module, where the board loads it.
    pub module: Option<&'i Path>,
    /// Who signs.
    pub signing: Signing<'i>,
}

/// What was made.
#[derive(Debug)]
pub(crate) struct Built {
    /// What takes how much of the flash.
    pub parts: Vec<Part>,
    /// The same for a report.
    pub areas: Vec<Area>,
    /// The signed `cells.bin`.
    pub cells: Vec<u8>,
    /// Things in the root file system.
    pub things: usize,
    /// Bytes of the root file system.
    pub root_bytes: u64,
}

/// A device that an image of its whole flash can be made for.
struct Whole<'b> {
    device: &'b Device,
    storage: &'b Storage,
    kernel: &'b Kernel,
    system: &'b Root,
}

/// Makes everything in the directory `out`, which is empty.
pub(crate) fn build(board: &Board, inputs: &Inputs<'_>, out: &Path) -> Result<Built, Failure> {
    let whole = whole(board)?;
    let images = images::images(board, &inputs.signing)?;
    let layout = layout(board, &whole, inputs, &images)
        .map_err(|why| Failure::Other(format!("{}: {why}", whole.device.name)))?;
    parts::check_toolkit(whole.device, &layout)?;
    let work = out.join("work");
    fs::create_dir(&work).map_err(|why| Failure::write(&work, &why))?;
    let big_endian = whole.device.arch == "mipseb";
    let staged = makefs::make(&layout, "root", Size::Least, big_endian, out, &work)?;
    let root = out.join("root.ffs");
    let root_bytes = size_of(&root)?;
    let parts = parts::parts(&whole, inputs.kernel, &staged, root_bytes)?;
    parts::check(&whole, &parts, root_bytes)?;
    let data = whole.storage.data_kib.map(|kib| {
        makefs::make(
            &Layout::default(),
            "data",
            Size::Exact(kib),
            big_endian,
            out,
            &work,
        )
        .map(|_| out.join("data.ffs"))
    });
    let data = data.transpose()?;
    fs::remove_dir_all(&work).map_err(|why| Failure::write(&work, &why))?;
    let flash = out.join(format!("{}.img", whole.device.name));
    let contents = disk::Contents {
        name: &whole.device.name,
        big_endian,
        kib: whole.device.flash_kib,
        root: &root,
        data: data.as_deref(),
    };
    disk::write(&flash, whole.storage, &contents).map_err(|why| Failure::write(&flash, &why))?;
    makefs::write(&out.join("cells.bin"), &images.cells)?;
    if let Some(rescue) = &images.rescue {
        makefs::write(&out.join("rescue.bin"), rescue)?;
    }
    let mut to_sign = vec![root, flash];
    if whole.kernel.place == KernelPlace::Apart {
        let kernel = out.join("netbsd");
        fs::copy(inputs.kernel, &kernel).map_err(|why| Failure::read(inputs.kernel, &why))?;
        to_sign.push(kernel);
    }
    if let Some(key) = &images.key {
        makefs::write(&out.join("cells.pub"), key)?;
    }
    if let Signing::Key(signer) = inputs.signing {
        for path in to_sign {
            let bytes = fs::read(&path).map_err(|why| Failure::read(&path, &why))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let comment = format!("board:{} file:{name}", whole.device.name);
            makefs::write(&minisig(&path), signer.sign(&bytes, &comment).as_bytes())?;
        }
    }
    Ok(Built {
        areas: parts::areas(&whole, &parts, root_bytes),
        parts,
        cells: images.cells,
        things: staged.list.len(),
        root_bytes,
    })
}

/// A line for each thing in a file system of either byte order, sorted; `None` if it is none, or damaged.
pub(crate) fn listing(bytes: &[u8]) -> Option<Vec<String>> {
    let of = |big_endian| ffs::Ffs::open(bytes, big_endian)?.list();
    of(false).or_else(|| of(true))
}

/// What an image of the whole flash needs the board to say.
fn whole(board: &Board) -> Result<Whole<'_>, Failure> {
    let device = &board.device;
    let missing = |table| {
        Failure::Other(format!(
            "{}: board.toml has no [{table}], which an image of the device needs: see board.toml(5)",
            board.directory.display()
        ))
    };
    Ok(Whole {
        device,
        system: device.system.as_ref().ok_or_else(|| missing("system"))?,
        kernel: device.kernel.as_ref().ok_or_else(|| missing("kernel"))?,
        storage: device.storage.as_ref().ok_or_else(|| missing("storage"))?,
    })
}

fn layout(
    board: &Board,
    whole: &Whole<'_>,
    inputs: &Inputs<'_>,
    images: &images::Images,
) -> Result<Layout, String> {
    let device = whole.device;
    let mut layout = Layout::default();
    let text = |taken: layout::Taken| taken.to_string();
    layout.add_root("", whole.system).map_err(text)?;
    for root in &board.roots {
        layout
            .add_root(&format!("/cells/{}", root.cell), root)
            .map_err(text)?;
    }
    let there = |path: &Path, what: &str| -> Result<PathBuf, String> {
        if path.is_file() {
            Ok(path.to_path_buf())
        } else {
            Err(format!("{what}: {}: there is no such file", path.display()))
        }
    };
    let file = |mode, path| Item::of(mode, What::Copy(path));
    let toolkit = there(&inputs.programs.join(BOX), "device programs")?;
    for program in PROGRAMS.into_iter().chain([BOX]) {
        layout
            .add(&format!("/sbin/{program}"), file(0o755, toolkit.clone()))
            .map_err(text)?;
    }
    match (whole.kernel.module, inputs.module) {
        (Module::Loaded, Some(module)) => {
            let module = there(module, "module")?;
            layout.add(etc::MODULE, file(0o644, module)).map_err(text)?;
        }
        (Module::Loaded, None) => {
            return Err("module: the board loads it: give --module".to_owned());
        }
        (Module::BuiltIn, None) => {}
        (Module::BuiltIn, Some(_)) => {
            return Err("module: the board's kernel has it built in".to_owned());
        }
    }
    let kernel = there(inputs.kernel, "kernel")?;
    match whole.kernel.place {
        KernelPlace::Root => layout.add("/netbsd", file(0o644, kernel)).map_err(text)?,
        KernelPlace::Apart => {}
    }
    let bytes = |bytes: &Vec<u8>| Item::of(0o644, What::Bytes(bytes.clone()));
    layout
        .add("/etc/cells.bin", bytes(&images.cells))
        .map_err(text)?;
    if let Some(rescue) = &images.rescue {
        layout.add("/etc/rescue.bin", bytes(rescue)).map_err(text)?;
    }
    if let Some(key) = &images.key {
        layout.add("/etc/cells.pub", bytes(key)).map_err(text)?;
    }
    let own = [DATA, "/var/run", "/root"].map(str::to_owned);
    let tmpfs = device.tmpfs.iter().map(|(path, _)| path.clone());
    for directory in own.into_iter().chain(tmpfs) {
        layout
            .offer(&directory, Item::directory(0o755))
            .map_err(text)?;
    }
    etc::add(&mut layout, device, whole.system).map_err(text)?;
    users::add(&mut layout, device, device.arch == "mipseb")?;
    nodes::add(&mut layout, device, &mut nodes::Makedev::of(inputs.source)?)?;
    Ok(layout)
}

fn size_of(path: &Path) -> Result<u64, Failure> {
    fs::metadata(path)
        .map(|metadata| metadata.len())
        .map_err(|why| Failure::read(path, &why))
}
