//! Names and roots, kept as bytes.

use core::sync::atomic::{AtomicU8, Ordering};

use cell_abi::{NAME_MAX, ROOT_MAX};

/// Up to `N` bytes of text. Read and written under the table lock, hence relaxed.
pub(crate) struct Text<const N: usize> {
    bytes: [AtomicU8; N],
    len: AtomicU8,
}

impl<const N: usize> Text<N> {
    pub(crate) const fn new() -> Self {
        const { assert!(N <= u8::MAX as usize) };
        Self {
            bytes: [const { AtomicU8::new(0) }; N],
            len: AtomicU8::new(0),
        }
    }

    /// Keeps `text`, which was checked not to be longer than `N`.
    pub(crate) fn set(&self, text: &[u8]) {
        self.len.store(keep(&self.bytes, text), Ordering::Relaxed);
    }

    pub(crate) fn is(&self, text: &[u8]) -> bool {
        let bytes = self.stored().iter();
        bytes
            .map(|byte| byte.load(Ordering::Relaxed))
            .eq(text.iter().copied())
    }

    /// The bytes of the text, where they are.
    pub(crate) fn stored(&self) -> &[AtomicU8] {
        self.bytes.get(..self.len()).unwrap_or_default()
    }

    /// The text, copied into `out`; `None` if it is none, which it never is.
    pub(crate) fn copy<'o>(&self, out: &'o mut [u8; N]) -> Option<&'o str> {
        for (place, byte) in self.bytes.iter().zip(out.iter_mut()) {
            *byte = place.load(Ordering::Relaxed);
        }
        core::str::from_utf8(out.get(..self.len())?).ok()
    }

    fn len(&self) -> usize {
        usize::from(self.len.load(Ordering::Relaxed))
    }
}

/// Keeps what fits of `text`; how much.
#[inline(never)]
fn keep(places: &[AtomicU8], text: &[u8]) -> u8 {
    let mut len = 0;
    for (place, byte) in places.iter().zip(text) {
        place.store(*byte, Ordering::Relaxed);
        len += 1;
    }
    len
}

/// Room for the text of a [`CellInfo`](cell_abi::CellInfo), the caller's.
pub struct InfoText {
    pub(crate) name: [u8; NAME_MAX],
    pub(crate) root: [u8; ROOT_MAX],
}

impl InfoText {
    /// Empty.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            name: [0; NAME_MAX],
            root: [0; ROOT_MAX],
        }
    }
}

impl Default for InfoText {
    fn default() -> Self {
        Self::new()
    }
}
