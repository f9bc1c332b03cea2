//! Laying roots out on the build host.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};

use super::{Kind, Root, RootError};
use crate::board::Board;

/// 1980-01-01, the oldest time that every archive format can say. The same for everything, so that roots can be compared.
pub(crate) const MTIME: i64 = 315_532_800;

/// Lays out the root of every cell of `board` as `into/<cell>`. Nothing appears under that name before it is complete.
///
/// Owners are those of the caller; as root they are root.
///
/// # Errors
/// What the system says, a root that is there already, or a source that was not looked at.
pub fn lay_out(board: &Board, into: &Path) -> Result<(), RootError> {
    for root in &board.roots {
        let target = into.join(&root.cell);
        if fs::symlink_metadata(&target).is_ok() && fs::remove_dir(&target).is_err() {
            return Err(failed(
                &target,
                io::Error::new(io::ErrorKind::AlreadyExists, "exists; remove it first"),
            ));
        }
    }
    fs::create_dir_all(into).map_err(|why| failed(into, why))?;
    for root in &board.roots {
        let target = into.join(&root.cell);
        let unfinished = into.join(format!(".{}.unfinished", root.cell));
        let done = lay_out_one(root, &unfinished)
            .and_then(|()| fs::rename(&unfinished, &target).map_err(|why| failed(&target, why)));
        if let Err(error) = done {
            let _ = fs::remove_dir_all(&unfinished);
            return Err(error);
        }
    }
    Ok(())
}

fn lay_out_one(root: &Root, top: &Path) -> Result<(), RootError> {
    if fs::symlink_metadata(top).is_ok() {
        fs::remove_dir_all(top).map_err(|why| failed(top, why))?;
    }
    fs::create_dir(top).map_err(|why| failed(top, why))?;
    let mut directories = vec![(top.to_path_buf(), 0o755)];
    for (path, entry) in &root.entries {
        let on_host = top.join(path.trim_start_matches('/'));
        let made = match &entry.kind {
            Kind::Directory => {
                directories.push((on_host.clone(), entry.mode));
                fs::create_dir(&on_host)
            }
            Kind::Link(target) => symlink(target, &on_host).and_then(|()| stamp(&on_host)),
            Kind::File(content) => {
                let bytes = content.read()?.ok_or_else(|| {
                    failed(
                        Path::new(path),
                        io::Error::other("its source was not looked at; give --source"),
                    )
                })?;
                write_file(&on_host, &bytes, entry.mode)
            }
        };
        made.map_err(|why| failed(&on_host, why))?;
    }
    // last, and the innermost first: making something in a directory changes its time, and it may not be writable
    for (directory, mode) in directories.into_iter().rev() {
        fs::set_permissions(&directory, Permissions::from_mode(mode))
            .and_then(|()| stamp(&directory))
            .map_err(|why| failed(&directory, why))?;
    }
    Ok(())
}

fn write_file(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.set_permissions(Permissions::from_mode(mode))?;
    stamp(path)
}

fn stamp(path: &Path) -> io::Result<()> {
    let time = Timespec {
        tv_sec: MTIME,
        tv_nsec: 0,
    };
    let times = Timestamps {
        last_access: time,
        last_modification: time,
    };
    utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(())
}

fn failed(path: &Path, why: io::Error) -> RootError {
    RootError {
        path: PathBuf::from(path),
        why,
    }
}
