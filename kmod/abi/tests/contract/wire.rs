//! What the kernel reads and writes by hand is what serde and postcard make of the same types.

use std::sync::atomic::AtomicU8;

use cell_abi::frame::{self, EVENT_MAX, HEADER};
use cell_abi::wire::{Reader, Writer};
use cell_abi::{PolicyReport, Reply};
use proptest::prelude::*;

use crate::arbitrary::{event, parts};
use crate::call::{same_bytes, same_call};
use crate::samples::{events, replies, requests};

fn write(reply: &Reply<'_>, out: &mut Writer<'_>) {
    match reply {
        Reply::Done => out.done(),
        Reply::Hello(hello) => out.hello(hello),
        Reply::Created(cell) => out.created(*cell),
        Reply::Killed(count) => out.killed(*count),
        Reply::Cell(info) => {
            out.cell(
                info.handle,
                &stored(info.name.as_str()),
                &stored(info.root.as_str()),
                (info.profile, info.state),
                [info.processes, info.credentials, info.age_s],
            );
            limits(&info.limits, out);
        }
        Reply::Stats(stats) => out.stats(
            [stats.processes, stats.credentials, stats.age_s],
            stats.cpu_us,
            [
                stats.resident_kib,
                stats.virtual_kib,
                stats.forks,
                stats.denials,
            ],
        ),
        Reply::Policy(PolicyReport { policy, denials }) => {
            out.policy(policy.profile);
            let (low, high) = policy.may.halves();
            out.long(low);
            out.long(high);
            let list = out.list();
            for ports in &policy.reservations {
                let (first, last) = (ports.first().into(), ports.last().into());
                out.item(list, &[ports.protocols() as u32, first, last]);
            }
            let list = out.list();
            for rule in &policy.devices {
                let (kind, access) = (rule.kind as u32, rule.access as u32);
                out.item(list, &[kind, access, rule.major.into(), rule.minor]);
            }
            limits(&policy.limits, out);
            let list = out.list();
            for (op, count) in denials {
                out.item(list, &[op.number().into(), *count]);
            }
        }
    }
}

fn stored(text: &str) -> Vec<AtomicU8> {
    text.bytes().map(AtomicU8::new).collect()
}

fn limits(limits: &cell_abi::Limits, out: &mut Writer<'_>) {
    out.option(limits.processes.map(u32::from));
    out.option(limits.nofile);
    out.option(limits.address_space_kib);
    out.option(limits.core_kib);
}

fn buffer(request: &cell_abi::Request<'_>) -> Vec<u8> {
    let mut buffer = vec![0; 1024];
    frame::write(request, &mut buffer).unwrap();
    buffer
}

fn same_event(event: &cell_abi::Event) {
    let (mut theirs, mut ours) = ([0; EVENT_MAX], [0; EVENT_MAX]);
    let theirs = postcard::to_slice(event, &mut theirs).unwrap();
    let mut out = Writer::new(&mut ours);
    out.event(event);
    let used = out.used();
    assert_eq!(ours[..used], *theirs, "{event:?}");
}

#[test]
fn golden_messages_are_read_and_written_alike() {
    for sample in requests() {
        same_call(&buffer(&sample.message));
    }
    for sample in replies() {
        same_bytes(&sample.message, |out| write(&sample.message, out));
    }
    for sample in events() {
        same_event(&sample.message);
    }
}

#[test]
fn requests_cut_short_or_with_more_behind_are_refused_alike() {
    for sample in requests() {
        let whole = buffer(&sample.message);
        let length = u16::from_le_bytes([whole[0], whole[1]]);
        for other in 0..length + 3 {
            let mut changed = whole.clone();
            changed[..HEADER].copy_from_slice(&other.to_le_bytes());
            same_call(&changed);
        }
    }
}

