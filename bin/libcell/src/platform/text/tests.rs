use alloc::string::String;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;

fn agrees(bytes: &[u8]) {
    assert_eq!(utf8(bytes), core::str::from_utf8(bytes).ok(), "{bytes:x?}");
}

#[test]
fn up_to_three_bytes_are_judged_as_core_does() {
    agrees(&[]);
    for a in 0..=0xff {
        agrees(&[a]);
        for b in 0..=0xff {
            agrees(&[a, b]);
            for c in (0..=0xff).step_by(5) {
                agrees(&[a, b, c]);
            }
        }
    }
}

#[test]
fn four_bytes_are_judged_as_core_does_where_anything_changes() {
    const EDGES: [u8; 14] = [
        0, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xed, 0xef, 0xf0, 0xf4, 0xff,
    ];
    for a in 0xe0..=0xff {
        for b in EDGES {
            for c in EDGES {
                for d in EDGES {
                    agrees(&[a, b, c, d]);
                    agrees(&[b'x', a, b, c, d, b'y']);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn anything_is_judged_as_core_does(start: String, middle: Vec<u8>, end: String) {
        agrees(start.as_bytes());
        agrees(&[start.as_bytes(), &middle, end.as_bytes()].concat());
    }
}
