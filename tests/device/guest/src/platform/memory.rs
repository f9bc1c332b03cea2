//! The heap.

use alloc::vec::Vec;

use libcell::platform::Platform;

use super::Named;
use super::place::{Failure, Outcome, Place, equal, holds, wrong};

pub const TESTS: &[Named] = &[
    ("memory-used", used),
    ("memory-grows-in-place", grows),
    ("memory-is-bounded", bounded),
    ("memory-is-given-back", given_back),
    ("memory-is-aligned", aligned),
];

fn count(place: &Place<'_>) -> Result<u32, Failure> {
    match place.system.memory_used() {
        Some(bytes) => Ok(bytes),
        None => wrong("memory", "not counted"),
    }
}

fn used(place: &Place<'_>) -> Outcome {
    let before = count(place)?;
    let block: Vec<u8> = Vec::with_capacity(10_000);
    let with = count(place)?;
    holds(
        "more with a block",
        with >= before + 10_000 && with < before + 13_000,
    )?;
    drop(block);
    equal("as before without", count(place)?, before)
}

fn grows(place: &Place<'_>) -> Outcome {
    let mut text: Vec<u8> = Vec::with_capacity(16);
    let at = text.as_ptr();
    for round in 0..100_000u32 {
        text.push(round as u8);
    }
    let same = core::ptr::eq(at, text.as_ptr());
    let whole = text
        .iter()
        .zip(0u32..)
        .all(|(byte, round)| *byte == round as u8);
    holds("nothing is lost", whole)?;
    holds("the last block does not move", same)?;
    holds("it is counted", count(place)? >= 100_000)
}

fn bounded(place: &Place<'_>) -> Outcome {
    let before = count(place)?;
    let mut block: Vec<u8> = Vec::new();
    holds(
        "2 MiB are refused",
        block.try_reserve_exact(2 << 20).is_err(),
    )?;
    holds("900 KiB fit", block.try_reserve_exact(800 << 10).is_ok())?;
    let mut second: Vec<u8> = Vec::new();
    holds("not twice", second.try_reserve_exact(800 << 10).is_err())?;
    drop(block);
    holds("but then", second.try_reserve_exact(800 << 10).is_ok())?;
    drop(second);
    equal("nothing left", count(place)?, before)
}

/// Blocks of all sizes come and go many times, more in all than the region holds.
fn given_back(place: &Place<'_>) -> Outcome {
    let before = count(place)?;
    let mut kept: Vec<Vec<u8>> = Vec::new();
    let mut random = 1u32;
    for round in 0..20_000u32 {
        random = random.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        let size = (random >> 16) as usize % 1500 + 1;
        let mut block: Vec<u8> = Vec::new();
        if block.try_reserve_exact(size).is_err() {
            return wrong(
                "block",
                format_args!("none of {size} bytes in round {round}"),
            );
        }
        block.resize(size, round as u8);
        if kept.len() < 200 {
            kept.push(block);
            continue;
        }
        let index = (random >> 8) as usize % kept.len();
        if let Some(place) = kept.get_mut(index) {
            let first = place.first().copied();
            holds("whole", place.iter().all(|byte| Some(*byte) == first))?;
            *place = block;
        }
    }
    drop(kept);
    equal("nothing left", count(place)?, before)
}

fn aligned(_place: &Place<'_>) -> Outcome {
    let blocks: Vec<Vec<u64>> = (1..50).map(Vec::with_capacity).collect();
    let good = blocks
        .iter()
        .all(|block| (block.as_ptr() as usize).is_multiple_of(16));
    holds("to 16", good)
}