/// Each byte of a request as each byte that begins, goes on or ends something.
#[test]
fn requests_with_one_byte_changed_are_read_alike() {
    const TELLING: [u8; 16] = [
        0, 1, 2, 3, 4, 9, 10, 0x0f, 0x10, 0x11, 0x2e, 0x2f, 0x7f, 0x80, 0xc3, 0xff,
    ];
    for sample in requests() {
        let whole = buffer(&sample.message);
        let length = usize::from(u16::from_le_bytes([whole[0], whole[1]]));
        for place in HEADER..HEADER + length {
            for byte in TELLING {
                let mut changed = whole.clone();
                changed[place] = byte;
                same_call(&changed);
            }
        }
    }
}

/// A Lookup or Destroy, and a Create with what it can have most of, in which a number takes more bytes than it need.
#[test]
fn long_ways_to_write_a_number_are_read_alike() {
    fn zeros(more: usize) -> Vec<u8> {
        [vec![0x80; more], vec![0]].concat()
    }
    for more in 0..12 {
        for tag in 0..12 {
            let mut tag = vec![tag | 0x80; 1];
            tag.extend(zeros(more));
            for rest in [vec![], vec![1], vec![1, 9], vec![1, b'a']] {
                framed(&[&tag, &rest]);
            }
        }
        let head = [1, 1, b'a', 1, b'/'];
        let profile = zeros(more);
        let words = [0; 2];
        let ports = [zeros(more), vec![0], zeros(more), vec![0]].concat();
        framed(&[&head, &profile, &words, &ports, &[0; 4]]);
        framed(&[&head, &[0], &zeros(more), &zeros(more), &[0; 6]]);
        for limit in 0..4 {
            let mut limits = [vec![0], vec![0], vec![0], vec![0]];
            limits[limit] = [vec![1], zeros(more)].concat();
            framed(&[&head, &[0; 5], &limits.concat()]);
        }
        let name = [vec![0x81], zeros(more)].concat();
        framed(&[&[5], &name, b"a"]);
    }
}

fn framed(parts: &[&[u8]]) {
    let body = parts.concat();
    let mut buffer = vec![0; 1024];
    buffer[..HEADER].copy_from_slice(&(body.len() as u16).to_le_bytes());
    buffer[HEADER..HEADER + body.len()].copy_from_slice(&body);
    same_call(&buffer);
}

#[test]
fn roots_are_text_as_postcard_has_it() {
    const EDGES: [u8; 16] = [
        b'a', 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xef, 0xf0, 0xf4,
        0xff,
    ];
    let text = |bytes: &[u8]| {
        let mut sent = vec![bytes.len() as u8 + 1, b'/'];
        sent.extend(bytes);
        let mut reader = Reader::new(&sent);
        reader.root();
        let ours = reader.end().is_ok();
        let theirs = postcard::from_bytes::<cell_abi::RootPath<'_>>(&sent).is_ok();
        assert_eq!(ours, theirs, "{bytes:x?}");
    };
    for a in 0..=0xff {
        text(&[a]);
        for b in 0..=0xff {
            text(&[a, b]);
        }
        for b in EDGES {
            for c in EDGES {
                text(&[a, b, c]);
                for d in EDGES {
                    text(&[a, b, c, d]);
                    text(&[b'.', a, b, c, d, b'/']);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_request_is_read_alike(parts in parts()) {
        same_call(&buffer(&parts.request()));
    }

    #[test]
    fn any_request_with_changes_is_read_alike(
        parts in parts(),
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
        length in -3i32..4,
    ) {
        let mut buffer = buffer(&parts.request());
        let old = u16::from_le_bytes([buffer[0], buffer[1]]);
        let places = usize::from(old);
        for (place, byte) in changes {
            buffer[HEADER + place.index(places)] = byte;
        }
        let length = (i32::from(old) + length).max(0) as u16;
        buffer[..HEADER].copy_from_slice(&length.to_le_bytes());
        same_call(&buffer);
    }

    #[test]
    fn any_reply_is_written_alike(parts in parts()) {
        let reply = parts.reply();
        same_bytes(&reply, |out| write(&reply, out));
    }

    #[test]
    fn any_event_is_written_alike(event in event()) {
        same_event(&event);
    }

    #[test]
    fn garbage_is_read_alike(bytes in proptest::collection::vec(any::<u8>(), 0..126)) {
        framed(&[&bytes]);
    }
}
