//! The bytes of every message, that every message comes back, and that noise costs no other messages.

use alloc::string::String;
use alloc::vec::Vec;
use std::{format, vec};

use proptest::prelude::*;

use super::{Ask, Frames, Kind, MESSAGE_MAX, Tell, encode};
use crate::table::Owned;

fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    bytes.join(" ")
}

fn read(frames: &mut Frames, bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![];
    frames.feed(bytes, &mut |message| all.push(message));
    all
}

/// These never change: both sides may be of other versions.
#[test]
fn asks_have_these_bytes() {
    let golden = [
        (Ask::Hello(1), "02 03 04 01 dd 57 02 8a 00"),
        (
            Ask::Rows {
                of: Kind::Volumes,
                view: "merged",
                fields: "",
                names: vec!["a", "bc"],
            },
            "0b 03 01 01 06 6d 65 72 67 65 64 0b 02 01 61 02 62 63 2b 61 ec 28 00",
        ),
        (
            Ask::Fields { of: Kind::Cells },
            "03 03 02 05 c9 05 31 cf 00",
        ),
        (Ask::System, "07 03 03 86 10 fd f3 00"),
        (
            Ask::Run(vec!["cell", "list"]),
            "12 03 04 02 04 63 65 6c 6c 04 6c 69 73 74 42 73 f6 be 00",
        ),
        (Ask::Subscribe, "07 03 05 b3 b5 9e 1a 00"),
        (
            Ask::Log {
                cell: "web",
                follow: true,
            },
            "0c 03 06 03 77 65 62 01 73 f4 45 a5 00",
        ),
        (Ask::Cancel(300), "09 03 07 ac 02 be f4 02 da 00"),
        (Ask::Bye, "07 03 08 0e c9 2f 64 00"),
        (
            Ask::Backups(vec!["data"]),
            "0d 03 09 01 04 64 61 74 61 43 c4 5e cc 00",
        ),
    ];
    for (ask, bytes) in golden {
        let message = ask.write(3);
        assert_eq!(hex(&encode(&message)), bytes, "{ask:?}");
        assert_eq!(Ask::read(&message), Some((3, ask)));
    }
}

#[test]
fn tells_have_these_bytes() {
    let golden = [
        (
            Tell::Hello {
                version: 1,
                board: "desk",
                write: false,
            },
            "02 03 07 01 04 64 65 73 6b 05 10 d3 96 52 00",
        ),
        (
            Tell::Columns(vec!["name"]),
            "0d 03 01 01 04 6e 61 6d 65 41 07 61 0c 00",
        ),
        (
            Tell::Row(vec![
                Owned::Absent,
                Owned::Unlimited,
                Owned::Flag(true),
                Owned::Text("x".into()),
                Owned::Number(1),
                Owned::Bytes(128),
                Owned::Seconds(2),
                Owned::Micros(u64::MAX),
            ]),
            "04 03 02 08 1d 01 02 01 03 01 78 04 01 05 80 01 06 02 07 ff ff ff ff ff ff ff ff ff 01 86 3c 43 e8 00",
        ),
        (
            Tell::Output(b"out\0"),
            "07 03 03 04 6f 75 74 05 91 e0 bc a5 00",
        ),
        (
            Tell::Event("line"),
            "0c 03 04 04 6c 69 6e 65 df 4a c5 32 00",
        ),
        (Tell::Done(2), "08 03 05 02 22 f2 7e 6e 00"),
        (
            Tell::Failed {
                status: 1,
                why: "no",
            },
            "0b 03 06 01 02 6e 6f 46 af 5d 25 00",
        ),
    ];
    for (tell, bytes) in golden {
        let message = tell.write(3);
        assert_eq!(hex(&encode(&message)), bytes, "{tell:?}");
        assert_eq!(Tell::read(&message), Some((3, tell)));
    }
}

#[test]
fn what_is_not_whole_or_has_more_is_no_message() {
    let message = Ask::Run(vec!["cell", "list"]).write(3);
    for length in 0..message.len() {
        assert_eq!(Ask::read(&message[..length]), None, "{length}");
    }
    assert_eq!(Ask::read(&[message.as_slice(), &[0]].concat()), None);
    assert_eq!(Ask::read(&[3, 9]), None, "a tag of a later version");
    assert_eq!(Tell::read(&[3, 7]), None);
}

#[test]
fn what_is_too_long_is_passed_over_and_the_next_is_read() {
    let mut frames = Frames::new();
    let long = vec![1; MESSAGE_MAX * 3];
    assert_eq!(read(&mut frames, &long), [[0; 0]; 0]);
    assert_eq!(read(&mut frames, &[0]), [[0; 0]; 0]);
    assert_eq!(read(&mut frames, &encode(&[1, 2])), [[1, 2]]);
    let longest = vec![0; MESSAGE_MAX];
    assert_eq!(read(&mut frames, &encode(&longest)), [longest]);
    let longest = vec![7; MESSAGE_MAX];
    assert_eq!(read(&mut frames, &encode(&longest)), [longest]);
}

fn any_message() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        prop::collection::vec(prop_oneof![Just(0), any::<u8>()], 0..600),
        prop::collection::vec(1..=255_u8, 240..520),
    ]
}

proptest! {
    #[test]
    fn what_is_framed_comes_back_whole_however_it_is_cut(
        messages in prop::collection::vec(any_message(), 0..5),
        cut in 1..64_usize,
    ) {
        let bytes: Vec<u8> = messages.iter().flat_map(|message| encode(message)).collect();
        for (message, frame) in messages.iter().map(|message| (message, encode(message))) {
            prop_assert_eq!(frame.iter().filter(|byte| **byte == 0).count(), 1);
            prop_assert!(frame.len() <= message.len() + message.len() / 254 + 8);
        }
        let mut frames = Frames::new();
        let mut all = vec![];
        for piece in bytes.chunks(cut) {
            all.extend(read(&mut frames, piece));
        }
        prop_assert_eq!(all, messages);
    }

    #[test]
    fn noise_costs_the_message_it_falls_into(
        message in any_message(),
        next in any_message(),
        at in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let mut bytes = encode(&message);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        // one that is not its end any more swallows the next
        let is_end = at + 1 == bytes.len();
        bytes.extend(encode(&next));
        bytes.extend(encode(&[9]));
        let all = read(&mut Frames::new(), &bytes);
        if is_end {
            prop_assert_eq!(all, [[9]]);
        } else {
            prop_assert_eq!(all, [next, vec![9]]);
        }
    }

    #[test]
    fn whatever_comes_is_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        for message in read(&mut Frames::new(), &bytes) {
            let _ = Ask::read(&message);
        }
        let _ = (Ask::read(&bytes), Tell::read(&bytes));
    }

    #[test]
    fn what_can_be_read_is_written_the_same(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Some((id, ask)) = Ask::read(&bytes) {
            let again = ask.write(id);
            prop_assert_eq!(Ask::read(&again), Some((id, ask)));
        }
        if let Some((id, tell)) = Tell::read(&bytes) {
            let again = tell.write(id);
            prop_assert_eq!(Tell::read(&again), Some((id, tell)));
        }
    }
}
