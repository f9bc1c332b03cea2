//! Values, read where they lie.

use crate::frame::FrameError;
use crate::name::{is_name, is_root};
use crate::{Access, DeviceKind, DeviceRule, Handle, Profile, Protocols, Reservation};

/// Reads from bytes. After the first thing that is not as it must be everything is 0 or empty, and [`Self::end`] says
/// so: one check instead of one for every value.
#[derive(Clone, Debug)]
pub struct Reader<'b> {
    rest: &'b [u8],
    failed: bool,
}

impl<'b> Reader<'b> {
    /// At the first of these bytes.
    #[must_use]
    pub const fn new(bytes: &'b [u8]) -> Self {
        Self {
            rest: bytes,
            failed: false,
        }
    }

    /// Whether all was as it must be.
    ///
    /// # Errors
    /// `Malformed`, or `Trailing` if bytes are left over.
    pub const fn end(&self) -> Result<(), FrameError> {
        match (self.failed, self.rest) {
            (true, _) => Err(FrameError::Malformed),
            (false, []) => Ok(()),
            (false, _) => Err(FrameError::Trailing),
        }
    }

    #[inline(never)]
    fn fail(&mut self) {
        self.failed = true;
        self.rest = &[];
    }

    /// The next byte.
    #[inline(never)]
    pub fn byte(&mut self) -> u8 {
        match self.rest.split_first() {
            Some((byte, rest)) => {
                self.rest = rest;
                *byte
            }
            None => {
                self.fail();
                0
            }
        }
    }

    /// A varint of at most `longest` bytes, the last of which is then at most `top`.
    #[inline(never)]
    fn varint(&mut self, longest: usize, top: u8) -> u64 {
        let mut bytes = self.rest.iter().take(longest);
        if let Some(before) = bytes.position(|byte| *byte < 0x80)
            && let Some((varint, rest)) = self.rest.split_at_checked(before + 1)
            && let [.., last] = varint
            && (varint.len() < longest || *last <= top)
        {
            self.rest = rest;
            let bytes = varint.iter().rev();
            return bytes.fold(0, |sum, byte| sum << 7 | u64::from(byte & 0x7f));
        }
        self.fail();
        0
    }

    /// An integer of 64 bits.
    pub fn long(&mut self) -> u64 {
        self.varint(10, 1)
    }

    /// An integer of 32 bits.
    pub fn number(&mut self) -> u32 {
        self.varint(5, 0xf) as u32
    }

    fn short(&mut self) -> u16 {
        self.varint(3, 3) as u16
    }

    /// A handle.
    pub fn handle(&mut self) -> Handle {
        Handle::from_raw(self.number())
    }

    /// A position below `count`; 0 and a failure if it is none. Positions are matched, not looked up in a table of what
    /// they stand for: of a value out of memory the compiler does not know that it is one.
    #[inline(never)]
    pub fn position(&mut self, count: u32) -> u32 {
        let position = self.number();
        if position < count {
            return position;
        }
        self.fail();
        0
    }

    #[inline(never)]
    fn text(&mut self) -> &'b [u8] {
        let length = usize::try_from(self.long()).unwrap_or(usize::MAX);
        match self.rest.split_at_checked(length) {
            Some((text, rest)) => {
                self.rest = rest;
                text
            }
            None => {
                self.fail();
                &[]
            }
        }
    }

    /// The bytes of a [`CellName`](crate::CellName), if it does not fail.
    pub fn name(&mut self) -> &'b [u8] {
        let name = self.text();
        if !is_name(name) {
            self.fail();
        }
        name
    }

    /// The bytes of a [`RootPath`](crate::RootPath), if it does not fail.
    pub fn root(&mut self) -> &'b [u8] {
        let root = self.text();
        if !is_root(root) {
            self.fail();
        }
        root
    }

    /// A profile.
    pub fn profile(&mut self) -> Profile {
        match self.position(4) {
            0 => Profile::Low,
            1 => Profile::Medium,
            2 => Profile::High,
            _ => Profile::Custom,
        }
    }

    /// One of the four [`Limits`](crate::Limits), the first of which has 16 bits.
    pub fn limit(&mut self, place: usize) -> Option<u32> {
        let (longest, top) = if place == 0 { (3, 3) } else { (5, 0xf) };
        match self.byte() {
            0 => None,
            1 => Some(self.varint(longest, top) as u32),
            _ => {
                self.fail();
                None
            }
        }
    }

    /// A reservation; `None` and a failure if it is none.
    pub fn reservation(&mut self) -> Option<Reservation> {
        let protocols = match self.position(3) {
            0 => Protocols::Tcp,
            1 => Protocols::Udp,
            _ => Protocols::Both,
        };
        let reservation = Reservation::new(protocols, self.short(), self.short()).ok();
        if reservation.is_none() {
            self.fail();
        }
        reservation
    }

    /// A device rule, whatever its numbers.
    pub fn device(&mut self) -> DeviceRule {
        DeviceRule {
            kind: match self.position(2) {
                0 => DeviceKind::Char,
                _ => DeviceKind::Block,
            },
            access: match self.position(3) {
                0 => Access::Read,
                1 => Access::Write,
                _ => Access::ReadWrite,
            },
            major: self.short(),
            minor: self.number(),
        }
    }

    /// How many items a list has, which is at most `most`.
    pub fn count(&mut self, most: usize) -> usize {
        let count = self.long();
        if count <= most as u64 {
            return count as usize;
        }
        self.fail();
        0
    }
}
