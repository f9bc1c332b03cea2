//! Prints `cell_ops.h`: the numbers that the C file and the Rust core share.
//!
//! `cargo run -p cell-ffi --example cell-ops > kmod/netbsd/cell_ops.h`
#![allow(missing_docs)]

use std::fmt::Write;

use cell_abi::{BUFFER_SIZES, IOCTL_GROUP, IOCTL_NUMBER, MAX_CELLS, Op, ROOT_MAX, Refusal, frame};
use cell_core::Verdict;
use cell_ffi::Work;

/// The whole header.
pub fn text() -> String {
    let mut out = String::from(
        "/*\n\
         \x20* Numbers that secmodel_cell.c shares with the policy core.  Generated:\n\
         \x20*\tcargo run -p cell-ffi --example cell-ops > kmod/netbsd/cell_ops.h\n\
         \x20*/\n\
         #ifndef _CELL_OPS_H_\n\
         #define\t_CELL_OPS_H_\n",
    );
    section(&mut out, "Operations; stable for ever.");
    for op in Op::ALL {
        define(&mut out, "OP", op.name(), u32::from(op.number()));
    }
    define(&mut out, "OP", "count", Op::COUNT as u32);
    section(&mut out, "Answers.");
    for (name, verdict) in [
        ("allow", Verdict::Allow),
        ("deny", Verdict::Deny),
        ("defer", Verdict::Defer),
    ] {
        define(&mut out, "VERDICT", name, u32::from(verdict.number()));
    }
    section(&mut out, "What a request leaves to do.");
    for (name, kind) in [
        ("none", Work::NONE),
        ("resolve", Work::RESOLVE),
        ("release", Work::RELEASE),
        ("enter", Work::ENTER),
        ("kill", Work::KILL),
        ("sum", Work::SUM),
    ] {
        define(&mut out, "WORK", name, kind);
    }
    section(&mut out, "Refusals by number, as errno; 0 is none.");
    out.push_str("#define\tCELL_REFUSAL_ERRNOS { \\\n\t0, \\\n");
    for refusal in Refusal::ALL {
        let _ = writeln!(out, "\t{},\t/* {refusal} */ \\", refusal.errno_name());
    }
    out.push_str("}\n");
    section(&mut out, "Sizes.");
    for (name, value) in [
        ("CELL_MAX_CELLS", MAX_CELLS),
        ("CELL_ROOT_SIZE", ROOT_MAX + 1),
        ("CELL_EVENT_MAX", frame::EVENT_MAX),
    ] {
        let _ = writeln!(out, "#define\t{name}\t\t{value}");
    }
    section(
        &mut out,
        "The ioctl, in three sizes: a length and a message, in place.",
    );
    for size in BUFFER_SIZES {
        let _ = writeln!(
            out,
            "struct cell_ioc{size} {{ uint8_t bytes[{size}]; }};\n\
             #define\tCELL_IOC_{size}\t\t_IOWR('{}', {IOCTL_NUMBER}, struct cell_ioc{size})",
            char::from(IOCTL_GROUP),
        );
    }
    out.push_str("\n#endif /* !_CELL_OPS_H_ */\n");
    out
}

fn section(out: &mut String, title: &str) {
    let _ = writeln!(out, "\n/* {title} */");
}

fn define(out: &mut String, kind: &str, name: &str, value: u32) {
    let name = format!("CELL_{kind}_{name}")
        .to_uppercase()
        .replace(['.', '-'], "_");
    let tabs = "\t".repeat(if name.len() < 24 { 2 } else { 1 });
    let _ = writeln!(out, "#define\t{name}{tabs}{value}");
}

fn main() {
    print!("{}", text());
}
