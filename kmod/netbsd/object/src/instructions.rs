//! What the instructions of an object may not be, from llvm-objdump's text.

use crate::failure::Failure;
use crate::machine::Machine;

/// An instruction of a disassembly.
struct Instruction<'t> {
    function: &'t str,
    name: &'t str,
    operands: &'t str,
}

impl Instruction<'_> {
    fn text(&self) -> String {
        format!("{} {}", self.name, self.operands)
            .trim_end()
            .to_owned()
    }
}

/// Reads `llvm-objdump -d --no-show-raw-insn --no-leading-addr`: functions as `<name>:`, instructions as a tab, a
/// name, a tab and operands.
fn instructions(text: &str) -> impl Iterator<Item = Instruction<'_>> {
    let mut function = "?";
    text.lines().filter_map(move |line| {
        if let Some(name) = line.strip_suffix(">:") {
            function = name.split_once('<').map_or(name, |(_, name)| name);
            return None;
        }
        let mut words = line.trim_start().splitn(2, ['\t', ' ']);
        let name = words.next()?;
        let starts =
            line.starts_with(['\t', ' ']) && name.starts_with(|c: char| c.is_ascii_alphabetic());
        starts.then(|| Instruction {
            function,
            name,
            operands: words.next().unwrap_or_default().trim(),
        })
    })
}

/// How many instructions there are: a disassembly that has none shows nothing.
pub fn count(text: &str) -> usize {
    instructions(text).count()
}

/// Instructions that stop the kernel, and on MIPS those that change what is the kernel's. `reads_24` is whether code of
/// the object may look at the current LWP.
pub fn faults(text: &str, machine: Machine, reads_24: bool) -> Vec<Failure> {
    let mut faults = Vec::new();
    for instruction in instructions(text) {
        if machine.traps().contains(&instruction.name) {
            faults.push(Failure::Trap(
                instruction.function.to_owned(),
                instruction.text(),
            ));
        }
        if machine == Machine::Mips {
            faults.extend(register_fault(&instruction, reads_24));
        }
    }
    faults
}

fn register_fault(instruction: &Instruction<'_>, reads_24: bool) -> Option<Failure> {
    let fault = |register| {
        let function = instruction.function.to_owned();
        Some(Failure::Register(register, instruction.text(), function))
    };
    let mut registers = instruction
        .operands
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '$')
        .filter_map(|word| word.strip_prefix('$'));
    let first = registers.clone().next();
    if registers
        .clone()
        .any(|register| matches!(register, "28" | "gp"))
    {
        return fault("$28");
    }
    if !registers.any(|register| matches!(register, "24" | "t8")) {
        return None;
    }
    let changes = matches!(first, Some("24" | "t8")) && !only_reads(instruction.name);
    if changes || !reads_24 {
        return fault("$24");
    }
    None
}

/// Does the instruction leave its first operand as it is: a store, a branch, a jump, a trap, a move elsewhere?
fn only_reads(name: &str) -> bool {
    const READS: [&str; 16] = [
        "sb", "sh", "sw", "swl", "swr", "sd", "jr", "jalr", "mthi", "mtlo", "mult", "multu",
        "madd", "maddu", "msub", "msubu",
    ];
    READS.contains(&name) || name.starts_with('b') || name.starts_with("mtc")
}
