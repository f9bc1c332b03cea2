//! The bytes of every message, as they stand in `golden/`.
//!
//! They are what a kernel and a program of different versions, word sizes and byte orders agree on: the same files are
//! compared on every machine that the tests run on, so a byte order in the format would show on the first other one.
//!
//! A message that is added needs its line: run with `CELL_ABI_GOLDEN=print` and `--nocapture`, and put what is printed
//! into the file by hand, after looking at it. A line that *changes* breaks whoever has the old one.

use std::fmt::Write;

use crate::samples::{Sample, events, replies, requests};
use cell_abi::{BUFFER_SIZES, Event, Op, Refusal, Reply, Request, Scope, frame, ioctl_command};
use serde::Serialize;

fn compare(file: &str, committed: &str, present: &str) {
    if std::env::var_os("CELL_ABI_GOLDEN").is_some_and(|value| value == "print") {
        println!("==> {file}\n{present}");
    }
    let (mut old, mut new) = (committed.lines(), present.lines());
    for number in 1.. {
        match (old.next(), new.next()) {
            (None, None) => return,
            (old, new) => assert_eq!(old, new, "{file}:{number}"),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, " {byte:02x}");
        text
    })
}

fn lines<T: Serialize>(samples: &[Sample<T>]) -> String {
    samples.iter().fold(String::new(), |mut text, sample| {
        let mut buffer = [0; 4096];
        let used = frame::write(&sample.message, &mut buffer).unwrap();
        let body = &buffer[frame::HEADER..frame::HEADER + used];
        let _ = writeln!(text, "# {}", sample.comment);
        let _ = writeln!(text, "{}:{}", sample.name, hex(body));
        text
    })
}

/// The bytes of each line.
fn parse(committed: &str) -> Vec<Vec<u8>> {
    let bytes = |line: &str| {
        let (_, bytes) = line.split_once(':').unwrap();
        bytes
            .split_whitespace()
            .map(|byte| u8::from_str_radix(byte, 16).unwrap())
            .collect()
    };
    committed
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(bytes)
        .collect()
}

const REQUESTS: &str = include_str!("../golden/requests.txt");
const REPLIES: &str = include_str!("../golden/replies.txt");
const EVENTS: &str = include_str!("../golden/events.txt");
const FRAMES: &str = include_str!("../golden/frames.txt");
const NUMBERS: &str = include_str!("../golden/numbers.txt");

#[test]
fn requests_have_their_bytes() {
    compare("requests.txt", REQUESTS, &lines(&requests()));
    for (sample, bytes) in requests().iter().zip(parse(REQUESTS)) {
        assert_eq!(frame::decode(&bytes), Ok(sample.message.clone()));
    }
}

#[test]
fn replies_have_their_bytes() {
    compare("replies.txt", REPLIES, &lines(&replies()));
    for (sample, bytes) in replies().iter().zip(parse(REPLIES)) {
        assert_eq!(frame::decode(&bytes), Ok(sample.message.clone()));
    }
}

#[test]
fn events_have_their_bytes() {
    compare("events.txt", EVENTS, &lines(&events()));
    for (sample, bytes) in events().iter().zip(parse(EVENTS)) {
        assert_eq!(frame::decode(&bytes), Ok(sample.message));
    }
}

/// Whole buffers and stuffed events: what ioctl(2) and read(2) carry.
#[test]
fn frames_have_their_bytes() {
    let mut text = String::new();
    let mut buffer = [0; 128];
    let in_buffer = |text: &mut String, name: &str, buffer: &[u8]| {
        let used = buffer.len() - buffer.iter().rev().take_while(|byte| **byte == 0).count();
        let _ = writeln!(
            text,
            "# In a buffer of {} bytes, the rest zero.",
            buffer.len()
        );
        let _ = writeln!(text, "{name}:{}", hex(&buffer[..used.max(4)]));
    };
    for sample in requests() {
        if frame::write(&sample.message, &mut buffer).is_ok() {
            in_buffer(&mut text, &format!("request-{}", sample.name), &buffer);
        }
    }
    for sample in replies() {
        if frame::write(&sample.message, &mut buffer).is_ok() {
            in_buffer(&mut text, &format!("reply-{}", sample.name), &buffer);
        }
    }
    for sample in events() {
        let mut out = [0; frame::EVENT_MAX];
        let used = frame::write_event(&sample.message, &mut out).unwrap();
        let _ = writeln!(text, "# Stuffed, with its closing zero.");
        let _ = writeln!(text, "event-{}:{}", sample.name, hex(&out[..used]));
    }
    compare("frames.txt", FRAMES, &text);
    for (line, bytes) in FRAMES
        .lines()
        .filter(|line| !line.starts_with('#'))
        .zip(parse(FRAMES))
    {
        let mut buffer = [0; 128];
        buffer[..bytes.len()].copy_from_slice(&bytes);
        if line.starts_with("request-") {
            frame::read::<Request>(&buffer).unwrap();
        } else if line.starts_with("reply-") {
            frame::read::<Reply>(&buffer).unwrap();
        } else {
            let _: Event = frame::read_event(&mut buffer[..bytes.len() - 1]).unwrap();
        }
    }
}

/// What is numbered stays so: operations, refusals, the ioctl.
#[test]
fn numbers_are_never_given_again() {
    let mut text = String::from("# Operations: number, name, scope.\n");
    for op in Op::ALL {
        let scope = match op.scope() {
            Scope::Unknown => "none",
            Scope::Process => "process",
            Scope::System => "system",
            Scope::Network => "network",
            Scope::Machdep => "machdep",
            Scope::Device => "device",
            Scope::Vnode => "vnode",
        };
        let _ = writeln!(text, "operation {} {op} {scope}", op.number());
    }
    text.push_str("# Refusals: number, errno.\n");
    for refusal in Refusal::ALL {
        let _ = writeln!(
            text,
            "refusal {} {}",
            refusal.number(),
            refusal.errno_name()
        );
    }
    text.push_str("# The ioctl: bytes, command.\n");
    for size in BUFFER_SIZES {
        let command = ioctl_command(u16::try_from(size).unwrap());
        let _ = writeln!(text, "ioctl {size} {command:#010x}");
    }
    compare("numbers.txt", NUMBERS, &text);
    for (number, op) in Op::ALL.iter().enumerate() {
        assert_eq!(usize::from(op.number()), number);
        assert_eq!(Op::from_number(op.number()), Some(*op));
        assert_eq!(Op::from_name(op.name()), Some(*op));
    }
    const { assert!(Op::COUNT <= 128) };
    assert_eq!(Op::from_number(Op::COUNT as u8), None);
    assert_eq!(Op::from_name("system.Reboot"), None);
}

/// DESIGN.md, section 8. The original took 424 bytes.
#[test]
fn a_cell_of_four_rules_is_created_with_at_most_64_bytes() {
    let web = requests()
        .into_iter()
        .find(|sample| sample.name == "create-web")
        .unwrap();
    let mut buffer = [0; 128];
    let used = frame::write(&web.message, &mut buffer).unwrap();
    assert!(used <= 64, "{used} bytes");
}
