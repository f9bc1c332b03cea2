//! A layout as a directory of the build host, which makefs(8) makes a file system of. What is the same is there once.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::layout::{Item, Layout, What};
use crate::facts;
use crate::roots::RootError;

/// What was staged.
#[derive(Clone, Debug, Default)]
pub(super) struct Staged {
    /// A line for each thing: path, kind, mode, and size with digest, or what a link says, or a node's number.
    pub list: Vec<String>,
    /// Bytes of each file by path, 0 for one whose content another one before it has.
    pub sizes: BTreeMap<String, u64>,
}

/// Makes `top`, which is not there, the tree of a layout. Owners and modes are the specification's affair.
pub(super) fn stage(layout: &Layout, top: &Path) -> Result<Staged, RootError> {
    let failed = |path: &Path, why| RootError {
        path: path.to_path_buf(),
        why,
    };
    fs::create_dir(top).map_err(|why| failed(top, why))?;
    let mut staged = Staged::default();
    let mut known: BTreeMap<([u8; 32], u32, u32, u32), PathBuf> = BTreeMap::new();
    for (path, item) in &layout.items {
        let on_host = top.join(path.trim_start_matches('/'));
        let fail = |why| failed(&on_host, why);
        let rest = match &item.what {
            What::Directory => {
                fs::create_dir(&on_host).map_err(fail)?;
                String::new()
            }
            What::Link(target) => {
                symlink(target, &on_host).map_err(fail)?;
                format!(" {target}")
            }
            // only the specification has it: making one needs root
            What::Node(kind, major, minor) => format!(" {kind} {major},{minor}"),
            What::Bytes(bytes) => {
                file(&on_host, bytes, item, &mut known, path, &mut staged).map_err(fail)?
            }
            What::Copy(from) => {
                let bytes = fs::read(from).map_err(|why| failed(from, why))?;
                file(&on_host, &bytes, item, &mut known, path, &mut staged).map_err(fail)?
            }
        };
        staged.list.push(line(path, item, &rest));
    }
    staged.list.push(line("", &Item::directory(0o755), ""));
    staged.list.sort();
    Ok(staged)
}

/// Writes a file, or links it to the one before that is the same; what the list says of it.
fn file(
    on_host: &Path,
    bytes: &[u8],
    item: &Item,
    known: &mut BTreeMap<([u8; 32], u32, u32, u32), PathBuf>,
    path: &str,
    staged: &mut Staged,
) -> io::Result<String> {
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let same = (digest, item.mode, item.uid, item.gid);
    let own = match known.get(&same) {
        Some(other) => {
            fs::hard_link(other, on_host)?;
            0
        }
        None => {
            let mut file = File::create_new(on_host)?;
            file.write_all(bytes)?;
            file.set_permissions(Permissions::from_mode(0o644))?;
            known.insert(same, on_host.to_path_buf());
            bytes.len() as u64
        }
    };
    staged.sizes.insert(path.to_owned(), own);
    Ok(format!(" {} {}", bytes.len(), facts::hex(&digest)))
}

/// As [`ffs::list`](super::ffs::list) reads it back.
fn line(path: &str, item: &Item, rest: &str) -> String {
    let kind = match &item.what {
        What::Directory => "dir",
        What::Link(_) => "link",
        What::Bytes(_) | What::Copy(_) => "file",
        What::Node(..) => "node",
    };
    let owner = match (item.uid, item.gid) {
        (0, 0) => String::new(),
        (uid, gid) => format!(" owner {uid}:{gid}"),
    };
    format!(".{path} {kind} {:o}{owner}{rest}", item.mode)
}
