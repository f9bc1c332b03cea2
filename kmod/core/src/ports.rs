//! Reserved ports: kept, and looked for.
//!
//! A decider's own reservations are pinned by its credential. Those of others are not: their cell may be destroyed, and
//! the slot taken by another, while they are walked. A walk therefore reads the slot's live handle before (acquire)
//! and after (acquire fence between) and believes what it read only if the two are equal:
//! - A cell that is active from before the walk until after it was published before its handle was read, and its
//!   ranges do not change while it is active: its reservation is always seen.
//! - If any range read was written by a later life, the fence pair (release before the first write of that life, in
//!   `registry::fill`; acquire after the last read here) makes the second read see the handle cleared or replaced,
//!   since it was cleared before that fence; handles of two lives are never equal. The slot then counts as not
//!   reserving: its cell was destroyed during the walk, and the walk answers as if it came after.
//!
//! There is no retry: each slot is read once.
//!
//! Before the walk a binder reads the summary (`summary.rs`), and walks only if both bits of the port are set. It reads
//! them relaxed, and that hides no reservation:
//! - The summary's words are written under the table lock only, so the values that a word takes one after the other are
//!   those of one request after the other. Each is computed whole and then stored once: no request clears a bit in
//!   order to set it again.
//! - Publish stores a cell's bits before its handle, and what is stored from then on until that cell's destroy was
//!   computed from all active slots, its own among them. So in the order of values of a word, those between its
//!   publish and its destroy all have its bits. A cell being created has none: abandon has nothing to take back.
//! - A load never gives a value older than one that was stored before it (coherence, which relaxed loads have too). A
//!   binder that comes after a cell's publish and finds a bit clear has read what that cell's destroy stored, or what
//!   came later: it answers as if it came after the destroy. One that comes neither before nor after publish may find
//!   the bit not set yet: that cell's create has not returned.
//! - This holds for each word alone, so it does not matter that the two bits of a port are read one after the other,
//!   nor that a bit is seen set while the slot's bit or handle is not: those are read by the walk, as argued above.

use core::sync::atomic::{AtomicU32, Ordering, fence};

use cell_abi::wire::Writer;
use cell_abi::{Handle, MAX_RESERVATIONS, Protocols, Reservation};

use crate::Kernel;
use crate::rules::copy_words;
use crate::slot::Slot;

/// Bits of a protocol mask: TCP 1, UDP 2.
const fn mask(protocols: Protocols) -> u32 {
    match protocols {
        Protocols::Tcp => 1,
        Protocols::Udp => 2,
        Protocols::Both => 3,
    }
}

const fn protocols(mask: u32) -> Protocols {
    match mask & 3 {
        1 => Protocols::Tcp,
        2 => Protocols::Udp,
        _ => Protocols::Both,
    }
}

/// A cell's reservations.
pub(crate) struct Ports {
    /// First port, last port << 16.
    ranges: [AtomicU32; MAX_RESERVATIONS],
    /// Two bits a range: its protocol mask.
    masks: AtomicU32,
}

const _: () = assert!(MAX_RESERVATIONS * 2 <= 32, "`masks` has two bits a range");

impl Ports {
    pub(crate) const fn new() -> Self {
        Self {
            ranges: [const { AtomicU32::new(0) }; MAX_RESERVATIONS],
            masks: AtomicU32::new(0),
        }
    }

    pub(crate) fn clear(&self) {
        self.masks.store(0, Ordering::Relaxed);
    }

    pub(crate) fn copy(&self, other: &Self) {
        copy_words(&self.ranges, &other.ranges);
        let masks = other.masks.load(Ordering::Relaxed);
        self.masks.store(masks, Ordering::Relaxed);
    }

