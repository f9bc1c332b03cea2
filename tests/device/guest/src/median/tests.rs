use alloc::format;

use super::{Ratio, median};

#[test]
fn the_median_is_the_middle_one() {
    assert_eq!(median(&mut [5, 1, 9]), 5);
    assert_eq!(median(&mut [4, 1, 9, 5]), 4);
    assert_eq!(median(&mut [7]), 7);
    assert_eq!(median(&mut []), 0);
}

#[test]
fn one_late_sample_does_not_move_it() {
    assert_eq!(median(&mut [100, 101, 99, 1_000_000, 100]), 100);
}

#[test]
fn ratios_stand_in_columns() {
    assert_eq!(format!("{:>9}|", Ratio(5)), "  +0.05 %|");
}

#[test]
fn ratios_are_of_the_first_to_two_places() {
    for (before, after, told) in [
        (1000, 1010, "+1.00 %"),
        (1000, 1000, "+0.00 %"),
        (1000, 990, "-1.00 %"),
        (3, 4, "+33.33 %"),
        (30_000, 30_001, "+0.00 %"),
        (20_000, 20_001, "+0.01 %"),
        (20_000, 19_999, "-0.01 %"),
        (0, 5, "+400.00 %"),
    ] {
        assert_eq!(
            format!("{}", Ratio::of(before, after)),
            told,
            "{before} {after}"
        );
    }
}
