//! Texts as the kernel takes them: ended by NUL.

use alloc::vec::Vec;

use crate::platform::Errno;

/// PATH_MAX of NetBSD, the NUL included.
const MAX: usize = 1024;

/// Byte by byte: the library's search is four times the code, and paths are short.
fn has_nul(text: &[u8]) -> bool {
    !text.iter().all(|byte| *byte != 0)
}

/// A path with its NUL, on the stack.
pub(super) struct Path([u8; MAX]);

impl Path {
    /// # Errors
    /// ENAMETOOLONG above 1023 bytes, EINVAL when there is a NUL in it.
    pub(super) fn new(path: &str) -> Result<Self, Errno> {
        Self::of(path.as_bytes())
    }

    /// The same of bytes that are no text.
    pub(super) fn of(text: &[u8]) -> Result<Self, Errno> {
        let mut buffer = [0; MAX];
        if has_nul(text) {
            return Err(Errno::EINVAL);
        }
        if text.len() >= MAX {
            return Err(Errno::ENAMETOOLONG);
        }
        for (to, from) in buffer.iter_mut().zip(text) {
            *to = *from;
        }
        Ok(Self(buffer))
    }

    pub(super) fn as_ptr(&self) -> *const u8 {
        self.0.as_ptr()
    }
}

/// A list of texts and the pointers that execve(2) takes.
pub(super) struct List {
    _texts: Vec<u8>,
    pointers: Vec<*const u8>,
}

impl List {
    /// # Errors
    /// EINVAL when there is a NUL in one.
    pub(super) fn new(texts: &[&str]) -> Result<Self, Errno> {
        let size = texts.iter().map(|text| text.len() + 1).sum();
        let mut bytes: Vec<u8> = Vec::with_capacity(size);
        let mut pointers = Vec::with_capacity(texts.len() + 1);
        for text in texts {
            if has_nul(text.as_bytes()) {
                return Err(Errno::EINVAL);
            }
            // within the capacity, so what is pointed to does not move
            pointers.push(bytes.as_ptr().wrapping_add(bytes.len()));
            bytes.extend_from_slice(text.as_bytes());
            bytes.push(0);
        }
        pointers.push(core::ptr::null());
        Ok(Self {
            _texts: bytes,
            pointers,
        })
    }

    pub(super) fn as_ptr(&self) -> *const *const u8 {
        self.pointers.as_ptr()
    }
}
