//! Device nodes that a cell may open.

use core::sync::atomic::{AtomicU32, Ordering};

use cell_abi::{Access, DeviceKind, DeviceRule, MAX_DEVICES, MINOR_ANY};

/// A rule's four bits: what is permitted, and two about the number.
const READ: u32 = 1;
const WRITE: u32 = 2;
const BLOCK: u32 = 4;
const ANY_MINOR: u32 = 8;

/// Rules in one of the words of flags.
const RULES_PER_WORD: usize = 8;

const MINOR_BITS: u32 = 20;

const fn access_bits(access: Access) -> u32 {
    match access {
        Access::Read => READ,
        Access::Write => WRITE,
        Access::ReadWrite => READ | WRITE,
    }
}

const fn kind_bits(kind: DeviceKind) -> u32 {
    match kind {
        DeviceKind::Char => 0,
        DeviceKind::Block => BLOCK,
    }
}

/// A cell's device list; written only while no credential carries the slot's handle.
pub(crate) struct DeviceList {
    /// Major << 20 | minor; minor 0 where any will do.
    numbers: [AtomicU32; MAX_DEVICES],
    /// Four bits a rule.
    flags: [AtomicU32; MAX_DEVICES / RULES_PER_WORD],
}

const _: () = assert!(
    MAX_DEVICES.is_multiple_of(RULES_PER_WORD),
    "every rule has flags"
);

impl DeviceList {
    pub(crate) const fn new() -> Self {
        Self {
            numbers: [const { AtomicU32::new(0) }; MAX_DEVICES],
            flags: [const { AtomicU32::new(0) }; MAX_DEVICES / RULES_PER_WORD],
        }
    }

    /// Keeps `rules`, whose numbers are ones that a device can have.
    pub(crate) fn set(&self, rules: impl Iterator<Item = DeviceRule>) {
        let mut flags = [0; MAX_DEVICES / RULES_PER_WORD];
        for (index, (place, rule)) in self.numbers.iter().zip(rules).enumerate() {
            let (minor, any) = match rule.minor {
                MINOR_ANY => (0, ANY_MINOR),
                minor => (minor, 0),
            };
            let number = u32::from(rule.major) << MINOR_BITS | minor;
            place.store(number, Ordering::Relaxed);
            if let Some(word) = flags.get_mut(index / RULES_PER_WORD) {
                let rule = access_bits(rule.access) | kind_bits(rule.kind) | any;
                *word |= rule << (index % RULES_PER_WORD * 4);
            }
        }
        for (place, flags) in self.flags.iter().zip(flags) {
            // No access is no rule, so it also ends the list.
            place.store(flags, Ordering::Relaxed);
        }
    }

    /// Number and flags of each rule.
    fn rules(&self) -> impl Iterator<Item = (u32, u32)> + Clone {
        let mut flags = self.flags.iter();
        let mut word = 0;
        self.numbers
            .iter()
            .enumerate()
            .map_while(move |(index, number)| {
                if index.is_multiple_of(RULES_PER_WORD) {
                    word = flags.next()?.load(Ordering::Relaxed);
                }
                let rule = word & 0xf;
                word >>= 4;
                (rule != 0).then(|| (number.load(Ordering::Relaxed), rule))
            })
    }

    /// The rules, as they were given.
    pub(crate) fn iter(&self) -> impl Iterator<Item = DeviceRule> + Clone {
        self.rules().map(|(number, flags)| DeviceRule {
            kind: if flags & BLOCK == 0 {
                DeviceKind::Char
            } else {
                DeviceKind::Block
            },
            access: match flags & (READ | WRITE) {
                READ => Access::Read,
                WRITE => Access::Write,
                _ => Access::ReadWrite,
            },
            major: (number >> MINOR_BITS) as u16,
            minor: if flags & ANY_MINOR == 0 {
                number & ((1 << MINOR_BITS) - 1)
            } else {
                MINOR_ANY
            },
        })
    }

    /// Whether a rule permits opening that device so.
    pub(crate) fn permit(&self, kind: DeviceKind, major: u32, minor: u32, asked: Access) -> bool {
        if major >> (32 - MINOR_BITS) != 0 || minor >> MINOR_BITS != 0 {
            return false;
        }
        let (number, asked) = (major << MINOR_BITS | minor, access_bits(asked));
        self.rules().any(|(rule, flags)| {
            let same = if flags & ANY_MINOR == 0 {
                rule == number
            } else {
                rule >> MINOR_BITS == major
            };
            same && flags & BLOCK == kind_bits(kind) && asked & !flags == 0
        })
    }
}
