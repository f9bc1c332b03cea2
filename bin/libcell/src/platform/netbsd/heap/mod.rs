//! The bookkeeping of a small bounded heap, as offsets into a region that somebody else holds.
//!
//! Blocks come in classes: multiples of 16 bytes up to 128, then four sizes to each doubling, so that at most a fifth of
//! a block is waste. A freed block is kept in its class's list, linked through its own first bytes; what lies at the end
//! of the used part is given back to it instead, and grows in place, which is what a text being built needs. When the
//! region is used up, a larger free block is cut. Nothing is ever searched longer than there are classes.

/// Where the links of free blocks are kept: in the region.
pub trait Links {
    /// The number at an offset that is a multiple of 16.
    fn load(&self, at: u32) -> u32;
    /// Changes it.
    fn store(&mut self, at: u32, link: u32);
}

/// Alignment of every block, and the smallest.
pub const GRANULE: u32 = 16;

/// Classes of up to 128 bytes, one for each multiple of 16.
const SMALL: u32 = 8;

/// And four for each doubling up to 1 MiB.
const CLASSES: usize = 8 + 4 * 13;

/// No block.
const NONE: u32 = u32::MAX;

/// The state: a few hundred bytes.
#[derive(Debug)]
pub struct Heap {
    /// Bytes in the region.
    size: u32,
    /// Bytes of it ever used and not given back at the end.
    top: u32,
    /// Bytes in blocks that are in use.
    used: u32,
    free: [u32; CLASSES],
}

/// The class whose blocks hold `size` bytes, and their size. `None` above 1 MiB.
fn class(size: u32) -> Option<(usize, u32)> {
    if size <= GRANULE * SMALL {
        let granules = size.div_ceil(GRANULE).max(1);
        return Some((granules as usize - 1, granules * GRANULE));
    }
    // size - 1 lies in [2^n, 2^(n+1)), cut into four
    let doubling = 31 - (size - 1).leading_zeros();
    let step = 1 << (doubling - 2);
    let quarter = (size - 1 - (1 << doubling)) / step;
    let index = (SMALL + (doubling - 7) * 4 + quarter) as usize;
    (index < CLASSES).then(|| (index, (1 << doubling) + (quarter + 1) * step))
}

/// The largest class whose blocks fit into `size` bytes, and their size.
fn class_within(size: u32) -> Option<(usize, u32)> {
    match class(size) {
        Some((index, block)) if block == size => Some((index, block)),
        Some((0, _)) => None,
        Some((index, _)) => Some((index - 1, class_size(index - 1))),
        None => Some((CLASSES - 1, class_size(CLASSES - 1))),
    }
}

fn class_size(index: usize) -> u32 {
    let index = index as u32;
    match index.checked_sub(SMALL) {
        None => (index + 1) * GRANULE,
        Some(above) => {
            let doubling = 7 + above / 4;
            (1 << doubling) + (above % 4 + 1) * (1 << (doubling - 2))
        }
    }
}

impl Heap {
    /// A heap over a region of `size` bytes, nothing of it used.
    pub const fn new(size: u32) -> Self {
        Self {
            size,
            top: 0,
            used: 0,
            free: [NONE; CLASSES],
        }
    }

    /// Bytes in blocks that are in use, their waste included.
    pub const fn used(&self) -> u32 {
        self.used
    }

    /// A block of at least `size` bytes; its offset is a multiple of 16. `None` when there is none.
    pub fn allocate(&mut self, links: &mut impl Links, size: u32) -> Option<u32> {
        let (index, block) = class(size)?;
        let at = self
            .take(links, index)
            .or_else(|| self.extend(block))
            .or_else(|| self.cut(links, index, block))?;
        self.used += block;
        Some(at)
    }

    /// Gives back a block that was allocated with this size.
    pub fn release(&mut self, links: &mut impl Links, at: u32, size: u32) {
        if let Some((_, block)) = class(size) {
            self.used -= block;
            self.keep(links, at, block);
        }
    }

    /// Whether the block at `at`, allocated with `old` bytes, now is one of `new` bytes at the same place.
    pub fn resize(&mut self, at: u32, old: u32, new: u32) -> bool {
        let (Some((_, old)), Some((_, new))) = (class(old), class(new)) else {
            return false;
        };
        if old == new {
            return true;
        }
        // only the last one can change
        if at + old != self.top || self.size - at < new {
            return false;
        }
        self.top = at + new;
        self.used = self.used - old + new;
        true
    }

    fn take(&mut self, links: &impl Links, index: usize) -> Option<u32> {
        let head = self.free.get_mut(index)?;
        let at = *head;
        if at == NONE {
            return None;
        }
        *head = links.load(at);
        Some(at)
    }

    fn extend(&mut self, block: u32) -> Option<u32> {
        if self.size - self.top < block {
            return None;
        }
        let at = self.top;
        self.top += block;
        Some(at)
    }

    /// From the smallest larger block; what is left of it is kept in pieces.
    fn cut(&mut self, links: &mut impl Links, index: usize, block: u32) -> Option<u32> {
        let (found, at) = (index + 1..CLASSES)
            .find_map(|larger| self.take(links, larger).map(|at| (larger, at)))?;
        let (mut rest, end) = (at + block, at + class_size(found));
        while let Some((_, piece)) = class_within(end - rest) {
            self.keep(links, rest, piece);
            rest += piece;
        }
        Some(at)
    }

    /// Keeps a free block of exactly a class's size.
    fn keep(&mut self, links: &mut impl Links, at: u32, block: u32) {
        if at + block == self.top {
            self.top = at;
            return;
        }
        if let Some(head) = class(block).and_then(|(index, _)| self.free.get_mut(index)) {
            links.store(at, *head);
            *head = at;
        }
    }
}

#[cfg(test)]
mod tests;
