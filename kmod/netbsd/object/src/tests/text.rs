//! Assembly repaired, and disassemblies that are refused.

use crate::failure::Failure;
use crate::machine::Machine;
use crate::{assembly, instructions};

fn disassembly(lines: &[&str]) -> String {
    let mut text = String::from("\n<cell_rs_ask>:\n");
    for line in lines {
        text.push_str(&format!("               \t{line}\n"));
    }
    text
}

#[test]
fn instructions_that_stop_the_kernel_are_refused() {
    let traps = [
        (Machine::Amd64, "ud2"),
        (Machine::Aarch64, "brk\t#0x1"),
        (Machine::Arm, "udf\t#65006"),
        (Machine::Mips, "break"),
        (Machine::Mips, "teq\t$2, $zero, 7"),
    ];
    for (machine, trap) in traps {
        let text = disassembly(&["nop", trap]);
        let shown = trap.replace('\t', " ");
        let fault = Failure::Trap("cell_rs_ask".to_owned(), shown);
        assert_eq!(instructions::faults(&text, machine, false), [fault]);
        assert_eq!(instructions::count(&text), 2);
    }
}

#[test]
fn the_kernels_registers_are_refused() {
    let fault = |register, shown: &str| {
        Failure::Register(register, shown.to_owned(), "cell_rs_ask".to_owned())
    };
    let cases = [
        ("move\t$24, $4", Some("$24"), Some("$24")),
        ("lw\t$t8, 4($sp)", Some("$24"), Some("$24")),
        ("lw\t$2, 4($24)", Some("$24"), None),
        ("sw\t$24, 4($sp)", Some("$24"), None),
        ("addiu\t$gp, $gp, 8", Some("$28"), Some("$28")),
        ("lw\t$2, 8($28)", Some("$28"), Some("$28")),
        ("beqz\t$2, 0x24", None, None),
    ];
    for (line, core, module) in cases {
        let text = disassembly(&[line]);
        let shown = line.replace('\t', " ");
        for (register, reads) in [(core, false), (module, true)] {
            let expected: Vec<Failure> = register
                .map(|register| fault(register, &shown))
                .into_iter()
                .collect();
            assert_eq!(
                instructions::faults(&text, Machine::Mips, reads),
                expected,
                "{line}"
            );
        }
    }
}

fn function(lines: &[&str]) -> String {
    format!("\t.ent\tf\nf:\n\t{}\n\t.end\tf\n", lines.join("\n\t"))
}

#[test]
fn a_free_register_stands_for_24_in_the_whole_function() {
    let text = function(&["lui\t$24, 1", "addu\t$t8, $24, $25", "jr\t$ra", "nop"]);
    let expected = function(&["lui\t$15, 1", "addu\t$15, $15, $25", "jr\t$ra", "nop"]);
    let other = function(&["lui\t$15, 1", "jr\t$ra", "nop"]);
    let text = format!("{other}{text}{other}");
    assert_eq!(
        assembly::without_24(&text),
        Ok(format!("{other}{expected}{other}"))
    );
}

/// A function that uses every register that could be spared.
fn crowded(lines: &[&str]) -> String {
    let mut all = vec!["addiu\t$sp, $sp, -32"];
    all.extend([
        "addu\t$25, $15, $14",
        "addu\t$13, $12, $11",
        "addu\t$10, $9, $8",
        "move\t$1, $2",
    ]);
    all.extend(lines);
    all.extend(["jr\t$ra", "addiu\t$sp, $sp, 32"]);
    function(&all)
}

fn relieved(lines: &[&str]) -> String {
    crowded(lines)
        .replace("$sp, -32", "$sp, -48")
        .replace("$sp, 32", "$sp, 48")
}

#[test]
fn with_no_register_free_the_frame_keeps_24() {
    let text = crowded(&["lw\t$24, 40($sp)", "sw\t$24, 16($sp)"]);
    let expected = relieved(&[
        "sw\t$15, 32($sp)",
        "lw\t$15, 36($sp)",
        "lw\t$15, 56($sp)",
        "sw\t$15, 36($sp)",
        "lw\t$15, 32($sp)",
        "sw\t$15, 32($sp)",
        "lw\t$15, 36($sp)",
        "sw\t$15, 16($sp)",
        "sw\t$15, 36($sp)",
        "lw\t$15, 32($sp)",
    ]);
    assert_eq!(assembly::without_24(&text), Ok(expected));
}

#[test]
fn what_is_in_a_delay_slot_goes_before_the_branch() {
    let text = crowded(&["beqz\t$2, $BB0_1", "addu\t$3, $24, $15"]);
    let expected = relieved(&[
        "sw\t$14, 32($sp)",
        "lw\t$14, 36($sp)",
        "addu\t$3, $14, $15",
        "sw\t$14, 36($sp)",
        "lw\t$14, 32($sp)",
        "beqz\t$2, $BB0_1",
        "nop",
    ]);
    assert_eq!(assembly::without_24(&text), Ok(expected));
}

#[test]
fn a_branch_looks_at_a_copy_of_what_its_delay_slot_changes() {
    let text = crowded(&["beqz\t$1, $BB0_1", "andi\t$1, $24, 63"]);
    let expected = relieved(&[
        "sw\t$15, 40($sp)",
        "move\t$15, $1",
        "sw\t$14, 32($sp)",
        "lw\t$14, 36($sp)",
        "andi\t$1, $14, 63",
        "sw\t$14, 36($sp)",
        "lw\t$14, 32($sp)",
        "beqz\t$15, $BB0_1",
        "lw\t$15, 40($sp)",
    ]);
    assert_eq!(assembly::without_24(&text), Ok(expected));
}

#[test]
fn a_branch_on_24_gives_the_register_back_in_its_delay_slot() {
    let text = crowded(&["bnez\t$24, $BB0_1", "nop"]);
    let expected = relieved(&[
        "sw\t$15, 32($sp)",
        "lw\t$15, 36($sp)",
        "bnez\t$15, $BB0_1",
        "lw\t$15, 32($sp)",
    ]);
    assert_eq!(assembly::without_24(&text), Ok(expected));
}

#[test]
fn where_nothing_can_stand_for_24_it_is_refused() {
    let cases: [&[&str]; 4] = [
        &["ll\t$2, 0($4)", "addu\t$2, $2, $24", "sc\t$2, 0($4)"],
        &["move\t$fp, $sp", "move\t$24, $2"],
        &["jal\tg", "addu\t$4, $24, $ra"],
        &["beql\t$2, $3, $BB0_1", "move\t$24, $2"],
    ];
    for lines in cases {
        let refused = assembly::without_24(&crowded(lines));
        assert!(
            matches!(refused, Err(Failure::NoRegister(..))),
            "{lines:?}: {refused:?}"
        );
    }
}
