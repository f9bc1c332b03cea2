//! Device nodes that a cell may open.

use core::sync::atomic::{AtomicU32, Ordering};

use cell_abi::{Access, DeviceKind, DeviceRule, MAX_DEVICES, MINOR_ANY, Refusal};

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

    /// Keeps `rules`, which [`check`] accepted.
    pub(crate) fn set(&self, rules: &[DeviceRule]) {
        for (word, flags) in self.flags.iter().enumerate() {
            let numbers = self.numbers.iter().skip(word * RULES_PER_WORD);
            let rules = rules.iter().skip(word * RULES_PER_WORD);
            let mut bits = 0;
            for (index, (number, rule)) in (0..RULES_PER_WORD).zip(numbers.zip(rules)) {
                let any = rule.minor == MINOR_ANY;
                let minor = if any { 0 } else { rule.minor };
                number.store(
                    u32::from(rule.major) << MINOR_BITS | minor,
                    Ordering::Relaxed,
                );
                let rule_bits = access_bits(rule.access)
                    | kind_bits(rule.kind)
                    | if any { ANY_MINOR } else { 0 };
                bits |= rule_bits << (index * 4 % 32);
            }
            // No access is no rule, so it also ends the list.
            flags.store(bits, Ordering::Relaxed);
        }
    }

    /// Number and flags of each rule.
    fn rules(&self) -> impl Iterator<Item = (u32, u32)> {
        self.flags
            .iter()
            .zip(self.numbers.as_chunks::<RULES_PER_WORD>().0)
            .flat_map(|(flags, numbers)| {
                let mut flags = flags.load(Ordering::Relaxed);
                numbers.iter().map_while(move |number| {
                    let rule = flags & 0xf;
                    flags >>= 4;
                    (rule != 0).then(|| (number.load(Ordering::Relaxed), rule))
                })
            })
    }

    /// The rules, as they were given.
    pub(crate) fn iter(&self) -> impl Iterator<Item = DeviceRule> {
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

/// `Malformed` if a rule names numbers that no device has.
pub(crate) fn check(rules: &[DeviceRule]) -> Result<(), Refusal> {
    if rules.iter().all(|rule| rule.is_valid()) {
        Ok(())
    } else {
        Err(Refusal::Malformed)
    }
}
