//! Cutting output into lines and keeping the last of them.

use std::prelude::rust_2024::*;
use std::vec;

use proptest::prelude::*;

use crate::log::{Budget, Fate, LINE_MAX, Lines, Ring};

fn cut(pieces: &[&[u8]]) -> Vec<String> {
    let mut lines = Lines::new();
    let mut found = vec![];
    let mut keep = |line: &[u8]| found.push(String::from_utf8_lossy(line).into_owned());
    for piece in pieces {
        lines.feed(piece, &mut keep);
    }
    lines.flush(&mut keep);
    found
}

#[test]
fn lines_come_out_whole_however_they_were_read() {
    assert_eq!(
        cut(&[b"one\ntw", b"o", b"\nthree"]),
        ["one", "two", "three"]
    );
}

#[test]
fn an_empty_line_is_a_line() {
    assert_eq!(cut(&[b"\n\nx\n"]), ["", "", "x"]);
}

#[test]
fn a_carriage_return_before_the_end_goes_and_a_zero_byte_is_seen() {
    assert_eq!(cut(&[b"a\r\nb\0c\n"]), ["a", "b?c"]);
}

#[test]
fn a_line_over_the_limit_comes_in_several_and_none_of_it_is_lost() {
    let long = "x".repeat(LINE_MAX * 2 + 7);
    let mut bytes = long.clone().into_bytes();
    bytes.push(b'\n');
    let lines = cut(&[&bytes]);
    assert_eq!(lines.concat(), long);
    assert_eq!(
        lines.iter().map(String::len).collect::<Vec<_>>(),
        [LINE_MAX, LINE_MAX, 7]
    );
}

#[test]
fn a_line_of_exactly_the_limit_is_one_line() {
    let mut bytes = vec![b'y'; LINE_MAX];
    bytes.extend(b"\nz\n");
    assert_eq!(cut(&[&bytes]), ["y".repeat(LINE_MAX), "z".into()]);
}

fn all(ring: &Ring) -> String {
    let mut bytes = [0; 64];
    let (mut position, mut text) = (0, String::new());
    loop {
        let (count, next) = ring.read(position, &mut bytes);
        if count == 0 {
            return text;
        }
        text.push_str(std::str::from_utf8(&bytes[..count]).expect("text"));
        position = next;
    }
}

#[test]
fn the_oldest_lines_give_way_whole() {
    let mut ring = Ring::new(32);
    for text in ["aaaa", "bbbb", "cccc"] {
        ring.push("out", text.as_bytes());
    }
    assert_eq!(all(&ring), "out: aaaa\nout: bbbb\nout: cccc\n");
    ring.push("out", b"dddd");
    assert_eq!(all(&ring), "out: bbbb\nout: cccc\nout: dddd\n");
    ring.push("out", b"a line that takes nearly all");
    assert_eq!(
        all(&ring),
        "out: bbbb\nout: cccc\nout: dddd\n",
        "a line that never fits pushes nothing out"
    );
}

proptest! {
    #[test]
    fn no_byte_of_a_line_is_lost_or_made_up(
        lines in prop::collection::vec("[a-z]{0,1200}", 0..12),
        cuts in prop::collection::vec(1_usize..700, 1..40),
    ) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let (mut rest, mut pieces) = (text.as_bytes(), vec![]);
        for size in cuts.iter().cycle() {
            if rest.is_empty() { break; }
            let (piece, after) = rest.split_at((*size).min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        prop_assert_eq!(cut(&pieces).concat(), lines.concat());
    }

    #[test]
    fn a_ring_holds_a_suffix_of_what_was_pushed(
        size in 16_u32..200,
        lines in prop::collection::vec("[a-z]{0,30}", 0..60),
    ) {
        let mut ring = Ring::new(size);
        let mut pushed = String::new();
        for line in &lines {
            ring.push("l", line.as_bytes());
            if line.len() + 4 <= size as usize {
                pushed.push_str(&format!("l: {line}\n"));
            }
            let held = all(&ring);
            prop_assert!(held.len() <= size as usize);
            prop_assert!(pushed.ends_with(&held));
            prop_assert!(pushed.len() == held.len() || pushed.as_bytes()[pushed.len() - held.len() - 1] == b'\n');
        }
    }
}

#[test]
fn a_cell_sends_fifty_lines_at_once_and_fifty_a_second() {
    let mut budget = Budget::new();
    let mut sent = |now| {
        (0..1000)
            .filter(|_| budget.line(now) != Fate::Withheld)
            .count()
    };
    assert_eq!(sent(5_000), 50);
    assert_eq!(sent(5_000), 0);
    assert_eq!(sent(5_019), 0);
    assert_eq!(sent(5_020), 1);
    assert_eq!(sent(5_520), 25);
    assert_eq!(
        sent(60_000_000_000),
        50,
        "no more than at first, however long it was quiet"
    );
}

#[test]
fn what_was_withheld_is_told_once() {
    let mut budget = Budget::new();
    for _ in 0..50 {
        assert_eq!(budget.line(0), Fate::Sent(0));
    }
    for _ in 0..7 {
        assert_eq!(budget.line(0), Fate::Withheld);
    }
    assert_eq!(budget.line(1000), Fate::Sent(7));
    assert_eq!(budget.line(1000), Fate::Sent(0));
}
