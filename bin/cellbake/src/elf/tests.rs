use object::elf::{EM_AARCH64, EM_ARM, EM_MIPS, EM_X86_64};

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

fn program(machine: u16, big_endian: bool) -> Elf {
    Elf {
        machine,
        big_endian,
        interpreter: Some("/libexec/ld.elf_so".to_owned()),
        libraries: vec!["libedit.so.3".to_owned(), "libc.so.12".to_owned()],
        search: vec!["/lib".to_owned(), "/usr/pkg/lib".to_owned()],
    }
}

#[test]
fn an_elf_file_says_what_it_needs_on_every_machine() {
    for (machine, big_endian) in [
        (EM_X86_64, false),
        (EM_AARCH64, false),
        (EM_ARM, false),
        (EM_MIPS, false),
        (EM_MIPS, true),
    ] {
        let whole = program(machine.0, big_endian);
        let library = Elf {
            interpreter: None,
            search: Vec::new(),
            ..whole.clone()
        };
        let fixed = Elf {
            interpreter: None,
            libraries: Vec::new(),
            search: Vec::new(),
            ..whole.clone()
        };
        for elf in [whole, library, fixed] {
            let bytes = make(&elf);
            assert_eq!(read(&bytes).as_ref(), Some(&elf));
            assert_eq!(interpreter(&bytes), elf.interpreter);
        }
    }
}

#[test]
fn a_program_cut_short_or_damaged_says_nothing_or_the_truth_and_never_panics() {
    let elf = program(EM_MIPS.0, false);
    let bytes = make(&elf);
    for length in 0..bytes.len() {
        let said = read(&bytes[..length]);
        assert!(
            said.is_none_or(|said| said.libraries.len() <= 2),
            "{length}"
        );
    }
    for at in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[at / 8] ^= 1 << (at % 8);
        let _ = read(&bytes);
    }
}

#[test]
fn this_very_program_is_read() {
    let path = std::env::current_exe().unwrap();
    let elf = read(&std::fs::read(path).unwrap()).unwrap();
    assert!(elf.interpreter.is_some());
    assert!(
        elf.libraries
            .iter()
            .any(|library| library.starts_with("libc.so"))
    );
}
