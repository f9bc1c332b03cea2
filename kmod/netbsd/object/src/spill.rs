//! MIPS functions that keep in their frame what LLVM has in $24.
//!
//! The frame grows by some words: one is $24, two keep the registers that stand for others during one instruction. What
//! is in the delay slot of a branch goes before the branch; if it changes what the branch looks at, the branch looks at
//! a copy.

use crate::assembly::{registers, renamed, uses, uses_24, with};
use crate::failure::Failure;

/// Bytes that the frame grows by, a multiple of the stack's alignment.
const WORDS: i32 = 16;
/// Where in them is the register that stands for $24.
const KEPT: i32 = 0;
/// Where in them is $24.
const VALUE: i32 = 4;
/// Where in them is the register that a branch looks at instead of one that its delay slot changes.
const COPIED: i32 = 8;
/// Registers that stand for others; an instruction names three at most, and a branch two.
const STANDING: [&str; 7] = ["15", "14", "13", "12", "11", "10", "9"];

/// A function's text without $24.
pub fn spilled(function: &str) -> Result<String, Failure> {
    let mut words = function.split_whitespace();
    let name = words.nth(1).unwrap_or_default();
    let refuse = |line: &str| Failure::NoRegister(name.to_owned(), line.trim().replace('\t', " "));
    let lines: Vec<&str> = function.lines().collect();
    // A function without a frame gets one.
    let frame = lines.iter().find_map(|line| frame_made(line));
    let (made, frame) = (frame.is_some(), frame.unwrap_or(0));
    let mut begun = made;
    let mut out: Vec<String> = Vec::new();
    let mut linked = false;
    let mut lines = lines.into_iter().peekable();
    while let Some(line) = lines.next() {
        let (operation, operands) = parts(line);
        if !begun && line.ends_with(':') {
            // The function's own label: a loop's, at the first instruction, is not for the frame.
            out.push(line.to_owned());
            out.push(format!("\taddiu\t$sp, $sp, -{WORDS}"));
            begun = true;
            continue;
        }
        linked = (linked || operation == "ll") && operation != "sc";
        let line = &moved(line, frame).ok_or_else(|| refuse(line))?;
        if !branches(operation) {
            if uses_24(operands) {
                if linked || operation == "sc" {
                    // Between the two no memory may be touched.
                    return Err(refuse(line));
                }
                out.extend(around(line, frame, &[]).ok_or_else(|| refuse(line))?);
            } else {
                out.push(line.clone());
            }
            continue;
        }
        let slot = lines.next().unwrap_or_default();
        if !made && leaves(operation, operands) {
            // What is in the slot is done without the frame, or before.
            if linked || uses_24(operands) || uses(slot, "ra") {
                return Err(refuse(line));
            }
            let early = uses_24(slot);
            if early {
                let slot = moved(slot, frame).ok_or_else(|| refuse(slot))?;
                out.extend(around(&slot, frame, &[]).ok_or_else(|| refuse(&slot))?);
            }
            out.push(format!("\taddiu\t$sp, $sp, {WORDS}"));
            out.push(line.to_owned());
            out.push(if early { "\tnop" } else { slot }.to_owned());
            continue;
        }
        let slot = moved(slot, frame).ok_or_else(|| refuse(slot))?;
        if !uses_24(operands) && !uses_24(&slot) {
            out.extend([line.clone(), slot]);
            continue;
        }
        // The slot of `beql` and its like is done only if it branches.
        let likely = matches!(operation.strip_suffix('l'), Some(name) if name.starts_with('b') && name != "ba");
        if linked || likely || (operation.contains("al") && uses(&slot, "ra")) {
            return Err(refuse(&slot));
        }
        let changed = target(&slot).filter(|target| uses(operands, target));
        match changed {
            Some("24" | "t8") => return Err(refuse(&slot)),
            Some(changed) if uses_24(operands) => return Err(refuse(changed)),
            Some(changed) => {
                let both = format!("{line}\n{slot}");
                let copy = standing(&both).ok_or_else(|| refuse(line))?;
                out.push(format!("\tsw\t${copy}, {}($sp)", frame + COPIED));
                out.push(format!("\tmove\t${copy}, ${changed}"));
                out.extend(around(&slot, frame, &[copy]).ok_or_else(|| refuse(&slot))?);
                out.push(renamed(line, changed, copy));
                out.push(format!("\tlw\t${copy}, {}($sp)", frame + COPIED));
            }
            None => {
                if uses_24(&slot) {
                    out.extend(around(&slot, frame, &[]).ok_or_else(|| refuse(&slot))?);
                } else if parts(&slot).0 != "nop" {
                    out.push(slot);
                }
                match uses_24(operands) {
                    true => out.extend(around_branch(line, frame).ok_or_else(|| refuse(line))?),
                    false => out.extend([line.clone(), "\tnop".to_owned()]),
                }
            }
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

/// Does the jump leave the function: a return, or a call at the end?
fn leaves(operation: &str, operands: &str) -> bool {
    match operation {
        "jr" => uses(operands, "ra"),
        "j" => !operands.starts_with('$'),
        _ => false,
    }
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

/// The register that an instruction changes.
fn target(line: &str) -> Option<&str> {
    let (operation, operands) = parts(line);
    let stores = operation.starts_with('s') && operands.ends_with(')') && operation != "sc";
    let elsewhere = matches!(
        operation,
        "mult"
            | "multu"
            | "div"
            | "divu"
            | "madd"
            | "maddu"
            | "msub"
            | "msubu"
            | "mthi"
            | "mtlo"
            | "teq"
    );
    registers(operands).next().filter(|_| !stores && !elsewhere)
}

/// A register that the text does not name.
fn standing(text: &str) -> Option<&'static str> {
    STANDING.into_iter().find(|register| !uses(text, register))
}

/// An instruction with another register for $24 while it is done, none of `taken`.
fn around(line: &str, frame: i32, taken: &[&str]) -> Option<Vec<String>> {
    let (operation, operands) = parts(line);
    let value = frame + VALUE;
    if let ("move", Some((to, from))) = (operation, operands.split_once(", ")) {
        return Some(vec![match uses_24(to) {
            true => format!("\tsw\t{from}, {value}($sp)"),
            false => format!("\tlw\t{to}, {value}($sp)"),
        }]);
    }
    let target = target(line);
    let writes = matches!(target, Some("24" | "t8"));
    let sources = match target {
        Some(_) => operands.split_once(", ").map_or("", |(_, sources)| sources),
        None => operands,
    };
    // These leave their first operand as it was, sometimes.
    let keeps = matches!(operation, "movz" | "movn" | "ins" | "sc");
    let reads = uses_24(sources) || (writes && keeps);
    if let Some(target) = target.filter(|target| !writes && !keeps && !uses(sources, target)) {
        let load = format!("\tlw\t${target}, {value}($sp)");
        return Some(vec![load, with(line, target)]);
    }
    let standing = STANDING
        .into_iter()
        .find(|register| !uses(line, register) && !taken.contains(register))?;
    let mut lines = vec![format!("\tsw\t${standing}, {}($sp)", frame + KEPT)];
    if reads {
        lines.push(format!("\tlw\t${standing}, {value}($sp)"));
    }
    lines.push(with(line, standing));
    if writes {
        lines.push(format!("\tsw\t${standing}, {value}($sp)"));
    }
    lines.push(format!("\tlw\t${standing}, {}($sp)", frame + KEPT));
    Some(lines)
}

/// The same for a branch, which reads $24 before its delay slot is done.
fn around_branch(line: &str, frame: i32) -> Option<[String; 4]> {
    let standing = standing(line)?;
    Some([
        format!("\tsw\t${standing}, {}($sp)", frame + KEPT),
        format!("\tlw\t${standing}, {}($sp)", frame + VALUE),
        with(line, standing),
        format!("\tlw\t${standing}, {}($sp)", frame + KEPT),
    ])
}
