//! What a kernel has in use, and what of it has grown.
//!
//! A leak grows with what is repeated: one item lost each round is as many items as rounds. What is a matter of when
//! things are given back (items that a processor's cache keeps, pages that a pool keeps, the one process that measures)
//! does not. So growth of half an item a round or more is a leak, and less is not.

use alloc::string::String;
use alloc::vec::Vec;

#[cfg(test)]
mod tests;

/// What is in use at a time, by name; the name may stand more than once (pools of one name are added up).
pub type Use = Vec<(String, i64)>;

/// What has grown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Growth {
    /// Of what.
    pub name: String,
    /// In use before.
    pub before: i64,
    /// In use after.
    pub after: i64,
}

fn total(in_use: &Use, name: &str) -> i64 {
    in_use
        .iter()
        .filter(|(known, _)| known == name)
        .map(|(_, count)| count)
        .sum()
}

/// Everything that has grown at all, each name once.
#[must_use]
pub fn grown(before: &Use, after: &Use) -> Vec<Growth> {
    let mut found: Vec<Growth> = Vec::new();
    for (name, _) in after {
        if found.iter().any(|growth| growth.name == *name) {
            continue;
        }
        let (before, after) = (total(before, name), total(after, name));
        if after > before {
            let name = name.clone();
            found.push(Growth {
                name,
                before,
                after,
            });
        }
    }
    found
}

impl Growth {
    /// Whether it grows with the rounds.
    #[must_use]
    pub const fn is_leak(&self, rounds: u32) -> bool {
        (self.after - self.before) * 2 >= rounds as i64
    }
}
