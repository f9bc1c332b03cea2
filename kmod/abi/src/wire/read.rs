//! Requests, read where they lie.

use core::marker::PhantomData;

use crate::frame::{self, FrameError};
use crate::name::{is_name, is_root};
use crate::{
    Access, CellPlan, DeviceKind, DeviceRule, Handle, Limits, MAX_DEVICES, MAX_RESERVATIONS, OpSet,
    Profile, Protocols, Reservation,
};

/// A [`Request`](crate::Request) in the buffer that it came in: names are checked, text and lists stay where they are.
#[derive(Clone, Debug)]
pub enum Call<'b> {
    /// [`Request::Hello`](crate::Request::Hello)
    Hello,
    /// [`Request::Create`](crate::Request::Create)
    Create(NewCell<'b>),
    /// [`Request::Destroy`](crate::Request::Destroy)
    Destroy(Handle),
    /// [`Request::Enter`](crate::Request::Enter)
    Enter(Handle),
    /// [`Request::Kill`](crate::Request::Kill)
    Kill {
        /// The cell.
        cell: Handle,
        /// Signal number.
        signal: u8,
    },
    /// [`Request::Lookup`](crate::Request::Lookup), with the bytes of a name.
    Lookup(&'b [u8]),
    /// [`Request::List`](crate::Request::List)
    List(Handle),
    /// [`Request::Stats`](crate::Request::Stats)
    Stats(Handle),
    /// [`Request::Policy`](crate::Request::Policy)
    Policy(Handle),
    /// [`Request::Seal`](crate::Request::Seal)
    Seal,
}

/// A [`Create`](crate::Create) in its buffer.
#[derive(Clone, Debug)]
pub struct NewCell<'b> {
    name: &'b [u8],
    root: &'b [u8],
    profile: Profile,
    may: OpSet,
    reservations: List<'b, Reservation>,
    devices: List<'b, DeviceRule>,
    limits: Limits,
}

impl CellPlan for NewCell<'_> {
    fn name(&self) -> &[u8] {
        self.name
    }

    fn root(&self) -> &[u8] {
        self.root
    }

    fn profile(&self) -> Profile {
        self.profile
    }

    fn may(&self) -> OpSet {
        self.may
    }

    fn reservations(&self) -> impl Iterator<Item = Reservation> + Clone {
        self.reservations.clone()
    }

    fn devices(&self) -> impl Iterator<Item = DeviceRule> + Clone {
        self.devices.clone()
    }

    fn limits(&self) -> &Limits {
        &self.limits
    }
}

/// Reads the request in an ioctl's buffer.
///
/// # Errors
/// Whatever is wrong with the bytes; nothing is read past the length.
pub fn call(buffer: &[u8]) -> Result<Call<'_>, FrameError> {
    let mut reader = Reader::new(frame::body(buffer)?);
    let call = match reader.position(10) {
        0 => Call::Hello,
        1 => Call::Create(reader.new_cell()),
        2 => Call::Destroy(reader.handle()),
        3 => Call::Enter(reader.handle()),
        4 => Call::Kill {
            cell: reader.handle(),
            signal: reader.byte(),
        },
        5 => Call::Lookup(reader.text(is_name)),
        6 => Call::List(reader.handle()),
        7 => Call::Stats(reader.handle()),
        8 => Call::Policy(reader.handle()),
        _ => Call::Seal,
    };
    reader.end()?;
    Ok(call)
}

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

    fn long(&mut self) -> u64 {
        self.varint(10, 1)
    }

    /// An integer of 32 bits.
    pub fn number(&mut self) -> u32 {
        self.varint(5, 0xf) as u32
    }

    fn short(&mut self) -> u16 {
        self.varint(3, 3) as u16
    }

    fn handle(&mut self) -> Handle {
        Handle::from_raw(self.number())
    }

    /// A position below `count`; 0 if it is not.
    #[inline(never)]
    fn position(&mut self, count: u32) -> u32 {
        let position = self.number();
        if position < count {
            return position;
        }
        self.fail();
        0
    }

    /// Bytes that are as they must be.
    fn text(&mut self, is_right: impl FnOnce(&[u8]) -> bool) -> &'b [u8] {
        let length = usize::try_from(self.long()).unwrap_or(usize::MAX);
        if let Some((text, rest)) = self.rest.split_at_checked(length)
            && is_right(text)
        {
            self.rest = rest;
            return text;
        }
        self.fail();
        &[]
    }

    /// An optional varint, as [`Self::varint`] has it.
    #[inline(never)]
    fn option(&mut self, longest: usize, top: u8) -> Option<u32> {
        match self.byte() {
            0 => None,
            1 => Some(self.varint(longest, top) as u32),
            _ => {
                self.fail();
                None
            }
        }
    }

    fn number_or_none(&mut self) -> Option<u32> {
        self.option(5, 0xf)
    }

    fn limits(&mut self) -> Limits {
        Limits {
            processes: self.option(3, 3).map(|limit| limit as u16),
            nofile: self.number_or_none(),
            address_space_kib: self.number_or_none(),
            core_kib: self.number_or_none(),
        }
    }

    #[inline(never)]
    fn reservation(&mut self) -> Option<Reservation> {
        let protocols = match self.position(3) {
            0 => Protocols::Tcp,
            1 => Protocols::Udp,
            _ => Protocols::Both,
        };
        let (first, last) = (self.short(), self.short());
        Reservation::new(protocols, first, last).ok()
    }

    #[inline(never)]
    fn device(&mut self) -> DeviceRule {
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

    /// The beginning of a list of at most `most`.
    fn list<T>(&mut self, most: u64) -> List<'b, T> {
        let mut left = self.long();
        if left > most {
            self.fail();
            left = 0;
        }
        List {
            reader: self.clone(),
            left: left as u32,
            of: PhantomData,
        }
    }

    fn reservations(&mut self) -> List<'b, Reservation> {
        let list = self.list(MAX_RESERVATIONS as u64);
        for _ in 0..list.left {
            if self.reservation().is_none() {
                self.fail();
            }
        }
        list
    }

    fn devices(&mut self) -> List<'b, DeviceRule> {
        let list = self.list(MAX_DEVICES as u64);
        for _ in 0..list.left {
            self.device();
        }
        list
    }

    fn new_cell(&mut self) -> NewCell<'b> {
        NewCell {
            name: self.text(is_name),
            root: self.text(is_root),
            profile: match self.position(4) {
                0 => Profile::Low,
                1 => Profile::Medium,
                2 => Profile::High,
                _ => Profile::Custom,
            },
            may: OpSet::from_halves(self.long(), self.long()),
            reservations: self.reservations(),
            devices: self.devices(),
            limits: self.limits(),
        }
    }
}

/// A list in its buffer, that was read once and found right: each item is read where it is used.
#[derive(Clone, Debug)]
pub struct List<'b, T> {
    reader: Reader<'b>,
    left: u32,
    of: PhantomData<T>,
}

impl<T> List<'_, T> {
    fn step(&mut self) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        Some(())
    }
}

impl Iterator for List<'_, Reservation> {
    type Item = Reservation;

    fn next(&mut self) -> Option<Reservation> {
        self.step()?;
        self.reader.reservation()
    }
}

impl Iterator for List<'_, DeviceRule> {
    type Item = DeviceRule;

    fn next(&mut self) -> Option<DeviceRule> {
        self.step()?;
        Some(self.reader.device())
    }
}
