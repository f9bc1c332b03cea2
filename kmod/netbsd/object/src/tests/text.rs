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

/// A function with a frame.
fn framed(lines: &[&str]) -> String {
    let mut all = vec!["addiu\t$sp, $sp, -32"];
    all.extend(lines);
    all.extend(["jr\t$ra", "addiu\t$sp, $sp, 32"]);
    function(&all)
}

fn relieved(lines: &[&str]) -> String {
    framed(lines)
        .replace("$sp, -32", "$sp, -48")
        .replace("$sp, 32", "$sp, 48")
}

#[test]
fn the_frame_keeps_what_is_in_24() {
    let cases: [(&str, &[&str]); 7] = [
        ("move\t$24, $4", &["sw\t$4, 36($sp)"]),
        ("move\t$ra, $24", &["lw\t$ra, 36($sp)"]),
        (
            "addu\t$3, $t8, $2",
            &["lw\t$3, 36($sp)", "addu\t$3, $3, $2"],
        ),
        (
            "addu\t$3, $24, $3",
            &[
                "sw\t$15, 32($sp)",
                "lw\t$15, 36($sp)",
                "addu\t$3, $15, $3",
                "lw\t$15, 32($sp)",
            ],
        ),
        (
            "lw\t$24, 40($sp)",
            &[
                "sw\t$15, 32($sp)",
                "lw\t$15, 56($sp)",
                "sw\t$15, 36($sp)",
                "lw\t$15, 32($sp)",
            ],
        ),
        (
            "sw\t$24, 16($sp)",
            &[
                "sw\t$15, 32($sp)",
                "lw\t$15, 36($sp)",
                "sw\t$15, 16($sp)",
                "lw\t$15, 32($sp)",
            ],
        ),
        (
            "movn\t$24, $15, $14",
            &[
                "sw\t$13, 32($sp)",
                "lw\t$13, 36($sp)",
                "movn\t$13, $15, $14",
                "sw\t$13, 36($sp)",
                "lw\t$13, 32($sp)",
            ],
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(
            assembly::without_24(&framed(&[line])),
            Ok(relieved(expected)),
            "{line}"
        );
    }
}

#[test]
fn a_function_without_a_frame_gets_one() {
    let text = function(&[
        "move\t$24, $ra",
        "lw\t$2, 16($sp)",
        "jal\tg",
        "nop",
        "jr\t$24",
        "nop",
        "move\t$ra, $24",
        "jr\t$ra",
        "lw\t$3, 20($sp)",
    ]);
    let expected = function(&[
        "addiu\t$sp, $sp, -16",
        "sw\t$ra, 4($sp)",
        "lw\t$2, 32($sp)",
        "jal\tg",
        "nop",
        "sw\t$15, 0($sp)",
        "lw\t$15, 4($sp)",
        "jr\t$15",
        "lw\t$15, 0($sp)",
        "lw\t$ra, 4($sp)",
        "addiu\t$sp, $sp, 16",
        "jr\t$ra",
        "lw\t$3, 20($sp)",
    ]);
    assert_eq!(assembly::without_24(&text), Ok(expected));
}

#[test]
fn other_functions_are_left_alone() {
    let other = function(&["lui\t$15, 1", "jr\t$ra", "nop"]);
    let text = format!("{other}{}{other}", framed(&["move\t$24, $4"]));
    let expected = format!("{other}{}{other}", relieved(&["sw\t$4, 36($sp)"]));
    assert_eq!(assembly::without_24(&text), Ok(expected));
}

#[test]
fn what_is_in_a_delay_slot_goes_before_the_branch() {
    let text = framed(&["beqz\t$2, $BB0_1", "addu\t$3, $24, $15"]);
    let expected = relieved(&[
        "lw\t$3, 36($sp)",
        "addu\t$3, $3, $15",
        "beqz\t$2, $BB0_1",
        "nop",
    ]);
    assert_eq!(assembly::without_24(&text), Ok(expected));
}

#[test]
fn a_branch_looks_at_a_copy_of_what_its_delay_slot_changes() {
    let text = framed(&["beqz\t$1, $BB0_1", "andi\t$1, $24, 63"]);
    let expected = relieved(&[
        "sw\t$15, 40($sp)",
        "move\t$15, $1",
        "lw\t$1, 36($sp)",
        "andi\t$1, $1, 63",
        "beqz\t$15, $BB0_1",
        "lw\t$15, 40($sp)",
    ]);
    assert_eq!(assembly::without_24(&text), Ok(expected));
}

#[test]
fn a_branch_on_24_gives_the_register_back_in_its_delay_slot() {
    let text = framed(&["bnez\t$24, $BB0_1", "nop"]);
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
        let refused = assembly::without_24(&framed(lines));
        assert!(
            matches!(refused, Err(Failure::NoRegister(..))),
            "{lines:?}: {refused:?}"
        );
    }
}
