//! makefs(8): NetBSD's own program makes the file systems.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::ffs::{self, Ffs};
use super::layout::{Layout, TIME};
use super::stage::{self, Staged};
use crate::failure::Failure;

/// How a file system is made.
#[derive(Clone, Copy, Debug)]
pub(super) enum Size {
    /// As small as what is in it: it is never written to.
    Least,
    /// So many KiB: it is written to.
    Exact(u32),
}

/// What all have in common: fragments of 1 KiB waste little behind small files.
const OPTIONS: &str = "version=1,bsize=8192,fsize=1024,optimization=space";

/// What makefs(8) says when it has given a file system too little, and per cent more that it is given at most.
const NO_SPACE: &str = "No space left on device";
const SPARE_MAX: u32 = 30;

/// Makes `OUT/NAME.ffs` of a layout, `NAME.mtree` and `NAME.list` beside it, and reads it back.
pub(super) fn make(
    layout: &Layout,
    name: &str,
    size: Size,
    big_endian: bool,
    out: &Path,
    work: &Path,
) -> Result<Staged, Failure> {
    let at = |ending: &str| out.join(format!("{name}.{ending}"));
    let tree = work.join(name);
    let staged = stage::stage(layout, &tree).map_err(|why| Failure::root(&why))?;
    write(&at("mtree"), layout.specification().as_bytes())?;
    write(&at("list"), (staged.list.join("\n") + "\n").as_bytes())?;
    let image = at("ffs");
    match size {
        Size::Exact(kib) => {
            let size = [
                "-s",
                &format!("{kib}k"),
                "-o",
                &format!("{OPTIONS},density=4096"),
            ];
            run(&size, big_endian, &at("mtree"), &image, &tree)?;
        }
        // makefs counts directories and ends of files too small: it is given more until all of it fits
        Size::Least => {
            let mut spare = 0;
            while let Err(failure) = run(
                &[
                    "-b",
                    &format!("{spare}%"),
                    "-f",
                    "0",
                    "-o",
                    &format!("{OPTIONS},minfree=0"),
                ],
                big_endian,
                &at("mtree"),
                &image,
                &tree,
            ) {
                if spare == SPARE_MAX || !failure.to_string().contains(NO_SPACE) {
                    return Err(failure);
                }
                spare += 1;
            }
        }
    }
    let mut bytes = fs::read(&image).map_err(|why| Failure::read(&image, &why))?;
    let bad = |what: &str| Failure::at(&image, "read back", &what);
    ffs::normalise(&mut bytes, big_endian).ok_or_else(|| bad("not a file system"))?;
    let list = Ffs::open(&bytes, big_endian).and_then(|read| read.list());
    let list = list.ok_or_else(|| bad("damaged"))?;
    if list != staged.list {
        let differs = list.iter().zip(&staged.list).find(|(a, b)| a != b);
        let differs = differs.map_or("its length", |(_, wanted)| wanted);
        return Err(bad(&format!("not what was laid out: {differs}")));
    }
    write(&image, &bytes)?;
    fs::remove_dir_all(&tree).map_err(|why| Failure::write(&tree, &why))?;
    Ok(staged)
}

/// Runs makefs(8) once.
fn run(
    size: &[&str],
    big_endian: bool,
    specification: &Path,
    image: &Path,
    tree: &Path,
) -> Result<(), Failure> {
    let order = if big_endian { "be" } else { "le" };
    let output = Command::new("makefs")
        .args(["-t", "ffs", "-x", "-B", order, "-T", &TIME.to_string()])
        .args(size)
        .arg("-F")
        .args([specification, image, tree])
        .env("LC_ALL", "C")
        .output()
        .map_err(|why| {
            Failure::Other(format!(
                "makefs: cannot be run: {why}: install the package makefs"
            ))
        })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let why = said.lines().last().unwrap_or("failed").to_owned();
    Err(Failure::at(image, "makefs", &why))
}

/// Writes a file of the build.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(|why| Failure::write(path, &why))
}
