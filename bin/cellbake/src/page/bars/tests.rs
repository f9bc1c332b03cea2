use proptest::prelude::*;

use super::*;

fn area(used: u64, bound: Option<u64>, contributors: &[(&str, u64)]) -> Area {
    Area {
        used,
        bound,
        contributors: contributors
            .iter()
            .map(|(name, kib)| ((*name).to_owned(), *kib))
            .collect(),
        ..Area::default()
    }
}

fn places(bar: &Bar) -> Vec<(u64, u64)> {
    let pieces = bar.pieces.iter();
    pieces.map(|piece| (piece.x, piece.width)).collect()
}

#[test]
fn a_bar_is_to_scale() {
    let half = bar(&area(50, Some(100), &[("a", 20), ("b", 30)]));
    assert_eq!((half.used, half.bound), (WIDTH / 2, Some(WIDTH)));
    // the largest first
    assert_eq!(places(&half), [(0, 216), (216, 144)]);
}

#[test]
fn what_is_too_much_reaches_beyond_the_bound() {
    let over = bar(&area(200, Some(100), &[("a", 200)]));
    assert_eq!((over.used, over.bound), (WIDTH, Some(WIDTH / 2)));
    assert_eq!(area(200, Some(100), &[]).excess(), 100);
    assert_eq!(area(100, Some(100), &[]).excess(), 0);
    assert_eq!(area(100, None, &[]).excess(), 0);
}

#[test]
fn what_contributors_do_not_account_for_is_other() {
    let parts = area(10, None, &[("b", 3), ("a", 3), ("none", 0)]).parts();
    let expected = [("a", 3), ("b", 3), ("other", 4)];
    assert_eq!(parts, expected.map(|(name, kib)| (name.to_owned(), kib)));
    assert!(area(10, None, &[]).parts().is_empty());
}

#[test]
fn contributors_that_share_fill_what_is_taken() {
    let bar = bar(&area(50, Some(100), &[("a", 60), ("b", 40)]));
    assert_eq!(places(&bar), [(0, 216), (216, 144)]);
}

#[test]
fn a_name_is_written_where_it_fits() {
    let bar = bar(&area(100, Some(100), &[("wide", 99), ("narrow", 1)]));
    let labels: Vec<_> = bar
        .pieces
        .iter()
        .map(|piece| piece.label.as_str())
        .collect();
    assert_eq!(labels, ["wide", ""]);
}

proptest! {
    #[test]
    fn pieces_lie_side_by_side_within_the_bar(
        sizes in proptest::collection::vec(any::<u64>().prop_map(|size| size >> 8), 0..70),
        used in any::<u64>(),
        bound in any::<Option<u64>>(),
    ) {
        let contributors: Vec<_> = sizes.iter().map(|size| ("x", *size)).collect();
        let bar = bar(&area(used, bound, &contributors));
        let mut end = 0;
        for piece in &bar.pieces {
            prop_assert_eq!(piece.x, end);
            end += piece.width;
        }
        prop_assert!(end <= WIDTH && bar.used <= WIDTH);
        prop_assert!(bar.bound.is_none_or(|bound| bound <= WIDTH));
    }
}
