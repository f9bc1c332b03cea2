use super::*;

#[test]
fn numbers_are_digits_and_nothing_else() {
    for (text, number) in [
        ("0", Some(0)),
        ("80", Some(80)),
        ("4294967295", Some(u32::MAX)),
        ("4294967296", None),
        ("", None),
        ("+1", None),
        ("-1", None),
        (" 1", None),
        ("1 ", None),
        ("0x10", None),
        ("1_000", None),
    ] {
        assert_eq!(decimal(text), number, "{text:?}");
    }
}

#[test]
fn a_prefix_gives_the_base() {
    for (text, number) in [
        ("0", Some(0)),
        ("259", Some(259)),
        ("0x103", Some(259)),
        ("0X103", Some(259)),
        ("0403", Some(259)),
        ("08", None),
        ("0x", None),
        ("0x+1", None),
        ("0+1", None),
        ("web", None),
        ("1a", None),
    ] {
        assert_eq!(any_base(text), number, "{text:?}");
    }
}

#[test]
fn sizes_round_up_to_whole_kib() {
    for (text, kib) in [
        ("0", Some(0)),
        ("1", Some(1)),
        ("1024", Some(1)),
        ("1025", Some(2)),
        ("16k", Some(16)),
        ("16M", Some(16 << 10)),
        ("4G", Some(4 << 20)),
        ("4294967295", Some(4 << 20)),
        ("4294967296", None),
        ("4294967295K", Some(u32::MAX)),
        ("4095G", Some(4095 << 20)),
        ("4096G", None),
        ("\u{fc}", None),
        ("99999999999G", None),
        ("K", None),
        ("", None),
        ("+1K", None),
        ("1.5M", None),
        ("1MB", None),
    ] {
        assert_eq!(kibibytes(text), kib, "{text:?}");
    }
}

#[test]
fn text_splits_at_the_first() {
    assert_eq!(split("a:b:c", b':'), ("a", Some("b:c")));
    assert_eq!(split("a:", b':'), ("a", Some("")));
    assert_eq!(split(":", b':'), ("", Some("")));
    assert_eq!(split("a", b':'), ("a", None));
    assert_eq!(split("", b':'), ("", None));
}
