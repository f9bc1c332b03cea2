use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::{CLASSES, GRANULE, Heap, Links, class, class_size};

/// The region of a test: links are stored as the bytes that a program would overwrite.
struct Region(Vec<u8>);

impl Links for Region {
    fn load(&self, at: u32) -> u32 {
        let at = at as usize;
        u32::from_ne_bytes(self.0[at..at + 4].try_into().unwrap())
    }

    fn store(&mut self, at: u32, link: u32) {
        let at = at as usize;
        self.0[at..at + 4].copy_from_slice(&link.to_ne_bytes());
    }
}

fn heap(size: u32) -> (Heap, Region) {
    (Heap::new(size), Region(vec![0xaa; size as usize]))
}

#[test]
fn every_class_holds_its_size_and_wastes_at_most_a_fifth() {
    for size in (1..=1 << 12).chain((1 << 12..=1 << 20).step_by(64)) {
        let (index, block) = class(size).unwrap();
        assert_eq!(block, class_size(index));
        assert_eq!(block % GRANULE, 0);
        assert!(block >= size);
        assert!(block - size < (size / 4).max(GRANULE), "{size} in {block}");
    }
    assert_eq!(class(1 << 20).unwrap().0, CLASSES - 1);
    assert_eq!(class((1 << 20) + 1), None);
}

#[test]
fn what_is_freed_is_used_again() {
    let (mut heap, mut region) = heap(1024);
    let first = heap.allocate(&mut region, 100).unwrap();
    let second = heap.allocate(&mut region, 100).unwrap();
    heap.release(&mut region, first, 100);
    assert_eq!(heap.allocate(&mut region, 97), Some(first));
    heap.release(&mut region, first, 97);
    heap.release(&mut region, second, 100);
    assert_eq!(heap.used(), 0);
}

#[test]
fn the_last_block_grows_and_shrinks_where_it_is() {
    let (mut heap, mut region) = heap(1024);
    let first = heap.allocate(&mut region, 16).unwrap();
    assert!(heap.resize(first, 16, 1000));
    assert!(!heap.resize(first, 1000, 1025));
    assert!(heap.resize(first, 1000, 32));
    let second = heap.allocate(&mut region, 16).unwrap();
    assert_eq!(second, 32);
    assert!(!heap.resize(first, 32, 48));
    assert!(heap.resize(first, 32, 20));
}

#[test]
fn a_full_region_cuts_a_larger_block() {
    let (mut heap, mut region) = heap(512);
    let large = heap.allocate(&mut region, 448).unwrap();
    heap.allocate(&mut region, 64).unwrap();
    assert_eq!(heap.allocate(&mut region, 16), None);
    heap.release(&mut region, large, 448);
    let mut blocks = 0;
    while heap.allocate(&mut region, 16).is_some() {
        blocks += 1;
    }
    assert_eq!(blocks, 448 / 16);
}

#[test]
fn what_cannot_fit_is_refused_and_changes_nothing() {
    let (mut heap, mut region) = heap(512);
    assert_eq!(heap.allocate(&mut region, u32::MAX), None);
    assert_eq!(heap.allocate(&mut region, 513), None);
    assert_eq!(heap.used(), 0);
    assert_eq!(heap.allocate(&mut region, 512), Some(0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Random programs: live blocks never overlap, lie in the region, keep their contents, and all is free at the end.
    #[test]
    fn blocks_never_overlap(steps in prop::collection::vec((0..3_u8, 0..64_usize, 1..3000_u32), 1..400)) {
        let (mut heap, mut region) = heap(32 << 10);
        let mut live: Vec<(u32, u32, u8)> = Vec::new();
        let mut next = 0_u8;
        for (what, which, size) in steps {
            match what {
                0 => {
                    if let Some(at) = heap.allocate(&mut region, size) {
                        prop_assert_eq!(at % GRANULE, 0);
                        next = next.wrapping_add(1);
                        region.0[at as usize..(at + size) as usize].fill(next);
                        live.push((at, size, next));
                    }
                }
                1 if !live.is_empty() => {
                    let (at, size, _) = live.swap_remove(which % live.len());
                    heap.release(&mut region, at, size);
                }
                2 if !live.is_empty() => {
                    let index = which % live.len();
                    let (at, old, fill) = live[index];
                    if heap.resize(at, old, size) {
                        prop_assert!(at + size <= 32 << 10);
                        region.0[at as usize..(at + size) as usize].fill(fill);
                        live[index].1 = size;
                    }
                }
                _ => {}
            }
            for (at, size, fill) in &live {
                prop_assert!(region.0[*at as usize..(at + size) as usize].iter().all(|byte| byte == fill));
            }
        }
        for (at, size, _) in live {
            heap.release(&mut region, at, size);
        }
        prop_assert_eq!(heap.used(), 0);
    }
}
