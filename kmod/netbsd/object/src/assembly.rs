//! MIPS assembly without register 24.
//!
//! NetBSD keeps the current LWP in $24 (`MIPS_CURLWP`, its kernel is compiled with `-ffixed-24`) and its interrupt
//! entry trusts it. LLVM cannot be told so. What a function of its has in $24 is kept in the function's frame instead:
//! `spill`.
//!
//! Another register in its place would do only where nobody relies on that one, and LLVM's callers know which registers
//! a function leaves alone. The global pointer, $28, is not such a register either, though no code of a kernel uses it:
//! on o32 neither `cpu_switchto()` nor the entry of an interrupt saves it, so that two LWPs would change it under one
//! another.

use crate::failure::Failure;
use crate::spill;

/// The text of LLVM's assembly with $24 replaced in each function that has it.
pub fn without_24(text: &str) -> Result<String, Failure> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from_start)) = split_line(rest, ".ent") {
        let Some((function, after)) = split_line(from_start, ".end") else {
            break;
        };
        out.push_str(before);
        out.push_str(&replaced(function)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// Splits before the first line whose first word is `directive`.
fn split_line<'t>(text: &'t str, directive: &str) -> Option<(&'t str, &'t str)> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.split_whitespace().next() == Some(directive) {
            return Some(text.split_at(at));
        }
        at += line.len();
    }
    None
}

fn replaced(function: &str) -> Result<String, Failure> {
    if !uses_24(function) {
        return Ok(function.to_owned());
    }
    spill::spilled(function)
}

/// A text with another register for $24.
pub(crate) fn with(text: &str, register: &str) -> String {
    renamed(&renamed(text, "24", register), "t8", register)
}

/// A text with another register for one.
pub(crate) fn renamed(text: &str, from: &str, to: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split('$');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (name, after) = part.split_at(name_length(part));
        out.push('$');
        out.push_str(if name == from { to } else { name });
        out.push_str(after);
    }
    out
}

/// Are there $24, by either name, in the text?
pub(crate) fn uses_24(text: &str) -> bool {
    registers(text).any(is_24)
}

/// Is the register named in the text?
pub(crate) fn uses(text: &str, register: &str) -> bool {
    registers(text).any(|name| name == register)
}

fn is_24(name: &str) -> bool {
    matches!(name, "24" | "t8")
}

/// What follows each `$`: registers, and local labels.
pub(crate) fn registers(text: &str) -> impl Iterator<Item = &str> {
    let after = text.split('$').skip(1);
    after.filter_map(|after| after.get(..name_length(after)))
}

fn name_length(text: &str) -> usize {
    text.bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        .count()
}
