//! The keys of three kinds of terminals, split anywhere, and noise.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::{Decoder, Key};

fn keys(bytes: &[u8]) -> Vec<Key> {
    let mut decoder = Decoder::new();
    let mut keys: Vec<Key> = bytes
        .iter()
        .filter_map(|byte| decoder.feed(*byte))
        .collect();
    keys.extend(decoder.pause());
    keys
}

/// What terminals send.
const SEQUENCES: &[(&[u8], Key)] = &[
    (b"a", Key::Letter(b'a')),
    (b"~", Key::Letter(b'~')),
    (b"\r", Key::Enter),
    (b"\n", Key::Enter),
    (b"\x1bOM", Key::Enter),
    (b"\t", Key::Tab),
    (b"\x1b[Z", Key::BackTab),
    (b"\x7f", Key::Erase),
    (b"\x08", Key::Erase),
    (b"\x0c", Key::Control(b'l')),
    (b"\x03", Key::Control(b'c')),
    // VT100, both modes of the arrows, and 8 bits
    (b"\x1b[A", Key::Up),
    (b"\x1bOA", Key::Up),
    (b"\x9bA", Key::Up),
    (b"\x8fA", Key::Up),
    (b"\x1b[B", Key::Down),
    (b"\x1bOC", Key::Right),
    (b"\x1b[D", Key::Left),
    (b"\x1bOP", Key::Function(1)),
    (b"\x1bOS", Key::Function(4)),
    // VT220
    (b"\x1b[1~", Key::Home),
    (b"\x1b[2~", Key::Insert),
    (b"\x1b[3~", Key::Delete),
    (b"\x1b[4~", Key::End),
    (b"\x1b[5~", Key::PageUp),
    (b"\x9b6~", Key::PageDown),
    (b"\x1b[17~", Key::Function(6)),
    (b"\x1b[23~", Key::Function(11)),
    (b"\x1b[28~", Key::Function(15)),
    (b"\x1b[34~", Key::Function(20)),
    // xterm
    (b"\x1b[H", Key::Home),
    (b"\x1bOF", Key::End),
    (b"\x1b[1;5A", Key::Up),
    (b"\x1b[5;2~", Key::PageUp),
    (b"\x1b[15~", Key::Function(5)),
    (b"\x1b[1;2P", Key::Function(1)),
];

#[test]
fn what_terminals_send_is_their_keys() {
    for (bytes, key) in SEQUENCES {
        assert_eq!(keys(bytes), [*key], "{bytes:x?}");
    }
}

#[test]
fn escape_is_a_key_when_nothing_follows_and_what_follows_else_is_none() {
    assert_eq!(keys(b"\x1b"), [Key::Escape]);
    assert_eq!(keys(b"\x1b\x1b"), [Key::Escape, Key::Escape]);
    assert_eq!(keys(b"\x1b\x1b[A"), [Key::Escape, Key::Up]);
    // alt and a letter must not be the letter
    assert_eq!(keys(b"\x1bx"), []);
    // what was begun and never ended
    assert_eq!(keys(b"\x1b[12"), []);
    assert_eq!(keys(b"\x1bO"), []);
}

#[test]
fn what_no_key_has_is_passed_over() {
    assert_eq!(keys(b"\0\x80\xff\xc3\xa4"), []);
    assert_eq!(
        keys(b"\x1b[99~\x1b[999999999999A\x1b[?1;2cq"),
        [Key::Letter(b'q')]
    );
}

proptest! {
    #[test]
    fn a_sequence_after_any_noise_and_a_pause_is_its_key(
        noise in prop::collection::vec(any::<u8>(), 0..40),
        which in 0..SEQUENCES.len(),
    ) {
        let mut decoder = Decoder::new();
        for byte in noise {
            let _ = decoder.feed(byte);
        }
        let _ = decoder.pause();
        prop_assert!(!decoder.waits());
        let (bytes, key) = SEQUENCES[which];
        let found: Vec<Key> = bytes.iter().filter_map(|byte| decoder.feed(*byte)).collect();
        prop_assert_eq!(found, [key]);
    }

    #[test]
    fn a_byte_is_at_most_one_key(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(keys(&bytes).len() <= bytes.len() + 1);
    }
}
