//! Times and shares as people read them.

/// Milliseconds, exactly.
pub(super) fn time(milliseconds: u32) -> String {
    let units = [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "min"),
        (1000, "s"),
        (1, "ms"),
    ];
    let mut rest = milliseconds;
    let mut said = Vec::new();
    for (unit, name) in units {
        if rest >= unit {
            said.push(format!("{} {name}", rest / unit));
            rest %= unit;
        }
    }
    if said.is_empty() {
        "0 s".to_owned()
    } else {
        said.join(" ")
    }
}

/// Of a whole, in per cent rounded up: what is there at all is never 0.
pub(super) fn share(part: u64, whole: u64) -> String {
    let percent = part.saturating_mul(100).div_ceil(whole.max(1));
    format!("{percent} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_said_exactly() {
        for (milliseconds, said) in [
            (0, "0 s"),
            (500, "500 ms"),
            (5000, "5 s"),
            (90_000, "1 min 30 s"),
            (3_600_000, "1 h"),
            (86_461_001, "1 d 1 min 1 s 1 ms"),
        ] {
            assert_eq!(time(milliseconds), said);
        }
    }

    #[test]
    fn a_share_is_zero_only_of_nothing() {
        assert_eq!(share(0, 100), "0 %");
        assert_eq!(share(1, 10_000), "1 %");
        assert_eq!(share(3, 2), "150 %");
        assert_eq!(share(5, 0), "500 %");
    }
}
