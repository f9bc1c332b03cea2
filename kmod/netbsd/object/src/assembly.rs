//! MIPS assembly without register 24.
//!
//! NetBSD keeps the current LWP in $24 (`MIPS_CURLWP`, its kernel is compiled with `-ffixed-24`) and its interrupt
//! entry trusts it. LLVM cannot be told so. A function of its that uses $24 gets another register instead, one that it
//! uses nowhere and that nobody expects to survive a call.
//!
//! The global pointer, $28, is not such a register, though no code of a kernel uses it: on o32 neither
//! `cpu_switchto()` nor the entry of an interrupt saves it, so that two LWPs would change it under one another.

use crate::failure::Failure;

/// Registers that a called function need not keep and that carry no argument, in the order they are taken.
const SPARE: [&str; 10] = ["25", "15", "14", "13", "12", "11", "10", "9", "8", "1"];

/// The text of LLVM's assembly with $24 replaced in each function that has it.
pub fn without_24(text: &str) -> Result<String, Failure> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from_start)) = split_line(rest, ".ent") {
        let Some((function, after)) = split_line(from_start, ".end") else {
            break;
        };
        out.push_str(&replaced(before)?);
        out.push_str(&replaced(function)?);
        rest = after;
    }
    out.push_str(&replaced(rest)?);
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

/// A function with $24 replaced by a register that it does not use.
fn replaced(function: &str) -> Result<String, Failure> {
    if !uses(function, "24") && !uses(function, "t8") {
        return Ok(function.to_owned());
    }
    let spare = SPARE.iter().find(|register| !uses(function, register));
    let Some(spare) = spare else {
        let mut words = function.split_whitespace();
        let name = words.nth(1).unwrap_or("?");
        return Err(Failure::NoRegister(name.to_owned()));
    };
    let mut out = String::with_capacity(function.len());
    let mut rest = function;
    while let Some(at) = rest.find('$') {
        let (before, token) = rest.split_at(at);
        let len = 1 + name_length(token.get(1..).unwrap_or_default());
        let (token, after) = token.split_at(len);
        out.push_str(before);
        match token {
            "$24" | "$t8" => {
                out.push('$');
                out.push_str(spare);
            }
            other => out.push_str(other),
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn name_length(text: &str) -> usize {
    text.bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        .count()
}

/// Is the register named in the text?
fn uses(text: &str, register: &str) -> bool {
    text.split('$')
        .skip(1)
        .any(|after| after.get(..name_length(after)) == Some(register))
}
