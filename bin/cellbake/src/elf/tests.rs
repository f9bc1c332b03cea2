use super::*;

#[test]
fn a_script_says_its_interpreter() {
    assert_eq!(
        interpreter(b"#! /bin/sh -e\ntrue\n").as_deref(),
        Some("/bin/sh")
    );
    assert_eq!(interpreter(b"#!/bin/sh").as_deref(), Some("/bin/sh"));
    assert_eq!(interpreter(b"echo\n"), None);
    assert_eq!(interpreter(b""), None);
}

/// A header and one program header of type PT_INTERP whose text follows.
fn program(wide: bool, big: bool) -> Vec<u8> {
    let put = |bytes: &mut Vec<u8>, at: usize, size: usize, value: u64| {
        let wire = if big { value << (64 - 8 * size) } else { value };
        let wire = if big {
            wire.to_be_bytes()
        } else {
            wire.to_le_bytes()
        };
        bytes[at..at + size].copy_from_slice(&wire[..size]);
    };
    let mut bytes = vec![0; 128];
    bytes[..6].copy_from_slice(&[
        0x7f,
        b'E',
        b'L',
        b'F',
        1 + u8::from(wide),
        1 + u8::from(big),
    ]);
    if wide {
        put(&mut bytes, 32, 8, 64);
        put(&mut bytes, 54, 2, 56);
        put(&mut bytes, 56, 2, 1);
        put(&mut bytes, 64, 4, 3);
        put(&mut bytes, 72, 8, 124);
        put(&mut bytes, 96, 8, 4);
    } else {
        put(&mut bytes, 28, 4, 64);
        put(&mut bytes, 42, 2, 32);
        put(&mut bytes, 44, 2, 1);
        put(&mut bytes, 64, 4, 3);
        put(&mut bytes, 68, 4, 124);
        put(&mut bytes, 80, 4, 4);
    }
    bytes[124..].copy_from_slice(b"/ld\0");
    bytes
}

#[test]
fn an_elf_file_says_its_interpreter_in_all_four_shapes() {
    for (wide, big) in [(false, false), (false, true), (true, false), (true, true)] {
        let bytes = program(wide, big);
        assert_eq!(interpreter(&bytes).as_deref(), Some("/ld"), "{wide} {big}");
        for length in 0..bytes.len() {
            assert_eq!(interpreter(&bytes[..length]), None, "cut at {length}");
        }
    }
}