    /// Keeps one more reservation, in the place after the last, and says whether it overlaps none of them. Nothing is
    /// kept where there is no such place.
    pub(crate) fn put(&self, place: usize, reservation: Reservation) -> bool {
        let (first, last) = (reservation.first(), reservation.last());
        let mask = mask(reservation.protocols());
        let is_apart = self.mask_of(first, last) & mask == 0;
        if let Some(range) = self.ranges.get(place) {
            range.store(u32::from(first) | u32::from(last) << 16, Ordering::Relaxed);
            // A mask of 0 is no reservation, so it also ends the list.
            let masks = self.masks.load(Ordering::Relaxed);
            self.masks
                .store(masks | mask << (place * 2), Ordering::Relaxed);
        }
        is_apart
    }

    /// First, last and mask of each range.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = (u16, u16, u32)> + Clone {
        let mut masks = self.masks.load(Ordering::Relaxed);
        self.ranges.iter().map_while(move |range| {
            let mask = masks & 3;
            masks >>= 2;
            let range = range.load(Ordering::Relaxed);
            (mask != 0).then_some(((range & 0xffff) as u16, (range >> 16) as u16, mask))
        })
    }

    /// The reservations, as they were given.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Reservation> + Clone {
        self.ranges()
            .filter_map(|(first, last, mask)| Reservation::new(protocols(mask), first, last).ok())
    }

    /// The protocols for which a port of `first` to `last` is reserved.
    #[inline(never)]
    fn mask_of(&self, first: u16, last: u16) -> u32 {
        self.ranges()
            .filter(|(from, to, _)| *from <= last && first <= *to)
            .fold(0, |masks, (_, _, mask)| masks | mask)
    }

    /// Whether `port` is reserved for every protocol asked for.
    pub(crate) fn cover(&self, asked: Protocols, port: u16) -> bool {
        self.mask_of(port, port) & mask(asked) == mask(asked)
    }

    /// Whether `port` is reserved for some protocol asked for.
    pub(crate) fn touch(&self, asked: Protocols, port: u16) -> bool {
        self.mask_of(port, port) & mask(asked) != 0
    }

    /// Whether a port is reserved in both, for the same protocol.
    pub(crate) fn overlap(&self, other: &Self) -> bool {
        other
            .ranges()
            .any(|(first, last, mask)| self.mask_of(first, last) & mask != 0)
    }

    /// Writes them as a list of [`Reservation`]s: the position of its protocols is one less than their mask.
    pub(crate) fn write(&self, out: &mut Writer<'_>) {
        let list = out.list();
        for (first, last, mask) in self.ranges() {
            out.item(list, &[mask - 1, first.into(), last.into()]);
        }
    }
}

const _: () = assert!(
    Protocols::Tcp as u32 == mask(Protocols::Tcp) - 1
        && Protocols::Udp as u32 == mask(Protocols::Udp) - 1
        && Protocols::Both as u32 == mask(Protocols::Both) - 1
);

impl Kernel {
    /// Whether a cell other than `asker` has reserved this port. No lock.
    pub(crate) fn reserved_by_other(&self, asker: Handle, asked: Protocols, port: u16) -> bool {
        self.summary.may_hold(port) && self.walk(asker, asked, port)
    }

    /// The same, looked for in every reserving cell.
    fn walk(&self, asker: Handle, asked: Protocols, port: u16) -> bool {
        let mut first = 0;
        for word in &self.reserving {
            // Relaxed: a bit is set before its handle is published, which is acquired below; a bit not seen yet is
            // that of a cell whose create has not returned.
            let mut bits = word.load(Ordering::Relaxed);
            while bits != 0 {
                let index = first + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                if let (Some(live), Some(slot)) = (self.live.get(index), self.slots.get(index))
                    && reserved_in(live, slot, asker, asked, port)
                {
                    return true;
                }
            }
            first += u32::BITS as usize;
        }
        false
    }
}

/// Whether the cell of a slot, if it is not `asker`, has reserved this port: read as the module's header argues.
fn reserved_in(live: &AtomicU32, slot: &Slot, asker: Handle, asked: Protocols, port: u16) -> bool {
    let before = live.load(Ordering::Acquire);
    if before == 0 || before == asker.raw() || !slot.rules.ports.touch(asked, port) {
        return false;
    }
    #[cfg(test)]
    crate::tests::while_walking();
    fence(Ordering::Acquire);
    live.load(Ordering::Relaxed) == before
}
