//! Whether a System V IPC object exists.

/// The three kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Shared memory.
    Memory,
    /// Semaphores.
    Semaphores,
    /// A message queue.
    Queue,
}

/// Whether there is an object of that key. It is not made and not changed.
#[must_use]
pub fn exists(kind: Kind, key: i32) -> bool {
    // SAFETY: no pointers.
    let id = unsafe {
        match kind {
            Kind::Memory => libc::shmget(key, 0, 0),
            Kind::Semaphores => libc::semget(key, 0, 0),
            Kind::Queue => libc::msgget(key, 0),
        }
    };
    id >= 0 || std::io::Error::last_os_error().raw_os_error() != Some(libc::ENOENT)
}
