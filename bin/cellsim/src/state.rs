//! The state directory: one simulation at a time, gone when it ends.
//!
//! `lock` is held while the simulation runs, `syslog` is what the device logged, `root/` is the device's root directory.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use cell_abi::ROOT_MAX;
use cellbake::board::Board;

use crate::Failure;

/// A state directory that is this process' alone.
#[derive(Debug)]
pub struct State {
    directory: PathBuf,
    // the lock goes when it is closed
    _lock: File,
}

/// Where it is when nobody says.
///
/// # Errors
/// An ordinary user without a runtime directory.
pub(crate) fn default_directory(root: Privilege) -> Result<PathBuf, Failure> {
    match root {
        Privilege::Root => Ok(PathBuf::from("/run/picocell")),
        Privilege::User => match std::env::var_os("XDG_RUNTIME_DIR") {
            Some(runtime) => Ok(PathBuf::from(runtime).join("picocell")),
            None => Err(Failure::of("XDG_RUNTIME_DIR", "not set; give --state DIR")),
        },
    }
}

/// Whose simulation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Privilege {
    /// Root's.
    Root,
    /// An ordinary user's.
    User,
}

impl State {
    /// Makes `directory`, or takes one over that a killed simulation left.
    ///
    /// # Errors
    /// A directory that another simulation uses, or that holds something else.
    pub fn take(directory: &Path) -> Result<Self, Failure> {
        let fail = |why| Failure::of(directory.display(), why);
        match fs::DirBuilder::new().mode(0o700).create(directory) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => refuse_foreign(directory)?,
            Err(error) => return Err(fail(error)),
        }
        let directory = directory.canonicalize().map_err(fail)?;
        let lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(directory.join("lock"))
            .map_err(fail)?;
        if let Err(error) = lock.try_lock() {
            let holder = fs::read_to_string(directory.join("lock")).unwrap_or_default();
            return Err(match error {
                fs::TryLockError::WouldBlock => Failure::of(
                    directory.display(),
                    format!("in use by cellsim, process {}", holder.trim()),
                ),
                fs::TryLockError::Error(error) => fail(error),
            });
        }
        let state = Self {
            directory,
            _lock: lock,
        };
        state.empty()?;
        let mut lock = &state._lock;
        lock.set_len(0)
            .and_then(|()| writeln!(lock, "{}", std::process::id()))
            .map_err(|error| Failure::of(state.directory.display(), error))?;
        Ok(state)
    }

    /// Removes what an earlier simulation left.
    fn empty(&self) -> Result<(), Failure> {
        let fail = |why| Failure::of(self.directory.display(), why);
        for name in ["root", "syslog"] {
            let path = self.directory.join(name);
            let removed = match fs::symlink_metadata(&path) {
                Ok(found) if found.is_dir() => fs::remove_dir_all(&path),
                Ok(_) => fs::remove_file(&path),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
                Err(error) => Err(error),
            };
            removed.map_err(fail)?;
        }
        Ok(())
    }

    /// The directory itself, absolute.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The root directory of the simulated device.
    #[must_use]
    pub fn prefix(&self) -> PathBuf {
        self.directory.join("root")
    }

    /// A path of the device.
    #[must_use]
    pub fn on_device(&self, path: &str) -> PathBuf {
        self.prefix().join(path.trim_start_matches('/'))
    }

    /// Where the device's log is kept.
    #[must_use]
    pub fn syslog(&self) -> PathBuf {
        self.directory.join("syslog")
    }

    /// Lays out the device: its directories, `cells.bin`, and the roots of its cells.
    ///
    /// # Errors
    /// What the system says; a state directory so long that a cell's root is no path for the kernel.
    pub fn lay_out(&self, board: &Board) -> Result<(), Failure> {
        let longest = board.roots.iter().map(|root| root.cell.len()).max();
        let cells = self.on_device("/cells");
        if cells.as_os_str().len() + 1 + longest.unwrap_or(0) > ROOT_MAX {
            return Err(Failure::of(
                self.directory.display(),
                format!("too long: the path of a cell's root may have {ROOT_MAX} bytes"),
            ));
        }
        for directory in ["/dev", "/etc", "/volumes", "/var/run"] {
            let path = self.on_device(directory);
            fs::create_dir_all(&path).map_err(|why| Failure::of(path.display(), why))?;
        }
        let image = self.on_device("/etc/cells.bin");
        fs::write(&image, cellbake::bake(board))
            .map_err(|why| Failure::of(image.display(), why))?;
        cellbake::roots::lay_out(board, &cells).map_err(|why| Failure(why.to_string()))
    }

    /// Removes the directory and proves it.
    ///
    /// # Errors
    /// What cannot be removed.
    pub fn remove(self) -> Result<(), Failure> {
        let fail = |why| Failure::of(self.directory.display(), why);
        fs::remove_dir_all(&self.directory).map_err(fail)?;
        match fs::symlink_metadata(&self.directory) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(fail(error)),
            Ok(_) => Err(Failure::of(self.directory.display(), "still there")),
        }
    }
}

/// A directory with anything in it that no simulation makes is somebody's.
fn refuse_foreign(directory: &Path) -> Result<(), Failure> {
    let fail = |why| Failure::of(directory.display(), why);
    for entry in fs::read_dir(directory).map_err(fail)? {
        let name = entry.map_err(fail)?.file_name();
        if !["lock", "root", "syslog"]
            .iter()
            .any(|known| name == *known)
        {
            return Err(Failure::of(
                directory.display(),
                format!("holds {}, which is not a simulation's", name.display()),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_in_use_is_refused_in_one_line_and_free_again_afterwards() {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().join("state");
        let first = State::take(&path).unwrap();
        let refusal = State::take(&path).unwrap_err().to_string();
        assert!(refusal.contains("in use by cellsim, process"), "{refusal}");
        assert!(refusal.contains(&std::process::id().to_string()));
        assert!(!refusal.contains('\n'));
        first.remove().unwrap();
        assert!(!path.exists());
        State::take(&path).unwrap().remove().unwrap();
    }

    #[test]
    fn what_a_killed_simulation_left_is_cleared_and_what_is_not_its_own_is_not() {
        let top = tempfile::tempdir().unwrap();
        let path = top.path().join("state");
        drop(State::take(&path).unwrap());
        fs::create_dir_all(path.join("root/cells/web/bin")).unwrap();
        let state = State::take(&path).unwrap();
        assert!(!path.join("root").exists());
        drop(state);
        fs::write(path.join("thesis.txt"), "years").unwrap();
        let refusal = State::take(&path).unwrap_err().to_string();
        assert!(refusal.contains("thesis.txt"), "{refusal}");
        assert!(path.join("thesis.txt").exists());
    }
}
