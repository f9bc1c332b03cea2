//! The program's memory: [`Heap`] over one mapping, made at the first allocation.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr::null_mut;

use super::heap::{GRANULE, Heap, Links};
use super::sys::{self, check};

/// Most memory that a program takes. Only what was touched is memory of the machine.
const REGION: u32 = 1 << 20;

struct Memory {
    base: *mut u8,
    heap: Heap,
}

/// The allocator.
struct Allocator(UnsafeCell<Memory>);

// SAFETY: these programs have one thread and no signal handler.
unsafe impl Sync for Allocator {}

#[global_allocator]
static ALLOCATOR: Allocator = Allocator(UnsafeCell::new(Memory {
    base: null_mut(),
    heap: Heap::new(REGION),
}));

/// Links in the mapping.
struct Mapped(*mut u8);

impl Links for Mapped {
    fn load(&self, at: u32) -> u32 {
        // SAFETY: the heap asks at offsets of free blocks in the region, aligned to 16.
        unsafe { self.0.add(at as usize).cast::<u32>().read() }
    }

    fn store(&mut self, at: u32, link: u32) {
        // SAFETY: as above; nobody has a reference to a free block.
        unsafe { self.0.add(at as usize).cast::<u32>().write(link) }
    }
}

/// Bytes in use by the program's allocations.
pub(super) fn used() -> u32 {
    // SAFETY: one thread; nothing else is borrowed meanwhile.
    unsafe { (*ALLOCATOR.0.get()).heap.used() }
}

impl Memory {
    fn map(&mut self) -> Option<Mapped> {
        if self.base.is_null() {
            let protection = libc::PROT_READ | libc::PROT_WRITE;
            let flags = libc::MAP_ANON | libc::MAP_PRIVATE;
            // SAFETY: new memory, wherever the kernel likes.
            let at = check(unsafe { sys::mmap(0, REGION as usize, protection, flags, -1, 0, 0) });
            self.base = at.ok()? as *mut u8;
        }
        Some(Mapped(self.base))
    }

    fn offset(&self, block: *mut u8) -> u32 {
        (block as usize - self.base as usize) as u32
    }
}

/// A size as the heap takes it; one that it cannot hold stays one that it cannot hold.
fn size(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

fn exhausted() -> *mut u8 {
    const MESSAGE: &[u8] = b"picocell: memory: none left\n";
    // SAFETY: reads the message.
    unsafe { sys::write(2, MESSAGE.as_ptr(), MESSAGE.len()) };
    null_mut()
}

// SAFETY: blocks are of at least the size asked for, aligned to 16 (more is refused), apart from each other and at the
// same place until they are given back; see heap.rs and its tests.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: one thread; the borrow ends before this returns.
        let memory = unsafe { &mut *self.0.get() };
        if layout.align() > GRANULE as usize {
            return exhausted();
        }
        let at = memory
            .map()
            .and_then(|mut links| memory.heap.allocate(&mut links, size(layout.size())));
        match at {
            Some(at) => memory.base.wrapping_add(at as usize),
            None => exhausted(),
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        let memory = unsafe { &mut *self.0.get() };
        let at = memory.offset(block);
        let mut links = Mapped(memory.base);
        memory.heap.release(&mut links, at, size(layout.size()));
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new: usize) -> *mut u8 {
        {
            // SAFETY: as above.
            let memory = unsafe { &mut *self.0.get() };
            let at = memory.offset(block);
            if memory.heap.resize(at, size(layout.size()), size(new)) {
                return block;
            }
        }
        // SAFETY: the same alignment, and a size that the caller vouches for.
        let to = unsafe { self.alloc(Layout::from_size_align_unchecked(new, layout.align())) };
        if !to.is_null() {
            // SAFETY: both are at least as large as the smaller one, and apart.
            unsafe {
                block.copy_to_nonoverlapping(to, layout.size().min(new));
                self.dealloc(block, layout);
            }
        }
        to
    }
}
