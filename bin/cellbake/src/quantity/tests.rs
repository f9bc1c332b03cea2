use super::*;

#[test]
fn sizes_have_units_and_bounds() {
    assert_eq!(bytes("0"), Ok(0));
    assert_eq!(kib("64K"), Ok(64));
    assert_eq!(kib("16M"), Ok(16 * 1024));
    assert_eq!(kib("1G"), Ok(1 << 20));
    for wrong in [
        "",
        "K",
        "1T",
        "-1",
        "1.5M",
        "99999999999999999999",
        "9999999G",
        "1000",
        "1 K",
    ] {
        assert!(kib(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn times_have_units_and_bounds() {
    assert_eq!(milliseconds("500ms"), Ok(500));
    assert_eq!(milliseconds("5s"), Ok(5000));
    assert_eq!(milliseconds("2m"), Ok(120_000));
    assert_eq!(milliseconds("1h"), Ok(3_600_000));
    for wrong in ["", "5", "s", "-5s", "5d", "9999999h"] {
        assert!(milliseconds(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn modes_are_four_octal_digits() {
    assert_eq!(mode("0755"), Ok(0o755));
    for wrong in ["755", "0855", "", "07555", "+755"] {
        assert!(mode(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn ports_read_as_they_print() {
    for text in ["80", "tcp/80", "udp/5000-5010", "65535"] {
        assert_eq!(reservation(text).unwrap().to_string(), text);
    }
    for wrong in [
        "0", "65536", "sctp/80", "tcp/", "90-80", "80-", "-80", "80/tcp", "+80",
    ] {
        assert!(reservation(wrong).is_err(), "{wrong}");
    }
}
