//! Device nodes that a cell may open.

use core::sync::atomic::{AtomicU32, Ordering};

use cell_abi::wire::Writer;
use cell_abi::{Access, DeviceKind, DeviceRule, MAX_DEVICES, MINOR_ANY};

use crate::rules::copy_words;

/// A rule's four bits: what is permitted, and two about the number.
const READ: u32 = 1;
const WRITE: u32 = 2;
const BLOCK: u32 = 4;
const ANY_MINOR: u32 = 8;

/// Bits of a rule, and rules in one of the words of flags.
const RULE_BITS: usize = 4;
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

    pub(crate) fn clear(&self) {
        for word in &self.flags {
            word.store(0, Ordering::Relaxed);
        }
    }

    pub(crate) fn copy(&self, other: &Self) {
        copy_words(&self.numbers, &other.numbers);
        copy_words(&self.flags, &other.flags);
    }

    /// Keeps one more rule, in the place after the last; nothing if there is none.
    pub(crate) fn put(&self, place: usize, rule: DeviceRule) {
        if let (Some(number), Some(word)) = (
            self.numbers.get(place),
            self.flags.get(place / RULES_PER_WORD),
        ) {
            let (minor, any) = match rule.minor {
                MINOR_ANY => (0, ANY_MINOR),
                minor => (minor, 0),
            };
            number.store(
                u32::from(rule.major) << MINOR_BITS | minor,
                Ordering::Relaxed,
            );
            // No access is no rule, so it also ends the list.
            let flags = access_bits(rule.access) | kind_bits(rule.kind) | any;
            let flags = flags << (place % RULES_PER_WORD * RULE_BITS);
            word.store(word.load(Ordering::Relaxed) | flags, Ordering::Relaxed);
        }
    }

    /// Number and flags of the rule in a place.
    #[inline(never)]
    fn rule(&self, place: usize) -> Option<(u32, u32)> {
        let number = self.numbers.get(place)?.load(Ordering::Relaxed);
        let word = self.flags.get(place / RULES_PER_WORD)?;
        let flags = word.load(Ordering::Relaxed) >> (place % RULES_PER_WORD * RULE_BITS) & 0xf;
        (flags != 0).then_some((number, flags))
    }

    /// Number and flags of each rule.
    fn rules(&self) -> impl Iterator<Item = (u32, u32)> + Clone {
        (0..MAX_DEVICES).map_while(|place| self.rule(place))
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
            minor: minor(number, flags),
        })
    }

    /// Writes them as a list of [`DeviceRule`]s: the position of an access is one less than its bits.
    pub(crate) fn write(&self, out: &mut Writer<'_>) {
        let list = out.list();
        for (number, flags) in self.rules() {
            let kind = u32::from(flags & BLOCK != 0);
            let access = (flags & (READ | WRITE)) - 1;
            let (major, minor) = (number >> MINOR_BITS, minor(number, flags));
            out.item(list, &[kind, access, major, minor]);
        }
    }

    /// Whether a rule permits opening that device so.
    pub(crate) fn permit(&self, kind: DeviceKind, major: u32, minor: u32, asked: Access) -> bool {
        if major >> (32 - MINOR_BITS) != 0 || minor >> MINOR_BITS != 0 {
            return false;
        }
        let number = major << MINOR_BITS | minor;
        let (kind, asked) = (kind_bits(kind), access_bits(asked));
        let [low, high] = &self.flags;
        let (low, high) = (low.load(Ordering::Relaxed), high.load(Ordering::Relaxed));
        let mut all = u64::from(low) | u64::from(high) << 32;
        for rule in &self.numbers {
            let flags = all as u32;
            if flags & (READ | WRITE) == 0 {
                break;
            }
            all >>= RULE_BITS;
            let mut differ = rule.load(Ordering::Relaxed) ^ number;
            if flags & ANY_MINOR != 0 {
                differ >>= MINOR_BITS;
            }
            if differ == 0 && flags & (BLOCK | asked) == kind | asked {
                return true;
            }
        }
        false
    }
}

const fn minor(number: u32, flags: u32) -> u32 {
    if flags & ANY_MINOR == 0 {
        number & ((1 << MINOR_BITS) - 1)
    } else {
        MINOR_ANY
    }
}

const _: () = assert!(
    DeviceKind::Char as u32 == 0
        && DeviceKind::Block as u32 == 1
        && Access::Read as u32 == access_bits(Access::Read) - 1
        && Access::Write as u32 == access_bits(Access::Write) - 1
        && Access::ReadWrite as u32 == access_bits(Access::ReadWrite) - 1
);
