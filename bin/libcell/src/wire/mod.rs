//! Requests, replies and models as bytes, by hand.
//!
//! What serde derives from `cell_abi` says what the bytes are, and the kernel uses it; for a program of 64 KiB that is 8 of
//! them, and this 3; for the model of an image 14, and this 4. The tests hold both against each other for every message.
//!
//! What is called for every value is kept out of line: inlined it is half a kilobyte more.
//!
//! postcard, as far as it is used: integers are varints of 7 bits, low ones first; `u8` and `bool` a byte; an enum its
//! position as a varint; an option a byte and the value; text and lists their length and the rest.

use cell_abi::{
    Access, CellInfo, CellName, CellState, Create, DeviceKind, DeviceRule, Event, EventKind,
    Handle, Hello, Limits, Op, OpSet, Policy, PolicyReport, Profile, Protocols, Request,
    Reservation, Reservations, RootPath, Stats,
};

/// Writes into a buffer. What does not fit is remembered, not written.
pub(crate) struct Writer<'b> {
    room: &'b mut [u8],
    /// Bytes written, or that would have been.
    pub used: usize,
}

impl<'b> Writer<'b> {
    pub fn new(room: &'b mut [u8]) -> Self {
        Self { room, used: 0 }
    }

    #[inline(never)]
    fn byte(&mut self, byte: u8) {
        if let Some(place) = self.room.get_mut(self.used) {
            *place = byte;
        }
        self.used += 1;
    }

    #[inline(never)]
    fn number(&mut self, number: u32) {
        self.long([number, 0]);
    }

    /// 64 bits in two words, the low one first.
    fn long(&mut self, [mut low, mut high]: [u32; 2]) {
        while high != 0 || low > 0x7f {
            self.byte(low as u8 | 0x80);
            low = low >> 7 | high << 25;
            high >>= 7;
        }
        self.byte(low as u8);
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u32);
        for byte in text.bytes() {
            self.byte(byte);
        }
    }

    fn option(&mut self, value: Option<u32>) {
        self.byte(value.is_some().into());
        if let Some(value) = value {
            self.number(value);
        }
    }

    pub fn request(&mut self, request: &Request<'_>) {
        let (tag, handle) = match request {
            Request::Hello => (0, None),
            Request::Create(_) => (1, None),
            Request::Destroy(cell) => (2, Some(cell)),
            Request::Enter(cell) => (3, Some(cell)),
            Request::Kill { cell, .. } => (4, Some(cell)),
            Request::Lookup(_) => (5, None),
            Request::List(after) => (6, Some(after)),
            Request::Stats(cell) => (7, Some(cell)),
            Request::Policy(cell) => (8, Some(cell)),
            Request::Seal => (9, None),
        };
        self.byte(tag);
        if let Some(handle) = handle {
            self.number(handle.raw());
        }
        match request {
            Request::Create(create) => self.create(create),
            Request::Kill { signal, .. } => self.byte(*signal),
            Request::Lookup(name) => self.text(name.as_str()),
            Request::Hello
            | Request::Destroy(_)
            | Request::Enter(_)
            | Request::List(_)
            | Request::Stats(_)
            | Request::Policy(_)
            | Request::Seal => {}
        }
    }

    fn create(&mut self, create: &Create<'_>) {
        let policy = &create.policy;
        self.text(create.name.as_str());
        self.text(create.root.as_str());
        self.byte(policy.profile as u8);
        let [a, b, c, d] = policy.may.words();
        self.long([a, b]);
        self.long([c, d]);
        self.number(policy.reservations.len() as u32);
        for reservation in &policy.reservations {
            self.byte(reservation.protocols() as u8);
            self.number(reservation.first().into());
            self.number(reservation.last().into());
        }
        self.number(policy.devices.len() as u32);
        for device in &policy.devices {
            self.byte(device.kind as u8);
            self.byte(device.access as u8);
            self.number(device.major.into());
            self.number(device.minor);
        }
        self.option(policy.limits.processes.map(u32::from));
        self.option(policy.limits.nofile);
        self.option(policy.limits.address_space_kib);
        self.option(policy.limits.core_kib);
    }
}

/// Reads from bytes. After the first thing that is not as it must be everything is 0 or empty, and [`Self::end`] says so:
/// one check instead of one for every value.
pub(crate) struct Reader<'b> {
    rest: &'b [u8],
    failed: bool,
}

impl<'b> Reader<'b> {
    pub fn new(bytes: &'b [u8]) -> Self {
        Self {
            rest: bytes,
            failed: false,
        }
    }

    /// The value, if all bytes were it.
    pub fn end<T>(&self, value: T) -> Option<T> {
        Some(value).filter(|_| !self.failed && self.rest.is_empty())
    }

    #[inline(never)]
    pub fn fail(&mut self) {
        self.failed = true;
        self.rest = &[];
    }

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

    /// One of these, by position.
    pub fn one_of<T: Copy>(&mut self, all: &[T], otherwise: T) -> T {
        let position = usize::from(self.byte());
        match all.get(position) {
            Some(one) => *one,
            None => {
                self.fail();
                otherwise
            }
        }
    }

    /// 64 bits in two words, the low one first.
    pub fn long(&mut self) -> [u32; 2] {
        let (mut low, mut high) = (0, 0);
        for shift in (0..64).step_by(7) {
            let byte = self.byte();
            let bits = u32::from(byte & 0x7f);
            match shift {
                0..=21 => low |= bits << shift,
                28 => {
                    low |= bits << 28;
                    high = bits >> 4;
                }
                _ => high |= bits << (shift - 32),
            }
            if byte < 0x80 {
                if shift == 63 && byte > 1 {
                    self.fail();
                }
                return [low, high];
            }
        }
        self.fail();
        [0; 2]
    }

