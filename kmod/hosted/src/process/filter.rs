//! The seccomp program of a member: which system calls Linux runs, which fail, which the hosted kernel is asked about.
//!
//! What no cell could tell from NetBSD passes without a word. What NetBSD has no counterpart of and would reach around
//! the simulation (namespaces, io_uring, userfaultfd, ...) fails here. The rest is notified.

use crate::process::calls;

/// One `struct sock_filter`: classic BPF (linux/bpf_common.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    code: u16,
    if_true: u8,
    if_false: u8,
    operand: u32,
}

const LOAD: u16 = 0x20; // BPF_LD | BPF_W | BPF_ABS
const JUMP_EQUAL: u16 = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const JUMP_AT_LEAST: u16 = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const JUMP_BITS: u16 = 0x45; // BPF_JMP | BPF_JSET | BPF_K
const AND: u16 = 0x54; // BPF_ALU | BPF_AND | BPF_K
const RETURN: u16 = 0x06; // BPF_RET | BPF_K

const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const fn argument(index: u32) -> u32 {
    // the low half of a little-endian u64
    16 + 8 * index
}

/// `AUDIT_ARCH_X86_64` of linux/audit.h.
const X86_64: u32 = 0xc000_003e;
/// `__X32_SYSCALL_BIT`.
const X32: u32 = 0x4000_0000;

const ALLOW: u32 = 0x7fff_0000;
const NOTIFY: u32 = 0x7fc0_0000;
const fn fail(errno: i32) -> u32 {
    0x0005_0000 | errno.cast_unsigned()
}

/// `CLONE_NEW*`: all the namespaces.
const NAMESPACES: u32 = 0x7e02_0080;
const CLONE_PARENT: u32 = 0x8000;
const CLONE_THREAD: u32 = 0x1_0000;

/// A test of the instruction stream, all of them `n` instructions ahead.
fn when(code: u16, operand: u32, then: u32) -> [Instruction; 2] {
    [
        Instruction {
            code,
            if_true: 0,
            if_false: 1,
            operand,
        },
        finish(then),
    ]
}

const fn load(offset: u32) -> Instruction {
    Instruction {
        code: LOAD,
        if_true: 0,
        if_false: 0,
        operand: offset,
    }
}

const fn mask(bits: u32) -> Instruction {
    Instruction {
        code: AND,
        if_true: 0,
        if_false: 0,
        operand: bits,
    }
}

const fn finish(action: u32) -> Instruction {
    Instruction {
        code: RETURN,
        if_true: 0,
        if_false: 0,
        operand: action,
    }
}

/// `if number == call { body }`; the body always returns.
fn for_call(program: &mut Vec<Instruction>, call: i64, body: &[Instruction]) {
    program.push(Instruction {
        code: JUMP_EQUAL,
        if_true: 0,
        if_false: u8::try_from(body.len()).unwrap_or(u8::MAX),
        operand: u32::try_from(call).unwrap_or(u32::MAX),
    });
    program.extend_from_slice(body);
}

fn body(parts: &[&[Instruction]]) -> Vec<Instruction> {
    parts.concat()
}

/// Passes unless one of the bits is set in the argument, which then is answered so.
fn unless_bits(index: u32, bits: u32, otherwise: u32) -> Vec<Instruction> {
    body(&[
        &[load(argument(index))],
        &when(JUMP_BITS, bits, otherwise),
        &[finish(ALLOW)],
    ])
}

/// Those of IPv6 are asked about.
fn socket_option() -> Vec<Instruction> {
    body(&[
        &[load(argument(1))],
        &when(JUMP_EQUAL, libc::IPPROTO_IPV6 as u32, NOTIFY),
        &[finish(ALLOW)],
    ])
}

/// Passes when the argument is zero: the calling process itself.
fn unless_self(index: u32) -> Vec<Instruction> {
    body(&[
        &[load(argument(index))],
        &when(JUMP_EQUAL, 0, ALLOW),
        &[finish(NOTIFY)],
    ])
}

