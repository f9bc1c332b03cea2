use alloc::borrow::ToOwned;
use alloc::vec;
use alloc::vec::Vec;

use super::{Growth, Use, grown};

fn in_use(counts: &[(&str, i64)]) -> Use {
    counts
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect()
}

#[test]
fn only_what_grows_is_told_and_pools_of_one_name_are_one() {
    let before = in_use(&[("kmem-64", 10), ("cwdi", 5), ("tmpfs", 3), ("tmpfs", 4)]);
    let after = in_use(&[
        ("kmem-64", 9),
        ("cwdi", 5),
        ("tmpfs", 3),
        ("tmpfs", 6),
        ("new", 1),
    ]);
    let names: Vec<(&str, i64, i64)> = vec![("tmpfs", 7, 9), ("new", 0, 1)];
    let found = grown(&before, &after);
    let told: Vec<(&str, i64, i64)> = found
        .iter()
        .map(|growth| (growth.name.as_str(), growth.before, growth.after))
        .collect();
    assert_eq!(told, names);
}

#[test]
fn half_an_item_a_round_is_a_leak_and_less_is_not() {
    let growth = |by: i64| Growth {
        name: "kmem-64".to_owned(),
        before: 100,
        after: 100 + by,
    };
    assert!(growth(25).is_leak(50));
    assert!(growth(50).is_leak(50));
    assert!(!growth(24).is_leak(50));
    assert!(!growth(1).is_leak(50));
}