    #[inline(never)]
    pub fn number(&mut self) -> u32 {
        let [number, above] = self.long();
        if above != 0 {
            self.fail();
        }
        number
    }

    #[inline(never)]
    pub fn short(&mut self) -> u16 {
        let number = self.number();
        if number > 0xffff {
            self.fail();
        }
        number as u16
    }

    #[inline(never)]
    pub fn text(&mut self) -> &'b str {
        let length = self.number() as usize;
        let split = self.rest.split_at_checked(length);
        if let Some((text, rest)) = split
            && let Some(text) = crate::platform::utf8(text)
        {
            self.rest = rest;
            return text;
        }
        self.fail();
        ""
    }

    #[inline(never)]
    fn option(&mut self) -> Option<u32> {
        match self.byte() {
            0 => None,
            1 => Some(self.number()),
            _ => {
                self.fail();
                None
            }
        }
    }

    fn handle(&mut self) -> Handle {
        Handle::from_raw(self.number())
    }

    fn op(&mut self) -> Op {
        let number = self.byte();
        Op::from_number(number).unwrap_or_else(|| {
            self.fail();
            Op::Unknown
        })
    }

    pub fn hello(&mut self) -> Hello {
        Hello {
            version: self.short(),
            operations: self.byte(),
            max_cells: self.byte(),
            cells: self.byte(),
            sealed: self.one_of(&[false, true], false),
            caller: self.handle(),
        }
    }

    fn profile(&mut self) -> Profile {
        const ALL: [Profile; 4] = [
            Profile::Low,
            Profile::Medium,
            Profile::High,
            Profile::Custom,
        ];
        self.one_of(&ALL, Profile::Custom)
    }

    fn limits(&mut self) -> Limits {
        let processes = self.option();
        let most = processes.map(|most| u16::try_from(most).unwrap_or_default());
        if most.map(u32::from) != processes {
            self.fail();
        }
        Limits {
            processes: most,
            nofile: self.option(),
            address_space_kib: self.option(),
            core_kib: self.option(),
        }
    }

    pub fn info(&mut self) -> Option<CellInfo<'b>> {
        let handle = self.handle();
        let name = CellName::new(self.text()).ok()?;
        let root = RootPath::new(self.text()).ok()?;
        Some(CellInfo {
            handle,
            name,
            root,
            profile: self.profile(),
            state: self.one_of(&[CellState::Active, CellState::Dying], CellState::Dying),
            processes: self.number(),
            credentials: self.number(),
            age_s: self.number(),
            limits: self.limits(),
        })
    }

    pub fn stats(&mut self) -> Stats {
        let (processes, credentials, age_s) = (self.number(), self.number(), self.number());
        let [low, high] = self.long();
        Stats {
            processes,
            credentials,
            age_s,
            cpu_us: u64::from(high) << 32 | u64::from(low),
            resident_kib: self.number(),
            virtual_kib: self.number(),
            forks: self.number(),
            denials: self.number(),
        }
    }

    fn operations(&mut self) -> OpSet {
        let ([a, b], [c, d]) = (self.long(), self.long());
        OpSet::from_words([a, b, c, d])
    }

    fn access(&mut self) -> Access {
        const ALL: [Access; 3] = [Access::Read, Access::Write, Access::ReadWrite];
        self.one_of(&ALL, Access::Read)
    }

    #[inline(never)]
    fn reservations(&mut self, reservations: &mut Reservations) {
        const PROTOCOLS: [Protocols; 3] = [Protocols::Tcp, Protocols::Udp, Protocols::Both];
        for _ in 0..self.number() {
            let protocols = self.one_of(&PROTOCOLS, Protocols::Both);
            let (first, last) = (self.short(), self.short());
            let Ok(reservation) = Reservation::new(protocols, first, last) else {
                return self.fail();
            };
            if reservations.push(reservation).is_err() {
                return self.fail();
            }
        }
    }

    pub fn policy(&mut self, report: &mut PolicyReport) {
        let Policy {
            profile,
            may,
            reservations,
            devices,
            limits,
        } = &mut report.policy;
        *profile = self.profile();
        *may = self.operations();
        self.reservations(reservations);
        for _ in 0..self.number() {
            let device = DeviceRule {
                kind: self.one_of(&[DeviceKind::Char, DeviceKind::Block], DeviceKind::Char),
                access: self.access(),
                major: self.short(),
                minor: self.number(),
            };
            if devices.push(device).is_err() {
                return self.fail();
            }
        }
        *limits = self.limits();
        for _ in 0..self.number() {
            let denial = (self.op(), self.number());
            if report.denials.push(denial).is_err() {
                return self.fail();
            }
        }
    }

    pub fn event(&mut self) -> Event {
        Event {
            uptime_s: self.number(),
            lost: self.number(),
            cell: self.handle(),
            pid: self.number(),
            kind: match self.byte() {
                0 => EventKind::Create,
                1 => EventKind::Destroy,
                2 => EventKind::Enter,
                3 => EventKind::Denial {
                    op: self.op(),
                    count: self.number(),
                },
                4 => EventKind::Limit {
                    count: self.number(),
                },
                5 => EventKind::Seal,
                _ => {
                    self.fail();
                    EventKind::Seal
                }
            },
        }
    }
}

mod model;
mod pour;

pub(crate) use pour::Pour;

#[cfg(test)]
mod tests;
