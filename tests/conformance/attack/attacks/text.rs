//! Short texts made without memory to ask for.

use core::ffi::CStr;
use core::fmt::{self, Write};

const ROOM: usize = 128;

/// A text of at most 127 bytes, ended by NUL for the kernel.
pub struct Text {
    bytes: [u8; ROOM],
    length: usize,
}

impl Text {
    /// Formats one; what does not fit is cut off.
    #[must_use]
    pub fn new(arguments: fmt::Arguments<'_>) -> Self {
        let mut text = Self {
            bytes: [0; ROOM],
            length: 0,
        };
        let _ = text.write_fmt(arguments);
        text
    }

    /// With its NUL.
    #[must_use]
    pub fn c(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.bytes).unwrap_or(c"")
    }

    /// Without.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            if self.length + 1 == ROOM {
                return Err(fmt::Error);
            }
            if let Some(place) = self.bytes.get_mut(self.length) {
                *place = byte;
                self.length += 1;
            }
        }
        Ok(())
    }
}