fn clone() -> Vec<Instruction> {
    body(&[
        &[load(argument(0))],
        &when(JUMP_BITS, NAMESPACES, fail(libc::EPERM)),
        &when(JUMP_BITS, CLONE_THREAD, ALLOW),
        // a child that is not its parent's escapes the counting, and NetBSD has none
        &when(JUMP_BITS, CLONE_PARENT, fail(libc::EINVAL)),
        &[finish(NOTIFY)],
    ])
}

/// Local, and of the internet all but raw sockets, pass; the others are asked about.
fn socket() -> Vec<Instruction> {
    const SOCK_TYPE_MASK: u32 = 0xf;
    body(&[
        &[load(argument(0))],
        &when(JUMP_EQUAL, libc::AF_UNIX as u32, ALLOW),
        &[
            Instruction {
                code: JUMP_EQUAL,
                if_true: 2,
                if_false: 0,
                operand: libc::AF_INET as u32,
            },
            Instruction {
                code: JUMP_EQUAL,
                if_true: 1,
                if_false: 0,
                operand: libc::AF_INET6 as u32,
            },
            finish(NOTIFY),
            load(argument(1)),
            mask(SOCK_TYPE_MASK),
        ],
        &when(JUMP_EQUAL, libc::SOCK_STREAM as u32, ALLOW),
        &when(JUMP_EQUAL, libc::SOCK_DGRAM as u32, ALLOW),
        &[finish(NOTIFY)],
    ])
}

/// Asking for one's own limits passes.
fn prlimit() -> Vec<Instruction> {
    body(&[
        &[
            load(argument(0)),
            Instruction {
                code: JUMP_EQUAL,
                if_true: 0,
                if_false: 5,
                operand: 0,
            },
            load(argument(2)),
            Instruction {
                code: JUMP_EQUAL,
                if_true: 0,
                if_false: 3,
                operand: 0,
            },
            load(argument(2) + 4),
        ],
        &when(JUMP_EQUAL, 0, ALLOW),
        &[finish(NOTIFY)],
    ])
}

/// Terminals' and interfaces' privileged requests are asked about, every other ioctl passes.
fn ioctl() -> Vec<Instruction> {
    let mut steps = vec![load(argument(1))];
    for request in calls::IOCTLS {
        steps.extend(when(JUMP_EQUAL, *request, NOTIFY));
    }
    steps.push(finish(ALLOW));
    steps
}

/// The whole program.
#[must_use]
pub fn program() -> Vec<Instruction> {
    let mut program = vec![load(ARCHITECTURE)];
    program.push(Instruction {
        code: JUMP_EQUAL,
        if_true: 1,
        if_false: 0,
        operand: X86_64,
    });
    program.push(finish(fail(libc::ENOSYS)));
    program.push(load(NUMBER));
    program.extend(when(JUMP_AT_LEAST, X32, fail(libc::ENOSYS)));
    for_call(&mut program, libc::SYS_clone, &clone());
    for_call(&mut program, libc::SYS_socket, &socket());
    for_call(&mut program, libc::SYS_prlimit64, &prlimit());
    for_call(&mut program, libc::SYS_ioctl, &ioctl());
    let namespaces = unless_bits(0, NAMESPACES, fail(libc::EPERM));
    for_call(&mut program, libc::SYS_unshare, &namespaces);
    for_call(&mut program, libc::SYS_setsockopt, &socket_option());
    for call in calls::ON_OTHERS {
        for_call(&mut program, *call, &unless_self(0));
    }
    for call in calls::FORBIDDEN {
        for_call(&mut program, *call, &[finish(fail(libc::EPERM))]);
    }
    for call in calls::ABSENT {
        for_call(&mut program, *call, &[finish(fail(libc::ENOSYS))]);
    }
    for call in calls::NOTIFIED {
        for_call(&mut program, *call, &[finish(NOTIFY)]);
    }
    program.push(finish(ALLOW));
    program
}

/// The program as an array of `struct sock_filter`, as it goes over the socket.
#[must_use]
pub fn bytes() -> Vec<u8> {
    let mut bytes = Vec::new();
    for step in program() {
        bytes.extend(step.code.to_ne_bytes());
        bytes.extend([step.if_true, step.if_false]);
        bytes.extend(step.operand.to_ne_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests;
