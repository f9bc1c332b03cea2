//! MIPS functions that use every register: what is in $24 is kept in the frame instead.
//!
//! The frame grows by two words, of which one is $24 and the other keeps the register that stands for it during one
//! instruction. What is in the delay slot of a branch goes before the branch.

use crate::assembly::{registers, uses, uses_24, with};
use crate::failure::Failure;

/// Bytes that the frame grows by.
const WORDS: i32 = 8;
/// Registers that stand for $24; an instruction names three at most.
const STANDING: [&str; 4] = ["15", "14", "13", "12"];

/// A function's text without $24.
pub fn spilled(function: &str) -> Result<String, Failure> {
    let mut words = function.split_whitespace();
    let name = words.nth(1).unwrap_or_default();
    let refuse = |line: &str| Failure::NoRegister(name.to_owned(), line.trim().replace('\t', " "));
    let lines: Vec<&str> = function.lines().collect();
    let frame = lines
        .iter()
        .find_map(|line| frame_made(line))
        .ok_or_else(|| refuse("no frame"))?;
    let mut out: Vec<String> = Vec::new();
    let mut linked = false;
    let mut lines = lines.into_iter().peekable();
    while let Some(line) = lines.next() {
        let (operation, operands) = parts(line);
        linked = (linked || operation == "ll") && operation != "sc";
        let line = &moved(line, frame).ok_or_else(|| refuse(line))?;
        if !branches(operation) {
            if uses_24(operands) {
                if linked || operation == "sc" {
                    // Between the two no memory may be touched.
                    return Err(refuse(line));
                }
                out.extend(around(line, frame));
            } else {
                out.push(line.clone());
            }
            continue;
        }
        let slot = lines.next().unwrap_or_default();
        let slot = moved(slot, frame).ok_or_else(|| refuse(slot))?;
        if !uses_24(operands) && !uses_24(&slot) {
            out.extend([line.clone(), slot]);
            continue;
        }
        if linked || !independent(operation, operands, &slot) {
            return Err(refuse(&slot));
        }
        if uses_24(&slot) {
            out.extend(around(&slot, frame));
        } else if parts(&slot).0 != "nop" {
            out.push(slot);
        }
        match uses_24(operands) {
            true => out.extend(around_branch(line, frame)),
            false => out.extend([line.clone(), "\tnop".to_owned()]),
        }
    }
    Ok(out.join("\n") + "\n")
}

/// An instruction's name and operands; nothing for a label or a directive.
fn parts(line: &str) -> (&str, &str) {
    let line = line.strip_prefix('\t').unwrap_or_default();
    if line.starts_with(['.', '#']) {
        return ("", "");
    }
    line.split_once('\t').unwrap_or((line, ""))
}

/// Does the instruction have a delay slot?
fn branches(operation: &str) -> bool {
    operation.starts_with('j') || (operation.starts_with('b') && operation != "break")
}

/// The bytes of the frame, if the line makes it.
fn frame_made(line: &str) -> Option<i32> {
    let ("addiu", operands) = parts(line) else {
        return None;
    };
    let bytes: i32 = operands.strip_prefix("$sp, $sp, ")?.parse().ok()?;
    (bytes < 0).then_some(-bytes)
}

/// The line with the larger frame: what was above it is further away. None for a use of the stack that is not known.
fn moved(line: &str, frame: i32) -> Option<String> {
    let (operation, operands) = parts(line);
    if !uses(operands, "sp") {
        return Some(line.to_owned());
    }
    let further = |offset: i32| {
        if offset >= frame {
            offset + WORDS
        } else {
            offset
        }
    };
    if let Some(bytes) = operands.strip_prefix("$sp, $sp, ") {
        let bytes: i32 = bytes.parse().ok()?;
        let bytes = match bytes.abs() == frame {
            true => bytes + WORDS * bytes.signum(),
            false => return None,
        };
        return (operation == "addiu").then(|| format!("\taddiu\t$sp, $sp, {bytes}"));
    }
    if let Some(address) = operands.strip_suffix("($sp)") {
        let (register, offset) = address.split_once(", ")?;
        let offset = further(offset.parse().ok()?);
        return Some(format!("\t{operation}\t{register}, {offset}($sp)"));
    }
    let (register, offset) = operands.split_once(", $sp, ")?;
    let offset = further(offset.parse().ok()?);
    matches!(operation, "addiu" | "ori")
        .then(|| format!("\t{operation}\t{register}, $sp, {offset}"))
}

/// May what is in a branch's delay slot happen before it? It changes nothing that the branch reads, and reads nothing
/// that the branch changes.
fn independent(operation: &str, operands: &str, slot: &str) -> bool {
    let (stored, after) = parts(slot);
    let target = registers(after)
        .next()
        .filter(|_| !stored.starts_with('s') || !after.contains('('));
    let changed = target.is_some_and(|target| uses(operands, target));
    let links = operation.contains("al") && uses(after, "ra");
    !changed && !links
}

/// An instruction with a register that stands for $24 while it is done.
fn around(line: &str, frame: i32) -> Vec<String> {
    let standing = STANDING.iter().find(|register| !uses(line, register));
    let standing = standing.unwrap_or(&"15");
    vec![
        format!("\tsw\t${standing}, {frame}($sp)"),
        format!("\tlw\t${standing}, {}($sp)", frame + 4),
        with(line, standing),
        format!("\tsw\t${standing}, {}($sp)", frame + 4),
        format!("\tlw\t${standing}, {frame}($sp)"),
    ]
}

/// The same for a branch, which reads $24 before its delay slot is done.
fn around_branch(line: &str, frame: i32) -> Vec<String> {
    let standing = STANDING.iter().find(|register| !uses(line, register));
    let standing = standing.unwrap_or(&"15");
    vec![
        format!("\tsw\t${standing}, {frame}($sp)"),
        format!("\tlw\t${standing}, {}($sp)", frame + 4),
        with(line, standing),
        format!("\tlw\t${standing}, {frame}($sp)"),
    ]
}
