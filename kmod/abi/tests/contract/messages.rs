//! Messages come back as they went, and nothing else comes back at all.

use crate::arbitrary::{event, parts};
use crate::samples::{events, replies, requests};
use cell_abi::frame::{self, EVENT_MAX, FrameError, HEADER};
use cell_abi::{BUFFER_SIZES, Event, Reply, Request};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

fn body<T: Serialize>(message: &T) -> Vec<u8> {
    let mut buffer = [0; 4096];
    let used = frame::write(message, &mut buffer).unwrap();
    buffer[HEADER..HEADER + used].to_vec()
}

/// In every buffer that it fits, from every byte of it, and with nothing after it.
fn comes_back<'a, T>(message: &T, bytes: &'a [u8])
where
    T: Serialize + Deserialize<'a> + PartialEq + std::fmt::Debug,
{
    assert_eq!(frame::decode::<T>(bytes).as_ref(), Ok(message));
    for shorter in 0..bytes.len() {
        let cut = frame::decode::<T>(&bytes[..shorter]);
        assert_eq!(cut, Err(FrameError::Malformed), "{shorter} bytes");
    }
    for size in BUFFER_SIZES {
        let mut buffer = vec![0xaa; size];
        if bytes.len() + HEADER > size {
            assert_eq!(frame::write(message, &mut buffer), Err(FrameError::TooBig));
            assert!(buffer.iter().all(|byte| *byte == 0), "something leaked");
        } else {
            assert_eq!(frame::write(message, &mut buffer), Ok(bytes.len()));
            let (written, tail) = buffer.split_at(HEADER + bytes.len());
            assert_eq!(&written[HEADER..], bytes);
            assert!(tail.iter().all(|byte| *byte == 0), "something leaked");
        }
    }
}

fn refuses_more<'a, T>(bytes: &'a mut Vec<u8>, extra: u8)
where
    T: Deserialize<'a> + PartialEq + std::fmt::Debug,
{
    bytes.push(extra);
    assert_eq!(frame::decode::<T>(bytes), Err(FrameError::Trailing));
}

#[test]
fn samples_come_back() {
    for sample in requests() {
        comes_back(&sample.message, &body(&sample.message));
    }
    for sample in replies() {
        comes_back(&sample.message, &body(&sample.message));
    }
    for sample in events() {
        comes_back(&sample.message, &body(&sample.message));
    }
}

/// So that libcell can ask for the size that a request needs.
#[test]
fn every_message_fits_a_buffer() {
    let largest = |bodies: Vec<usize>| bodies.into_iter().max().unwrap();
    let create = largest(
        requests()
            .iter()
            .map(|it| body(&it.message).len())
            .collect(),
    );
    let reply = largest(replies().iter().map(|it| body(&it.message).len()).collect());
    assert!(create + HEADER <= 1024, "{create}");
    assert!(reply + HEADER <= 1024, "{reply}");
    for sample in replies() {
        let in_small = body(&sample.message).len() + HEADER <= 128;
        let needs_more = ["cell-largest", "policy-largest"].contains(&sample.name);
        assert_eq!(in_small, !needs_more, "{}", sample.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_request_comes_back(parts in parts(), extra: u8) {
        let mut bytes = body(&parts.request());
        comes_back(&parts.request(), &bytes);
        refuses_more::<Request<'_>>(&mut bytes, extra);
    }

    #[test]
    fn any_reply_comes_back(parts in parts(), extra: u8) {
        let mut bytes = body(&parts.reply());
        comes_back(&parts.reply(), &bytes);
        refuses_more::<Reply<'_>>(&mut bytes, extra);
    }

    #[test]
    fn any_event_comes_back_through_its_frame(event in event(), extra: u8) {
        let mut bytes = body(&event);
        comes_back(&event, &bytes);
        refuses_more::<Event>(&mut bytes, extra);

        let mut frame = [0xaa; EVENT_MAX];
        let used = frame::write_event(&event, &mut frame).unwrap();
        let (frame, _) = frame.split_at_mut(used);
        let (zero, frame) = frame.split_last_mut().unwrap();
        prop_assert_eq!(*zero, 0);
        prop_assert!(!frame.contains(&0), "a reader would split it there");
        let mut theirs = [0; EVENT_MAX];
        let theirs = postcard::to_slice_cobs(&event, &mut theirs).unwrap();
        prop_assert_eq!(&theirs[..used - 1], &*frame, "not COBS");
        for room in 0..used {
            let mut small = [0; EVENT_MAX];
            let refused = frame::write_event(&event, &mut small[..room]);
            prop_assert_eq!(refused, Err(FrameError::TooBig));
        }
        for shorter in 1..frame.len() {
            prop_assert!(frame::read_event(&mut frame.to_vec()[..shorter]).is_err());
        }
        prop_assert_eq!(frame::read_event(frame), Ok(event));
    }

    /// Bytes that mean something mean what they are written as again, in at most as many bytes.
    #[test]
    fn garbage_is_refused_or_means_something(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(request) = frame::decode::<Request<'_>>(&bytes) {
            let again = body(&request);
            prop_assert!(again.len() <= bytes.len());
            prop_assert_eq!(frame::decode(&again), Ok(request));
        }
        if let Ok(reply) = frame::decode::<Reply<'_>>(&bytes) {
            let again = body(&reply);
            prop_assert!(again.len() <= bytes.len());
            prop_assert_eq!(frame::decode(&again), Ok(reply));
        }
        let _ = frame::read_event(&mut bytes.clone());
    }
}
