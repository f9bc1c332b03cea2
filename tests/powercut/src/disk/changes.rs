//! What calls do to a disk.

use std::cell::Cell;
use std::rc::Rc;

use libcell::platform::{Errno, FileKind, Open, Removal, Status};

use super::image::Inode;
use super::{Disks, Fd, ROOT, Rename};

impl Disks {
    pub(super) fn open(
        &mut self,
        from: u64,
        path: &[u8],
        how: Open,
        mode: u32,
    ) -> Result<Fd, Errno> {
        let (directory, name) = self.now.place(from, path)?;
        let found = self.now.find(directory, &name);
        let makes = matches!(
            how,
            Open::Truncate | Open::CreateNew | Open::Append | Open::Lock
        );
        let inode = match found {
            Ok(_) if how == Open::CreateNew => return Err(Errno::EEXIST),
            Ok(inode) => {
                let kind = self.now.inode(inode)?.kind;
                match (how, kind) {
                    (_, FileKind::Link) => return Err(Errno::ELOOP),
                    (Open::Directory, FileKind::Directory) => {}
                    (Open::Directory, _) => return Err(Errno::ENOTDIR),
                    (Open::Truncate, _) => {
                        if let Some(inode) = self.now.inodes.get_mut(&inode) {
                            inode.content = Rc::default();
                        }
                        self.changed("open");
                    }
                    _ => {}
                }
                inode
            }
            Err(Errno::ENOENT) if makes => {
                self.add(directory, name, Inode::new(FileKind::File, mode), "open")?
            }
            Err(errno) => return Err(errno),
        };
        Ok(Fd {
            inode,
            offset: Cell::new(0),
            listed: Cell::new(false),
        })
    }

    pub(super) fn add(
        &mut self,
        directory: u64,
        name: Vec<u8>,
        inode: Inode,
        call: &'static str,
    ) -> Result<u64, Errno> {
        if self.now.find(directory, &name).is_ok() {
            return Err(Errno::EEXIST);
        }
        let inode = self.now.add(inode);
        let names = self.now.names.get_mut(&directory).ok_or(Errno::ENOTDIR)?;
        names.insert(name, inode);
        self.changed(call);
        Ok(inode)
    }

    pub(super) fn make(
        &mut self,
        from: u64,
        path: &[u8],
        inode: Inode,
        call: &'static str,
    ) -> Result<(), Errno> {
        let (directory, name) = self.now.place(from, path)?;
        self.add(directory, name, inode, call).map(drop)
    }

    pub(super) fn remove(
        &mut self,
        from: u64,
        path: &[u8],
        what: Removal,
        call: &'static str,
    ) -> Result<(), Errno> {
        let (directory, name) = self.now.place(from, path)?;
        let inode = self.now.find(directory, &name)?;
        match (self.now.names.get(&inode), what) {
            (Some(_), Removal::File) => return Err(Errno::EPERM),
            (None, Removal::Directory) => return Err(Errno::ENOTDIR),
            (Some(names), Removal::Directory) if !names.is_empty() => return Err(Errno::ENOTEMPTY),
            (Some(_) | None, _) => {}
        }
        self.now
            .names
            .get_mut(&directory)
            .ok_or(Errno::EIO)?
            .remove(&name);
        self.changed(call);
        Ok(())
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> Result<(), Errno> {
        let from = self.now.place(ROOT, from.as_bytes())?;
        let to = self.now.place(ROOT, to.as_bytes())?;
        let inode = self.now.find(from.0, &from.1)?;
        if let Ok(there) = self.now.find(to.0, &to.1)
            && self
                .now
                .names
                .get(&there)
                .is_some_and(|names| !names.is_empty())
        {
            return Err(Errno::ENOTEMPTY);
        }
        self.now
            .names
            .get_mut(&from.0)
            .ok_or(Errno::EIO)?
            .remove(&from.1);
        self.now
            .names
            .get_mut(&to.0)
            .ok_or(Errno::EIO)?
            .insert(to.1.clone(), inode);
        self.renames.push(Rename { from, to, inode });
        self.changed("rename");
        Ok(())
    }

    pub(super) fn write(
        &mut self,
        inode: u64,
        bytes: &[u8],
        offset: u64,
        call: &'static str,
    ) -> Result<usize, Errno> {
        let with = |image: &mut super::Image, bytes: &[u8]| {
            if let Some(of) = image.inodes.get_mut(&inode) {
                let content = Rc::make_mut(&mut of.content);
                let end = offset as usize + bytes.len();
                content.resize(content.len().max(end), 0);
                content[offset as usize..end].copy_from_slice(bytes);
            }
        };
        if self.record.is_some() {
            let mut half = self.now.clone();
            with(&mut half, &bytes[..bytes.len() / 2]);
            self.torn(call, half);
        }
        with(&mut self.now, bytes);
        self.changed(call);
        Ok(bytes.len())
    }

    pub(super) fn status(&self, inode: u64) -> Result<Status, Errno> {
        let of = self.now.inode(inode)?;
        Ok(Status {
            metadata: of.metadata(),
            node: of.node,
            modified: of.modified,
            file_system: 1,
            number: inode,
            links: self.now.links(inode),
            blocks: (of.content.len() as u64).div_ceil(4096) * 8,
        })
    }
}
